package azure

import (
	"context"
	"errors"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// The states of a resource whose machines may still boot, and of one that has ended.
const (
	stateCreating  = "Creating"
	stateUpdating  = "Updating"
	stateSucceeded = "Succeeded"
	stateFailed    = "Failed"
)

// failureOutput holds what an extension reported when it failed, on the extension or on the instance of a scale set. It is
// no property of Azure's: the answer to the next PUT of the same has it again.
const failureOutput = "failure"

// failureCodeOutput beside it is the code of that answer.
const failureCodeOutput = "failureCode"

// errCut is the end of a call before Azure has ended its work: by the engine's Cancel, or by the resource's own time limit.
type errCut struct{ error }

func (e errCut) Unwrap() error { return e.error }

// unsettled is the state of a resource of which the world does not know yet how it ends.
func unsettled(old *world.Resource) string {
	if old == nil {
		return stateCreating
	}
	return stateUpdating
}

// finish waits, as the provider polls, for what takes time after the resource is there. When an extension's command fails,
// the resource is there all the same, and failed. When the call ends before, Azure works on: the error is an errCut.
func (c *Cloud) finish(ctx context.Context, k *kind, made *world.Resource, timeout float64) (*world.Resource, error) {
	if timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(timeout*float64(time.Second)))
		defer cancel()
		ctx = limited
	}
	if err := c.poll(ctx); err != nil {
		return nil, errCut{fmt.Errorf("%s of %s: %w", "polling for the end of the operation", made.ID, err)}
	}
	if k.watch == nil {
		return made, nil
	}
	failure := c.await(ctx, k, made.ID)
	if ctx.Err() != nil {
		return nil, errCut{failure}
	}
	err := c.store.Update(ctx, func(w *world.World) error {
		if r := w.Find(made.ID); r != nil {
			k.settle(w, r)
			if failure != nil { // it may be that the time was up
				r.Outputs["provisioningState"] = stateFailed
			}
			made = r.Clone()
		}
		return nil
	})
	return made, errors.Join(failure, err)
}

// poll takes as long as a change takes at least.
func (c *Cloud) poll(ctx context.Context) error {
	if c.options.Latency <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(c.options.Latency)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// outcome is what the provider records of a change. Of one whose call was cut it reads the resource with the context that
// has just ended, so it records the id and the inputs, and no outputs:
// https://github.com/pulumi/pulumi-azure-native/pull/3219
func (k *kind) outcome(made *world.Resource, inputs property.Map, err error) (property.Map, *p.InitializationFailed) {
	if err == nil {
		return k.respond(made, inputs), nil
	}
	failed := &p.InitializationFailed{Reasons: []string{err.Error()}}
	if cut := (errCut{}); errors.As(err, &cut) || made == nil {
		return property.Map{}, failed
	}
	return k.respond(made, inputs), failed
}

// current is a resource as Azure shows it now: what nobody waits for any more ends by itself.
func (k *kind) current(w *world.World, r *world.Resource) *world.Resource {
	r = r.Clone()
	k.settle(w, r)
	if k.shown != nil {
		k.shown(w, r)
	}
	return r
}

// settle gives a resource whose machines have ended their boot the state that follows from that.
func (k *kind) settle(w *world.World, r *world.Resource) {
	state, _ := r.Outputs["provisioningState"].(string)
	if k.watch == nil || state != stateCreating && state != stateUpdating {
		return
	}
	state = stateSucceeded
	for _, m := range k.watch(w, r) {
		switch {
		case m.failed(w):
			state = stateFailed
		case booting(w, m.machine):
			return
		}
	}
	r.Outputs["provisioningState"] = state
}
