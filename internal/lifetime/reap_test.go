package lifetime_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/groups"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
)

var past, future = lifetime.Lease{Expires: noon.Add(-time.Minute)}, lifetime.Lease{Expires: noon.Add(time.Minute)}

// estate is what a reaper finds. What is in later is so when it looks again.
type estate struct {
	stacks      []lifetime.Stack
	groups      []groups.Group
	laterStacks map[string]lifetime.Stack
	laterGroups map[string]*groups.Group
	removed     []string
}

func (e *estate) reaper() lifetime.Reaper {
	remove := func(_ context.Context, name string) error {
		e.removed = append(e.removed, name)
		if strings.HasPrefix(name, "bad") {
			return errors.New("no")
		}
		return nil
	}
	return lifetime.Reaper{
		Stacks: func(context.Context) ([]lifetime.Stack, error) { return e.stacks, nil },
		Groups: func(context.Context) ([]groups.Group, error) { return e.groups, nil },
		Stack: func(_ context.Context, name string) lifetime.Stack {
			if s, ok := e.laterStacks[name]; ok {
				return s
			}
			for _, s := range e.stacks {
				if s.Name == name {
					return s
				}
			}
			return lifetime.Stack{}
		},
		Group: func(_ context.Context, name string) (*groups.Group, error) {
			if strings.HasPrefix(name, "secret") {
				return nil, errors.New("forbidden")
			}
			if g, ok := e.laterGroups[name]; ok {
				return g, nil
			}
			for _, g := range e.groups {
				if g.Name == name {
					return &g, nil
				}
			}
			return nil, nil
		},
		Down: remove, DeleteGroup: remove, Now: func() time.Time { return noon },
	}
}

func groupOf(name string, l lifetime.Lease, mark string) groups.Group {
	tags := l.GroupTags()
	if tags == nil {
		tags = map[string]string{}
	}
	if mark != "" {
		tags["hybridcluster"] = mark
	}
	return groups.Group{Name: name, Tags: tags}
}

func results(done []lifetime.Reaped) map[string]string {
	out := map[string]string{}
	for _, d := range done {
		out[d.Kind+" "+d.Name] = d.Result
	}
	return out
}

func newEstate() *estate {
	return &estate{
		stacks: []lifetime.Stack{
			{Name: "bad", Lease: past, ResourceGroup: "bad-group"}, {Name: "old", Lease: past, ResourceGroup: "old-group"},
			{Name: "young", Lease: future, ResourceGroup: "Young-Group"}, {Name: "forever"},
		},
		groups: []groups.Group{
			groupOf("bad-group", past, "x"), groupOf("young-group", past, "x"), groupOf("orphan", past, "x"),
			groupOf("orphan-young", future, "x"), groupOf("foreign", past, ""),
		},
	}
}

// What has expired goes, what has not stays, and one failure does not keep the rest.
func TestReap(t *testing.T) {
	t.Parallel()
	for result, dry := range map[string]bool{"deleted": false, "expired": true} {
		e := newEstate()
		r := e.reaper()
		r.DryRun = dry
		done, err := r.Reap(t.Context())
		require.NoError(t, err)
		want := map[string]string{"stack bad": "failed", "stack old": result, "resource group orphan": result}
		if dry {
			want["stack bad"] = result
			require.Empty(t, e.removed)
			require.NoError(t, lifetime.Left(done))
		} else {
			require.ErrorIs(t, lifetime.Left(done), lifetime.ErrLeft)
		}
		require.Equal(t, want, results(done))

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		e.removed = nil
		done, err = r.Reap(ctx)
		require.NoError(t, err)
		require.Empty(t, e.removed, "an interrupted reaper begins nothing more")
		require.NotEmpty(t, done)
	}
	_, err := lifetime.Reaper{Stacks: func(context.Context) ([]lifetime.Stack, error) { return nil, errors.New("no backend") }}.Reap(t.Context())
	require.ErrorContains(t, err, "no backend", "without the stacks no group is touched")
}

