package lifetime

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/groups"
)

// What became of something expired.
const (
	// ResultDeleted is gone with everything in it.
	ResultDeleted = "deleted"
	// ResultExpired is left, because nothing was to be deleted.
	ResultExpired = "expired"
	// ResultFailed is left; Error says why.
	ResultFailed = "failed"
)

// Reaped is something whose time was up, and what became of it.
type Reaped struct {
	// Kind is stack or resource group.
	Kind string `json:"kind"`
	Name string `json:"name"`
	Lease
	Result string `json:"result"`
	Error  string `json:"error,omitempty"`
}

// Reaper deletes what has expired.
type Reaper struct {
	// Stacks lists the stacks, Groups the resource groups that have an expiry.
	Stacks func(context.Context) ([]Stack, error)
	Groups func(context.Context) ([]groups.Group, error)
	// Down deletes a stack's cluster and the stack, DeleteGroup a group.
	Down, DeleteGroup func(ctx context.Context, name string) error
	// DryRun only says what would be deleted.
	DryRun bool
	Now    func() time.Time
}

// Reap deletes expired stacks, and then expired resource groups that no stack
// claims. It goes on after errors: what it returns says what failed, and the
// error is about what could not even be looked for.
func (r Reaper) Reap(ctx context.Context) ([]Reaped, error) {
	stacks, err := r.Stacks(ctx)
	if err != nil {
		// Without the stacks nobody knows which groups are still theirs.
		return nil, err
	}
	var done []Reaped
	claimed := map[string]bool{}
	for _, s := range stacks {
		if s.State == StateUnreadable {
			done = append(done, Reaped{Kind: "stack", Name: s.Name, Result: ResultFailed, Error: s.Error})
			continue
		}
		claimed[strings.ToLower(s.ResourceGroup)] = true
		if s.Lease.Expired(r.Now()) {
			done = append(done, r.delete(ctx, Reaped{Kind: "stack", Name: s.Name, Lease: s.Lease}, r.Down))
		}
	}
	found, err := r.Groups(ctx)
	if err != nil {
		return done, err
	}
	for _, g := range found {
		lease := FromGroupTags(g.Tags)
		if _, ours := g.Tags[Mark]; !ours || claimed[strings.ToLower(g.Name)] || !lease.Expired(r.Now()) {
			continue
		}
		done = append(done, r.delete(ctx, Reaped{Kind: "resource group", Name: g.Name, Lease: lease}, r.DeleteGroup))
	}
	return done, nil
}

func (r Reaper) delete(ctx context.Context, what Reaped, remove func(context.Context, string) error) Reaped {
	switch {
	case r.DryRun:
		what.Result = ResultExpired
		return what
	case ctx.Err() != nil:
		what.Result, what.Error = ResultFailed, "interrupted before it was begun"
		return what
	}
	if err := remove(ctx, what.Name); err != nil {
		what.Result, what.Error = ResultFailed, err.Error()
		return what
	}
	what.Result = ResultDeleted
	return what
}

// ErrLeft says that something expired is still there.
var ErrLeft = errors.New("something that has expired is still there")

// Left returns ErrLeft where something failed.
func Left(done []Reaped) error {
	if slices.ContainsFunc(done, func(r Reaped) bool { return r.Result == ResultFailed }) {
		return ErrLeft
	}
	return nil
}
