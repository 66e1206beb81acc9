package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

// razed is what went with a stack.
type razed struct {
	result engine.Result
	// group says that the resource group went, too.
	group bool
}

// raze deletes a stack's cluster, what a killed run may have left beside it, the
// stack, and its entries in the user's kubeconfig.
func (a *app) raze(ctx context.Context, t *target.Target, s *engine.Stack, o engine.RunOptions) (razed, error) {
	gone, err := a.demolish(ctx, t, s, o)
	if err != nil {
		return gone, err
	}
	if err := s.Remove(ctx); err != nil {
		return gone, err
	}
	a.forgetKubeconfig(t, s.Name())
	return gone, nil
}

// demolish is raze, but for the stack, which is empty afterwards.
func (a *app) demolish(ctx context.Context, t *target.Target, s *engine.Stack, o engine.RunOptions) (razed, error) {
	var gone razed
	display := a.progress()
	o.Events = func(e engine.Event) {
		display.Event(e)
		gone.group = gone.group || deletesGroup(e)
	}
	state, err := s.Export(ctx, false)
	if err != nil {
		return gone, err
	}
	unsure, err := lifetime.ReadUnsure(state)
	if err != nil {
		return gone, err
	}
	unsure.HowToDelete = t.HowToDelete
	if err := a.freeLoadBalancers(ctx, t, s, state); err != nil {
		return gone, err
	}
	if gone.result, err = a.destroy(ctx, s, state, o); err != nil {
		return gone, err
	}
	if unsure.Group != "" {
		absent, err := a.razeUnsure(ctx, t, unsure)
		if err != nil {
			return gone, err
		}
		gone.group = gone.group || absent
	}
	if len(unsure.Outside) > 0 {
		if err := s.SetTags(ctx, nil, lifetime.EndDeletion()); err != nil {
			return gone, err
		}
		return gone, fmt.Errorf("a run was cut off while it created %s in a resource group that is not the cluster's, "+
			"and nobody knows how that ended: `%s` takes them over, and then this works",
			strings.Join(unsure.Outside, ", "), a.command("up", s.Name()))
	}
	return gone, nil
}

// destroy deletes what the state has. The stack is marked meanwhile, and stays so where
// something is left of what has begun to go: keys may be gone before their machines.
func (a *app) destroy(ctx context.Context, s *engine.Stack, state []byte, o engine.RunOptions) (engine.Result, error) {
	mark, err := lifetime.BeginDeletion(state, time.Now())
	if err != nil {
		return engine.Result{}, err
	}
	if err := s.SetTags(ctx, map[string]string{}, mark); err != nil {
		return engine.Result{}, err
	}
	defer a.finishes()()
	result, err := s.Destroy(ctx, o)
	if err != nil && result.Changes["delete"] == 0 {
		// Nothing has begun to go, or another run holds the stack.
		return result, errors.Join(err, s.SetTags(context.WithoutCancel(ctx), mark, lifetime.EndDeletion()))
	}
	return result, err
}

// razeUnsure deletes the resource group whose creation was cut off, if it is
// there and surely the cluster's.
func (a *app) razeUnsure(ctx context.Context, t *target.Target, unsure lifetime.Unsure) (gone bool, err error) {
	client, err := t.Groups(ctx)
	if err != nil {
		return false, fmt.Errorf("a run was cut off while it created resource group %s: %w", unsure.Group, err)
	}
	defer a.activity("Looking for resource group " + unsure.Group)()
	return unsure.DeleteGroup(ctx, client)
}

// deletesGroup recognises the deletion of the resource group.
func deletesGroup(e engine.Event) bool {
	return e.ResOutputsEvent != nil && e.ResOutputsEvent.Metadata.Op == "delete" &&
		e.ResOutputsEvent.Metadata.Type == "azure-native:resources:ResourceGroup"
}
