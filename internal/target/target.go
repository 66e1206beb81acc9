package target

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/client-go/dynamic"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/engine/cli"
)

// World is an emulated cloud while it runs.
type World interface {
	// Env is what makes the engine find its providers.
	Env() map[string]string
	// Cluster reaches the API server that a kubeconfig points at.
	Cluster(kubeconfig string) (dynamic.Interface, error)
	// Reachable gives a kubeconfig that other programs of this machine can use, or
	// nothing for a cluster that no other program reaches.
	Reachable(ctx context.Context, kubeconfig string) (string, error)
	// Azure is what the Azure SDK needs to reach the subscription without a login.
	Azure() (subscription string, transport policy.Transporter)
	// Pass lets time pass in the world, without waiting for it.
	Pass(ctx context.Context, d time.Duration) error
	// Close writes the world down and stops it.
	Close() error
}

// Options say where stacks live.
type Options struct {
	// Emulator asks for the emulated cloud, which Start starts with its world
	// in dir.
	Emulator bool
	Start    func(ctx context.Context, dir string) (World, error)
	// EmulatedSubscription is the emulator's, by which its resources are known.
	EmulatedSubscription string
	// KubernetesPlugin lets the emulator's engine use the real plugin of the package
	// kubernetes: from the PATH, or downloaded.
	KubernetesPlugin bool
	// Backend is the URL of the state's place. Empty means the emulator's own,
	// or whatever Pulumi is logged into.
	Backend string
	// Dir is the working directory; it is used as the project's where it is one.
	Dir string
	// Getenv and Environ are the environment.
	Getenv  func(string) string
	Environ []string
	// Terminate is closed when the user insists on stopping.
	Terminate <-chan struct{}
	// Agent is how the tool calls itself to Pulumi.
	Agent string
	// Activity and Log tell the user what goes on.
	Activity func(label string) (end func())
	// KeepPassphrase lets a scratch place read secrets with the user's passphrase.
	KeepPassphrase bool
	Log            func(message string)
}

// Target is an open place. Close it.
type Target struct {
	o           Options
	binary      cli.Binary
	environment engine.Environment
	work        string
	world       World
	scratch     []string
}

// ErrNoBackend says that Pulumi knows no place for state.
var ErrNoBackend = errors.New("no place to keep the stack's state: give --backend URL " +
	"(azblob://, s3://, gs:// or file://), set PULUMI_BACKEND_URL or run `pulumi login`; " +
	"for a rehearsal on this machine give --emulator")

// Open finds the CLI and prepares the place. It starts no emulator yet.
func Open(ctx context.Context, o Options) (*Target, error) {
	t := &Target{o: o}
	backend := o.backend()
	if !o.Emulator && backend == "" {
		return nil, ErrNoBackend
	}
	binary, err := cli.Find(ctx, cli.Options{Getenv: o.Getenv, Activity: o.Activity})
	if err != nil {
		return nil, err
	}
	t.binary = binary
	state, err := StateDir(o.Getenv)
	if err != nil {
		return nil, err
	}
	if o.Emulator {
		err = t.rehearse(rehearsalIn(state))
	} else {
		err = t.perform(state, backend)
	}
	return t, err
}

// kubernetesPlugin is the program of Pulumi's package kubernetes.
const kubernetesPlugin = "pulumi-resource-kubernetes"

