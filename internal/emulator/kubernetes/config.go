package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"google.golang.org/grpc/peer"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
)

// session is one configured provider resource.
type session struct {
	ctx               context.Context // ends when the engine cancels
	client            dynamic.Interface
	problem           error // why there is no client
	namespace         string
	deleteUnreachable bool
	configMapMutable  bool
	secretMutable     bool
	// real is whether the API server is; patience stands for ten minutes.
	real     bool
	patience time.Duration
}

// scaled brings what a program asks for to the time that this API server takes.
func (s *session) scaled(seconds float64, byDefault time.Duration) time.Duration {
	if seconds <= 0 {
		seconds = byDefault.Seconds()
	}
	return time.Duration(float64(s.patience) * seconds / realTimeout.Seconds())
}

// gone is the error for a cluster that does not answer.
func (s *session) gone(what string) error {
	return fmt.Errorf("%s. If the cluster was deleted, you can remove this resource from Pulumi state by rerunning "+
		"the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to \"true\": %w", what, s.problem)
}

// unreachable is the error for a change that the cluster's absence prevents.
func (s *session) unreachable() error {
	return fmt.Errorf("configured Kubernetes cluster is unreachable: %w", s.problem)
}

// sessions are the configured provider resources by connection. Requests do not
// say for which provider resource they are, but every one has its own connection.
type sessions struct {
	mu     sync.Mutex
	byPeer map[string]*entry
	latest string
}

type entry struct {
	session *session
	cancel  context.CancelFunc
}

func peerOf(ctx context.Context) string {
	if caller, ok := peer.FromContext(ctx); ok && caller.Addr != nil {
		return caller.Addr.String()
	}
	return ""
}

func (s *sessions) put(name string, e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byPeer == nil {
		s.byPeer = map[string]*entry{}
	}
	s.byPeer[name], s.latest = e, name
}

func (s *sessions) get(name string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.byPeer[name]; ok {
		return e
	}
	return s.byPeer[s.latest]
}

// session gives the caller's configuration.
func (v *provider) session(ctx context.Context) *session {
	if e := v.sessions.get(peerOf(ctx)); e != nil {
		return e.session
	}
	return &session{ctx: ctx, problem: errors.New("the provider is not configured"), namespace: "default"}
}

type configArgs struct {
	Kubeconfig        string `json:"kubeconfig"`
	Namespace         string `json:"namespace"`
	DeleteUnreachable any    `json:"deleteUnreachable"`
	ConfigMapMutable  any    `json:"enableConfigMapMutable"`
	SecretMutable     any    `json:"enableSecretMutable"`
}

func (v *provider) checkConfig(_ context.Context, r p.CheckRequest) (p.CheckResponse, error) {
	resp := p.CheckResponse{Inputs: r.Inputs}
	if config, ok := r.Inputs.GetOk("kubeconfig"); ok {
		resp.Inputs = r.Inputs.Set("kubeconfig", config.WithSecret(true))
	}
	return resp, nil
}

// diffConfig replaces the provider, and with it everything made through it, when
// the kubeconfig may point at another cluster: if its server or certificate
// authority changes, or cannot be known yet.
func (v *provider) diffConfig(_ context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	diff, err := props.Comparison{Ignore: r.IgnoreChanges}.Diff(r.OldInputs, r.Inputs)
	if err != nil {
		return p.DiffResponse{}, err
	}
	delete(diff, "version")
	if d, changed := diff["kubeconfig"]; changed {
		old, new := r.OldInputs.Get("kubeconfig"), r.Inputs.Get("kubeconfig")
		sameCluster := !new.IsComputed() && reflect.DeepEqual(activeCluster(old), activeCluster(new))
		if id := r.Inputs.Get("clusterIdentifier"); id.IsString() {
			sameCluster = true // the user says which cluster it is; that it changed is seen below
		}
		if !sameCluster {
			d.Kind = p.UpdateReplace
			diff["kubeconfig"] = d
		}
	}
	if d, changed := diff["clusterIdentifier"]; changed {
		d.Kind = p.UpdateReplace
		diff["clusterIdentifier"] = d
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

// activeCluster is the cluster of a kubeconfig's current context, or nil.
func activeCluster(kubeconfig property.Value) *clientcmdapi.Cluster {
	if !kubeconfig.IsString() {
		return nil
	}
	config, err := clientcmd.Load([]byte(kubeconfig.AsString()))
	if err != nil || config.Contexts[config.CurrentContext] == nil {
		return nil
	}
	return config.Clusters[config.Contexts[config.CurrentContext].Cluster]
}

// configure never fails because of the cluster: a destroy must be able to go on
// without it. What needs the cluster reports the problem.
func (v *provider) configure(ctx context.Context, r p.ConfigureRequest) error {
	var args configArgs
	if err := props.Decode(r.Args, &args); err != nil {
		return err
	}
	life, cancel := context.WithCancel(context.Background())
	s := &session{
		ctx: life, namespace: cmp.Or(args.Namespace, "default"),
		configMapMutable: truthy(args.ConfigMapMutable), secretMutable: truthy(args.SecretMutable),
	}
	s.deleteUnreachable = truthy(args.DeleteUnreachable) || truthy(os.Getenv("PULUMI_K8S_DELETE_UNREACHABLE"))
	kubeconfig := []byte(args.Kubeconfig)
	if !strings.Contains(args.Kubeconfig, "\n") && args.Kubeconfig != "" && !strings.HasPrefix(strings.TrimSpace(args.Kubeconfig), "{") {
		content, err := os.ReadFile(args.Kubeconfig)
		if err != nil {
			s.problem = errors.New("failed to read kubeconfig: it is neither the content of one nor a readable path")
		}
		kubeconfig = content
	}
	if s.problem == nil {
		s.client, s.problem = v.options.Client(v.store, kubeconfig)
	}
	s.patience = v.options.AwaitTimeout
	if _, s.real = s.client.(Real); s.real {
		s.patience = v.options.RealAwaitTimeout
	}
	v.sessions.put(peerOf(ctx), &entry{session: s, cancel: cancel})
	return nil
}

// cancel ends what the caller's provider waits for.
func (v *provider) cancel(ctx context.Context) error {
	if e := v.sessions.get(peerOf(ctx)); e != nil {
		e.cancel()
	}
	return nil
}

func truthy(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		is, err := strconv.ParseBool(v)
		return err == nil && is
	default:
		return false
	}
}
