package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/groups"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

func newReap(a *app) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "reap",
		Short: "Delete the clusters whose time is up",
		Long: `Delete every stack of the backend that is past the end that --ttl gave it, with its
cluster. Then delete the resource groups of the subscription that are tagged as a
cluster's, whose tag expires-at is past, and that no stack of the backend claims:
those of stacks whose state is gone. While a stack cannot be read, such groups may be
its own, and stay.

It goes on after errors and ends with what is left and exit code 6. Stacks and
groups without an end are never deleted, nor is a cluster on Azure by a rehearsal.
The subscription is that of
ARM_SUBSCRIPTION_ID, or of az login.`,
		Example: `  hybridctl reap --dry-run
  hybridctl reap --backend azblob://state?storage_account=mine -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.reap(cmd.Context(), dryRun) },
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only list what would be deleted")
	return cmd
}

func (a *app) reap(ctx context.Context, dryRun bool) error {
	t, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	done, failure := a.reaper(t, dryRun).Reap(ctx)
	a.closeDisplay()
	if done == nil {
		done = []lifetime.Reaped{}
	}
	if a.global.output == "json" {
		err = a.printJSON(done)
	} else {
		err = report.WriteReaped(a.stdout, done)
	}
	if failure = errors.Join(failure, err); failure != nil {
		return failure
	}
	if err := lifetime.Left(done); err != nil {
		return &exitError{code: exitLeft, err: err}
	}
	return nil
}

func (a *app) reaper(t *target.Target, dryRun bool) lifetime.Reaper {
	return lifetime.Reaper{
		DryRun: dryRun, Now: time.Now, World: t.WorldName(),
		Stacks: func(ctx context.Context) ([]lifetime.Stack, error) { return lifetime.Claims(ctx, t, time.Now()) },
		Stack:  func(ctx context.Context, name string) lifetime.Stack { return lifetime.Look(ctx, t, name, time.Now()) },
		Group: func(ctx context.Context, name string) (*groups.Group, error) {
			client, err := t.Groups(ctx)
			if err != nil {
				return nil, err
			}
			return client.Find(ctx, name)
		},
		Down: func(ctx context.Context, name string) error {
			s, err := t.Stack(ctx, name, nil)
			if err != nil {
				return err
			}
			_, err = a.raze(ctx, t, s, engine.RunOptions{})
			return err
		},
		Groups: func(ctx context.Context) ([]groups.Group, error) {
			client, err := t.Groups(ctx)
			if err != nil {
				return nil, err
			}
			return client.Tagged(ctx, lifetime.GroupExpires)
		},
		DeleteGroup: func(ctx context.Context, name string) error {
			client, err := t.Groups(ctx)
			if err != nil {
				return err
			}
			defer a.activity("Deleting resource group " + name)()
			return client.Delete(ctx, name)
		},
	}
}