// rehearse sets up a place that reaches nothing real.
func (t *Target) rehearse(r rehearsal) error {
	if err := r.make(); err != nil {
		return err
	}
	t.work = r.work
	t.environment = engine.Environment{Base: t.o.Environ, Sealed: true, Set: map[string]string{
		"PULUMI_HOME":                   r.home,
		"PULUMI_BACKEND_URL":            ownBackend(r.backend),
		"PULUMI_CONFIG_PASSPHRASE_FILE": r.passphrase,
		"PULUMI_SKIP_UPDATE_CHECK":      "true",
		// The providers are attached; nothing is to be downloaded.
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		"PULUMI_IGNORE_AMBIENT_PLUGINS":               "true",
		// A second copy of every checkpoint helps nobody here.
		"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
	}}
	if t.o.KubernetesPlugin {
		delete(t.environment.Set, "PULUMI_IGNORE_AMBIENT_PLUGINS")
		// Of a plugin in the PATH the engine would look for a newer copy, again and again.
		if _, err := exec.LookPath(kubernetesPlugin); err != nil {
			delete(t.environment.Set, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION")
		}
	}
	if t.o.Backend == "" {
		return nil
	}
	// A backend of the user's choice needs the user's credentials for it.
	t.environment.Keep = []string{"AZURE_STORAGE_*", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE*"}
	t.environment.Set["PULUMI_BACKEND_URL"] = absoluteBackend(t.o.Backend, t.o.Dir)
	if t.o.Getenv("PULUMI_CONFIG_PASSPHRASE") != "" || t.o.Getenv("PULUMI_CONFIG_PASSPHRASE_FILE") != "" {
		delete(t.environment.Set, "PULUMI_CONFIG_PASSPHRASE_FILE")
	}
	return nil
}

// perform sets up the real place: the user's environment as it is.
func (t *Target) perform(state, backend string) error {
	t.environment = engine.Environment{Base: t.o.Environ, Set: map[string]string{"PULUMI_SKIP_UPDATE_CHECK": "true"}}
	if t.o.Backend != "" {
		t.environment.Set["PULUMI_BACKEND_URL"] = backend
	}
	if engine.HasProject(t.o.Dir) {
		t.work = t.o.Dir
		return nil
	}
	// Pulumi keeps a stack's salt beside the project, so each backend has a
	// directory of its own that stays.
	sum := sha256.Sum256([]byte(backend))
	t.work = filepath.Join(state, "projects", hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(t.work, 0o700); err != nil {
		return fmt.Errorf("making a project directory: %w", err)
	}
	return nil
}

// Attach starts the emulator, where there is one and it does not run yet. Stacks
// that are opened afterwards see its providers.
func (t *Target) Attach(ctx context.Context) error {
	if !t.o.Emulator || t.world != nil {
		return nil
	}
	w, err := StartWorld(ctx, t.o)
	if err != nil {
		return err
	}
	t.world = w
	maps.Copy(t.environment.Set, w.Env())
	return nil
}

// StartWorld starts the emulated cloud of the user. Close it.
func StartWorld(ctx context.Context, o Options) (World, error) {
	state, err := StateDir(o.Getenv)
	if err != nil {
		return nil, err
	}
	r := rehearsalIn(state)
	if err := r.make(); err != nil {
		return nil, err
	}
	// An interruption is the engine's to handle: it tells the providers itself.
	w, err := o.Start(context.WithoutCancel(ctx), r.world)
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	return w, nil
}

// HowToDelete says in a message how somebody deletes a resource group that no stack
// claims.
func (t *Target) HowToDelete(group string) string {
	if t.o.Emulator {
		return "take down the rehearsal that made it; `hybridctl list --emulator` names them"
	}
	return fmt.Sprintf("if nobody needs the group, delete it with `az group delete --name %s`", group)
}

// Stack opens a stack of the place.
func (t *Target) Stack(ctx context.Context, name string, program pulumi.RunFunc) (*engine.Stack, error) {
	return t.open(ctx, name, program, t.environment, t.work)
}

// Scratch opens a stack of that name in a place that is gone after Close, for
// a preview of a stack that does not exist.
func (t *Target) Scratch(ctx context.Context, name string, program pulumi.RunFunc) (*engine.Stack, error) {
	dir, err := os.MkdirTemp("", "hybridctl-preview-")
	if err != nil {
		return nil, fmt.Errorf("making room for a preview: %w", err)
	}
	t.scratch = append(t.scratch, dir)
	env := t.environment
	env.Set = maps.Clone(env.Set)
	env.Set["PULUMI_BACKEND_URL"] = ownBackend(dir)
	env.Set["PULUMI_CONFIG_PASSPHRASE"] = "scratch"
	env.Base = engine.Environment{Base: env.Base, Set: map[string]string{"PULUMI_CONFIG_PASSPHRASE_FILE": ""}}.List()
	delete(env.Set, "PULUMI_CONFIG_PASSPHRASE_FILE")
	return t.open(ctx, name, program, env, dir)
}

func (t *Target) open(ctx context.Context, name string, program pulumi.RunFunc, env engine.Environment, dir string) (*engine.Stack, error) {
	if err := checkName(name, cmp.Or(env.Set["PULUMI_BACKEND_URL"], t.o.backend())); err != nil {
		return nil, err
	}
	return engine.Open(ctx, name, engine.Options{
		Command: t.command(env), Dir: dir, Program: program, Agent: t.o.Agent, Log: t.o.Log, HowToDelete: t.HowToDelete,
	})
}

func (t *Target) command(env engine.Environment) *engine.Command {
	return engine.NewCommand(t.binary.Path, t.binary.Version, env.List(), t.o.Terminate)
}

// Stacks lists the place's stacks.
func (t *Target) Stacks(ctx context.Context) ([]string, error) {
	return engine.List(ctx, t.command(t.environment), t.work)
}

// World is the running emulator, or nil.
func (t *Target) World() World { return t.world }

// Close stops the emulator and removes what was only for now.
func (t *Target) Close() error {
	var errs []error
	if t.world != nil {
		errs = append(errs, t.world.Close())
	}
	for _, dir := range t.scratch {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}
