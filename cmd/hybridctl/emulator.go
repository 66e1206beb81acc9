package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/emulator"
	"github.com/hybridcluster/hybridcluster/internal/emulator/local"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

// Where the Kubernetes of an emulated cluster runs.
const (
	kubernetesInMemory = "memory"
	kubernetesLocal    = "local"
)

// Whose Kubernetes provider a rehearsal uses.
const (
	providerEmulated = "emulated"
	providerPlugin   = "plugin"
)

// controlPlaneCommand runs a control plane, for this program's own use.
const controlPlaneCommand = "control-plane"

// startEmulator starts the emulator as the environment and the flags set it up.
func (a *app) startEmulator(ctx context.Context, dir string) (target.World, error) {
	o, err := emulator.OptionsFromEnv(a.getenv)
	if err != nil {
		return nil, usage(err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	o.Dir = dir
	o.KubernetesPlugin = a.global.provider == providerPlugin
	o.ControlPlanes = local.Options{
		New: a.global.kubernetes == kubernetesLocal, Find: a.findPrograms,
		Command: []string{self, controlPlaneCommand}, Activity: a.activity,
	}
	return start(ctx, o)
}

// findPrograms finds Kubernetes' programs once, however often it is asked.
func (a *app) findPrograms(ctx context.Context) (local.Programs, error) {
	a.programs.mu.Lock()
	defer a.programs.mu.Unlock()
	if a.programs.found.Dir != "" {
		return a.programs.found, nil
	}
	dir, err := programs.Directory(ctx, a.activity)
	if err != nil {
		return local.Programs{}, err
	}
	kwok, err := programs.Kwok(ctx, a.activity)
	if err != nil {
		return local.Programs{}, err
	}
	a.programs.found = local.Programs{Dir: dir, Kwok: kwok, Version: programs.Version}
	return a.programs.found, nil
}

// needPrograms gets the programs of a control plane before a deployment begins,
// rather than in the middle of it.
func (a *app) needPrograms(ctx context.Context) error {
	if a.global.kubernetes != kubernetesLocal {
		return nil
	}
	_, err := a.findPrograms(ctx)
	return err
}

// start keeps a nil emulator from becoming a World that is not nil.
func start(ctx context.Context, o emulator.Options) (target.World, error) {
	e, err := emulator.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// newControlPlane is what the emulator starts in the background for a cluster
// whose control plane is real.
func newControlPlane(a *app) *cobra.Command {
	return &cobra.Command{
		Use: controlPlaneCommand + " DIR", Hidden: true, Args: cobra.ExactArgs(1),
		Short:   "Run the control plane of an emulated cluster",
		Example: "  hybridctl control-plane DIR",
		RunE: func(cmd *cobra.Command, args []string) error {
			return local.Serve(cmd.Context(), args[0], a.stderr)
		},
	}
}

// checkKubernetes judges --kubernetes and --kubernetes-provider. given says that the
// former is a flag and not from the environment.
func (a *app) checkKubernetes(given bool) error {
	switch {
	case a.global.provider == providerEmulated:
	case a.global.provider != providerPlugin:
		return fmt.Errorf("--kubernetes-provider is %q: write %s or %s", a.global.provider, providerEmulated, providerPlugin)
	case a.global.kubernetes != kubernetesLocal:
		return errors.New("--kubernetes-provider plugin needs an API server that it can reach: give --kubernetes local, too")
	}
	switch a.global.kubernetes {
	case kubernetesInMemory:
		return nil
	case kubernetesLocal:
	default:
		return fmt.Errorf("--kubernetes is %q: write %s or %s", a.global.kubernetes, kubernetesInMemory, kubernetesLocal)
	}
	if !a.global.emulator && !given {
		a.global.kubernetes = kubernetesInMemory // the variable is for rehearsals alone
		return nil
	}
	if !a.global.emulator {
		return errors.New("--kubernetes local is for a rehearsal: give --emulator, too")
	}
	if runtime.GOOS == "windows" {
		return errors.New("--kubernetes local runs a control plane on this machine, which Windows cannot: use Linux, macOS or WSL")
	}
	return nil
}

// sameKubernetes refuses a control plane for a cluster that is up without one.
func (a *app) sameKubernetes(ctx context.Context, t *target.Target, s *engine.Stack) error {
	if t.World() == nil || a.global.kubernetes != kubernetesLocal {
		return nil
	}
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return err
	}
	kubeconfig, err := kubeconfigIn(outs)
	if err != nil {
		return nil //nolint:nilerr // nothing is up yet
	}
	here, err := t.World().Reachable(ctx, kubeconfig)
	if err != nil || here != "" {
		return err
	}
	return usage(errors.New("this cluster is up with its Kubernetes in memory, and cannot get a control plane now: " +
		"take it down first, or leave out --kubernetes local"))
}

// startScratch starts an emulator for a comparison: as the environment sets it up,
// but without latency and failures, inside the network, with resource groups that are
// there, and with what ran before its VM size was retired.
func startScratch(getenv func(string) string) func(context.Context, string, map[string]string) (target.World, error) {
	return func(ctx context.Context, dir string, groups map[string]string) (target.World, error) {
		o, err := emulator.OptionsFromEnv(getenv)
		if err != nil {
			return nil, usage(err)
		}
		if o.ResourceGroups == nil {
			o.ResourceGroups = map[string]string{}
		}
		maps.Copy(o.ResourceGroups, groups)
		o.Dir, o.Latency, o.Faults, o.LogFile = dir, 0, nil, ""
		o.InsideNetwork, o.RetiredSizes = true, true
		return start(ctx, o)
	}
}
