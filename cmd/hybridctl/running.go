package main

import (
	"context"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// followable refuses, before anything is touched, what a running cluster cannot
// follow.
func (a *app) followable(ctx context.Context, s *engine.Stack, c stacks.Config) error {
	state, err := s.Export(ctx, false)
	if err != nil {
		return err
	}
	faults, err := c.RunningFaults(state)
	if err != nil {
		return err
	}
	if len(faults) == 0 {
		return nil
	}
	a.closeDisplay()
	a.printFaults(faults)
	return &exitError{code: exitUsage}
}
