package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apiresource "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	podresources "k8s.io/component-helpers/resource"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

// Unplaced is why pods of a Deployment find no node.
type Unplaced struct {
	Deployment string `json:"deployment"`
	// Pods is how many of them have none.
	Pods int `json:"pods"`
	// Selector are the labels that a node must have.
	Selector map[string]string `json:"selector,omitempty"`
	// Matching is how many nodes have these labels.
	Matching int `json:"matching"`
	// Nodes are those of them on which something is known to stand against a pod,
	// sorted by name.
	Nodes []Obstacle `json:"nodes"`
	// Message is the scheduler's own word.
	Message string `json:"message,omitempty"`
}

// Obstacle is what stands against a pod on one node: too little of a resource, or
// a taint.
type Obstacle struct {
	Node string `json:"node"`
	Pool string `json:"pool,omitempty"`
	// Resource is cpu, memory or pods. Asked is what a pod wants of it, Free and
	// Total what the node has, as Kubernetes writes quantities.
	Resource string `json:"resource,omitempty"`
	Asked    string `json:"asked,omitempty"`
	Free     string `json:"free,omitempty"`
	Total    string `json:"total,omitempty"`
	// Taint is one that the pod does not tolerate, as key=value:effect.
	Taint string `json:"taint,omitempty"`
}

// Placement says why pods of a Deployment find no node. It is nil where all have
// one. The rules are the scheduler's own:
// https://kubernetes.io/docs/concepts/scheduling-eviction/
func Placement(ctx context.Context, cluster dynamic.Interface, namespace, name string) (*Unplaced, error) {
	deployment, err := cluster.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).
		Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the workload: %w", err)
	}
	pods, err := list[corev1.Pod](ctx, cluster, "pods")
	if err != nil {
		return nil, err
	}
	nodes, err := list[corev1.Node](ctx, cluster, "nodes")
	if err != nil {
		return nil, err
	}
	wanted, _, _ := unstructured.NestedStringMap(deployment.Object, "spec", "selector", "matchLabels")
	selector := labels.SelectorFromSet(wanted)
	waiting := slices.DeleteFunc(slices.Clone(pods), func(p corev1.Pod) bool {
		return p.Namespace != namespace || p.Spec.NodeName != "" || !selector.Matches(labels.Set(p.Labels))
	})
	if len(waiting) == 0 {
		return nil, nil
	}
	pod := waiting[0]
	u := &Unplaced{Deployment: name, Pods: len(waiting), Selector: pod.Spec.NodeSelector, Nodes: []Obstacle{}}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			u.Message = c.Message
		}
	}
	for _, node := range nodes {
		if fits, err := nodeaffinity.GetRequiredNodeAffinity(&pod).Match(&node); err == nil && fits {
			u.Matching++
			u.Nodes = append(u.Nodes, obstacles(&pod, &node, pods)...)
		}
	}
	slices.SortFunc(u.Nodes, func(a, b Obstacle) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Resource, b.Resource))
	})
	return u, nil
}

// obstacles are what stands against a pod on a node.
func obstacles(pod *corev1.Pod, node *corev1.Node, pods []corev1.Pod) []Obstacle {
	var found []Obstacle
	pool := node.Labels["agentpool"]
	taint, untolerated := scheduling.FindMatchingUntoleratedTaint(klog.Background(), node.Spec.Taints, pod.Spec.Tolerations,
		func(t *corev1.Taint) bool { return t.Effect != corev1.TaintEffectPreferNoSchedule }, false)
	if untolerated {
		found = append(found, Obstacle{Node: node.Name, Pool: pool, Taint: taint.ToString()})
	}
	asked := requests(pod)
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourcePods} {
		total, limited := node.Status.Allocatable[name]
		if !limited {
			continue
		}
		free := total.DeepCopy()
		for _, other := range pods {
			if other.Spec.NodeName == node.Name && other.Status.Phase != corev1.PodSucceeded && other.Status.Phase != corev1.PodFailed {
				free.Sub(requests(&other)[name])
			}
		}
		if want := asked[name]; want.Cmp(free) > 0 {
			found = append(found, Obstacle{
				Node: node.Name, Pool: pool, Resource: string(name), Asked: want.String(), Free: free.String(), Total: total.String(),
			})
		}
	}
	return found
}

// requests are what a pod asks for, its own place among a node's pods included.
func requests(pod *corev1.Pod) corev1.ResourceList {
	asked := podresources.PodRequests(pod, podresources.PodResourcesOptions{})
	asked[corev1.ResourcePods] = *apiresource.NewQuantity(1, apiresource.DecimalSI)
	return asked
}

// list reads all objects of a resource type of the core group.
func list[T any](ctx context.Context, cluster dynamic.Interface, resource string) ([]T, error) {
	items, err := cluster.Resource(schema.GroupVersionResource{Version: "v1", Resource: resource}).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", resource, err)
	}
	typed := make([]T, len(items.Items))
	for i := range items.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(items.Items[i].Object, &typed[i]); err != nil {
			return nil, fmt.Errorf("reading %s: %w", resource, err)
		}
	}
	return typed, nil
}
