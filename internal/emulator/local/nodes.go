package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
)

// observe takes over what the API server knows of nodes. A node that somebody
// deleted is not registered again while its machine runs on, as with a kubelet.
func observe(c *world.Cluster, live map[string]*unstructured.Unstructured) {
	c.Nodes = slices.DeleteFunc(c.Nodes, func(n *world.Node) bool { return n.UID != "" && live[n.Name] == nil })
	for _, n := range c.Nodes {
		l := live[n.Name]
		if l == nil {
			continue
		}
		if n.UID == "" { // a machine in the place of another one
			n.UID = string(l.GetUID())
			continue
		}
		n.UID = string(l.GetUID())
		n.PodCIDR, _, _ = unstructured.NestedString(l.Object, "spec", "podCIDR")
		// The node is there: ChangeNode has no other fault.
		_, _ = controllers.ChangeNode(c, l)
	}
}

// pushNodes registers nodes and writes what became of them.
func (a *agent) pushNodes(ctx context.Context, live map[string]*unstructured.Unstructured, wanted []*unstructured.Unstructured) error {
	var problems []error
	there := map[string]bool{}
	for _, n := range wanted {
		there[n.GetName()] = true
		mark(n)
		if l := live[n.GetName()]; l != nil {
			problems = append(problems, a.update(ctx, l, merged(l, n)))
		} else {
			problems = append(problems, a.create(ctx, n))
		}
	}
	for name, l := range live {
		if !there[name] { // its machine is gone
			problems = append(problems, harmless(a.resource(l).Delete(ctx, name, metav1.DeleteOptions{})))
		}
	}
	return errors.Join(problems...)
}

// mark gives a node into kwok's care as long as its machine runs.
func mark(n *unstructured.Unstructured) {
	if readiness(n) != "Unknown" {
		name, value := controlplane.Managed()
		n.SetAnnotations(map[string]string{name: value})
	}
}

// merged is a live node with what is wanted of it.
func merged(live, want *unstructured.Unstructured) *unstructured.Unstructured {
	u := live.DeepCopy()
	u.SetLabels(want.GetLabels())
	name, value := controlplane.Managed()
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	if want.GetAnnotations()[name] == value {
		annotations[name] = value
	} else {
		delete(annotations, name)
	}
	u.SetAnnotations(annotations)
	setTaints(u, want)
	if id, ok, _ := unstructured.NestedString(want.Object, "spec", "providerID"); ok {
		_ = unstructured.SetNestedField(u.Object, id, "spec", "providerID")
	}
	for _, field := range []string{"addresses", "nodeInfo", "capacity", "allocatable"} {
		if v, ok, _ := unstructured.NestedFieldCopy(want.Object, "status", field); ok {
			have, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", field)
			if !covers(have, v) {
				_ = unstructured.SetNestedField(u.Object, v, "status", field)
			}
		}
	}
	if readiness(u) != readiness(want) {
		setReady(u, want)
	}
	return u
}

// covers tells whether all that is wanted is there; the API server writes some
// things its own way, and adds others.
func covers(have, want any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		return reflect.DeepEqual(have, want) || sameQuantity(have, want)
	}
	h, ok := have.(map[string]any)
	if !ok {
		return false
	}
	for k, v := range w {
		if _, there := h[k]; !there || !covers(h[k], v) {
			return false
		}
	}
	return true
}

// sameQuantity says whether two texts are one quantity: 2000m is 2.
func sameQuantity(a, b any) bool {
	x, err1 := resource.ParseQuantity(fmt.Sprint(a))
	y, err2 := resource.ParseQuantity(fmt.Sprint(b))
	return err1 == nil && err2 == nil && x.Cmp(y) == 0
}

// setTaints writes taints if they are others than the live ones: a live one may
// have the time at which it was added.
func setTaints(u, want *unstructured.Unstructured) {
	type taint struct{ key, value, effect string }
	set := func(n *unstructured.Unstructured) (map[taint]any, []any) {
		list, _, _ := unstructured.NestedSlice(n.Object, "spec", "taints")
		found := map[taint]any{}
		for _, item := range list {
			m, _ := item.(map[string]any)
			key, _ := m["key"].(string)
			value, _ := m["value"].(string)
			effect, _ := m["effect"].(string)
			found[taint{key, value, effect}] = m
		}
		return found, list
	}
	have, _ := set(u)
	wanted, list := set(want)
	equal := len(have) == len(wanted)
	for t := range wanted {
		equal = equal && have[t] != nil
	}
	switch {
	case equal:
	case len(list) == 0:
		unstructured.RemoveNestedField(u.Object, "spec", "taints")
	default:
		_ = unstructured.SetNestedSlice(u.Object, list, "spec", "taints")
	}
}

// readiness is the status of a node's Ready condition.
func readiness(n *unstructured.Unstructured) string {
	status, _ := api.Condition(n, "Ready")["status"].(string)
	return status
}

// setReady puts the wanted Ready condition among the live ones.
func setReady(u, want *unstructured.Unstructured) {
	now := metav1.Now().UTC().Format("2006-01-02T15:04:05Z")
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	list = slices.DeleteFunc(list, func(c any) bool {
		m, _ := c.(map[string]any)
		return m["type"] == "Ready"
	})
	if ready := maps.Clone(api.Condition(want, "Ready")); ready != nil {
		ready["lastHeartbeatTime"], ready["lastTransitionTime"] = now, now
		list = append(list, ready)
	}
	_ = unstructured.SetNestedSlice(u.Object, list, "status", "conditions")
}
