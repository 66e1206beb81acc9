package controllers

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// The taints that Kubernetes itself sets:
// https://kubernetes.io/docs/reference/labels-annotations-taints/.
const (
	taintUninitialized = "node.cloudprovider.kubernetes.io/uninitialized"
	taintNotReady      = "node.kubernetes.io/not-ready"
	taintUnreachable   = "node.kubernetes.io/unreachable"
	taintUnschedulable = "node.kubernetes.io/unschedulable"
	noSchedule         = "NoSchedule"
)

// nodes lets kubelets, the node controller and the cloud node manager update
// the cluster's machines.
func (s *state) nodes() {
	before := len(s.cluster.Nodes)
	if s.runningImage("cloud-controller-manager", "") != nil {
		// The cloud's node lifecycle controller drops nodes whose machine is gone.
		s.cluster.Nodes = slices.DeleteFunc(s.cluster.Nodes, func(n *world.Node) bool { return n.Lost })
	}
	if len(s.cluster.Nodes) != before {
		s.changed = true
	}
	for _, n := range s.cluster.Nodes {
		old := fmt.Sprint(*n)
		n.Ready = !n.Lost && (n.Ready || s.hasNetwork(n))
		taintIf(n, taintNotReady, !n.Ready && !n.Lost)
		taintIf(n, taintUnreachable, n.Lost)
		if s.runningImage("cloud-node-manager", n.Name) != nil {
			s.initialize(n)
		}
		if fmt.Sprint(*n) != old {
			s.changed = true
		}
	}
}

// initialize is the cloud node manager's work: it looks only at nodes that
// kubelet registered with the taint.
func (s *state) initialize(n *world.Node) {
	if !tainted(n, taintUninitialized) || s.strange(n) {
		return
	}
	taintIf(n, taintUninitialized, false)
	n.ProviderID = "azure://" + n.VMID
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	n.Labels["topology.kubernetes.io/region"] = s.cluster.Location
	n.Labels["topology.kubernetes.io/zone"] = s.zone(n)
	if size := s.vmSize(n); size != "" {
		n.Labels["node.kubernetes.io/instance-type"] = size
	}
}

// strange tells whether the cloud provider does not know the node's machine: with
// vmType standard it looks for virtual machines alone, not for instances of
// scale sets. The default, vmss, knows both.
// https://cloud-provider-azure.sigs.k8s.io/install/configs/
func (s *state) strange(n *world.Node) bool {
	if !guest.InScaleSet(n.VMID) {
		return false
	}
	for _, master := range s.cluster.Masters {
		if g := s.world.Guests[world.Key(master)]; g != nil && strings.EqualFold(g.Plan.VMType, "standard") {
			return true
		}
	}
	return false
}

// zone is the failure domain of the node's machine: a region's zone, or the
// number of a fault domain, of which the emulator knows one.
func (s *state) zone(n *world.Node) string {
	if vm := s.world.Find(n.VMID); vm != nil {
		if zones := tree.Strings(vm.Outputs, "zones"); len(zones) > 0 {
			return s.cluster.Location + "-" + zones[0]
		}
	}
	return "0"
}

// hasNetwork tells whether a pod network's agent runs on the node.
func (s *state) hasNetwork(n *world.Node) bool {
	return s.runningPod(n.Name, isNetworkAgent) != nil
}

// isNetworkAgent knows the per-node images of the usual pod networks.
func isNetworkAgent(image string) bool {
	name := repository(image)
	for _, agent := range []string{
		"calico/node", "calico-node", "calico/node-windows", "calico-node-windows",
		"flannel/flannel", "cilium/cilium", "containernetworking/azure-cni", "containernetworking/azure-cns",
	} {
		if strings.HasSuffix(name, "/"+agent) || name == agent {
			return true
		}
	}
	return false
}

// runningImage finds a ready pod with a container of that image name, on a node
// or anywhere.
func (s *state) runningImage(name, node string) *unstructured.Unstructured {
	return s.runningPod(node, func(image string) bool {
		last := repository(image)
		return strings.Contains(last[strings.LastIndex(last, "/")+1:], name)
	})
}

func (s *state) runningPod(node string, fits func(image string) bool) *unstructured.Unstructured {
	pods := s.byKind["Pod"]
	if node != "" {
		pods = s.on[node]
	}
	for _, pod := range pods {
		if !podReady(pod) {
			continue
		}
		spec := s.spec(pod)
		if spec == nil {
			continue
		}
		for _, c := range spec.Containers {
			if fits(c.Image) {
				return pod
			}
		}
	}
	return nil
}

// repository is an image without tag and digest.
func repository(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name = name[:i]
	}
	return name
}

func tainted(n *world.Node, key string) bool {
	return slices.ContainsFunc(n.Taints, func(t world.Taint) bool { return t.Key == key })
}

