package access_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/hybridcluster/hybridcluster/internal/access"
)

func node(name, os, cpu string, taints ...corev1.Taint) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"kubernetes.io/os": os, "agentpool": "pool-" + os}},
		Spec:       corev1.NodeSpec{Taints: taints},
		Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse("8Gi"),
		}},
	}
}

// with lets a node take so many pods.
func with(n *corev1.Node, pods string) *corev1.Node {
	n.Status.Allocatable[corev1.ResourcePods] = resource.MustParse(pods)
	return n
}

func pod(name, on, cpu string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", Labels: map[string]string{"app": "web"}},
		Spec: corev1.PodSpec{
			NodeName: on, NodeSelector: map[string]string{"kubernetes.io/os": "windows"},
			Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)},
			}}},
		},
	}
}

func TestPlacement(t *testing.T) {
	t.Parallel()
	notReady := corev1.Taint{Key: "node.kubernetes.io/not-ready", Effect: corev1.TaintEffectNoSchedule}
	for name, tt := range map[string]struct {
		objects []runtime.Object
		want    *access.Unplaced
	}{
		"all run": {[]runtime.Object{node("win0", "windows", "2"), pod("a", "win0", "1")}, nil},
		"too large, and others are there": {
			[]runtime.Object{
				node("win0", "windows", "2"), node("win1", "windows", "4", notReady), node("lin0", "linux", "64"),
				pod("a", "win0", "1500m"), pod("b", "", "1500m"), pod("c", "", "1500m"),
			},
			&access.Unplaced{
				Deployment: "web", Pods: 2, Matching: 2, Selector: map[string]string{"kubernetes.io/os": "windows"},
				Nodes: []access.Obstacle{
					{Node: "win0", Pool: "pool-windows", Resource: "cpu", Asked: "1500m", Free: "500m", Total: "2"},
					{Node: "win1", Pool: "pool-windows", Taint: "node.kubernetes.io/not-ready:NoSchedule"},
				},
			},
		},
		"no place for another pod": {
			[]runtime.Object{with(node("win0", "windows", "2"), "1"), pod("a", "win0", "100m"), pod("b", "", "100m")},
			&access.Unplaced{
				Deployment: "web", Pods: 1, Matching: 1, Selector: map[string]string{"kubernetes.io/os": "windows"},
				Nodes: []access.Obstacle{{Node: "win0", Pool: "pool-windows", Resource: "pods", Asked: "1", Free: "0", Total: "1"}},
			},
		},
		"no such node": {
			[]runtime.Object{node("lin0", "linux", "64"), pod("a", "", "1")},
			&access.Unplaced{Deployment: "web", Pods: 1, Selector: map[string]string{"kubernetes.io/os": "windows"}, Nodes: []access.Obstacle{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			deployment := &appsv1.Deployment{
				ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
				Spec:       appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}},
			}
			client := fake.NewSimpleDynamicClient(scheme.Scheme, append(tt.objects, deployment)...)
			got, err := access.Placement(t.Context(), client, "default", "web")
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}
