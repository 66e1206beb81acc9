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

The state is up, incomplete where the last up did not end well or still runs,
empty where nothing has been made, and unreadable.`,
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
