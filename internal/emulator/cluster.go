package emulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/apiserver"
	"github.com/hybridcluster/hybridcluster/internal/emulator/local"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
)

// keepDisk keeps what the control plane of a new cluster is made of.
func (e *Emulator) keepDisk(vmID string, customData []byte) error {
	document, files := guest.Disk(customData)
	if document == "" {
		return nil
	}
	return e.clusters.KeepDisk(vmID, controlplane.Files{Document: document, Root: files})
}

// Cluster gives access to the emulated cluster that a kubeconfig points at.
func (e *Emulator) Cluster(kubeconfig string) (dynamic.Interface, error) {
	return e.client(e.store, []byte(kubeconfig))
}

// Reachable gives a kubeconfig that a program of this machine can use: with the
// address of the control plane on it. It is empty for a cluster that is in the
// emulator's memory alone, and for one that does not answer.
func (e *Emulator) Reachable(ctx context.Context, kubeconfig string) (string, error) {
	server, err := e.server(ctx, []byte(kubeconfig))
	if errors.Is(err, apiserver.ErrUnreachable) {
		return "", nil
	}
	if err != nil || server == "" {
		return "", err
	}
	config, err := clientcmd.Load([]byte(kubeconfig))
	if err != nil {
		return "", fmt.Errorf("reading the kubeconfig: %w", err)
	}
	cluster := config.Clusters[config.Contexts[config.CurrentContext].Cluster]
	if cluster.TLSServerName, err = serverName(cluster.TLSServerName, cluster.Server); err != nil {
		return "", err
	}
	cluster.Server = server
	data, err := clientcmd.Write(*config)
	if err != nil {
		return "", fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return string(data), nil
}

// server gives the URL of a cluster's control plane on this machine, or nothing if
// the cluster is in memory.
func (e *Emulator) server(ctx context.Context, kubeconfig []byte) (string, error) {
	_, server, err := e.controlPlane(ctx, func(w *world.World) (string, error) { return apiserver.Find(w, kubeconfig, e.from()) })
	return server, err
}

// controlPlane gives the key of the cluster that find finds, and the URL of its
// control plane on this machine, which it starts if need be. The URL is empty if
// the cluster is in memory.
func (e *Emulator) controlPlane(ctx context.Context, find func(*world.World) (string, error)) (key, server string, err error) {
	var cluster *local.Cluster
	err = e.store.View(ctx, func(w *world.World) error {
		if key, err = find(w); err != nil || key == "" || !e.clusters.Has(key, w.Clusters[key]) {
			return err
		}
		described := e.clusters.Describe(w, key)
		cluster = &described
		return nil
	})
	if err != nil || cluster == nil {
		return key, "", err
	}
	// Starting one takes seconds, in which the world must go on.
	server, err = e.clusters.Server(ctx, *cluster)
	return key, server, err
}

// from is where programs are that reach for API servers.
func (e *Emulator) from() netpath.Source {
	if e.inside {
		return netpath.Inside()
	}
	return netpath.Internet()
}

// client reaches a cluster, in memory or on this machine.
func (e *Emulator) client(store *world.Store, kubeconfig []byte) (dynamic.Interface, error) {
	// It is asked for when a provider is configured, which the engine does not interrupt.
	server, err := e.server(context.Background(), kubeconfig)
	if err != nil {
		return nil, err
	}
	if server == "" {
		return kubernetes.ClientFrom(e.inside)(store, kubeconfig)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if config.ServerName, err = serverName(config.ServerName, config.Host); err != nil {
		return nil, err
	}
	config.Host = server
	config.RateLimiter, config.QPS = nil, -1
	config.WarningHandler = rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	return kubernetes.Real{Interface: client}, nil
}

// serverName is the name to look for in the API server's certificate.
func serverName(given, server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("kubeconfig's server: %w", err)
	}
	return cmp.Or(given, u.Hostname()), nil
}
