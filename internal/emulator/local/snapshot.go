package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
)

// watched are the kinds that the controllers look at.
var watched = []schema.GroupVersionKind{
	{Version: "v1", Kind: "Namespace"}, {Version: "v1", Kind: "Node"}, {Version: "v1", Kind: "Pod"},
	{Version: "v1", Kind: "Service"}, {Version: "v1", Kind: "ConfigMap"}, {Version: "v1", Kind: "Secret"},
	{Version: "v1", Kind: "ServiceAccount"}, {Version: "v1", Kind: "Event"},
	{Group: "apps", Version: "v1", Kind: "Deployment"}, {Group: "apps", Version: "v1", Kind: "DaemonSet"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRoleBinding"},
	{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"},
}

// defined are the kinds that are looked at once a CustomResourceDefinition is there.
var defined = []schema.GroupVersionKind{
	{Group: "operator.tigera.io", Version: "v1", Kind: "Installation"},
	{Group: "operator.tigera.io", Version: "v1", Kind: "APIServer"},
	{Group: "operator.tigera.io", Version: "v1", Kind: "TigeraStatus"},
	{Group: "crd.projectcalico.org", Version: "v1", Kind: "IPAMConfig"},
	{Group: "crd.projectcalico.org", Version: "v1", Kind: "IPAMConfiguration"},
}

// informers keep the watched kinds at hand and tell of changes.
type informers struct {
	client  dynamic.Interface
	factory dynamicinformer.DynamicSharedInformerFactory
	listers map[schema.GroupVersionKind]cache.GenericLister
	// changed has room for one message: something changed since it was last read.
	changed chan struct{}
}

func watch(ctx context.Context, client dynamic.Interface) (*informers, error) {
	in := &informers{
		client: client, factory: dynamicinformer.NewDynamicSharedInformerFactory(client, 0),
		listers: map[schema.GroupVersionKind]cache.GenericLister{}, changed: make(chan struct{}, 1),
	}
	return in, in.add(ctx, watched...)
}

// add watches further kinds, which the API server must serve.
func (in *informers) add(ctx context.Context, kinds ...schema.GroupVersionKind) error {
	notify := func(any) { in.notify() }
	for _, gvk := range kinds {
		informer := in.factory.ForResource(api.Resource(gvk))
		in.listers[gvk] = informer.Lister()
		if _, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: notify, UpdateFunc: func(_, o any) { notify(o) }, DeleteFunc: notify,
		}); err != nil {
			return fmt.Errorf("watching %s: %w", gvk.Kind, err)
		}
	}
	in.factory.Start(ctx.Done())
	for gvr, synced := range in.factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("watching %s: %w", gvr.Resource, context.Cause(ctx))
		}
	}
	return nil
}

// notify says that something changed.
func (in *informers) notify() {
	select {
	case in.changed <- struct{}{}:
	default:
	}
}

// wait returns when something changed or a moment has passed.
func (in *informers) wait(ctx context.Context, moment time.Duration) {
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-in.changed:
	case <-timer.C:
	}
}

// snapshot gives copies of all objects, nodes apart.
func (in *informers) snapshot(ctx context.Context) (objects, nodes []*unstructured.Unstructured, err error) {
	for _, gvk := range watched {
		found, err := in.list(gvk)
		if err != nil {
			return nil, nil, err
		}
		if gvk.Kind == "Node" {
			nodes = append(nodes, found...)
		} else {
			objects = append(objects, found...)
		}
	}
	custom, err := in.custom(ctx, objects)
	return append(objects, custom...), nodes, err
}

// list gives copies of the objects of a kind.
func (in *informers) list(gvk schema.GroupVersionKind) ([]*unstructured.Unstructured, error) {
	items, err := in.listers[gvk].List(labels.Everything())
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", gvk.Kind, err)
	}
	found := make([]*unstructured.Unstructured, 0, len(items))
	for _, item := range items {
		u, ok := item.(*unstructured.Unstructured)
		if !ok {
			return nil, errors.New("a list holds something that is no object")
		}
		found = append(found, u.DeepCopy())
	}
	return found, nil
}

// custom gives the objects of the kinds whose definitions are among the objects,
// and watches these kinds from when they are first served.
func (in *informers) custom(ctx context.Context, objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var found []*unstructured.Unstructured
	for _, gvk := range defined {
		if !slices.ContainsFunc(objects, func(u *unstructured.Unstructured) bool { return defines(u, gvk) }) {
			continue
		}
		if in.listers[gvk] == nil {
			_, err := in.client.Resource(api.Resource(gvk)).List(ctx, metav1.ListOptions{Limit: 1})
			if apierrors.IsNotFound(err) {
				continue // not served yet: its definition changes when it is
			}
			if err != nil {
				return nil, fmt.Errorf("listing %s: %w", gvk.Kind, err)
			}
			if err := in.add(ctx, gvk); err != nil {
				return nil, err
			}
		}
		items, err := in.list(gvk)
		if err != nil {
			return nil, err
		}
		found = append(found, items...)
	}
	return found, nil
}

func defines(u *unstructured.Unstructured, gvk schema.GroupVersionKind) bool {
	_, is := api.Defines(u, gvk)
	return is && u.GetKind() == "CustomResourceDefinition"
}
