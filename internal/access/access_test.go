package access

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
)

func node(name, os, ready string, labels map[string]any) *unstructured.Unstructured {
	all := map[string]any{"kubernetes.io/os": os}
	maps.Copy(all, labels)
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{"name": name, "labels": all},
		"status": map[string]any{
			"nodeInfo": map[string]any{"kubeletVersion": "v1.36.5"},
			"conditions": []any{
				map[string]any{"type": "MemoryPressure", "status": "True"},
				map[string]any{"type": "Ready", "status": ready},
			},
			"addresses": []any{
				map[string]any{"type": "Hostname", "address": name},
				map[string]any{"type": "InternalIP", "address": "10.0.0.4"},
			},
		},
	}}
}

func cluster(objects ...runtime.Object) dynamic.Interface {
	return fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		{Version: "v1", Resource: "nodes"}:                      "NodeList",
		{Group: "apps", Version: "v1", Resource: "deployments"}: "DeploymentList",
	}, objects...)
}

func TestNodes(t *testing.T) {
	t.Parallel()
	declared, err := Declared([]any{
		map[string]any{"name": "win000", "pool": "win", "os": "windows", "role": "agent"},
		map[string]any{"name": "win001", "pool": "win", "os": "windows", "role": "agent"},
		map[string]any{"name": "cp0", "os": "linux", "role": "control-plane"},
	})
	require.NoError(t, err)
	got, err := Nodes(t.Context(), cluster(
		node("win000", "windows", "False", nil),
		node("cp0", "linux", "True", map[string]any{"node-role.kubernetes.io/control-plane": ""}),
		node("stray", "linux", "True", nil),
	), declared)
	require.NoError(t, err)
	require.Equal(t, []Node{
		{Name: "cp0", Role: controlPlane, OS: "linux", Ready: true, Version: "v1.36.5", Address: "10.0.0.4"},
		{Name: "stray", Role: "agent", OS: "linux", Ready: true, Version: "v1.36.5", Address: "10.0.0.4"},
		{Name: "win000", Role: "agent", Pool: "win", OS: "windows", Version: "v1.36.5", Address: "10.0.0.4"},
		{Name: "win001", Role: "agent", Pool: "win", OS: "windows"},
	}, got)
}

func TestDeployment(t *testing.T) {
	t.Parallel()
	c := cluster(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": "page", "namespace": "default"},
		"spec":     map[string]any{"replicas": int64(3)},
		"status":   map[string]any{"readyReplicas": int64(2)},
	}})
	got, err := Deployment(t.Context(), c, "default", "page")
	require.NoError(t, err)
	require.Equal(t, Workload{Name: "page", Ready: 2, Desired: 3}, got)
	_, err = Deployment(t.Context(), c, "default", "other")
	require.ErrorContains(t, err, "reading the workload")
}

func TestConnectRefusesWhatIsNoKubeconfig(t *testing.T) {
	t.Parallel()
	_, err := Connect("no: kubeconfig")
	require.ErrorContains(t, err, "reading the kubeconfig")
}
