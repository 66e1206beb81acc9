// Package controllers is what runs inside an emulated Kubernetes cluster: the
// controllers, the scheduler, the kubelets, and those add-ons whose effect on
// other objects matters (cloud provider, Calico's operator).
//
// Everything is a function of the cluster's objects and machines. Settle applies
// the functions until nothing changes any more; there is no time in it.
package controllers

import (
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// maxPasses ends a quarrel between two controllers. Honest work needs a handful.
const maxPasses = 50

// Settle lets the controllers of the cluster react to the state it is in.
func Settle(w *world.World, c *world.Cluster) {
	for range maxPasses {
		s := newState(w, c)
		s.kubeadm()
		s.operator()
		s.collectGarbage()
		s.endNamespaces()
		s.daemonSets()
		s.autoscalers()
		s.deployments()
		s.pods()
		s.nodes()
		s.endpoints()
		s.loadBalancers()
		if !s.changed {
			return
		}
	}
}

// React is what [Settle] is for a cluster with a real control plane: the work of
// kubelets, of the cloud provider and of Calico's operator, and what kubeadm makes.
// The control plane's own controllers and its scheduler do the rest.
func React(w *world.World, c *world.Cluster) {
	for range maxPasses {
		s := newState(w, c)
		s.real = true
		s.kubeadm()
		s.operator()
		s.kubelets()
		s.nodes()
		s.loadBalancers()
		if !s.changed {
			return
		}
	}
}

// state is one pass over a cluster.
type state struct {
	world   *world.World
	cluster *world.Cluster
	changed bool
	// real is whether the control plane is.
	real   bool
	byKind map[string][]*unstructured.Unstructured
	specs  map[string]*rules.PodSpec               // parsed templates by owner and hash
	load   map[string]*usage                       // by node
	on     map[string][]*unstructured.Unstructured // pods by node
	// addresses are the pod addresses in use; nil until one is needed.
	addresses map[string]bool
}

func newState(w *world.World, c *world.Cluster) *state {
	s := &state{
		world: w, cluster: c, byKind: map[string][]*unstructured.Unstructured{},
		specs: map[string]*rules.PodSpec{}, load: map[string]*usage{}, on: map[string][]*unstructured.Unstructured{},
	}
	for _, obj := range c.Objects {
		u := &unstructured.Unstructured{Object: obj}
		s.byKind[u.GetKind()] = append(s.byKind[u.GetKind()], u)
	}
	for _, pod := range s.byKind["Pod"] {
		s.occupy(pod)
	}
	return s
}

// list gives the objects of a kind. It may be ranged over while objects come and go.
func (s *state) list(kind string) []*unstructured.Unstructured { return slices.Clone(s.byKind[kind]) }

// get finds an object, or nil.
func (s *state) get(kind, namespace, name string) *unstructured.Unstructured {
	for _, u := range s.byKind[kind] {
		if u.GetName() == name && u.GetNamespace() == namespace {
			return u
		}
	}
	return nil
}

// ensure adds an object unless one of its kind and name is there.
func (s *state) ensure(u *unstructured.Unstructured) *unstructured.Unstructured {
	if found := s.get(u.GetKind(), u.GetNamespace(), u.GetName()); found != nil {
		return found
	}
	if u.GetUID() == "" {
		u.SetUID(types.UID(derivedUUID(s.cluster.Endpoint, u.GetKind(), u.GetNamespace(), u.GetName(), s.world.Next())))
	}
	if u.GetResourceVersion() == "" {
		u.SetResourceVersion("1")
		u.SetGeneration(1)
	}
	rules.Default(u)
	s.cluster.Objects = append(s.cluster.Objects, u.Object)
	s.byKind[u.GetKind()] = append(s.byKind[u.GetKind()], u)
	s.changed = true
	return u
}

// remove takes an object away.
func (s *state) remove(u *unstructured.Unstructured) {
	if u.GetKind() == "Pod" {
		s.vacate(u)
	}
	s.byKind[u.GetKind()] = slices.DeleteFunc(s.byKind[u.GetKind()], func(o *unstructured.Unstructured) bool { return same(o, u) })
	Remove(s.cluster, u)
	s.changed = true
}

// set changes a field if it is not that already.
func (s *state) set(u *unstructured.Unstructured, value any, path ...string) {
	if old, ok, _ := unstructured.NestedFieldNoCopy(u.Object, path...); ok && reflect.DeepEqual(old, value) {
		return
	}
	if err := unstructured.SetNestedField(u.Object, value, path...); err == nil {
		s.changed = true
	}
}

// Remove takes an object out of a cluster without ceremony.
func Remove(c *world.Cluster, u *unstructured.Unstructured) {
	c.Objects = slices.DeleteFunc(c.Objects, func(obj map[string]any) bool {
		return same(&unstructured.Unstructured{Object: obj}, u)
	})
}

func same(a, b *unstructured.Unstructured) bool {
	return a.GetName() == b.GetName() && a.GetNamespace() == b.GetNamespace() &&
		a.GetKind() == b.GetKind() && a.GetAPIVersion() == b.GetAPIVersion()
}

// collectGarbage removes what belonged to objects that are gone.
func (s *state) collectGarbage() {
	alive := map[types.UID]bool{}
	for _, objects := range s.byKind {
		for _, u := range objects {
			alive[u.GetUID()] = true
		}
	}
	for _, n := range s.cluster.Nodes {
		alive[nodeUID(s.cluster, n)] = true
	}
	for _, kind := range sortedKeys(s.byKind) {
		for _, u := range s.list(kind) {
			owners := u.GetOwnerReferences()
			orphan := len(owners) > 0
			for _, o := range owners {
				orphan = orphan && !alive[o.UID]
			}
			if orphan {
				s.remove(u)
			}
		}
	}
}

// endNamespaces empties namespaces that are being deleted, then removes them.
func (s *state) endNamespaces() {
	for _, ns := range s.list("Namespace") {
		if ns.GetDeletionTimestamp() == nil {
			s.set(ns, "Active", "status", "phase")
			continue
		}
		s.set(ns, "Terminating", "status", "phase")
		empty := true
		for _, kind := range sortedKeys(s.byKind) {
			for _, u := range s.list(kind) {
				if u.GetNamespace() != ns.GetName() {
					continue
				}
				if len(u.GetFinalizers()) == 0 {
					s.remove(u)
					continue
				}
				empty = false
				if u.GetDeletionTimestamp() == nil {
					u.SetDeletionTimestamp(ns.GetDeletionTimestamp())
					s.changed = true
				}
			}
		}
		if empty && len(ns.GetFinalizers()) == 0 {
			s.remove(ns)
		}
	}
}
