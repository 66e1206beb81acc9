package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/hybridcluster/hybridcluster/internal/state"
)

// Up runs the program and creates or updates what it declares. The stack must
// exist.
//
// A run that was killed leaves creations behind of which nobody knows how they
// ended. Up tries them again; where the cloud answers that the resource is
// there already, Up takes it into the state and goes on: see [Stack.lost] for those
// that are not even pending. When it succeeds, nothing is pending any more, and
// nothing is in a state that o.Broken objects to.
func (s *Stack) Up(ctx context.Context, o RunOptions) (Result, error) {
	before, err := s.Export(ctx, false)
	if err != nil {
		return Result{}, err
	}
	pending, err := readPending(before)
	if err != nil {
		return Result{}, err
	}
	if len(pending) > 0 {
		// Only now is it sure that no other run is at it, which holds the lock.
		o.Events = first(o.Events, func() {
			s.say("The last run was cut off while it created %d resources. Trying them again.", len(pending))
		})
	}
	owns, err := hasPast(before, o.OwnsGroup)
	if err != nil {
		return Result{}, err
	}
	if o, err = s.unhide(ctx, before, o); err != nil {
		return Result{}, err
	}
	wasPending, taken := len(pending) > 0, map[string]bool{}
	r, err := s.up(ctx, o)
	var e *Error
	for errors.As(err, &e) && e.Kind == Failed {
		found, states := s.there(ctx, e.Diagnostics, pending, owns)
		maps.DeleteFunc(found, func(urn, _ string) bool { return taken[urn] })
		if len(found) == 0 {
			return r, err
		}
		if err := s.adopt(ctx, found, states); err != nil {
			return r, err
		}
		for urn := range found {
			taken[urn] = true
		}
		maps.DeleteFunc(pending, func(urn string, _ resourceState) bool { return found[urn] != "" })
		r, err = s.up(ctx, o)
	}
	if err != nil || !wasPending {
		return r, err
	}
	return r, s.forgetPending(ctx)
}

// there returns the resources that could not be created since they are there, if
// they are the stack's. What cannot be looked into is said and no error: what went
// wrong first is what the user has to know.
func (s *Stack) there(
	ctx context.Context, diags []Diagnostic, pending map[string]resourceState, owns ownsGroup,
) (ids map[string]string, states map[string]resourceState) {
	if ids := existing(diags, pending); len(ids) > 0 {
		return ids, pending
	}
	ids, states, err := s.lost(ctx, diags, owns)
	if err != nil {
		s.say("What is there already was not looked into: %v", err)
		return nil, nil
	}
	return ids, states
}

// hasPast is owns for a stack that has resources, and nil for one that has none: a
// stack of another backend can declare the same group and be creating it right now,
// so that only a run that was killed is a reason to take it.
func hasPast(before []byte, owns ownsGroup) (ownsGroup, error) {
	resources, err := state.Resources(before)
	if err != nil || len(resources) == 0 {
		return nil, err
	}
	return owns, nil
}

// first calls before once, ahead of the first event.
func first(receiver func(Event), before func()) func(Event) {
	var once sync.Once
	return func(e Event) {
		once.Do(before)
		if receiver != nil {
			receiver(e)
		}
	}
}

// resourceState is a resource as a deployment holds it. Its values stay as they
// are, encrypted secrets and long numbers among them.
type resourceState map[string]json.RawMessage

// readPending returns the resources whose creation was cut off, as their pending
// operations describe them, by URN.
func readPending(raw []byte) (map[string]resourceState, error) {
	var export struct {
		Deployment struct {
			Pending []struct {
				Type     apitype.OperationType `json:"type"`
				Resource resourceState         `json:"resource"`
			} `json:"pending_operations"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(raw, &export); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	pending := map[string]resourceState{}
	for _, op := range export.Deployment.Pending {
		if op.Type != apitype.OperationTypeCreating {
			continue
		}
		var urn string
		if err := json.Unmarshal(op.Resource["urn"], &urn); err != nil {
			return nil, fmt.Errorf("reading a pending operation: %w", err)
		}
		pending[urn] = op.Resource
	}
	return pending, nil
}

// forgetPending takes the pending creations out of the state, once an up has
// settled them all. It reads no resource: the only target is the stack itself.
func (s *Stack) forgetPending(ctx context.Context) error {
	_, err := s.cli(ctx, "refresh", "refresh", "--yes", "--skip-preview", "--color", "never",
		"--suppress-outputs", "--run-program=false", "--clear-pending-creates",
		"--target", s.stackURN(), "--stack", s.name)
	return err
}

func (s *Stack) stackURN() string {
	return string(resource.DefaultRootStackURN(tokens.QName(path.Base(s.name)), Project))
}
