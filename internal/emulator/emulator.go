// Package emulator is Azure and Kubernetes on this machine: the Pulumi providers azure-native, kubernetes, tls and
// random, served in this process for a real Pulumi engine to attach to, over one world that is kept in a directory.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	p "github.com/pulumi/pulumi-go-provider"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes"
	"github.com/hybridcluster/hybridcluster/internal/emulator/local"
	"github.com/hybridcluster/hybridcluster/internal/emulator/random"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tls"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// The versions that the emulated providers call themselves: those of the SDKs, or the engine warns.
const (
	azureVersion      = "2.92.0"
	kubernetesVersion = "4.33.0"
	tlsVersion        = "5.2.0"
	randomVersion     = "4.18.0"

	defaultBootTimeout = 30 * time.Second
	// latencies is how many changes a worker's machine may be ahead of its control plane's.
	latencies = 10
)

// Emulator is a running emulator.
type Emulator struct {
	store   *world.Store
	journal journal
	servers map[string]*server
	inside  bool
	// clusters are those with a control plane on this machine.
	clusters *local.Clusters
	proxy    *proxy // nil for none
	manager  policy.Transporter
	cloud    *azure.Cloud

	log     io.Writer
	logFile *os.File // nil for none
	logMu   sync.Mutex
}

// part is one provider to serve.
type part struct {
	name, version string
	provider      p.Provider
	// remote providers take time and can fail.
	remote bool
	// polls: the provider takes its time by itself, once a change is accepted.
	polls bool
}

// Start opens the world in o.Dir and serves the providers on loopback ports. Close stops them.
func Start(ctx context.Context, o Options) (*Emulator, error) {
	store, err := world.Open(o.Dir)
	if err != nil {
		return nil, err
	}
	if o.BootTimeout == 0 {
		o.BootTimeout = defaultBootTimeout + latencies*o.Latency
	}
	o.ControlPlanes.World = o.Dir
	e := &Emulator{
		store: store, inside: o.InsideNetwork, servers: map[string]*server{}, log: o.Log, clusters: local.Open(o.ControlPlanes),
	}
	cloud, err := azure.New(ctx, store, azure.Options{
		BootTimeout: o.BootTimeout, Latency: o.Latency, BootFault: bootFaults(o.Faults), CoreQuota: o.CoreQuota, RetiredSizes: o.RetiredSizes, ResourceGroups: o.ResourceGroups, Resources: o.Resources,
		KeepDisk: e.keepDisk,
	})
	if err != nil {
		return nil, err
	}
	if o.LogFile != "" {
		if e.logFile, err = os.OpenFile(o.LogFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
			return nil, fmt.Errorf("open the log of calls: %w", err)
		}
		e.log = e.logFile
	}
	e.cloud, e.manager = cloud, cloud.Manager(e.watch(o))
	parts := []part{
		{"azure-native", azureVersion, cloud.Provider(), true, true},
		{"kubernetes", kubernetesVersion, kubernetes.Provider(store, kubernetes.Options{
			Client: e.client, AwaitTimeout: o.AwaitTimeout, RealAwaitTimeout: o.AwaitTimeout,
		}), true, false},
		{"tls", tlsVersion, tls.Provider(tls.Options{}), false, false},
		{"random", randomVersion, random.Provider(), false, false},
	}
	if o.KubernetesPlugin {
		parts = slices.DeleteFunc(parts, func(p part) bool { return p.name == "kubernetes" })
		if e.proxy, err = startProxy(ctx, e.route, o.Proxy.ProxyFunc()); err != nil {
			return nil, err
		}
	}
	for _, part := range parts {
		provider := part.provider
		if part.polls {
			provider = withFaults(o.Faults, provider, leftovers(cloud))
		} else if part.remote {
			provider = WithFaults(o.Faults, provider)
		}
		if part.remote && !part.polls {
			provider = WithLatency(o.Latency, provider)
		}
		s, err := serve(ctx, part.name, part.version, WithJournal(e.record, provider))
		if err != nil {
			return nil, errors.Join(err, e.Close())
		}
		e.servers[part.name] = s
	}
	return e, nil
}

// Env is what a Pulumi engine needs in its environment to use the emulator.
func (e *Emulator) Env() map[string]string {
	var list []string
	for _, name := range []string{"azure-native", "kubernetes", "random", "tls"} {
		if s := e.servers[name]; s != nil {
			list = append(list, fmt.Sprintf("%s:%d", name, s.port))
		}
	}
	env := map[string]string{"PULUMI_DEBUG_PROVIDERS": strings.Join(list, ",")}
	if e.proxy != nil {
		// Go programs ask for https:// through it: the plugin, for API servers and charts.
		env["HTTPS_PROXY"], env["NO_PROXY"] = e.proxy.url(), "localhost,127.0.0.1"
	}
	return env
}

// Journal is every provider call so far, in the order in which they ended.
func (e *Emulator) Journal() []Call { return e.journal.list() }

// Store is the world.
func (e *Emulator) Store() *world.Store { return e.store }

// Pass lets time pass in the world: who would have to wait for Azure waits for nothing.
func (e *Emulator) Pass(ctx context.Context, d time.Duration) error { return e.cloud.Pass(ctx, d) }

// Close stops the providers, and the control planes of clusters that are gone. The
// world stays where it is.
func (e *Emulator) Close() error {
	var problems []error
	for name, s := range e.servers {
		if err := s.close(); err != nil {
			problems = append(problems, fmt.Errorf("stop emulated provider %s: %w", name, err))
		}
	}
	if e.proxy != nil {
		problems = append(problems, e.proxy.close())
	}
	problems = append(problems, e.clusters.Prune(context.Background(), e.store))
	if e.logFile != nil {
		problems = append(problems, e.logFile.Close())
	}
	return errors.Join(problems...)
}

func (e *Emulator) record(c Call) {
	e.journal.add(c)
	if e.log == nil || c.Preview || c.Op == "check" || c.Op == "diff" {
		return
	}
	e.logMu.Lock()
	defer e.logMu.Unlock()
	// A log that cannot be written is no reason to fail.
	_, _ = fmt.Fprintf(e.log, "%s %s %s %s %s\n", c.Op, c.Type, c.Name, c.Duration.Round(time.Millisecond), c.Code)
}
