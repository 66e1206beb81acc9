package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newUp(a *app) *cobra.Command {
	var o engine.RunOptions
	cmd := &cobra.Command{
		Use:   "up [STACK]",
		Short: "Create a cluster, or change it to what its definition says",
		Long: `Create a cluster, or change it to what its definition says.

The definition is checked first; nothing is created while it has a fault. A
second up changes nothing. An up that was interrupted goes on where it stopped.`,
		Example: `  hybridctl up --emulator -f examples/windows-hybrid.json
  hybridctl up prod -f cluster.yaml --backend azblob://state?storage_account=mine
  hybridctl up -f kubernetes-windows.json --kubernetes-release 1.36 --location westeurope \
    --dns-prefix my-cluster --ssh-public-key ~/.ssh/id_ed25519.pub
  cat cluster.json | hybridctl up -f - --set properties.agentPoolProfiles[0].count=3`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	addRunFlags(cmd, &o)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.up(cmd.Context(), stackName(args), definition, o)
	}
	return cmd
}

func addRunFlags(cmd *cobra.Command, o *engine.RunOptions) {
	cmd.Flags().BoolVar(&o.Refresh, "refresh", false, "read every resource from the cloud first")
	cmd.Flags().IntVar(&o.Parallel, "parallel", 0, "`number` of resources to work on at once (default: the engine's choice)")
}

func (a *app) up(ctx context.Context, name string, d *definitionFlags, o engine.RunOptions) error {
	c, err := a.config(ctx, d, name)
	if err != nil {
		return err
	}
	t, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	s, err := t.Stack(ctx, name, stacks.Program(c))
	if err != nil {
		return err
	}
	if err := s.Create(ctx); err != nil {
		return err
	}
	if err := a.followable(ctx, s, c); err != nil {
		return err
	}
	o.Events = a.progress().Event
	result, err := s.Up(ctx, o)
	if err != nil {
		a.failureLogs(ctx, s, err)
		return a.failed(name, result, err)
	}
	sum, err := a.inspect(ctx, t, name, result.Outputs)
	a.closeDisplay()
	if err != nil {
		return fmt.Errorf("the cluster is up, but it cannot be looked at: %w", err)
	}
	sum.Outcome, sum.Changes = "succeeded", result.Changes
	return a.printSummary(sum)
}