// A stack that cannot be read may have any of the groups.
func TestReapLeavesGroupsThatMayBeSomebodys(t *testing.T) {
	t.Parallel()
	e := newEstate()
	e.stacks = append(e.stacks, lifetime.Stack{Name: "odd", State: lifetime.StateUnreadable, Error: "cannot"})
	done, err := e.reaper().Reap(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"stack bad": "failed", "stack old": "deleted", "stack odd": "failed", "resource group orphan": "failed",
	}, results(done))
	require.Equal(t, []string{"bad", "old"}, e.removed)
	require.Contains(t, done[len(done)-1].Error, "cannot tell whose it is: these stacks cannot be read: odd")
}

// What was extended, changed hands or went since the list was made stays.
func TestReapLooksAgain(t *testing.T) {
	t.Parallel()
	e := &estate{
		laterStacks: map[string]lifetime.Stack{
			"extended": {Name: "extended", Lease: future}, "endless": {Name: "endless"}, "gone": {},
			"torn": {Name: "torn", State: lifetime.StateUnreadable, Error: "torn state"},
		},
		laterGroups: map[string]*groups.Group{
			"g-extended": new(groupOf("g-extended", future, "x")), "g-endless": new(groupOf("g-endless", lifetime.Lease{}, "x")),
			"g-other": new(groupOf("g-other", past, "y")), "g-unmarked": new(groupOf("g-unmarked", past, "")), "g-gone": nil,
		},
	}
	for _, name := range []string{"extended", "endless", "gone", "torn", "old"} {
		e.stacks = append(e.stacks, lifetime.Stack{Name: name, Lease: past})
	}
	for _, name := range []string{"g-extended", "g-endless", "g-other", "g-unmarked", "g-gone", "secret", "orphan"} {
		e.groups = append(e.groups, groupOf(name, past, "x"))
	}
	done, err := e.reaper().Reap(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"stack torn": "failed", "stack old": "deleted", "resource group secret": "failed", "resource group orphan": "deleted",
	}, results(done))
	require.Equal(t, []string{"old", "orphan"}, e.removed)
}

// azure has one group at most.
type azure struct {
	group   *groups.Group
	holds   []string
	deleted bool
	err     error
}

func (a *azure) Find(context.Context, string) (*groups.Group, error) { return a.group, a.err }
func (a *azure) Resources(context.Context, string) ([]string, error) { return a.holds, nil }
func (a *azure) Delete(context.Context, string) error                { a.deleted = true; return nil }

// A group that was being created goes only if it is empty and marked as ours.
func TestUnsureGroup(t *testing.T) {
	t.Parallel()
	ours := lifetime.Unsure{Group: "rg", Mark: "demo"}
	for name, tc := range map[string]struct {
		unsure lifetime.Unsure
		azure  azure
		gone   bool
		err    string
	}{
		"ours and empty": {ours, azure{group: new(groupOf("RG", past, "demo"))}, true, ""},
		"not there":      {ours, azure{}, true, ""},
		"another's mark": {ours, azure{group: new(groupOf("rg", past, "other"))}, false, ""},
		"no mark":        {ours, azure{group: new(groupOf("rg", past, ""))}, false, ""},
		"in use": {
			ours, azure{group: new(groupOf("rg", past, "demo")), holds: []string{"/a/vm"}}, false,
			"resource group rg: such a group holds 1 resources, which this stack has not made (/a/vm is one); find out whose it is",
		},
		"we know no mark":        {lifetime.Unsure{Group: "rg"}, azure{group: new(groupOf("rg", past, ""))}, false, "nothing says whether it is this stack's"},
		"no mark, and not there": {lifetime.Unsure{Group: "rg"}, azure{}, true, ""},
		"nothing is unsure":      {lifetime.Unsure{}, azure{group: new(groupOf("", past, ""))}, false, ""},
		"cannot be looked up":    {ours, azure{err: errors.New("403")}, false, "cut off while it created resource group rg: 403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owned, err := tc.unsure.OwnsGroup(t.Context(), &tc.azure)
			require.Equal(t, tc.gone && tc.azure.group != nil && tc.unsure.Mark != "", owned)
			require.Equal(t, tc.azure.err, err)
			gone, err := tc.unsure.DeleteGroup(t.Context(), &tc.azure)
			if tc.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tc.err)
			}
			require.Equal(t, tc.gone, gone)
			require.Equal(t, tc.gone && tc.azure.group != nil, tc.azure.deleted)
		})
	}
}
