package controllers

import (
	_ "embed"
	"net/netip"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/manifest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

//go:embed kubeadm.yaml
var kubeadmManifest string

// kubeadm makes the objects that a fresh cluster has: the namespaces, kube-proxy
// and CoreDNS, and the control plane's own pods.
func (s *state) kubeadm() {
	// It stands last in the list, so what is there goes back to one whole attempt.
	if s.get("ConfigMap", "kube-system", "kubeadm-config") == nil {
		for _, u := range KubeadmObjects(s.cluster) {
			s.ensure(u)
		}
	}
	for _, n := range s.cluster.Nodes {
		// A pod whose owner the API server does not know would be collected as garbage.
		if n.Role == "control-plane" && (!s.real || n.UID != "") {
			s.staticPods(n)
		}
	}
}

// KubeadmObjects are what kubeadm puts into a fresh cluster.
func KubeadmObjects(c *world.Cluster) []*unstructured.Unstructured {
	return manifestOf(kubeadmManifest, fresh{c})
}

// fresh is a cluster that kubeadm has just made.
type fresh struct{ *world.Cluster }

// ServiceAddress is the nth address of the Services' network, or empty. The API
// server has the first one and the cluster's DNS the tenth:
// https://github.com/kubernetes/kubernetes/blob/v1.36.1/cmd/kubeadm/app/constants/constants.go (GetDNSIP)
func (f fresh) ServiceAddress(n int) string {
	network, err := netip.ParsePrefix(f.ServiceCIDR)
	if err != nil {
		return ""
	}
	ip := network.Masked().Addr()
	for range n {
		ip = ip.Next()
	}
	if !network.Contains(ip) {
		return ""
	}
	return ip.String()
}

// staticPods are what kubelet runs on a control plane node from files.
func (s *state) staticPods(n *world.Node) {
	for name, cpu := range map[string]string{"etcd": "100m", "kube-apiserver": "250m", "kube-controller-manager": "200m", "kube-scheduler": "100m"} {
		if s.get("Pod", "kube-system", name+"-"+n.Name) != nil {
			continue
		}
		image := "registry.k8s.io/" + name + ":" + s.cluster.Version
		if name == "etcd" {
			image = "registry.k8s.io/etcd:3.6.5-0"
		}
		pod := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": map[string]any{
				"name": name + "-" + n.Name, "namespace": "kube-system",
				"labels":      map[string]any{"component": name, "tier": "control-plane"},
				"annotations": map[string]any{"kubernetes.io/config.source": "file", "kubernetes.io/config.mirror": "static"},
				"ownerReferences": []any{map[string]any{
					"apiVersion": "v1", "kind": "Node", "name": n.Name, "uid": string(nodeUID(s.cluster, n)),
				}},
			},
			"spec": map[string]any{
				"nodeName": n.Name, "hostNetwork": true, "priorityClassName": "system-node-critical",
				"containers": []any{map[string]any{
					"name": name, "image": image, "resources": map[string]any{"requests": map[string]any{"cpu": cpu}},
				}},
			},
		}}
		s.occupy(s.ensure(pod))
	}
}

// manifestOf renders one of this package's own texts. One that does not render
// is a mistake in this program.
func manifestOf(text string, data any) []*unstructured.Unstructured {
	objects, err := manifest.Render(text, data)
	if err != nil {
		panic(err)
	}
	return objects
}
