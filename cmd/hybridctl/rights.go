package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
	"github.com/hybridcluster/hybridcluster/internal/rights"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// rightsTimeout bounds the questions about rights.
const rightsTimeout = time.Minute

// mayAct refuses an identity or a service principal of the user's that may not do
// what the cluster's cloud provider does. What cannot be found out is said, and no
// reason to stop.
func (a *app) mayAct(ctx context.Context, t *target.Target, c stacks.Config, d *apimodel.Definition) error {
	if err := a.mayPull(ctx, t, d); err != nil {
		return err
	}
	who := actorOf(d)
	if who == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, rightsTimeout)
	defer cancel()
	lacks, later, err := who.lacks(ctx, t, c, d)
	switch {
	case err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return err
	case err != nil:
		a.say(fmt.Sprintf("Whether %s may do what the cluster needs is not known: %v.", who.title(), err))
		return nil
	case len(lacks) > 0:
		return usage(fmt.Errorf("%s may not do what the cluster's cloud provider does, so no Service would get a load balancer; nothing was made\n%s\n"+
			"Give it a role that allows this, and run the same command again; a new role takes up to ten minutes to work", who.title(), lines(lacks)))
	case len(later) > 0:
		a.say(fmt.Sprintf("%s has no rights in the resource group that is about to be made. Give it them as soon as the group is there, "+
			"or Services get no load balancers:\n%s", who.title(), lines(later)))
	}
	return nil
}

// mayPull refuses an identity of the user's that may not pull from the registries that
// nodes are to pull from as it.
func (a *app) mayPull(ctx context.Context, t *target.Target, d *apimodel.Definition) error {
	registries := d.PullRegistries()
	if registries == nil || registries.UserAssignedID == "" {
		return nil
	}
	who := &actor{identityID: registries.UserAssignedID}
	ctx, cancel := context.WithTimeout(ctx, rightsTimeout)
	defer cancel()
	lacks, err := who.lacksPulls(ctx, t, d)
	switch {
	case err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return err
	case err != nil:
		a.say(fmt.Sprintf("Whether %s may pull from the registries is not known: %v.", who.title(), err))
	case len(lacks) > 0:
		return usage(fmt.Errorf("%s may not pull from the registries, so no node would get their images; nothing was made\n%s\n"+
			"Give it a role that allows this, and run the same command again; a new role takes up to ten minutes to work. "+
			"Where a registry's rights are those of its repositories, name it by its login server", who.title(), lines(lacks)))
	}
	return nil
}

func (w *actor) lacksPulls(ctx context.Context, t *target.Target, d *apimodel.Definition) ([]rights.Lack, error) {
	account, err := t.Account(ctx)
	if err != nil {
		return nil, err
	}
	at, err := w.permissions(ctx, account)
	if err != nil {
		return nil, err
	}
	return rights.Check(ctx, rights.Pulls(d), at)
}

func lines(lacks []rights.Lack) string {
	var all []string
	for _, l := range lacks {
		all = append(all, "  "+l.String())
	}
	return strings.Join(all, "\n")
}

// actor is an identity or a service principal that the user brings.
type actor struct {
	identityID       string
	clientID, secret string
}

// actorOf is whom the cluster's cloud provider acts as; nil where the cluster makes
// an identity of its own, with its rights.
func actorOf(d *apimodel.Definition) *actor {
	if sp := firstboot.ServicePrincipal(d); sp != nil {
		return &actor{clientID: sp.ClientID, secret: sp.Secret}
	}
	if id := d.Properties.OrchestratorProfile.KubernetesConfig.UserAssignedID; strings.Contains(id, "/") {
		return &actor{identityID: id}
	}
	return nil
}

func (w *actor) title() string {
	if w.identityID != "" {
		return "the identity " + w.identityID
	}
	return "the service principal " + w.clientID
}

// lacks are what is missing now, and what will be in a resource group that is not
// there yet.
func (w *actor) lacks(ctx context.Context, t *target.Target, c stacks.Config, d *apimodel.Definition) (now, later []rights.Lack, err error) {
	account, err := t.Account(ctx)
	if err != nil {
		return nil, nil, err
	}
	at, err := w.permissions(ctx, account)
	if err != nil {
		return nil, nil, err
	}
	subscription := "/subscriptions/" + account.Subscription
	group := cmp.Or(c.ExistingResourceGroup, c.ResourceGroup, firstboot.Prefix(d))
	there, err := groupIsThere(ctx, t, group)
	if err != nil {
		return nil, nil, err
	}
	needs, inGroup := rights.Network(d), rights.Group(subscription+"/resourceGroups/"+group)
	if there {
		needs = append(needs, inGroup)
	} else {
		// What is given at the subscription will hold there as well.
		later, err = rights.Check(ctx, []rights.Need{inGroup}, func(ctx context.Context, _ string) ([]rights.Permission, error) {
			return at(ctx, subscription)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	now, err = rights.Check(ctx, needs, at)
	return now, later, err
}

func groupIsThere(ctx context.Context, t *target.Target, name string) (bool, error) {
	client, err := t.Groups(ctx)
	if err != nil {
		return false, err
	}
	found, err := client.Find(ctx, name)
	return found != nil, err
}

type permissionsAt func(ctx context.Context, scope string) ([]rights.Permission, error)

func (w *actor) permissions(ctx context.Context, account target.Account) (permissionsAt, error) {
	switch {
	case w.identityID != "":
		principal, err := account.Client.Principal(ctx, w.identityID)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, scope string) ([]rights.Permission, error) {
			return account.Client.Of(ctx, principal, scope)
		}, nil
	case w.secret == "":
		return nil, errors.New("its secret lies in a key vault, and only it can ask")
	default:
		principal, err := account.As(ctx, w.clientID, w.secret)
		if err != nil {
			return nil, err
		}
		return principal.Own, nil
	}
}
