package lifetime

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

// atOnce is how many stacks are read at once: each is a few runs of the Pulumi CLI.
const atOnce = 4

// List reads every stack of a place, sorted by name, and how the last run of each
// ended. A stack that cannot be read is listed with its error.
func List(ctx context.Context, t *target.Target, now time.Time) ([]Stack, error) {
	return each(ctx, t, func(name string) Stack { return look(ctx, t, name, now, true) })
}

// Claims reads every stack of a place without asking how its last run ended.
func Claims(ctx context.Context, t *target.Target, now time.Time) ([]Stack, error) {
	return each(ctx, t, func(name string) Stack { return look(ctx, t, name, now, false) })
}

func each(ctx context.Context, t *target.Target, look func(name string) Stack) ([]Stack, error) {
	names, err := t.Stacks(ctx)
	if err != nil {
		return nil, err
	}
	stacks := make([]Stack, len(names))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, name := range names {
		group.Go(func() error {
			stacks[i] = look(name)
			return nil
		})
	}
	_ = group.Wait()
	// What went while we looked is no stack.
	stacks = slices.DeleteFunc(stacks, func(s Stack) bool { return s.Name == "" })
	slices.SortFunc(stacks, func(a, b Stack) int { return strings.Compare(a.Name, b.Name) })
	return stacks, ctx.Err()
}

// Look reads one stack of a place. One that cannot be read has its error, and one
// that is not there no name.
func Look(ctx context.Context, t *target.Target, name string, now time.Time) Stack {
	return look(ctx, t, name, now, false)
}

func look(ctx context.Context, t *target.Target, name string, now time.Time, runs bool) Stack {
	s, err := t.Stack(ctx, name, nil)
	if err == nil {
		var found Stack
		found, err = read(ctx, t, s, now)
		if err == nil && runs {
			err = found.judge(ctx, s)
		}
		if err == nil {
			return found
		}
	}
	if engine.KindOf(err) == engine.NotFound {
		return Stack{}
	}
	return Stack{Name: name, State: StateUnreadable, Error: err.Error()}
}

// read reads one stack, and whose it is.
func read(ctx context.Context, t *target.Target, s *engine.Stack, now time.Time) (Stack, error) {
	tags, export, err := parts(ctx, s)
	if err != nil {
		return Stack{}, err
	}
	found, err := Read(s.Name(), export, tags, now)
	if err != nil {
		return Stack{}, err
	}
	found.World, err = t.Belongs(tags, export)
	return found, err
}

// runs is how it is found out what runs did, and do, with a stack.
type runs interface {
	LastRun(context.Context) (*engine.Run, error)
	Holders(context.Context) ([]engine.Holder, error)
}

// judge says of a stack how its last run ended, or that one is at it. The lock is asked
// for only where the state is newer than what the backend remembers of runs, for asking
// takes it for a moment.
func (s *Stack) judge(ctx context.Context, of runs) error {
	last, err := of.LastRun(ctx)
	if err != nil {
		return err
	}
	if last != nil && last.Result == engine.InProgress {
		s.State = StateUpdating
		return nil
	}
	ended := last != nil && !s.written.Truncate(time.Second).After(last.Ended)
	if !ended || s.pending {
		// Without the stack's passphrase nobody learns of a lock, and the rest is known.
		holders, err := of.Holders(ctx)
		if ctx.Err() != nil {
			return err
		}
		if slices.ContainsFunc(holders, mayLive) {
			s.State = StateUpdating
			return nil
		}
	}
	switch {
	case s.State != StateUp && s.State != StateIncomplete || s.pending:
	case ended && last.Result != engine.Succeeded:
		s.State = StateFailed
	case !ended && last != nil:
		s.State = StateIncomplete
	}
	return nil
}

// mayLive says whether a run that holds a stack is not known to be dead.
func mayLive(h engine.Holder) bool {
	lives, known := h.Lives()
	return lives || !known
}

func parts(ctx context.Context, s *engine.Stack) (tags map[string]string, export []byte, err error) {
	if tags, err = s.Tags(ctx); err != nil {
		return nil, nil, err
	}
	export, err = s.Export(ctx, false)
	return tags, export, err
}

// Of reads one stack.
func Of(ctx context.Context, s *engine.Stack, now time.Time) (Stack, error) {
	tags, export, err := parts(ctx, s)
	if err != nil {
		return Stack{}, err
	}
	return Read(s.Name(), export, tags, now)
}

// Fresh says whether a stack is there and nobody has done anything with it yet:
// it has no resources, and none of the tags that who makes a stack gives it.
func Fresh(ctx context.Context, s *engine.Stack) (bool, error) {
	found, err := Of(ctx, s, time.Time{})
	if engine.KindOf(err) == engine.NotFound {
		return false, nil
	}
	return err == nil && found.State == StateEmpty && found.Lease == Lease{}, err
}
