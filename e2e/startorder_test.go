//go:build e2e

package e2e

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// The taints of a node that has just joined, and who takes each away.
const (
	uninitialized = "node.cloudprovider.kubernetes.io/uninitialized" // cloud-node-manager, by its pod on the node
	notReady      = "node.kubernetes.io/not-ready"                   // the pod network, by its agent on the node
)

// TestStartOrder puts everything that runs in a new cluster before the real
// scheduler at once, with nodes as they are when they join. Who takes a taint away
// must be scheduled while the taint is there, or the cluster waits for itself.
func TestStartOrder(t *testing.T) {
	t.Parallel()
	c := newStart(t, nil)

	// As they join: both taints.
	c.runOn("cloud-node-manager", "control-plane", "linux")
	c.runOn("cloud-node-manager-windows", "windows")
	c.runOn("kube-proxy", "control-plane", "linux")
	c.runOn("kube-proxy-windows", "windows")
	c.runOn("calico-node", "control-plane", "linux")
	c.runOn("calico-node-windows", "windows")
	c.runOn("tigera-operator", "control-plane", "linux")
	c.waits("cloud-controller-manager", uninitialized, notReady)
	c.waits("coredns", uninitialized, notReady)
	c.waits("windows-example", uninitialized, notReady)

	// cloud-node-manager has done its work.
	c.untaint(uninitialized)
	c.waits("cloud-controller-manager", notReady)
	c.waits("coredns", notReady)
	c.waits("windows-example", notReady)
	// The scheduler looks again when a node changes, and comes to the same.
	require.Never(t, func() bool {
		return len(c.nodesOf("cloud-controller-manager"))+len(c.nodesOf("coredns"))+len(c.nodesOf("windows-example")) > 0
	}, 3*time.Second, 100*time.Millisecond)

	// The pod network has done its.
	c.untaint(notReady)
	c.runOn("cloud-controller-manager", "control-plane")
	c.runOn("coredns", "control-plane", "linux")
	c.runOn("calico-kube-controllers", "control-plane", "linux")
	c.runOn("windows-example", "windows")
}

// TestStartOrderSeesACycle: without its tolerations cloud-node-manager waits for
// the taint that it is to take away.
func TestStartOrderSeesACycle(t *testing.T) {
	t.Parallel()
	c := newStart(t, func(u *unstructured.Unstructured) {
		if strings.HasPrefix(u.GetName(), "cloud-node-manager") && u.GetKind() == "DaemonSet" {
			unstructured.RemoveNestedField(u.Object, "spec", "template", "spec", "tolerations")
		}
	})
	c.runOn("calico-node", "control-plane", "linux")
	require.Empty(t, c.nodesOf("cloud-node-manager"), "the test would not see a cycle")
}

// start is a cluster as it starts.
type start struct {
	*apiServer
}

func newStart(t *testing.T, change func(*unstructured.Unstructured)) *start {
	t.Helper()
	c := &start{newAPIServer(t)}
	for _, n := range []struct{ name, os string }{{"control-plane", "linux"}, {"linux", "linux"}, {"windows", "windows"}} {
		c.join(n.name, n.os)
	}
	d := declaredBy(t, filepath.Join("..", "examples", "windows-hybrid.json"))
	objects := controllers.KubeadmObjects(&world.Cluster{Version: "v1.36.5", PodCIDR: "192.168.0.0/16", ServiceCIDR: "10.0.0.0/16"})
	objects = append(objects, controllers.CalicoWorkloads("quay.io/", "v3.32.1", 1, true)...)
	for _, release := range d.releases {
		objects = append(objects, rendered(t, release).Objects...)
	}
	for _, u := range append(objects, d.objects...) {
		switch u.GetKind() {
		case "Namespace", "ServiceAccount", "ConfigMap", "DaemonSet", "Deployment":
		default:
			continue // nothing that runs
		}
		if change != nil {
			change(u)
		}
		c.haveNamespace(t, u)
		u = u.DeepCopy()
		delete(u.Object, "status")
		require.NoError(t, c.apply(t.Context(), u, false), "%s %s", u.GetKind(), u.GetName())
	}
	return c
}

