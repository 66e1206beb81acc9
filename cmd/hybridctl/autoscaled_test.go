package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/review"
)

// TestAutoscalersWorkIsNoChange: what it did is neither undone nor a reason to alarm.
func TestAutoscalersWorkIsNoChange(t *testing.T) {
	t.Parallel()
	step := func(name string, paths ...string) review.Step {
		s := review.Step{Step: report.Step{Op: "update", Name: name}}
		for _, path := range paths {
			s.Diff = append(s.Diff, report.PropertyChange{Path: path, Kind: "update"})
		}
		return s
	}
	for name, tt := range map[string]struct {
		step review.Step
		want bool
	}{
		"the autoscaler's":        {step("cluster-scaled", "sku.capacity"), false},
		"the autoscaler's, more":  {step("cluster-scaled", "sku.capacity", "tags.a"), true},
		"a pool of a fixed size":  {step("cluster-fixed", "sku.capacity"), true},
		"something of the pool's": {step("cluster-scaled", "tags.a"), true},
	} {
		r := review.Review{Changes: map[string]int{"update": 1, "same": 3}, Steps: []review.Step{tt.step}}
		require.Equal(t, tt.want, changed(r, map[string]bool{"cluster-scaled": true}), name)
		require.Equal(t, 1, r.Changes["update"], "the report still shows it")
	}
}
