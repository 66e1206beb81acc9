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
	// Stack and Group read one of them once more, right before it is deleted. A
	// stack without a name, or no group, is gone.
	Stack func(ctx context.Context, name string) Stack
	Group func(ctx context.Context, name string) (*groups.Group, error)
	// Down deletes a stack's cluster and the stack, DeleteGroup a group.
	Down, DeleteGroup func(ctx context.Context, name string) error
	// DryRun only says what would be deleted.
	DryRun bool
	Now    func() time.Time
	// World is whose stacks are looked after: another world's are left.
	World string
}

// Reap deletes expired stacks, and then expired resource groups that no stack
// claims. It goes on after errors: what it returns says what failed, and the
// error is about what could not even be looked for. What was extended or went
// while it was at work is not mentioned.
func (r Reaper) Reap(ctx context.Context) ([]Reaped, error) {
	stacks, err := r.Stacks(ctx)
	if err != nil {
		// Without the stacks nobody knows which groups are still theirs.
		return nil, err
	}
	var done []Reaped
	var unread []string
	claimed := map[string]bool{}
	for _, s := range stacks {
		if s.State == StateUnreadable {
			done = append(done, Reaped{Kind: "stack", Name: s.Name, Result: ResultFailed, Error: s.Error})
			unread = append(unread, s.Name)
			continue
		}
		claimed[strings.ToLower(s.ResourceGroup)] = true
		if r.foreign(s) {
			continue
		}
		if s.Lease.Expired(r.Now()) {
			done = r.delete(ctx, done, Reaped{Kind: "stack", Name: s.Name, Lease: s.Lease}, r.stack)
		}
	}
	found, err := r.Groups(ctx)
	if err != nil {
		return done, err
	}
	for _, g := range found {
		if claimed[strings.ToLower(g.Name)] || !r.expired(g) {
			continue
		}
		what := Reaped{Kind: "resource group", Name: g.Name, Lease: FromGroupTags(g.Tags)}
		if len(unread) > 0 {
			what.Result, what.Error = ResultFailed, "cannot tell whose it is: these stacks cannot be read: "+strings.Join(unread, ", ")
			done = append(done, what)
			continue
		}
		done = r.delete(ctx, done, what, func(ctx context.Context, _ string) (bool, error) { return r.group(ctx, g) })
	}
	return done, nil
}

// expired says whether a group is a cluster's whose time is up.
func (r Reaper) expired(g groups.Group) bool {
	return g.Tags[Mark] != "" && FromGroupTags(g.Tags).Expired(r.Now())
}

// foreign says whether a stack is of another world.
func (r Reaper) foreign(s Stack) bool { return s.World != "" && s.World != r.World }

// stack deletes a stack that is still past its end. begun is false for one that
// is not, or is gone.
func (r Reaper) stack(ctx context.Context, name string) (begun bool, err error) {
	s := r.Stack(ctx, name)
	switch {
	case s.Name == "":
		return false, nil
	case s.State == StateUnreadable:
		return true, errors.New(s.Error)
	case !s.Lease.Expired(r.Now()) || r.foreign(s):
		return false, nil
	}
	return true, r.Down(ctx, name)
}

// group deletes a group that is still the one that was found, and past its end.
func (r Reaper) group(ctx context.Context, found groups.Group) (begun bool, err error) {
	g, err := r.Group(ctx, found.Name)
	if err != nil {
		return true, err
	}
	if g == nil || g.Tags[Mark] != found.Tags[Mark] || !r.expired(*g) {
		return false, nil
	}
	return true, r.DeleteGroup(ctx, found.Name)
}

// delete deletes one and adds what became of it to done.
func (r Reaper) delete(
	ctx context.Context, done []Reaped, what Reaped, remove func(context.Context, string) (begun bool, err error),
) []Reaped {
	switch {
	case r.DryRun:
		what.Result = ResultExpired
	case ctx.Err() != nil:
		what.Result, what.Error = ResultFailed, "interrupted before it was begun"
	default:
		what.Result = ResultDeleted
		begun, err := remove(ctx, what.Name)
		if !begun {
			return done
		}
		if err != nil {
			what.Result, what.Error = ResultFailed, err.Error()
		}
	}
	return append(done, what)
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
