package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/review"
	"github.com/hybridcluster/hybridcluster/internal/state"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// change is an up of a stack that is there.
type change struct {
	t          *target.Target
	s          *engine.Stack
	tags       map[string]string
	config     stacks.Config
	definition *apimodel.Definition
	flags      upFlags
	// export is the stack's state.
	export []byte
}

// prepare refuses, before anything is touched, what a stack cannot follow, and asks
// where something that runs would go.
func (a *app) prepare(ctx context.Context, c change) error {
	var err error
	if c.export, err = c.s.Export(ctx, false); err != nil {
		return err
	}
	replaced, err := a.followable(c)
	if err != nil {
		return err
	}
	begun, err := a.deletionBegun(ctx, c)
	switch {
	case err != nil:
		return err
	case begun && !c.flags.replace:
		return usage(lifetime.ErrUnfinished(c.s.Name(), a.command("down", c.s.Name())))
	case begun || len(replaced) > 0:
		return a.replaceCluster(ctx, c, replaced)
	}
	if err := a.sameKubernetes(ctx, c.t, c.s); err != nil {
		return err
	}
	return a.consent(ctx, c)
}

// followable refuses what a running cluster cannot follow. replaced are changes that
// make another cluster of it, where that is asked for.
func (a *app) followable(c change) (replaced apimodel.Faults, err error) {
	faults, replaced, err := c.config.HoldAgainst(c.export)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		a.closeDisplay()
		a.printFaults(faults)
		return nil, &exitError{code: exitUsage}
	}
	return replaced, nil
}

// deletionBegun says whether a down has taken away some of the stack and not all. One
// that `pulumi destroy` began has no mark; then machines without a key tell.
func (a *app) deletionBegun(ctx context.Context, c change) (bool, error) {
	resources, err := state.Resources(c.export)
	if err != nil {
		return false, err
	}
	if lifetime.DeletionOf(c.tags).Begun(len(resources)) {
		return true, nil
	}
	group, keyless, err := lifetime.Keyless(c.export)
	if err != nil || !keyless {
		return false, err
	}
	client, err := c.t.Groups(ctx)
	if err != nil {
		return false, fmt.Errorf("looking whether a deletion left something in resource group %s: %w", group, err)
	}
	left, err := client.Find(ctx, group)
	if err != nil || left == nil {
		return false, err
	}
	held, err := client.Resources(ctx, group)
	return len(held) > 0, err
}

// consent shows what an up would take away, and asks. An up that takes nothing away
// needs none, nor does one of a stack without machines.
func (a *app) consent(ctx context.Context, c change) error {
	if c.flags.yes || !stacks.HasMachines(c.export) {
		return nil
	}
	events := &review.Collector{}
	display := a.progress()
	end := a.activity("Looking what would change.")
	o := c.flags.run
	scaled := autoscaled(c.definition)
	o.Events = func(e engine.Event) {
		if !notesSize(e, scaled) {
			events.Event(e)
		}
		if e.DiagnosticEvent != nil && e.DiagnosticEvent.Severity == "error" {
			display.Event(e)
		}
	}
	result, err := c.s.Preview(ctx, o)
	end()
	if err != nil {
		return a.failed(c.s.Name(), result, err, nil)
	}
	r := review.Build(review.Input{
		Stack: c.s.Name(), Against: review.Against{Kind: review.AgainstLive}, Exists: true, Events: events,
		Changes: result.Changes, After: review.SideOf(c.config, c.definition),
	})
	if !r.Verdict.Destroys() {
		return nil
	}
	a.closeDisplay()
	if err := review.WriteVerdict(a.stderr, r); err != nil {
		return err
	}
	a.errf("\n")
	return a.permit(ctx, c, "This takes away what runs.", "changed")
}

// notesSize says whether an event is about no more than how many machines an autoscaled
// pool has by now: none of them goes for that.
func notesSize(e engine.Event, autoscaled map[string]bool) bool {
	if e.ResourcePreEvent == nil {
		return false
	}
	step, planned := report.NewStep(e.ResourcePreEvent.Metadata)
	return planned && sizeAlone(step, autoscaled)
}

// permit asks, where somebody can answer.
func (a *app) permit(ctx context.Context, c change, what, done string) error {
	if !a.stdinTerminal {
		return usage(fmt.Errorf("%s Confirm it with --yes; nothing was %s", lowerFirst(what), done))
	}
	return a.confirm(ctx, what, c.s.Name(), done)
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// replaceCluster deletes a running cluster, for another to take its place. The names of
// all that it has are fixed, so that it must be gone first.
func (a *app) replaceCluster(ctx context.Context, c change, replaced apimodel.Faults) error {
	if err := a.nameHoldings(ctx, c.t, c.s); err != nil {
		return err
	}
	if !c.flags.yes {
		a.closeDisplay()
		for _, f := range replaced {
			a.errf("%s: %s.\n", f.Path, f.Message)
		}
		what := "The whole cluster is deleted, with everything on it, and another is made."
		if err := a.permit(ctx, c, what, "deleted"); err != nil {
			return err
		}
	}
	gone, err := a.demolish(ctx, c.t, c.s, engine.RunOptions{Parallel: c.flags.run.Parallel})
	if err != nil {
		err = a.failed(c.s.Name(), gone.result, err, nil)
		return fmt.Errorf("the cluster is not gone yet, and the other is not begun: %w", err)
	}
	a.forgetKubeconfig(c.t, c.s.Name())
	if err := c.s.SetTags(ctx, nil, lifetime.EndDeletion()); err != nil {
		return errors.Join(errors.New("the cluster is gone, and the other is not begun"), err)
	}
	a.say("The cluster is gone. Making the other.")
	return nil
}
