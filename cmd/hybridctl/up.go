package main

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newUp(a *app) *cobra.Command {
	var o engine.RunOptions
	var ttl string
	cmd := &cobra.Command{
		Use:   "up [STACK]",
		Short: "Create a cluster, or change it to what its definition says",
		Long: `Create a cluster, or change it to what its definition says.

The definition is checked first; nothing is created while it has a fault. A
second up changes nothing. An up that was interrupted goes on where it stopped.

With --ttl the cluster has an end, from now: extend moves it, and reap deletes
clusters that are past theirs. An up without --ttl leaves it where it is; --ttl
none takes it away.

While another run is at the same stack, up says whose and since when, and ends
with exit code 5.`,
		Example: `  hybridctl up --emulator -f examples/windows-hybrid.json
  hybridctl up prod -f cluster.yaml --backend azblob://state?storage_account=mine
  hybridctl up -f kubernetes-windows.json --kubernetes-release 1.36 --location westeurope \
    --dns-prefix my-cluster --ssh-public-key ~/.ssh/id_ed25519.pub
  hybridctl up trial -f cluster.json --ttl 2h
  cat cluster.json | hybridctl up -f - --set properties.agentPoolProfiles[0].count=3`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	addRunFlags(cmd, &o)
	addTTLFlag(cmd, &ttl, "", "`time` until reap may delete the cluster, such as 2h, or none")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		wanted, err := readTTL(ttl)
		if err != nil {
			return err
		}
		return a.up(cmd.Context(), stackName(args), definition, wanted, o)
	}
	return cmd
}

func addRunFlags(cmd *cobra.Command, o *engine.RunOptions) {
	cmd.Flags().BoolVar(&o.Refresh, "refresh", false, "read every resource from the cloud first")
	cmd.Flags().IntVar(&o.Parallel, "parallel", 0, "`number` of resources to work on at once (default: the engine's choice)")
}

func (a *app) up(ctx context.Context, name string, d *definitionFlags, ttl lifetime.TTL, o engine.RunOptions) error {
	c, err := a.config(ctx, d, name)
	if err != nil {
		return err
	}
	if err := a.needPrograms(ctx); err != nil {
		return err
	}
	t, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	// The program begins when c is complete.
	s, err := t.Stack(ctx, name, func(run *pulumi.Context) error { return stacks.Program(c)(run) })
	if err != nil {
		return err
	}
	if err := a.mayAct(ctx, t, c); err != nil {
		return err
	}
	if err := a.create(ctx, s); err != nil {
		return err
	}
	if err := a.followable(ctx, s, c); err != nil {
		return err
	}
	if err := a.sameKubernetes(ctx, t, s); err != nil {
		return err
	}
	lease, err := a.renew(ctx, s, ttl)
	if err != nil {
		return err
	}
	c.GroupTags = lease.GroupTags()
	sum, err := a.raise(ctx, t, s, o)
	if err != nil {
		return err
	}
	return a.printSummary(sum)
}

// raise makes a stack's cluster, and looks at it.
func (a *app) raise(ctx context.Context, t *target.Target, s *engine.Stack, o engine.RunOptions) (summary, error) {
	o.Events = a.progress().Event
	o.OwnsGroup = func(ctx context.Context, name string, tags map[string]string) (bool, error) {
		client, err := t.Groups(ctx)
		if err != nil {
			return false, err
		}
		return lifetime.Unsure{Group: name, Mark: tags[lifetime.Mark]}.OwnsGroup(ctx, client)
	}
	result, err := s.Up(ctx, o)
	if err != nil {
		a.failureLogs(ctx, s, err)
		return summary{}, a.failed(s.Name(), result, err, a.unplaced(ctx, t, s, err))
	}
	sum, err := a.inspect(ctx, t, s.Name(), result.Outputs)
	a.closeDisplay()
	if err != nil {
		return summary{}, fmt.Errorf("the cluster is up, but it cannot be looked at: %w", err)
	}
	sum.Outcome, sum.Changes = "succeeded", result.Changes
	return sum, nil
}
