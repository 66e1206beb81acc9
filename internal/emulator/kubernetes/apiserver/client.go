// Package apiserver is the API of an emulated Kubernetes cluster: its objects
// live in the emulated world, its rules are the real API server's.
package apiserver

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// client speaks to one cluster. It looks the cluster up again in every call, so
// it sees when the cluster is gone.
type client struct {
	store  *world.Store
	target target

	mu sync.Mutex
	// settled is the state of the machines that the controllers have last seen.
	settled string
}

var _ dynamic.Interface = (*client)(nil)

// Client gives access to the cluster that the kubeconfig's current context
// points at. It fails as a real one does in its first call: with [ErrUnreachable]
// if nothing answers or the certificate authority is another one, with
// [ErrUnauthorized] or [ErrForbidden] if the client certificate is not good enough.
func Client(store *world.Store, kubeconfig []byte, from netpath.Source) (dynamic.Interface, error) {
	t, err := parse(kubeconfig)
	if err != nil {
		return nil, err
	}
	t.from = from
	c := &client{store: store, target: t}
	err = store.View(context.Background(), func(w *world.World) error {
		_, err := c.connect(w)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (c *client) connect(w *world.World) (*world.Cluster, error) {
	cluster, err := c.target.locate(w)
	if err != nil {
		return nil, err
	}
	return cluster, c.target.authenticate(cluster, time.Now())
}

// Resource implements [dynamic.Interface].
func (c *client) Resource(gvr schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	return &resource{client: c, gvr: gvr}
}

// read calls fn with the cluster as it is now. Machines may have changed since
// the controllers last ran, so they run first if that is so.
func (c *client) read(ctx context.Context, fn func(*world.Cluster) error) error {
	stale := false
	err := c.store.View(ctx, func(w *world.World) error {
		cluster, err := c.connect(w)
		if err != nil {
			return err
		}
		if stale = !c.seen(cluster); stale {
			return nil
		}
		return fn(cluster)
	})
	if err != nil || !stale {
		return err
	}
	return c.write(ctx, fn)
}

// write calls fn with the cluster, lets the controllers react and stores the result.
func (c *client) write(ctx context.Context, fn func(*world.Cluster) error) error {
	return c.store.Update(ctx, func(w *world.World) error {
		cluster, err := c.connect(w)
		if err != nil {
			return err
		}
		if !c.seen(cluster) {
			controllers.Settle(w, cluster)
		}
		if err := fn(cluster); err != nil {
			return err
		}
		controllers.Settle(w, cluster)
		c.remember(cluster)
		return nil
	})
}

func (c *client) seen(cluster *world.Cluster) bool {
	now := machines(cluster)
	c.mu.Lock()
	defer c.mu.Unlock()
	return now == c.settled
}

func (c *client) remember(cluster *world.Cluster) {
	now := machines(cluster)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = now
}

// machines is a text that changes when a machine of the cluster does, or when
// another process changed its objects.
func machines(cluster *world.Cluster) string {
	data, err := json.Marshal(cluster.Nodes)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", len(cluster.Objects), data)
}

// page is a list response.
func page(items []unstructured.Unstructured) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": "v1", "kind": "List"}, Items: items}
	list.SetResourceVersion("")
	return list
}
