package local

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
)

func waitingPod(node, phase, network string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "p", "uid": "u"},
		"spec": map[string]any{"nodeName": node},
		"status": map[string]any{"phase": phase, "conditions": []any{
			map[string]any{"type": "PodScheduled", "status": "True"},
			map[string]any{"type": "PodReadyToStartContainers", "status": network},
		}},
	}}
}

// A pod that could start and does not is overdue after a while, again and again;
// others never are.
func TestOverduePods(t *testing.T) {
	t.Parallel()
	managed := object(cluster(nil))
	alone := object(cluster(nil))
	alone.SetAnnotations(nil)
	nodes := map[string]*unstructured.Unstructured{"n": managed, "alone": alone}
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, tc := range map[string]struct {
		pod  *unstructured.Unstructured
		late bool
	}{
		"could start":       {waitingPod("n", "Pending", "True"), true},
		"has no network":    {waitingPod("n", "Pending", "False"), false},
		"runs":              {waitingPod("n", "Running", "True"), false},
		"node unknown":      {waitingPod("gone", "Pending", "True"), false},
		"node not for kwok": {waitingPod("alone", "Pending", "True"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			waiting, pods := overduePods{}, []*unstructured.Unstructured{tc.pod}
			require.Empty(t, waiting.look(pods, nodes, begin))
			require.Equal(t, tc.late, len(waiting) > 0)
			require.Empty(t, waiting.look(pods, nodes, begin.Add(overdue/2)))
			for _, after := range []time.Duration{overdue, 2 * overdue} {
				require.Equal(t, tc.late, len(waiting.look(pods, nodes, begin.Add(after))) > 0)
			}
			require.Empty(t, waiting.look(nil, nodes, begin.Add(9*overdue)))
			require.Empty(t, waiting, "one that is gone is forgotten")
		})
	}
}

// Touching a pod changes it, and nothing that matters.
func TestTouchedPod(t *testing.T) {
	t.Parallel()
	pod, was := waitingPod("n", "Pending", "True"), waitingPod("n", "Pending", "True")
	controllers.Probed(pod, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	conditions, _, err := unstructured.NestedSlice(pod.Object, "status", "conditions")
	require.NoError(t, err)
	require.Equal(t, "2026-01-02T03:04:05Z", conditions[1].(map[string]any)["lastProbeTime"])
	delete(conditions[1].(map[string]any), "lastProbeTime")
	require.NoError(t, unstructured.SetNestedSlice(pod.Object, conditions, "status", "conditions"))
	require.Equal(t, was.Object, pod.Object)
	require.True(t, controllers.MayStart(pod))
}
