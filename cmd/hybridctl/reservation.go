package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

// Azure keeps some things for a while after what used them is gone: a network card for
// a machine that failed, for 180 seconds, and the cards of a scale set's instances for
// some seconds, which keep their subnet and security group.
// https://github.com/rancher/machine/issues/359 and
// https://github.com/hashicorp/terraform-provider-azurerm/issues/28549
const (
	reservation = 190 * time.Second
	// deletions are how often a deletion is tried.
	deletions = 3
)

// kept are the codes of a refusal that time alone takes away.
var kept = regexp.MustCompile(`Code="?(NicReservedForAnotherVm|InUse\w+CannotBeDeleted)\b`)

// destroyAgain deletes what a stack has. What Azure keeps a little longer is tried again,
// which the provider does not.
func (a *app) destroyAgain(ctx context.Context, t *target.Target, s *engine.Stack, o engine.RunOptions) (engine.Result, error) {
	deleted := 0
	for n := 1; ; n++ {
		result, err := s.Destroy(ctx, o)
		if deleted += result.Changes["delete"]; deleted > 0 && result.Changes != nil {
			result.Changes["delete"] = deleted
		}
		code := keptCode(err)
		if err == nil || code == "" || n == deletions {
			return result, err
		}
		a.say(fmt.Sprintf("Azure keeps something a little longer (%s). Trying again in %s.", code, reservation))
		if pause(ctx, t, reservation) != nil {
			return result, err
		}
	}
}

// pause waits, unless it is a rehearsal, whose time passes at once.
func pause(ctx context.Context, t *target.Target, d time.Duration) error {
	if w := t.World(); w != nil {
		return w.Pass(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// keptCode is the code for which a deletion failed, if time alone takes it away: the
// engine's own complaint that something failed counts for nothing.
func keptCode(err error) string {
	var failed *engine.Error
	if !errors.As(err, &failed) || failed.Kind != engine.Failed {
		return ""
	}
	code := ""
	for _, d := range failed.Diagnostics {
		if match := kept.FindStringSubmatch(d.Message); match != nil {
			code = match[1]
		}
	}
	return code
}
