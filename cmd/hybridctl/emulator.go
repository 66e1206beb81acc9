package main

import (
	"context"
	"errors"

	"k8s.io/client-go/dynamic"

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
		e, err := emulator.Start(ctx, o)
		if err != nil {
			return nil, err
		}
		return emulated{e}, nil
	}
}

type emulated struct{ *emulator.Emulator }

func (e emulated) Cluster(kubeconfig string) (dynamic.Interface, error) {
	c, ok := any(e.Emulator).(interface {
		Cluster(kubeconfig string) (dynamic.Interface, error)
	})
	if !ok {
		return nil, errors.New("the emulator has no cluster")
	}
	return c.Cluster(kubeconfig)
}
