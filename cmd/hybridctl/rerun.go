package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/access"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/provisioning"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

const (
	// reruns are how often an up runs the engine again for machines that did not tell how
	// their bootstrap ended: the second time is for those that restart twice, or whose
	// turn comes later.
	reruns = 2
	// rerunsUntil is when no other run begins, from the first one's beginning. Azure waits
	// 90 minutes for a machine that is silent, and once more is enough for those.
	rerunsUntil = 2 * time.Hour
)

// converge is an up of the engine. Where it failed for nothing but machines that
// restarted under their extension, or that did not report, it runs again: the engine
// then takes the extension off and puts it on again, and its command waits for the node
// as the first one did. So a success means nodes that have joined, here as well.
func (a *app) converge(ctx context.Context, t *target.Target, s *engine.Stack, o engine.RunOptions) (engine.Result, error) {
	defer a.finishes()()
	begin := time.Now()
	return repetition{
		up:      s.Up,
		unheard: func(err error) []string { return a.unheard(ctx, s, err) },
		tell: func(machines []string) {
			if joined, unasked := a.whoJoined(ctx, t, s, machines); ctx.Err() == nil {
				a.say(provisioning.Rerun(machines, joined, unasked))
			}
		},
		spent: func() time.Duration { return time.Since(begin) },
	}.run(ctx, o)
}

// repetition is an up that may be repeated.
type repetition struct {
	up func(context.Context, engine.RunOptions) (engine.Result, error)
	// unheard are the machines for which a failed up is repeated.
	unheard func(error) []string
	// tell says that it is.
	tell func(machines []string)
	// spent is how long all runs have taken.
	spent func() time.Duration
}

// run is all runs as one. Between two of them the state is that of an up that failed,
// and an interruption leaves it so.
func (r repetition) run(ctx context.Context, o engine.RunOptions) (engine.Result, error) {
	earlier := map[string]int{}
	for n := 0; ; n++ {
		result, err := r.up(ctx, o)
		result.Changes = inAll(earlier, result.Changes)
		machines := r.unheard(err)
		if len(machines) == 0 || n == reruns || r.spent() >= rerunsUntil {
			return result, err
		}
		r.tell(machines)
		if ctx.Err() != nil {
			return result, fmt.Errorf("interrupted before the bootstrap of %s ran again: %w", strings.Join(machines, ", "), context.Canceled)
		}
		// It has just been read, and what is unfinished must not be.
		earlier, o.Refresh = result.Changes, false
	}
}

// unheard are the machines for which alone an up failed, see [provisioning.Unheard].
// A state that cannot be read is no reason to hide that failure.
func (a *app) unheard(ctx context.Context, s *engine.Stack, cause error) []string {
	var failed *engine.Error
	if !errors.As(cause, &failed) || failed.Kind != engine.Failed || !provisioning.ConcernsReports(failed.Diagnostics) {
		return nil
	}
	export, err := s.Export(ctx, false)
	if err != nil {
		return nil
	}
	machines, err := provisioning.Unheard(failed.Diagnostics, export)
	if err != nil {
		return nil
	}
	return machines
}

// whoJoined asks the API server which machines are nodes. Not to know is no failure:
// where a master is among them there may be no API server yet.
func (a *app) whoJoined(ctx context.Context, t *target.Target, s *engine.Stack, machines []string) (map[string]bool, error) {
	defer a.activity("Asking the API server for " + strings.Join(machines, ", "))()
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return nil, err
	}
	cluster, err := a.connect(t, outs)
	if err != nil {
		return nil, err
	}
	nodes, err := access.Nodes(ctx, cluster, nil)
	if err != nil {
		return nil, err
	}
	joined := map[string]bool{}
	for _, n := range nodes {
		joined[n.Name] = true
	}
	return joined, nil
}

// inAll counts the changes of several runs as those of one: what an earlier run has
// made is unchanged in a later one, and counts once.
func inAll(earlier, last map[string]int) map[string]int {
	all := map[string]int{}
	made := 0
	for op, n := range earlier {
		if op != "same" {
			all[op], made = n, made+n
		}
	}
	for op, n := range last {
		if op == "same" {
			n = max(n-made, 0)
		}
		all[op] += n
	}
	return all
}