// join registers a node as its kubelet does: not ready, and unknown to the cloud.
// The node's controller adds the other taint.
func (c *start) join(name, os string) {
	c.t.Helper()
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			"kubernetes.io/os": os, "kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64",
		}},
		Spec: corev1.NodeSpec{Taints: []corev1.Taint{
			{Key: uninitialized, Value: "true", Effect: corev1.TaintEffectNoSchedule}, {Key: notReady, Effect: corev1.TaintEffectNoSchedule},
		}},
		Status: corev1.NodeStatus{
			Capacity: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("8"), corev1.ResourceMemory: resource.MustParse("32Gi"), corev1.ResourcePods: resource.MustParse("110"),
			},
			Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionFalse, Reason: "KubeletNotReady",
				LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
			}},
		},
	}
	if os == "windows" {
		node.Labels["node.kubernetes.io/windows-build"] = "10.0.20348"
	}
	node.Status.Allocatable = node.Status.Capacity
	if name == "control-plane" {
		node.Labels["node-role.kubernetes.io/control-plane"] = ""
		node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: "node-role.kubernetes.io/control-plane", Effect: corev1.TaintEffectNoSchedule})
	}
	_, err := c.typed.CoreV1().Nodes().Create(c.t.Context(), node, metav1.CreateOptions{})
	require.NoError(c.t, err)
}

// untaint does what takes a taint away, on every node.
func (c *start) untaint(key string) {
	c.t.Helper()
	for _, name := range []string{"control-plane", "linux", "windows"} {
		eventually(c.t, name+" loses "+key, func(ctx context.Context) bool {
			node, err := c.typed.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return false
			}
			if key == notReady { // its kubelet says that it is; the node controller follows
				node.Status.Conditions[0].Status, node.Status.Conditions[0].LastHeartbeatTime = corev1.ConditionTrue, metav1.Now()
				if node, err = c.typed.CoreV1().Nodes().UpdateStatus(ctx, node, metav1.UpdateOptions{}); err != nil {
					return false
				}
			}
			node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(t corev1.Taint) bool { return t.Key == key })
			_, err = c.typed.CoreV1().Nodes().Update(ctx, node, metav1.UpdateOptions{})
			return err == nil
		})
	}
}

// pods are those of a workload.
func (c *start) pods(ctx context.Context, workload string) []corev1.Pod {
	list, err := c.typed.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(list.Items, func(p corev1.Pod) bool {
		for _, owner := range p.OwnerReferences {
			if owner.Name == workload || owner.Kind == "ReplicaSet" && owner.Name[:strings.LastIndex(owner.Name, "-")] == workload {
				return false
			}
		}
		return true
	})
}

func (c *start) nodesOf(workload string) []string {
	var nodes []string
	for _, p := range c.pods(c.t.Context(), workload) {
		if p.Spec.NodeName != "" {
			nodes = append(nodes, p.Spec.NodeName)
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

// runOn waits until the scheduler has put a workload's pods on nodes, and wants
// them on no others: a DaemonSet's on all of them, a Deployment's on some.
func (c *start) runOn(workload string, nodes ...string) {
	c.t.Helper()
	daemons := strings.HasPrefix(workload, "cloud-node") || strings.HasPrefix(workload, "kube-proxy") || strings.HasPrefix(workload, "calico-node")
	eventually(c.t, workload+" is scheduled", func(ctx context.Context) bool {
		pods := c.pods(ctx, workload)
		bound := 0
		for _, p := range pods {
			if p.Spec.NodeName != "" {
				bound++
			}
		}
		return len(pods) > 0 && bound == len(pods) && (!daemons || len(c.nodesOf(workload)) == len(nodes))
	})
	require.Subset(c.t, nodes, c.nodesOf(workload))
}

// waits wants a workload unscheduled for taints, by the scheduler's own word.
func (c *start) waits(workload string, taints ...string) {
	c.t.Helper()
	eventually(c.t, workload+" is told why it waits", func(ctx context.Context) bool {
		pods := c.pods(ctx, workload)
		return len(pods) > 0 && slices.ContainsFunc(pods[0].Status.Conditions, func(condition corev1.PodCondition) bool {
			return condition.Type == corev1.PodScheduled && condition.Reason == corev1.PodReasonUnschedulable &&
				strings.Contains(condition.Message, "untolerated taint")
		})
	})
	require.Empty(c.t, c.nodesOf(workload))
	for _, p := range c.pods(c.t.Context(), workload) {
		for _, taint := range taints {
			for _, toleration := range p.Spec.Tolerations {
				require.False(c.t, toleration.Key == taint && toleration.Effect == corev1.TaintEffectNoSchedule, "%s tolerates %s", workload, taint)
			}
		}
	}
}
