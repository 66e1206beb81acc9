package world

import (
	"fmt"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Cluster is a Kubernetes control plane that kubeadm made on some virtual machine, with its nodes.
type Cluster struct {
	// Endpoint is the host of the control plane endpoint, without port.
	Endpoint string `json:"endpoint"`
	// Port is the one clients use, usually 6443.
	Port int `json:"port"`
	// Name is kubeadm's clusterName.
	Name string `json:"name"`
	// Version is kubeadm's kubernetesVersion, such as v1.36.5.
	Version string `json:"version"`
	// CACert is the cluster's certificate authority in PEM.
	CACert string `json:"caCert"`
	// ResourceGroupID is the ARM id of the group that holds the first master.
	ResourceGroupID string `json:"resourceGroupId"`
	Location        string `json:"location"`
	// Masters are the ARM ids of the virtual machines that run the control plane.
	Masters []string `json:"masters"`
	// EtcdMembers are the names of the nodes whose etcd has joined the others.
	EtcdMembers []string `json:"etcdMembers,omitempty"`
	// CertificateNames are the names and addresses that the API server's certificate is good for.
	CertificateNames []string `json:"certificateNames,omitempty"`
	// Shared is [Plan.Shared] of the first master.
	Shared string `json:"shared,omitempty"`
	// TokenDigests are the bootstrap tokens that a node may join with, as [Digest].
	TokenDigests []string `json:"tokenDigests"`
	PodCIDR      string   `json:"podCIDR"`
	ServiceCIDR  string   `json:"serviceCIDR"`
	Nodes        []*Node  `json:"nodes"`
	// Objects are the API objects, unstructured, except nodes.
	Objects Objects `json:"objects"`
}

// Node gives the node with the name, or nil.
func (c *Cluster) Node(name string) *Node {
	for _, n := range c.Nodes {
		if strings.EqualFold(n.Name, name) {
			return n
		}
	}
	return nil
}

// Node is a machine that joined a cluster.
type Node struct {
	Name string `json:"name"`
	// VMID is the ARM id of its virtual machine.
	VMID string `json:"vmId"`
	// Size is the virtual machine's, such as Standard_D2s_v5.
	Size string `json:"size,omitempty"`
	// UID is the node object's on a real API server, once it is there; empty otherwise.
	UID string `json:"uid,omitempty"`
	// OS is linux or windows.
	OS string `json:"os"`
	// Role is control-plane or worker.
	Role      string `json:"role"`
	PrivateIP string `json:"privateIP"`
	// PodCIDR is the node's share of the pod network, if one was given to it.
	PodCIDR string `json:"podCIDR,omitempty"`
	// ProviderID is set by the cloud provider, azure:///subscriptions/...
	ProviderID     string `json:"providerID,omitempty"`
	KubeletVersion string `json:"kubeletVersion"`
	// OSImage is what kubelet reports, such as Ubuntu 24.04 LTS.
	OSImage string `json:"osImage"`
	// Build is the kernel or Windows build, such as 10.0.20348.
	Build  string            `json:"build"`
	Labels map[string]string `json:"labels"`
	Taints []Taint           `json:"taints"`
	// Ready is whether the kubelet says so: a pod network is there and the machine runs.
	Ready bool `json:"ready"`
	// Lost is set when the virtual machine is gone.
	Lost bool `json:"lost,omitempty"`
}

// Taint is a node's taint; see core/v1.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// Objects are unstructured API objects. Whole numbers are int64, others float64, as Kubernetes has it.
type Objects []map[string]any

// UnmarshalJSON keeps whole numbers whole.
func (o *Objects) UnmarshalJSON(data []byte) error {
	var list []any
	if err := utiljson.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("read API objects: %w", err)
	}
	*o = make(Objects, 0, len(list))
	for i, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("read API objects: item %d is a %T, not an object", i, item)
		}
		*o = append(*o, object)
	}
	return nil
}
