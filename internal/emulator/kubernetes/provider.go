// Package kubernetes serves the Pulumi package kubernetes for clusters of the
// emulated world, and for any other that a [dynamic.Interface] reaches.
//
// The provider side (this package) speaks to an API server through
// [dynamic.Interface]; a [Real] one is applied to on its own side. The emulated
// API server is in the package apiserver, what runs inside its cluster in the
// package controllers.
//
// Behaviour follows the provider's version 4.33:
// https://github.com/pulumi/pulumi-kubernetes/tree/v4.33.0/provider.
package kubernetes

import (
	"context"
	"fmt"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/apiserver"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// Name and Version identify the Pulumi package that [Provider] stands in for.
const (
	Name    = "kubernetes"
	Version = "4.33.0"
)

const (
	// defaultAwait stands for the ten minutes that the real provider waits.
	defaultAwait = 20 * time.Second
	// realAwait is the same for a real API server, whose controllers take their time.
	realAwait = 2 * time.Minute
	// defaultPoll is how often an object is looked at while it is awaited.
	defaultPoll = 50 * time.Millisecond
)

// Real marks the client of a real API server: it applies objects on the server's
// side, and its controllers take time.
type Real struct{ dynamic.Interface }

// Options are what a caller may choose.
type Options struct {
	// AwaitTimeout is how long, in real time, a resource may take to become
	// ready. It stands for the real provider's ten minutes; timeouts that a
	// program asks for are scaled by it. 20 seconds if zero.
	AwaitTimeout time.Duration
	// RealAwaitTimeout is the same for clusters with a real control plane. Two
	// minutes if zero.
	RealAwaitTimeout time.Duration
	// InsideNetwork is whether the program runs in a network that reaches private addresses.
	InsideNetwork bool
	// Client makes the client for a kubeconfig, a [Real] one for a real API server;
	// that of [ClientFrom] if nil.
	Client func(store *world.Store, kubeconfig []byte) (dynamic.Interface, error)
}

// Client gives access from the Internet to the emulated cluster that a
// kubeconfig points at. See [apiserver.Client] for its errors.
func Client(store *world.Store, kubeconfig []byte) (dynamic.Interface, error) {
	return ClientFrom(false)(store, kubeconfig)
}

// ClientFrom gives what [Client] does, for a client on the Internet or in a
// network that reaches private addresses.
func ClientFrom(insideNetwork bool) func(*world.Store, []byte) (dynamic.Interface, error) {
	from := netpath.Internet()
	if insideNetwork {
		from = netpath.Inside()
	}
	return func(store *world.Store, kubeconfig []byte) (dynamic.Interface, error) {
		return apiserver.Client(store, kubeconfig, from)
	}
}

// provider is the server behind any number of connections; each connection has
// a configuration of its own.
type provider struct {
	store    *world.Store
	options  Options
	shapes   shapes
	sessions sessions
}

// Provider serves the package. One server can serve several provider resources
// and several engines at once: it tells them apart by their connection.
func Provider(store *world.Store, o Options) p.Provider {
	if o.AwaitTimeout == 0 {
		o.AwaitTimeout = defaultAwait
	}
	if o.RealAwaitTimeout == 0 {
		o.RealAwaitTimeout = realAwait
	}
	if o.Client == nil {
		o.Client = ClientFrom(o.InsideNetwork)
	}
	v := &provider{store: store, options: o, shapes: knownShapes()}
	return p.Provider{
		GetSchema: func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error) {
			return p.GetSchemaResponse{Schema: fmt.Sprintf(`{"name":%q,"version":%q}`, Name, Version)}, nil
		},
		CheckConfig: v.checkConfig,
		DiffConfig:  v.diffConfig,
		Configure:   v.configure,
		Cancel:      v.cancel,
		Check:       v.check,
		Diff:        v.diff,
		Create:      v.create,
		Read:        v.read,
		Update:      v.update,
		Delete:      v.delete,
	}
}

const releaseType = "kubernetes:helm.sh/v3:Release"

func isRelease(urn resource.URN) bool { return string(urn.Type()) == releaseType }

// kindOf reads the group, version and kind of a resource type's token, such as
// kubernetes:apps/v1:Deployment.
func kindOf(urn resource.URN) (schema.GroupVersionKind, error) {
	token := string(urn.Type())
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0] != Name || parts[2] == "" {
		return schema.GroupVersionKind{}, fmt.Errorf("unrecognized resource type: %q for this provider", token)
	}
	group, version, ok := strings.Cut(parts[1], "/")
	if !ok {
		return schema.GroupVersionKind{}, fmt.Errorf("apiVersion does not have both a group and a version: %q", parts[1])
	}
	if group == "core" {
		group = ""
	}
	return schema.GroupVersionKind{Group: group, Version: version, Kind: strings.TrimSuffix(parts[2], patchSuffix)}, nil
}

func (v *provider) check(ctx context.Context, r p.CheckRequest) (p.CheckResponse, error) {
	if isRelease(r.Urn) {
		return v.checkRelease(ctx, r)
	}
	return v.checkObject(ctx, r)
}

func (v *provider) diff(ctx context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	if isRelease(r.Urn) {
		return v.diffRelease(ctx, r)
	}
	return v.diffObject(ctx, r)
}

func (v *provider) create(ctx context.Context, r p.CreateRequest) (p.CreateResponse, error) {
	if isRelease(r.Urn) {
		return v.createRelease(ctx, r)
	}
	return v.createObject(ctx, r)
}

func (v *provider) read(ctx context.Context, r p.ReadRequest) (p.ReadResponse, error) {
	session := v.session(ctx)
	if session.problem != nil {
		if session.deleteUnreachable {
			p.GetLogger(ctx).Warningf("configured Kubernetes cluster is unreachable: %v; "+
				"deleting the resource from Pulumi state because deleteUnreachable is set", session.problem)
			return p.ReadResponse{}, nil
		}
		return p.ReadResponse{}, session.gone("failed to read resource state due to unreachable cluster")
	}
	if isRelease(r.Urn) {
		return v.readRelease(ctx, session, r)
	}
	return v.readObject(ctx, session, r)
}

func (v *provider) update(ctx context.Context, r p.UpdateRequest) (p.UpdateResponse, error) {
	if isRelease(r.Urn) {
		return v.updateRelease(ctx, r)
	}
	return v.updateObject(ctx, r)
}

func (v *provider) delete(ctx context.Context, r p.DeleteRequest) error {
	session := v.session(ctx)
	if session.problem != nil {
		if session.deleteUnreachable {
			p.GetLogger(ctx).Warningf("configured Kubernetes cluster is unreachable: %v; "+
				"deleting the resource from Pulumi state because deleteUnreachable is set", session.problem)
			return nil
		}
		return session.gone("failed to delete resource due to unreachable cluster")
	}
	if isRelease(r.Urn) {
		return v.deleteRelease(ctx, session, r)
	}
	return v.deleteObject(ctx, session, r)
}
