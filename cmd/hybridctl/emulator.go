package main

import (
	"context"
	"maps"

	"github.com/hybridcluster/hybridcluster/internal/emulator"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

// startEmulator starts the emulator as the environment sets it up.
func startEmulator(getenv func(string) string) func(context.Context, string) (target.World, error) {
	return func(ctx context.Context, dir string) (target.World, error) {
		o, err := emulator.OptionsFromEnv(getenv)
		if err != nil {
			return nil, usage(err)
		}
		o.Dir = dir
		return start(ctx, o)
	}
}

// start keeps a nil emulator from becoming a World that is not nil.
func start(ctx context.Context, o emulator.Options) (target.World, error) {
	e, err := emulator.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// startScratch starts an emulator for a comparison: as the environment sets it up,
// but without latency and failures, inside the network, and with resource groups
// that are there.
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
		o.Dir, o.Latency, o.Faults, o.InsideNetwork, o.LogFile = dir, 0, nil, true, ""
		return start(ctx, o)
	}
}
