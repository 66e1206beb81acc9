package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/provisioning"
)

// mend says of an up that failed what the next one cannot mend by itself: the failed
// instances of scale sets.
func (a *app) mend(ctx context.Context, s *engine.Stack, cause error) error {
	var failed *engine.Error
	if !errors.As(cause, &failed) || failed.Kind != engine.Failed || len(failed.Diagnostics) == 0 {
		return cause
	}
	if !provisioning.ConcernsSets(failed.Diagnostics) {
		return cause
	}
	state, err := s.Export(ctx, false)
	if err != nil {
		return cause
	}
	sets, err := provisioning.FailedSets(failed.Diagnostics, state)
	if err != nil || len(sets) == 0 {
		return cause
	}
	var advice []string
	for _, set := range sets {
		if a.global.emulator {
			advice = append(advice, set.Rehearsed())
			continue
		}
		advice = append(advice, set.Advice())
	}
	return fmt.Errorf("%w\n%s", cause, strings.Join(advice, "\n"))
}
