package apiserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// errDryRun ends a write whose result is wanted but must not be kept.
var errDryRun = errors.New("dry run")

// resource is one resource type, in one namespace or in all.
type resource struct {
	client    *client
	gvr       schema.GroupVersionResource
	namespace string
}

// Namespace implements [dynamic.NamespaceableResourceInterface].
func (r *resource) Namespace(namespace string) dynamic.ResourceInterface {
	return &resource{client: r.client, gvr: r.gvr, namespace: namespace}
}

// Create implements [dynamic.ResourceInterface].
func (r *resource) Create(ctx context.Context, obj *unstructured.Unstructured, o metav1.CreateOptions, _ ...string) (*unstructured.Unstructured, error) {
	obj = obj.DeepCopy()
	return r.change(ctx, o.DryRun, func(s *server) (*unstructured.Unstructured, error) {
		return s.create(obj)
	})
}

// Update implements [dynamic.ResourceInterface].
func (r *resource) Update(ctx context.Context, obj *unstructured.Unstructured, o metav1.UpdateOptions, _ ...string) (*unstructured.Unstructured, error) {
	obj = obj.DeepCopy()
	return r.change(ctx, o.DryRun, func(s *server) (*unstructured.Unstructured, error) {
		return s.update(obj.GetName(), func(*unstructured.Unstructured) (*unstructured.Unstructured, error) { return obj, nil })
	})
}

// UpdateStatus implements [dynamic.ResourceInterface].
func (r *resource) UpdateStatus(ctx context.Context, obj *unstructured.Unstructured, o metav1.UpdateOptions) (*unstructured.Unstructured, error) {
	return r.Update(ctx, obj, o)
}

// Patch implements [dynamic.ResourceInterface] for merge patches and applies.
func (r *resource) Patch(ctx context.Context, name string, pt types.PatchType, data []byte, o metav1.PatchOptions, _ ...string) (*unstructured.Unstructured, error) {
	if pt != types.MergePatchType {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("the emulated API server takes no patches of type %s, only %s", pt, types.MergePatchType))
	}
	return r.change(ctx, o.DryRun, func(s *server) (*unstructured.Unstructured, error) {
		return s.update(name, func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
			return merge(old, data)
		})
	})
}

// Apply implements [dynamic.ResourceInterface]: it creates the object, or merges
// it into the one that is there.
func (r *resource) Apply(ctx context.Context, name string, obj *unstructured.Unstructured, o metav1.ApplyOptions, _ ...string) (*unstructured.Unstructured, error) {
	obj = obj.DeepCopy()
	return r.change(ctx, o.DryRun, func(s *server) (*unstructured.Unstructured, error) {
		if s.find(name) == nil {
			return s.create(obj)
		}
		data, err := json.Marshal(obj.Object)
		if err != nil {
			return nil, fmt.Errorf("encode object: %w", err)
		}
		return s.update(name, func(old *unstructured.Unstructured) (*unstructured.Unstructured, error) {
			return merge(old, data)
		})
	})
}

// ApplyStatus implements [dynamic.ResourceInterface].
func (r *resource) ApplyStatus(ctx context.Context, name string, obj *unstructured.Unstructured, o metav1.ApplyOptions) (*unstructured.Unstructured, error) {
	return r.Apply(ctx, name, obj, o)
}

// Delete implements [dynamic.ResourceInterface].
func (r *resource) Delete(ctx context.Context, name string, o metav1.DeleteOptions, _ ...string) error {
	_, err := r.change(ctx, o.DryRun, func(s *server) (*unstructured.Unstructured, error) {
		return nil, s.delete(name)
	})
	return err
}

