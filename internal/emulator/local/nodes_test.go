package local

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func cluster(change func(*world.Node)) *world.Cluster {
	n := &world.Node{
		Name: "n", OS: "linux", Role: "worker", PrivateIP: "10.0.0.5", Size: "Standard_D2s_v3", Ready: true,
		Labels: map[string]string{"agentpool": "lin"}, Taints: []world.Taint{{Key: "dedicated", Value: "x", Effect: "NoSchedule"}},
	}
	if change != nil {
		change(n)
	}
	return &world.Cluster{Endpoint: "demo", Nodes: []*world.Node{n}}
}

func object(c *world.Cluster) *unstructured.Unstructured {
	u := controllers.NodeObjects(c)[0]
	mark(u)
	return u
}

// A node that is as it should be is not written again, whatever the API server and
// others have added to it.
func TestNodeThatIsRightStays(t *testing.T) {
	t.Parallel()
	live := object(cluster(nil))
	require.NoError(t, unstructured.SetNestedField(live.Object, "2", "status", "capacity", "cpu"))
	require.NoError(t, unstructured.SetNestedField(live.Object, "0", "metadata", "annotations", "node.alpha.kubernetes.io/ttl"))
	require.NoError(t, unstructured.SetNestedSlice(live.Object, []any{
		map[string]any{"key": "dedicated", "value": "x", "effect": "NoSchedule", "timeAdded": "2026-01-01T00:00:00Z"},
	}, "spec", "taints"))
	require.Equal(t, live.Object, merged(live, object(cluster(nil))).Object)
}

func TestNodeFollowsItsMachine(t *testing.T) {
	t.Parallel()
	live := object(cluster(nil))
	lost := merged(live, object(cluster(func(n *world.Node) { n.Ready, n.Lost = false, true })))
	require.Equal(t, "Unknown", readiness(lost))
	require.NotContains(t, lost.GetAnnotations(), "kwok.x-k8s.io/node", "nobody says any more that it lives")
	larger := merged(live, object(cluster(func(n *world.Node) { n.Size = "Standard_D8s_v3" })))
	cpu, _, _ := unstructured.NestedString(larger.Object, "status", "allocatable", "cpu")
	require.Equal(t, "8000m", cpu, "a machine of another size in its place")
	free := merged(live, object(cluster(func(n *world.Node) { n.Taints = nil })))
	taints, _, _ := unstructured.NestedSlice(free.Object, "spec", "taints")
	require.Empty(t, taints)
}

// What somebody does to a node with kubectl is taken over, and a node that somebody
// deleted is not made again.
func TestObserve(t *testing.T) {
	t.Parallel()
	c := cluster(func(n *world.Node) { n.UID = "u" })
	live := object(c)
	require.NoError(t, unstructured.SetNestedField(live.Object, "web", "metadata", "labels", "team"))
	observe(c, map[string]*unstructured.Unstructured{"n": live})
	require.Equal(t, "web", c.Nodes[0].Labels["team"])
	observe(c, nil)
	require.Empty(t, c.Nodes)

	fresh := cluster(nil)
	observe(fresh, nil)
	require.Len(t, fresh.Nodes, 1, "it has not registered yet")
}
