package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/components/workload"
	"github.com/hybridcluster/hybridcluster/internal/access"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

const (
	// lookTimeout bounds a look into a cluster that may not answer.
	lookTimeout = 20 * time.Second
	// loadBalancerTimeout is for the cloud provider, which takes about half a minute
	// for each.
	loadBalancerTimeout = 5 * time.Minute
)

// unplaced finds out why a workload's pods find no node, if that is why an
// operation failed. It is nil otherwise, and where the cluster does not answer.
func (a *app) unplaced(ctx context.Context, t *target.Target, s *engine.Stack, cause error) *access.Unplaced {
	var failed *engine.Error
	if !errors.As(cause, &failed) || failed.Kind == engine.Interrupted || !concernsWorkload(failed) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return nil
	}
	cluster, err := a.connect(t, outs)
	if err != nil {
		return nil
	}
	u, err := access.Placement(ctx, cluster, "default", workload.Name)
	if err != nil {
		return nil
	}
	return u
}

func concernsWorkload(e *engine.Error) bool {
	for _, d := range e.Diagnostics {
		if d.Type == "kubernetes:apps/v1:Deployment" || d.Type == "kubernetes:core/v1:Service" {
			return true
		}
	}
	return false
}

// freeLoadBalancers lets the cloud provider take down what it made for Services,
// those made by hand too, where no resource group takes it along: a load balancer
// holds on to its subnet.
func (a *app) freeLoadBalancers(ctx context.Context, t *target.Target, s *engine.Stack, state []byte) error {
	groups, err := engine.OwnGroups(state)
	if err != nil || len(groups) > 0 {
		return err // a group of the cluster's goes with all in it
	}
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, loadBalancerTimeout)
	defer cancel()
	cluster, err := a.connect(t, outs)
	if err != nil {
		return nil // without a cluster nobody can; what is left is said by Azure
	}
	end := a.activity("Taking down the load balancers of Services.")
	gone, left, err := access.DeleteLoadBalancers(ctx, cluster)
	end()
	switch {
	case err != nil:
		a.say(fmt.Sprintf("The cluster's Services could not be looked at (%v): load balancers that they have may stay in Azure.", err))
	case len(left) > 0:
		a.say("These Services still have their load balancers, which may keep their subnet: " + strings.Join(left, ", "))
	case len(gone) > 0:
		a.say("Load balancers of Services are gone: " + strings.Join(gone, ", "))
	}
	return nil
}

// nameHoldings names, before anything is deleted, what the cluster's users have in
// Azure and what becomes of it, where no resource group takes it along. A cluster that
// does not answer is no reason to keep it.
func (a *app) nameHoldings(ctx context.Context, t *target.Target, s *engine.Stack) error {
	state, err := s.Export(ctx, false)
	if err != nil {
		return err
	}
	groups, err := engine.OwnGroups(state)
	if err != nil || len(groups) > 0 {
		return err
	}
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return err
	}
	cluster, err := a.connect(t, outs)
	if err != nil {
		return nil //nolint:nilerr // there is no cluster to ask
	}
	held, err := access.Held(ctx, cluster)
	if err != nil {
		a.say(fmt.Sprintf("What the cluster's users have in Azure is not known (%v). Load balancers of Services keep the network "+
			"from being deleted, and disks of volumes stay.", err))
		return nil
	}
	if len(held.Services) > 0 {
		a.say("The resource group is not the cluster's. These Services are deleted first, for their load balancers to go: " +
			strings.Join(held.Services, ", "))
	}
	for _, v := range held.Volumes {
		a.say("The resource group is not the cluster's. This volume stays in Azure with its data, and costs, until you delete it: " + v.String())
	}
	return nil
}