func taintIf(n *world.Node, key string, want bool) {
	switch {
	case want && !tainted(n, key):
		n.Taints = append(n.Taints, world.Taint{Key: key, Effect: noSchedule})
	case !want:
		n.Taints = slices.DeleteFunc(n.Taints, func(t world.Taint) bool { return t.Key == key })
	}
}

// labelsOf are a node's labels with those that every kubelet sets.
func labelsOf(n *world.Node) map[string]string {
	labels := map[string]string{
		"kubernetes.io/os": n.OS, "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": n.Name,
		"beta.kubernetes.io/os": n.OS, "beta.kubernetes.io/arch": "amd64",
	}
	if n.OS == "windows" && n.Build != "" {
		labels["node.kubernetes.io/windows-build"] = n.Build
	}
	if n.Role == "control-plane" {
		labels["node-role.kubernetes.io/control-plane"] = ""
		labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
	}
	maps.Copy(labels, n.Labels)
	return labels
}

func nodeUID(c *world.Cluster, n *world.Node) types.UID {
	if n.UID != "" {
		return types.UID(n.UID)
	}
	return types.UID(derivedUUID(c.Endpoint, n.Name, n.VMID))
}

// NodeObjects gives the cluster's machines as API objects.
func NodeObjects(c *world.Cluster) []*unstructured.Unstructured {
	objects := make([]*unstructured.Unstructured, 0, len(c.Nodes))
	for _, n := range c.Nodes {
		objects = append(objects, nodeObject(c, n))
	}
	return objects
}

func nodeObject(c *world.Cluster, n *world.Node) *unstructured.Unstructured {
	taints := make([]any, 0, len(n.Taints))
	for _, t := range n.Taints {
		taint := map[string]any{"key": t.Key, "effect": t.Effect}
		if t.Value != "" {
			taint["value"] = t.Value
		}
		taints = append(taints, taint)
	}
	labels := map[string]any{}
	for k, v := range labelsOf(n) {
		labels[k] = v
	}
	spec := map[string]any{"taints": taints}
	if n.ProviderID != "" {
		spec["providerID"] = n.ProviderID
	}
	if n.PodCIDR != "" {
		spec["podCIDR"] = n.PodCIDR
	}
	if tainted(n, taintUnschedulable) {
		spec["unschedulable"] = true
	}
	room := capacity(n.Size)
	amounts := map[string]any{
		"cpu": fmt.Sprintf("%dm", room.milliCPU), "memory": strconv.FormatInt(room.memory, 10), "pods": strconv.Itoa(maxPods),
	}
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{"name": n.Name, "labels": labels},
		"spec":     spec,
		"status": map[string]any{
			"addresses": []any{
				map[string]any{"type": "InternalIP", "address": n.PrivateIP},
				map[string]any{"type": "Hostname", "address": n.Name},
			},
			"conditions": []any{readyCondition(n)},
			"capacity":   amounts, "allocatable": maps.Clone(amounts),
			"nodeInfo": map[string]any{
				"kubeletVersion": n.KubeletVersion, "osImage": n.OSImage, "kernelVersion": n.Build,
				"operatingSystem": n.OS, "architecture": "amd64", "containerRuntimeVersion": "containerd://2.3.2",
				"machineID": "", "systemUUID": "", "bootID": "", "kubeProxyVersion": "",
			},
		},
	}}
	u.SetUID(nodeUID(c, n))
	return u
}

func readyCondition(n *world.Node) map[string]any {
	switch {
	case n.Lost:
		return map[string]any{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
	case n.Ready:
		return map[string]any{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
	default:
		return map[string]any{"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": networkNotReady}
	}
}

// ChangeNode takes over what a client may change in a node: labels, taints and
// whether pods may be scheduled on it.
func ChangeNode(c *world.Cluster, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	n := c.Node(obj.GetName())
	if n == nil {
		return nil, fmt.Errorf("node %q is not in the cluster", obj.GetName())
	}
	n.Labels = obj.GetLabels()
	taints, _, err := unstructured.NestedSlice(obj.Object, "spec", "taints")
	if err != nil {
		return nil, fmt.Errorf("node %q: spec.taints: %w", n.Name, err)
	}
	n.Taints = nil
	for _, t := range taints {
		taint, _ := t.(map[string]any)
		key, _ := taint["key"].(string)
		value, _ := taint["value"].(string)
		effect, _ := taint["effect"].(string)
		n.Taints = append(n.Taints, world.Taint{Key: key, Value: value, Effect: cmp.Or(effect, noSchedule)})
	}
	cordoned, _, _ := unstructured.NestedBool(obj.Object, "spec", "unschedulable")
	taintIf(n, taintUnschedulable, cordoned)
	return nodeObject(c, n), nil
}