// DeleteCollection implements [dynamic.ResourceInterface].
func (r *resource) DeleteCollection(ctx context.Context, o metav1.DeleteOptions, lo metav1.ListOptions) error {
	list, err := r.List(ctx, lo)
	if err != nil {
		return err
	}
	for _, item := range list.Items {
		one := &resource{client: r.client, gvr: r.gvr, namespace: item.GetNamespace()}
		if err := one.Delete(ctx, item.GetName(), o); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// Get implements [dynamic.ResourceInterface].
func (r *resource) Get(ctx context.Context, name string, _ metav1.GetOptions, _ ...string) (*unstructured.Unstructured, error) {
	var found *unstructured.Unstructured
	err := r.client.read(ctx, func(c *world.Cluster) error {
		s, err := r.server(c)
		if err != nil {
			return err
		}
		live := s.find(name)
		if live == nil {
			return apierrors.NewNotFound(r.gvr.GroupResource(), name)
		}
		found = live.DeepCopy()
		return nil
	})
	return found, err
}

// List implements [dynamic.ResourceInterface] with label selectors and with
// field selectors on metadata and spec.nodeName.
func (r *resource) List(ctx context.Context, o metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	byLabel, err := labels.Parse(o.LabelSelector)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	byField, err := fields.ParseSelector(o.FieldSelector)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	var items []unstructured.Unstructured
	err = r.client.read(ctx, func(c *world.Cluster) error {
		items = nil
		s, err := r.server(c)
		if err != nil {
			return err
		}
		for _, obj := range s.all() {
			node, _, _ := unstructured.NestedString(obj.Object, "spec", "nodeName")
			set := fields.Set{"metadata.name": obj.GetName(), "metadata.namespace": obj.GetNamespace(), "spec.nodeName": node}
			if byLabel.Matches(labels.Set(obj.GetLabels())) && byField.Matches(set) {
				items = append(items, *obj.DeepCopy())
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(items, func(a, b unstructured.Unstructured) int {
		return compare(a.GetNamespace(), b.GetNamespace(), a.GetName(), b.GetName())
	})
	return page(items), nil
}

// Watch implements [dynamic.ResourceInterface]. The emulator has no event stream.
func (r *resource) Watch(context.Context, metav1.ListOptions) (watch.Interface, error) {
	return nil, apierrors.NewMethodNotSupported(r.gvr.GroupResource(), "watch")
}

// change runs fn against the cluster. With dry run its effects are dropped.
func (r *resource) change(ctx context.Context, dryRun []string, fn func(*server) (*unstructured.Unstructured, error)) (*unstructured.Unstructured, error) {
	var result *unstructured.Unstructured
	err := r.client.write(ctx, func(c *world.Cluster) error {
		s, err := r.server(c)
		if err != nil {
			return err
		}
		obj, err := fn(s)
		if err != nil {
			return err
		}
		if obj != nil {
			result = obj.DeepCopy()
		}
		if len(dryRun) > 0 {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return result, err
}

// server finds out whether the cluster has the resource type.
func (r *resource) server(c *world.Cluster) (*server, error) {
	s := &server{cluster: c, gvr: r.gvr, namespace: r.namespace, now: metav1.NewTime(time.Now().UTC())}
	for _, obj := range c.Objects {
		u := &unstructured.Unstructured{Object: obj}
		if u.GetKind() == "CustomResourceDefinition" {
			kind, _, _ := unstructured.NestedString(obj, "spec", "names", "kind")
			gvk := r.gvr.GroupVersion().WithKind(kind)
			if scope, ok := api.Defines(u, gvk); ok && api.Resource(gvk) == r.gvr {
				s.gvk, s.scope = gvk, scope
				return s, nil
			}
		}
	}
	if gvk, scope, ok := api.BuiltinKind(r.gvr); ok {
		s.gvk, s.scope = gvk, scope
		return s, nil
	}
	return nil, &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: 404, Reason: metav1.StatusReasonNotFound,
		Message: "the server could not find the requested resource (" + r.gvr.GroupResource().String() + ")",
	}}
}

func merge(old *unstructured.Unstructured, patch []byte) (*unstructured.Unstructured, error) {
	before, err := json.Marshal(old.Object)
	if err != nil {
		return nil, fmt.Errorf("encode object: %w", err)
	}
	after, err := jsonpatch.MergePatch(before, patch)
	if err != nil {
		return nil, apierrors.NewBadRequest("the patch is no JSON merge patch: " + err.Error())
	}
	merged := &unstructured.Unstructured{}
	if err := merged.UnmarshalJSON(after); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return merged, nil
}

func nextVersion(obj *unstructured.Unstructured) {
	n, _ := strconv.Atoi(obj.GetResourceVersion())
	obj.SetResourceVersion(strconv.Itoa(n + 1))
}
