package local

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
)

// overdue is how long a pod may take to start that nothing holds up. kwok takes
// some milliseconds.
const overdue = 2 * time.Second

// overduePods remembers since when pods could start and did not, or when they were
// touched last.
type overduePods map[types.UID]time.Time

// look takes note of the pods that could start, on nodes in kwok's care, and returns
// those that are overdue.
func (o overduePods) look(pods []*unstructured.Unstructured, nodes map[string]*unstructured.Unstructured, now time.Time) []*unstructured.Unstructured {
	name, value := controlplane.Managed()
	var late []*unstructured.Unstructured
	there := map[types.UID]bool{}
	for _, u := range pods {
		if u.GetKind() != "Pod" || u.GetDeletionTimestamp() != nil || !controllers.MayStart(u) {
			continue
		}
		node, _, _ := unstructured.NestedString(u.Object, "spec", "nodeName")
		if nodes[node] == nil || nodes[node].GetAnnotations()[name] != value {
			continue
		}
		there[u.GetUID()] = true
		switch since, known := o[u.GetUID()]; {
		case !known:
			o[u.GetUID()] = now
		case now.Sub(since) >= overdue:
			o[u.GetUID()] = now
			late = append(late, u)
		}
	}
	for uid := range o {
		if !there[uid] {
			delete(o, uid)
		}
	}
	return late
}

// touch changes pods a little. kwok passes over a pod while its cache does not say
// yet that it holds the node's lease, and comes back to it only when it changes. The
// moment at which kwok looks at all pods of a node can be earlier than that:
// https://github.com/kubernetes-sigs/kwok/blob/v0.8.0/pkg/kwok/controllers/node_lease_controller.go
func (a *agent) touch(ctx context.Context, pods []*unstructured.Unstructured, now time.Time) error {
	var problems []error
	for _, u := range pods {
		u = u.DeepCopy()
		controllers.Probed(u, now)
		_, err := a.resource(u).UpdateStatus(ctx, u, metav1.UpdateOptions{FieldManager: fieldManager})
		problems = append(problems, wrap("touching", u, err))
	}
	return errors.Join(problems...)
}
