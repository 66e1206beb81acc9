package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A pod that runs is not said to have never started.
func TestWhatKeepsAPodFromBeingReady(t *testing.T) {
	t.Parallel()
	ready := map[string]any{"type": "Ready", "status": "False"}
	containers := func(ready ...bool) []any {
		var statuses []any
		for i, r := range ready {
			statuses = append(statuses, map[string]any{"name": string(rune('a' + i)), "ready": r})
		}
		return statuses
	}
	for name, tt := range map[string]struct {
		status map[string]any
		want   string
	}{
		"not started":               {map[string]any{"phase": "Pending"}, "the Pod has not started"},
		"not seen by a kubelet":     {map[string]any{}, "the Pod has not started"},
		"marked with its node":      {map[string]any{"phase": "Running", "conditions": []any{ready}, "containerStatuses": containers(true, true)}, "its node was not when Kubernetes looked"},
		"a container is not ready":  {map[string]any{"phase": "Running", "conditions": []any{ready}, "containerStatuses": containers(true, false)}, "the Pod runs and is not ready: not ready are b"},
		"it has ended":              {map[string]any{"phase": "Failed", "conditions": []any{ready}}, "the Pod has ended: Failed"},
		"its kubelet says a reason": {map[string]any{"phase": "Running", "conditions": []any{map[string]any{"type": "Ready", "status": "False", "message": "why"}}}, "why"},
	} {
		require.Contains(t, podMessage(&unstructured.Unstructured{Object: map[string]any{"status": tt.status}}), tt.want, name)
	}
}
