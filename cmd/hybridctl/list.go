package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

func newList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the clusters of a backend",
		Long: `List the stacks of a backend: how old they are, when they end, whose they are, how
many nodes they have. No cloud is asked, but for the backend.

The state is one of
  up          the last up succeeded
  updating    a run is at it
  failed      the last up failed, or was interrupted
  incomplete  the last up was cut off: killed, or its machine went away
  deleting    a down has begun and is not finished
  empty       nothing has been made
  unreadable  the stack could not be read; -o json says why
and the world azure or emulator, which no command of the other one touches.`,
		Example: `  hybridctl list --emulator
  hybridctl list --backend azblob://state?storage_account=mine
  hybridctl list -o json | jq -r '.[] | select(.expired) | .name'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.list(cmd.Context()) },
	}
}

func (a *app) list(ctx context.Context) error {
	t, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	now := time.Now()
	found, err := lifetime.List(ctx, t, now)
	if err != nil {
		return err
	}
	if a.global.output == "json" {
		return a.printJSON(found)
	}
	return report.WriteStacks(a.stdout, found, now)
}
