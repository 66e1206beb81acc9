package apimodel

import (
	"maps"
	"strings"
)

// ownFlag is a flag that the program or kubeadm sets.
type ownFlag struct {
	reason string
	// same are values that say nothing else than what is set anyway, or that AKS
	// Engine wrote by itself. They are left out with a note; others are refused.
	same []string
}

// enginesAddress is what AKS Engine writes for a value that its scripts fill in
// on each master, and enginesOldAddress what its forerunner wrote. They are no
// blanks for the user.
const enginesAddress, enginesOldAddress = "<advertiseAddr>", "<kubernetesAPIServerIP>"

// ownFlags returns the flags of a component that a definition cannot set.
func ownFlags(of component) map[string]ownFlag {
	switch of {
	case componentKubelet:
		return kubeletOwn
	case componentAPIServer:
		return apiServerOwn
	case componentControllerManager:
		return controllerManagerOwn
	default:
		return schedulerOwn
	}
}

const (
	ownJoin   = "it is how the node joins the cluster"
	ownPKI    = "kubeadm makes the certificates and says where they are"
	ownKubecf = "kubeadm makes the file and says where it is"
	ownElect  = "kubeadm sets it, for there may be more masters than one"
)

var kubeletOwn = map[string]ownFlag{
	"cloud-provider":             {"the cloud provider always runs outside of Kubernetes", []string{"external", "azure"}},
	"node-ip":                    {"the node has the IPv4 address that Azure gave it", nil},
	"hostname-override":          {"nodes are named after their pools", nil},
	"provider-id":                {"the cloud provider sets it", nil},
	"kubeconfig":                 {ownJoin, []string{"/var/lib/kubelet/kubeconfig"}},
	"bootstrap-kubeconfig":       {ownJoin, nil},
	"register-node":              {ownJoin, []string{"true"}},
	"cert-dir":                   {ownJoin, nil},
	"config":                     {"kubeadm writes the kubelet's configuration file; other flags win over it", nil},
	"config-dir":                 {"kubeadm writes the kubelet's configuration file; other flags win over it", nil},
	"container-runtime-endpoint": {"containerd is at a fixed place", []string{"unix:///run/containerd/containerd.sock"}},
	"cgroup-driver":              {"containerd and the kubelet share one", []string{"systemd"}},
	"root-dir":                   {"the bootstrap knows where the kubelet keeps its files", nil},
	"pod-manifest-path":          {"kubeadm puts the control plane there", []string{"/etc/kubernetes/manifests", ""}},
	"cluster-dns":                {"it is dnsServiceIP of the kubernetesConfig", []string{"10.0.0.10"}},
	"cluster-domain":             {"the cluster's DNS serves cluster.local", []string{"cluster.local"}},
	"windows-service":            {"the bootstrap makes the service", nil},
}

// serving are the flags of every server of the control plane.
func serving(own map[string]ownFlag) map[string]ownFlag {
	all := map[string]ownFlag{
		"client-ca-file": {ownPKI, nil}, "tls-cert-file": {ownPKI, nil}, "tls-private-key-file": {ownPKI, nil}, "cert-dir": {ownPKI, nil},
		"requestheader-client-ca-file": {ownPKI, nil},
		"bind-address":                 {"kubeadm's probes know the address", []string{"0.0.0.0", "127.0.0.1"}},
		"secure-port":                  {"the load balancer and kubeadm's probes know the port", nil},
	}
	maps.Copy(all, own)
	return all
}

var apiServerOwn = serving(map[string]ownFlag{
	"advertise-address": {"each master advertises its own address", []string{enginesAddress, enginesOldAddress}},
	"secure-port":       {"the load balancer and kubeadm's probes know the port", []string{"443", "6443"}},
	"etcd-servers":      {"kubeadm runs etcd on the masters", []string{"https://127.0.0.1:2379", "https://<etcdEndPointUri>:2379"}},
	"etcd-cafile":       {ownPKI, nil}, "etcd-certfile": {ownPKI, nil}, "etcd-keyfile": {ownPKI, nil},
	"kubelet-client-certificate": {ownPKI, nil}, "kubelet-client-key": {ownPKI, nil},
	"proxy-client-cert-file": {ownPKI, nil}, "proxy-client-key-file": {ownPKI, nil},
	"service-account-key-file": {ownPKI, nil}, "service-account-signing-key-file": {ownPKI, nil},
	"service-cluster-ip-range":    {"it is serviceCidr of the kubernetesConfig", nil},
	"enable-bootstrap-token-auth": {"nodes join with a token", []string{"true"}},
	"authorization-mode":          {"nodes and users are authorized by Node and RBAC", []string{"Node,RBAC", "Node", "RBAC"}},
	"allow-privileged":            {"Calico and kube-proxy are privileged", []string{"true"}},
	"requestheader-allowed-names": {ownPKI, []string{"", "front-proxy-client"}},
})

var controllerManagerOwn = serving(map[string]ownFlag{
	"kubeconfig":                       {ownKubecf, []string{"/var/lib/kubelet/kubeconfig"}},
	"authentication-kubeconfig":        {ownKubecf, nil},
	"authorization-kubeconfig":         {ownKubecf, nil},
	"root-ca-file":                     {ownPKI, nil},
	"service-account-private-key-file": {ownPKI, nil},
	"cluster-signing-cert-file":        {ownPKI, nil},
	"cluster-signing-key-file":         {ownPKI, nil},
	"cluster-cidr":                     {"it is clusterSubnet of the kubernetesConfig", nil},
	"service-cluster-ip-range":         {"it is serviceCidr of the kubernetesConfig", nil},
	"allocate-node-cidrs":              {"Calico gives nodes their addresses", []string{"true", "false"}},
	"configure-cloud-routes":           {"pods are reached without routes", []string{"true", "false"}},
	"cloud-provider":                   {"the cloud provider always runs outside of Kubernetes", []string{"external", "azure"}},
	"controllers":                      {"nodes join with tokens, which two controllers that are off by default look after", []string{"*,bootstrapsigner,tokencleaner"}},
	"leader-elect":                     {ownElect, []string{"true"}},
	"use-service-account-credentials":  {"each controller has rights of its own", []string{"true"}},
})

var schedulerOwn = serving(map[string]ownFlag{
	"kubeconfig":                {ownKubecf, []string{"/var/lib/kubelet/kubeconfig"}},
	"authentication-kubeconfig": {ownKubecf, nil},
	"authorization-kubeconfig":  {ownKubecf, nil},
	"leader-elect":              {ownElect, []string{"true"}},
})

// enginesFile tells whether a value is a file that AKS Engine put on its nodes.
// Files that it generated a flag for are not there.
func enginesFile(value string) bool {
	return strings.HasPrefix(value, "/etc/kubernetes/certs/") || value == "/etc/kubernetes/azure.json" ||
		value == "/etc/kubernetes/manifests/audit-policy.yaml" || strings.HasPrefix(value, "/etc/kubernetes/addons/") || strings.HasPrefix(strings.ToLower(value), `c:\k\`)
}
