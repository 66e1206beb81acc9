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

// atOnce is how many stacks are read at once: each is two runs of the Pulumi CLI.
const atOnce = 4

// List reads every stack of a place, sorted by name. A stack that cannot be read
// is listed with its error.
func List(ctx context.Context, t *target.Target, now time.Time) ([]Stack, error) {
	names, err := t.Stacks(ctx)
	if err != nil {
		return nil, err
	}
	stacks := make([]Stack, len(names))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, name := range names {
		group.Go(func() error {
			stacks[i] = Look(ctx, t, name, now)
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
	s, err := t.Stack(ctx, name, nil)
	if err == nil {
		var found Stack
		if found, err = Of(ctx, s, now); err == nil {
			return found
		}
	}
	if engine.KindOf(err) == engine.NotFound {
		return Stack{}
	}
	return Stack{Name: name, State: StateUnreadable, Error: err.Error()}
}

// Of reads one stack.
func Of(ctx context.Context, s *engine.Stack, now time.Time) (Stack, error) {
	tags, err := s.Tags(ctx)
	if err != nil {
		return Stack{}, err
	}
	export, err := s.Export(ctx, false)
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
