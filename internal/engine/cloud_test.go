package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/engine/cli"
)

// cloud is a provider with one type, "toy:index:Thing", whose id is its name.
// Like Azure's, it refuses to create what exists.
type cloud struct {
	mu     sync.Mutex
	things map[string]property.Map
	// failing things are there after their creation, and not ready, so many times.
	failing map[string]int
	// begun tells of a creation that has begun; proceed holds it up. Both are
	// for the thing named "slow" only.
	begun, proceed chan struct{}
}

func newCloud() *cloud {
	return &cloud{things: map[string]property.Map{}, begun: make(chan struct{}, 8), proceed: make(chan struct{})}
}

func sized(n float64) property.Map {
	return property.NewMap(map[string]property.Value{"size": property.New(n)})
}

func (c *cloud) id(u string) string {
	_, name := engine.Describe(u)
	return "/things/" + name
}

func (c *cloud) has(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.things["/things/"+name]
	return ok
}

func (c *cloud) put(name string, props property.Map) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.things["/things/"+name] = props
}

func (c *cloud) create(ctx context.Context, r p.CreateRequest) (p.CreateResponse, error) {
	id := c.id(string(r.Urn))
	if r.DryRun {
		return p.CreateResponse{Properties: r.Properties}, nil
	}
	if id == "/things/slow" {
		c.begun <- struct{}{}
		<-c.proceed
		if ctx.Err() != nil {
			return p.CreateResponse{}, ctx.Err()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.things[id]; there {
		return p.CreateResponse{}, fmt.Errorf("cannot create already existing resource '%s'", id)
	}
	if id == "/things/broken" {
		return p.CreateResponse{}, fmt.Errorf(`Code="QuotaExceeded" Message="too many things"`)
	}
	c.things[id] = r.Properties
	if name := filepath.Base(id); c.failing[name] > 0 {
		c.failing[name]--
		return p.CreateResponse{ID: id, PartialState: &p.InitializationFailed{Reasons: []string{"not ready"}}}, errors.New("not ready")
	}
	return p.CreateResponse{ID: id, Properties: r.Properties}, nil
}

func (c *cloud) read(_ context.Context, r p.ReadRequest) (p.ReadResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	props, ok := c.things[r.ID]
	if !ok {
		return p.ReadResponse{}, nil
	}
	return p.ReadResponse{ID: r.ID, Properties: props, Inputs: props}, nil
}

func (c *cloud) remove(_ context.Context, r p.DeleteRequest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.things, r.ID)
	return nil
}

func diff(_ context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	was, is := r.State.Get("size"), r.Inputs.Get("size")
	if was.Equals(is) {
		return p.DiffResponse{}, nil
	}
	return p.DiffResponse{HasChanges: true, DetailedDiff: map[string]p.PropertyDiff{
		"size": {Kind: p.Update, InputDiff: true},
	}}, nil
}

// serve returns the value of PULUMI_DEBUG_PROVIDERS that reaches the cloud.
func (c *cloud) serve(t *testing.T) string {
	t.Helper()
	provider := p.Provider{
		Check: func(_ context.Context, r p.CheckRequest) (p.CheckResponse, error) {
			return p.CheckResponse{Inputs: r.Inputs}, nil
		},
		Diff: diff, Create: c.create, Read: c.read, Delete: c.remove,
		Update: func(_ context.Context, r p.UpdateRequest) (p.UpdateResponse, error) {
			if !r.DryRun {
				c.put(filepath.Base(r.ID), r.Inputs)
			}
			return p.UpdateResponse{Properties: r.Inputs}, nil
		},
		CheckConfig: func(_ context.Context, r p.CheckRequest) (p.CheckResponse, error) {
			return p.CheckResponse{Inputs: r.Inputs}, nil
		},
		DiffConfig: func(context.Context, p.DiffRequest) (p.DiffResponse, error) { return p.DiffResponse{}, nil },
		Configure:  func(context.Context, p.ConfigureRequest) error { return nil },
		// Like a provider in the middle of a long Azure call, it does not stop
		// when it is told to.
		Cancel: func(context.Context) error { return nil },
	}
	server, err := p.RawServer("toy", "1.0.0", provider)(nil)
	require.NoError(t, err)
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Cancel: stop, Init: func(s *grpc.Server) error {
		pulumirpc.RegisterResourceProviderServer(s, server)
		return nil
	}})
	require.NoError(t, err)
	t.Cleanup(func() { close(stop) })
	return fmt.Sprintf("toy:%d", handle.Port)
}

type thing struct{ pulumi.CustomResourceState }

// things is a program that declares one thing per name.
func things(names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			var res thing
			props := pulumi.Map{"size": pulumi.Int(1)}
			if err := ctx.RegisterResource("toy:index:Thing", name, props, &res); err != nil {
				return err
			}
		}
		ctx.Export("count", pulumi.Int(len(names)))
		ctx.Export("password", pulumi.ToSecret(pulumi.String("hunter2!")))
		return nil
	}
}

// place is a backend with a project directory.
type place struct {
	cloud        *cloud
	dir, backend string
	env          []string
	terminate    chan struct{}
	binary       cli.Binary
	said         []string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	if testing.Short() {
		t.Skip("needs the Pulumi CLI, which -short leaves out")
	}
	binary, err := cli.Find(t.Context(), cli.Options{Getenv: os.Getenv, Activity: func(label string) func() {
		t.Log(label)
		return func() {}
	}})
	require.NoError(t, err)
	pl := &place{
		cloud: newCloud(), dir: t.TempDir(), backend: t.TempDir(),
		terminate: make(chan struct{}), binary: binary,
	}
	pl.env = engine.Environment{Base: os.Environ(), Sealed: true, Set: map[string]string{
		"PULUMI_HOME": t.TempDir(), "PULUMI_BACKEND_URL": "file://" + pl.backend + "?metadata=skip",
		"PULUMI_CONFIG_PASSPHRASE": "correct horse", "PULUMI_SKIP_UPDATE_CHECK": "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true", "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
		"PULUMI_DEBUG_PROVIDERS": pl.cloud.serve(t),
	}}.List()
	return pl
}

func (pl *place) open(t *testing.T, program pulumi.RunFunc) *engine.Stack {
	t.Helper()
	s, err := engine.Open(t.Context(), "dev", engine.Options{
		Command: engine.NewCommand(pl.binary.Path, pl.binary.Version, pl.env, pl.terminate),
		Dir:     pl.dir, Program: program, Agent: "test",
		Log: func(m string) { pl.said = append(pl.said, m) },
	})
	require.NoError(t, err)
	return s
}

// within fails a test that would hang.
func within(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatal("nothing happened for a minute")
	}
}
