package main

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/provisioning"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newUp(a *app) *cobra.Command {
	var u upFlags
	var ttl string
	cmd := &cobra.Command{
		Use:   "up [STACK]",
		Short: "Create a cluster, or change it to what its definition says",
		Long: `Create a cluster, or change it to what its definition says.

The definition is checked first; nothing is created while it has a fault. A
second up changes nothing. An up that was interrupted goes on where it stopped; a
down that was interrupted must be finished first.

Where Azure does not know how the bootstrap of a single machine ended, since the
machine restarted meanwhile or did not report, up runs again by itself, twice at most.

Where nodes would go or be replaced, or something of the control plane, up shows
the verdict that preview gives and asks; without a terminal it wants --yes. A
change of the dnsPrefix, the location or the resource group is another cluster,
which is refused. With --replace-cluster the running one is deleted, with all that
is on it, and the other made in its place.

With --ttl the cluster has an end, from now: extend moves it, and reap deletes
clusters that are past theirs. An up without --ttl leaves it where it is; --ttl
none takes it away.

While another run is at the same stack, up says whose and since when, and ends
with exit code 5.`,
		Example: `  hybridctl up --emulator -f examples/windows-hybrid.json
  hybridctl up prod -f cluster.yaml --backend azblob://state?storage_account=mine
  hybridctl up -f kubernetes-windows.json --kubernetes-release 1.36 --location westeurope \
    --dns-prefix my-cluster --ssh-public-key ~/.ssh/id_ed25519.pub
  hybridctl up prod -f cluster.yaml --yes
  hybridctl up trial -f cluster.json --ttl 2h
  cat cluster.json | hybridctl up -f - --set properties.agentPoolProfiles[0].count=3`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	u.definition = addDefinitionFlags(cmd)
	addRunFlags(cmd, &u.run)
	cmd.Flags().BoolVarP(&u.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&u.replace, "replace-cluster", false, replaceUsage)
	addTTLFlag(cmd, &ttl, "", "`time` until reap may delete the cluster, such as 2h, or none")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notNegative(cmd, "parallel"); err != nil {
			return usage(err)
		}
		var err error
		if u.ttl, err = readTTL(ttl); err != nil {
			return err
		}
		return a.up(cmd.Context(), stackName(args), u)
	}
	return cmd
}

func addRunFlags(cmd *cobra.Command, o *engine.RunOptions) {
	cmd.Flags().BoolVar(&o.Refresh, "refresh", false, "read every resource from the cloud first")
	cmd.Flags().IntVar(&o.Parallel, "parallel", 0, "`number` of resources to work on at once (default: the engine's choice; up takes as many as machines wait for)")
}

// upFlags are the flags of up.
type upFlags struct {
	definition *definitionFlags
	run        engine.RunOptions
	ttl        lifetime.TTL
	// yes answers what would be asked; replace lets another cluster take a running one's
	// place.
	yes, replace bool
}

const replaceUsage = "let a change of dnsPrefix, location or resource group delete the running cluster and make another"

func (a *app) up(ctx context.Context, name string, u upFlags) error {
	c, d, err := a.resolve(ctx, u.definition, name)
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
	if err := a.mayName(ctx, t, s, c); err != nil {
		return err
	}
	if err := a.mayAct(ctx, t, c, d); err != nil {
		return err
	}
	tags, fresh, err := a.enter(ctx, t, s)
	if err != nil {
		return err
	}
	lease := a.renewed(tags, u.ttl)
	c.GroupTags, c.ReplaceCluster = lease.GroupTags(), u.replace
	if !fresh {
		if err := a.prepare(ctx, change{t: t, s: s, tags: tags, config: c, definition: d, flags: u}); err != nil {
			return err
		}
	}
	if err := a.renew(ctx, t, s, tags, lease); err != nil {
		return err
	}
	u.run.Parallel = a.slots(u.run.Parallel, c)
	sum, err := a.raise(ctx, t, s, u.run)
	if err != nil {
		return err
	}
	return a.printSummary(sum)
}

// mayName refuses a new stack that names what has ended, before the stack is made. One
// that is there is held against what it has.
func (a *app) mayName(ctx context.Context, t *target.Target, s *engine.Stack, c stacks.Config) error {
	ended := c.Ended()
	if len(ended) == 0 {
		return nil
	}
	if tags, err := t.Enter(ctx, s); err != nil || tags != nil {
		return err
	}
	a.printFaults(ended)
	return &exitError{code: exitUsage}
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
	o.Broken = provisioning.Broken
	result, err := a.converge(ctx, t, s, o)
	if err != nil {
		a.failureLogs(ctx, s, err)
		err = a.mend(ctx, s, err)
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
