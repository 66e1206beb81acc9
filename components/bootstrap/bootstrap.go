// Package bootstrap renders what a node runs at its first boot: cloud-init for
// Linux, PowerShell for Windows, and the kubeadm documents inside them.
//
// Everything here is a pure function of its arguments. The package knows
// nothing of Pulumi, so each document can be read, tested and run without a
// cloud.
package bootstrap

import "github.com/hybridcluster/hybridcluster/components/apimodel"

// Cluster is what every node of a cluster is told.
type Cluster struct {
	// Name is the cluster's name in kubeadm and in the cloud provider.
	Name string
	// Endpoint is the API server's DNS name, without scheme and port.
	Endpoint string
	// Release carries the version of every component.
	Release apimodel.Release
	// PodCIDR, ServiceCIDR and DNSServiceIP are the cluster's own networks.
	PodCIDR, ServiceCIDR, DNSServiceIP string
	// SubjectAltNames are further names and addresses in the API server's
	// certificate, beside the endpoint and the masters' addresses.
	SubjectAltNames []string
	// MasterIPs are the private addresses of all masters, in order.
	MasterIPs []string
	// CACertHash pins the cluster CA: "sha256:" and the hex digest of its
	// SubjectPublicKeyInfo.
	CACertHash string
	// Token is the bootstrap token, "[a-z0-9]{6}.[a-z0-9]{16}". It is a secret.
	Token string
}

// Node is what one node is told about itself.
type Node struct {
	// Name is the VM's name, its computer name and the node's name: the cloud
	// provider finds the VM by the node's name.
	Name string
	// PrivateIP is the node's static address. Only masters have one.
	PrivateIP string
	// Labels are put on the node when it registers. Keys that the kubelet may
	// not set on itself are refused by the definition's validation.
	Labels map[string]string
}

// PKI is the cluster's root material, in PEM. The masters alone get it. Every
// field that ends in Key is a secret.
type PKI struct {
	CACert, CAKey                              string
	FrontProxyCACert, FrontProxyCAKey          string
	EtcdCACert, EtcdCAKey                      string
	ServiceAccountPublicKey, ServiceAccountKey string
}

// CloudConfig is what the Azure cloud provider reads from azure.json.
type CloudConfig struct {
	TenantID, SubscriptionID    string
	ResourceGroup, Location     string
	VnetName, VnetResourceGroup string
	SubnetName                  string
	SecurityGroupName           string
	LoadBalancerName            string
	// PrimaryAvailabilitySet is the workers' availability set whose VMs back
	// the Services' load balancer.
	PrimaryAvailabilitySet string
	// IdentityClientID is the client id of the user-assigned identity. Empty
	// when a service principal is used.
	IdentityClientID string
	// ClientID and ClientSecret are the service principal; the secret is a
	// secret.
	ClientID, ClientSecret string
}

// WindowsOptions is what a Windows node gets beside Kubernetes.
type WindowsOptions struct {
	// OpenSSH installs the OpenSSH server, with AuthorizedKeys for administrators.
	OpenSSH        bool
	AuthorizedKeys []string
	// WinRM opens an HTTPS WinRM listener with a certificate of the node's own.
	WinRM bool
	// AutomaticUpdates leaves Windows Update on.
	AutomaticUpdates bool
}

// MaxCustomData is the most custom data Azure takes, in bytes before base64:
// https://learn.microsoft.com/azure/virtual-machines/custom-data
const MaxCustomData = 64 * 1024

// APIServerPort is the port of the API server on the masters and on the load
// balancer.
const APIServerPort = 6443
