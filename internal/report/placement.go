package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/access"
)

// PlacementText says in lines why pods find no node, and what to do about it.
func PlacementText(u access.Unplaced) string {
	var b strings.Builder
	if u.Matching > 0 && len(u.Nodes) == 0 {
		return fmt.Sprintf("%d pods of %s run on no node. The scheduler says: %s\n", u.Pods, u.Deployment, u.Message)
	}
	if len(u.Nodes) == 0 {
		fmt.Fprintf(&b, "%d pods of %s run on no node, for none has the labels %s.\n", u.Pods, u.Deployment, pairs(u.Selector))
		b.WriteString("Add a pool of such nodes, or look with `hybridctl nodes` whether they have joined.\n")
		return b.String()
	}
	fmt.Fprintf(&b, "%d pods of %s fit on no node with the labels %s:\n", u.Pods, u.Deployment, pairs(u.Selector))
	resources := map[string]bool{}
	tainted := false
	for _, o := range u.Nodes {
		where := o.Node
		if o.Pool != "" && !strings.HasPrefix(o.Node, o.Pool) {
			where += " (pool " + o.Pool + ")"
		}
		if o.Taint != "" {
			tainted = true
			fmt.Fprintf(&b, "  %s: its taint %s is not tolerated\n", where, o.Taint)
			continue
		}
		resources[o.Resource] = true
		fmt.Fprintf(&b, "  %s: a pod asks for %s %s, and %s of %s is free\n", where, o.Asked, o.Resource, o.Free, o.Total)
	}
	if len(resources) > 0 {
		fmt.Fprintf(&b, "Let a pod ask for less %s (--workload-request), run fewer (--workload-replicas), or give the pool a larger vmSize or a higher count.\n",
			strings.Join(slices.Sorted(maps.Keys(resources)), " and "))
	}
	if tainted {
		b.WriteString("A taint goes when its cause does: node.kubernetes.io/... when the node is ready, node.cloudprovider.kubernetes.io/uninitialized when cloud-node-manager has seen it.\n")
	}
	return b.String()
}

func pairs(labels map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, k+"="+labels[k])
	}
	return strings.Join(out, ", ")
}
