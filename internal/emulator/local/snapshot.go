package local

import (
	"context"
	"errors"
	"fmt"
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
	{Group: "operator.tigera.io", Version: "v1", Kind: "TigeraStatus"},
	{Group: "crd.projectcalico.org", Version: "v1", Kind: "IPAMConfig"},
	{Group: "crd.projectcalico.org", Version: "v1", Kind: "IPAMConfiguration"},
}

// informers keep the watched kinds at hand and tell of changes.
type informers struct {
	client  dynamic.Interface
	listers map[schema.GroupVersionKind]cache.GenericLister
	// changed has room for one message: something changed since it was last read.
	changed chan struct{}
}

func watch(ctx context.Context, client dynamic.Interface) (*informers, error) {
	in := &informers{client: client, listers: map[schema.GroupVersionKind]cache.GenericLister{}, changed: make(chan struct{}, 1)}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	notify := func(any) {
		select {
		case in.changed <- struct{}{}:
		default:
		}
	}
	for _, gvk := range watched {
		informer := factory.ForResource(api.Resource(gvk))
		in.listers[gvk] = informer.Lister()
		if _, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: notify, UpdateFunc: func(_, o any) { notify(o) }, DeleteFunc: notify,
		}); err != nil {
			return nil, fmt.Errorf("watching %s: %w", gvk.Kind, err)
		}
	}
	factory.Start(ctx.Done())
	for gvr, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return nil, fmt.Errorf("watching %s: %w", gvr.Resource, context.Cause(ctx))
		}
	}
	return in, nil
}

// wait returns when something changed or a moment has passed: what happens to
// machines is not in the API.
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
		list, err := in.listers[gvk].List(labels.Everything())
		if err != nil {
			return nil, nil, fmt.Errorf("listing %s: %w", gvk.Kind, err)
		}
		for _, item := range list {
			u, ok := item.(*unstructured.Unstructured)
			if !ok {
				return nil, nil, errors.New("a list holds something that is no object")
			}
			if gvk.Kind == "Node" {
				nodes = append(nodes, u.DeepCopy())
			} else {
				objects = append(objects, u.DeepCopy())
			}
		}
	}
	custom, err := in.custom(ctx, objects)
	return append(objects, custom...), nodes, err
}

// custom lists the kinds whose definitions are among the objects.
func (in *informers) custom(ctx context.Context, objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var found []*unstructured.Unstructured
	for _, gvk := range defined {
		for _, crd := range objects {
			if _, is := api.Defines(crd, gvk); crd.GetKind() != "CustomResourceDefinition" || !is {
				continue
			}
			list, err := in.client.Resource(api.Resource(gvk)).List(ctx, metav1.ListOptions{})
			if apierrors.IsNotFound(err) {
				continue // not served yet
			}
			if err != nil {
				return nil, fmt.Errorf("listing %s: %w", gvk.Kind, err)
			}
			for i := range list.Items {
				found = append(found, &list.Items[i])
			}
		}
	}
	return found, nil
}
