package apiserver

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// server handles requests for one resource type of one cluster.
type server struct {
	cluster   *world.Cluster
	gvr       schema.GroupVersionResource
	gvk       schema.GroupVersionKind
	scope     api.Scope
	namespace string
	now       metav1.Time
}

// isNode tells whether the resource type is the one that machines stand for.
func (s *server) isNode() bool { return s.gvk.Group == "" && s.gvk.Kind == "Node" }

// all gives every object of the type, in the namespace if one was asked for.
func (s *server) all() []*unstructured.Unstructured {
	if s.isNode() {
		return controllers.NodeObjects(s.cluster)
	}
	var found []*unstructured.Unstructured
	for _, obj := range s.cluster.Objects {
		u := &unstructured.Unstructured{Object: obj}
		if u.GetKind() == s.gvk.Kind && u.GroupVersionKind().Group == s.gvk.Group &&
			(s.namespace == "" || u.GetNamespace() == s.namespace) {
			found = append(found, u)
		}
	}
	return found
}

// find gives the object of the name, or nil.
func (s *server) find(name string) *unstructured.Unstructured {
	for _, obj := range s.all() {
		if obj.GetName() == name && (s.scope == api.Cluster || obj.GetNamespace() == cmp.Or(s.namespace, metav1.NamespaceDefault)) {
			return obj
		}
	}
	return nil
}

// namespaceOf is where a new object belongs.
func (s *server) namespaceOf(obj *unstructured.Unstructured) string {
	if s.scope == api.Cluster {
		return ""
	}
	return cmp.Or(s.namespace, obj.GetNamespace(), metav1.NamespaceDefault)
}

func (s *server) create(obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if obj.GetKind() != s.gvk.Kind {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("the object is a %s, the request is for %s", obj.GetKind(), s.gvr.Resource))
	}
	if s.isNode() {
		return nil, apierrors.NewForbidden(s.gvr.GroupResource(), obj.GetName(), errors.New("nodes join with kubeadm"))
	}
	obj.SetNamespace(s.namespaceOf(obj))
	s.namespace = obj.GetNamespace()
	if obj.GetName() == "" && obj.GetGenerateName() != "" {
		obj.SetName(obj.GetGenerateName() + rand.String(5))
	}
	if s.find(obj.GetName()) != nil {
		return nil, apierrors.NewAlreadyExists(s.gvr.GroupResource(), obj.GetName())
	}
	if err := s.namespaceReady(obj); err != nil {
		return nil, err
	}
	rules.Default(obj)
	if err := s.allocate(obj); err != nil {
		return nil, err
	}
	if err := s.invalid(obj.GetName(), rules.Validate(obj)); err != nil {
		return nil, err
	}
	obj.SetUID(types.UID(uuid.NewString()))
	obj.SetCreationTimestamp(s.now)
	obj.SetGeneration(1)
	obj.SetResourceVersion("1")
	unstructured.RemoveNestedField(obj.Object, "status")
	rules.Conceal(obj)
	s.cluster.Objects = append(s.cluster.Objects, obj.Object)
	return obj, nil
}

// namespaceReady refuses objects in a namespace that is not there, or is going.
func (s *server) namespaceReady(obj *unstructured.Unstructured) error {
	if s.scope == api.Cluster {
		return nil
	}
	namespaces := &server{cluster: s.cluster, gvk: schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, scope: api.Cluster}
	ns := namespaces.find(obj.GetNamespace())
	if ns == nil {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, obj.GetNamespace())
	}
	if ns.GetDeletionTimestamp() != nil {
		return apierrors.NewForbidden(s.gvr.GroupResource(), obj.GetName(),
			fmt.Errorf("unable to create new content in namespace %s because it is being terminated", obj.GetNamespace()))
	}
	return nil
}

// update replaces an object with what change makes of it.
func (s *server) update(name string, change func(old *unstructured.Unstructured) (*unstructured.Unstructured, error)) (*unstructured.Unstructured, error) {
	live := s.find(name)
	if live == nil {
		return nil, apierrors.NewNotFound(s.gvr.GroupResource(), name)
	}
	old := live.DeepCopy()
	obj, err := change(old.DeepCopy())
	if err != nil {
		return nil, err
	}
	if s.isNode() {
		return controllers.ChangeNode(s.cluster, obj)
	}
	if v := obj.GetResourceVersion(); v != "" && v != old.GetResourceVersion() {
		return nil, apierrors.NewConflict(s.gvr.GroupResource(), name,
			errors.New("the object has been modified; please apply your changes to the latest version and try again"))
	}
	for _, field := range []string{"uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp", "namespace", "name"} {
		keep(obj, old, "metadata", field)
	}
	keep(obj, old, "status")
	if ip, _, _ := unstructured.NestedString(obj.Object, "spec", "clusterIP"); s.gvk.Kind == "Service" && ip == "" {
		keep(obj, old, "spec", "clusterIP")
	}
	rules.Default(obj)
	rules.Conceal(obj)
	if err := s.invalid(name, append(rules.ValidateUpdate(obj, old), rules.Validate(obj)...)); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(obj.Object["spec"], old.Object["spec"]) {
		obj.SetGeneration(old.GetGeneration() + 1)
	}
	if !reflect.DeepEqual(obj.Object, old.Object) {
		nextVersion(obj)
	}
	clear(live.Object)
	maps.Copy(live.Object, obj.Object)
	return live, nil
}

// keep sets a field of obj to what it is in old.
func keep(obj, old *unstructured.Unstructured, path ...string) {
	if v, ok, _ := unstructured.NestedFieldCopy(old.Object, path...); ok {
		_ = unstructured.SetNestedField(obj.Object, v, path...)
	} else {
		unstructured.RemoveNestedField(obj.Object, path...)
	}
}

// delete removes an object, or marks it if something must be cleaned up first.
func (s *server) delete(name string) error {
	live := s.find(name)
	if live == nil {
		return apierrors.NewNotFound(s.gvr.GroupResource(), name)
	}
	if s.isNode() {
		s.cluster.Nodes = slices.DeleteFunc(s.cluster.Nodes, func(n *world.Node) bool { return n.Name == name })
		return nil
	}
	if s.gvk.Kind == "Namespace" && slices.Contains([]string{"default", "kube-system", "kube-public"}, name) {
		return apierrors.NewForbidden(s.gvr.GroupResource(), name, errors.New("this namespace may not be deleted"))
	}
	if len(live.GetFinalizers()) > 0 || s.gvk.Kind == "Namespace" {
		if live.GetDeletionTimestamp() == nil {
			live.SetDeletionTimestamp(&s.now)
			nextVersion(live)
		}
		return nil
	}
	controllers.Remove(s.cluster, live)
	return nil
}

// invalid words validation faults as the API server does.
func (s *server) invalid(name string, faults rules.Faults) error {
	if len(faults) == 0 {
		return nil
	}
	return apierrors.NewInvalid(s.gvk.GroupKind(), name, faults)
}

func compare(a, b string, rest ...string) int {
	if c := strings.Compare(a, b); c != 0 || len(rest) < 2 {
		return c
	}
	return strings.Compare(rest[0], rest[1])
}
