package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// An up is repeated for machines that did not report, twice and no more, and for nothing
// else.
func TestRunsThatAreRepeated(t *testing.T) {
	t.Parallel()
	restart, fault := errors.New("interrupted by a restart"), errors.New("a fault")
	for name, tt := range map[string]struct {
		// each is how long a run takes, of those that end so.
		each time.Duration
		ends []error
		want error
		runs int
	}{
		"well at once":             {time.Minute, []error{nil}, nil, 1},
		"a fault":                  {time.Minute, []error{fault}, fault, 1},
		"a restart":                {time.Minute, []error{restart, nil}, nil, 2},
		"a restart, then a fault":  {time.Minute, []error{restart, fault}, fault, 2},
		"two restarts":             {time.Minute, []error{restart, restart, nil}, nil, 3},
		"restarts without an end":  {time.Minute, []error{restart, restart, restart, nil}, restart, 3},
		"a fault is not forgotten": {time.Minute, []error{restart, restart, fault, nil}, fault, 3},
		"silence":                  {90 * time.Minute, []error{restart, nil}, nil, 2},
		"silence again":            {90 * time.Minute, []error{restart, restart, nil}, restart, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs, told := 0, 0
			_, err := repetition{
				up: func(_ context.Context, o engine.RunOptions) (engine.Result, error) {
					require.Equal(t, runs == 0, o.Refresh, "what is unfinished is not read")
					runs++
					return engine.Result{}, tt.ends[runs-1]
				},
				unheard: func(err error) []string {
					if errors.Is(err, restart) {
						return []string{"win000"}
					}
					return nil
				},
				tell:  func([]string) { told++ },
				spent: func() time.Duration { return time.Duration(runs) * tt.each },
			}.run(t.Context(), engine.RunOptions{Refresh: true})
			require.ErrorIs(t, err, tt.want)
			require.Equal(t, tt.runs, runs)
			require.Equal(t, tt.runs-1, told, "no run is repeated without a word")
		})
	}
}

// An interruption while the API server is asked ends there.
func TestInterruptionBetweenTwoRuns(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	result, err := repetition{
		up: func(context.Context, engine.RunOptions) (engine.Result, error) {
			runs++
			return engine.Result{Changes: map[string]int{"create": 3}}, errors.New("a restart")
		},
		unheard: func(error) []string { return []string{"win000"} },
		tell:    func([]string) { cancel() },
		spent:   func() time.Duration { return 0 },
	}.run(ctx, engine.RunOptions{})
	require.Equal(t, engine.Interrupted, engine.KindOf(err))
	require.ErrorContains(t, err, "win000")
	require.Equal(t, 1, runs)
	require.Equal(t, map[string]int{"create": 3}, result.Changes)
}

func TestChangesOfAllRunsAreCountedOnce(t *testing.T) {
	t.Parallel()
	first := inAll(map[string]int{}, map[string]int{"create": 40, "same": 1})
	require.Equal(t, map[string]int{"create": 40, "same": 1}, first)
	require.Equal(t, map[string]int{"create": 42, "replace": 1, "same": 1}, inAll(first, map[string]int{"create": 2, "replace": 1, "same": 41}))
	require.Equal(t, map[string]int{"create": 40, "replace": 1, "same": 0}, inAll(first, map[string]int{"replace": 1, "same": 39}))
}
