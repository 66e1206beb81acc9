package main

import (
	"context"

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
