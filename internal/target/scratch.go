package target

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hybridcluster/hybridcluster/internal/engine/cli"
)

// OpenScratch opens an emulated place that is gone after Close: its world, its
// state and Pulumi's own folder. Nothing of the user's stacks is in it, and no
// credential reaches it.
func OpenScratch(ctx context.Context, o Options) (*Target, error) {
	binary, err := cli.Find(ctx, cli.Options{Getenv: o.Getenv, Activity: o.Activity})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hybridctl-scratch-")
	if err != nil {
		return nil, fmt.Errorf("making room for a preview: %w", err)
	}
	getenv := o.Getenv
	o.Emulator, o.Backend = true, ""
	o.Getenv = func(name string) string {
		if name == "XDG_STATE_HOME" {
			return dir
		}
		return getenv(name)
	}
	t := &Target{o: o, binary: binary, scratch: []string{dir}}
	state, err := StateDir(o.Getenv)
	if err == nil {
		err = t.rehearse(rehearsalIn(state))
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	if o.KeepPassphrase {
		t.environment.Keep = []string{"PULUMI_CONFIG_PASSPHRASE*"}
		delete(t.environment.Set, "PULUMI_CONFIG_PASSPHRASE_FILE")
	}
	// Nobody goes on from the middle of it.
	t.environment.Set["PULUMI_SKIP_CHECKPOINTS"] = "true"
	return t, nil
}
