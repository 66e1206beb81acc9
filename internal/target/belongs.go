package target

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/state"
)

// The worlds that a stack can belong to.
const (
	Rehearsal = "emulator"
	Azure     = "azure"
)

// worldTag is the stack's tag that says whose it is. Every backend keeps it.
const worldTag = "hybridcluster:world"

// OtherWorldError refuses a stack that belongs to the other world.
type OtherWorldError struct {
	Stack string
	// Of is the world that the stack belongs to.
	Of string
}

func (e *OtherWorldError) Error() string {
	if e.Of == Rehearsal {
		return fmt.Sprintf("stack %s is a rehearsal's, and this would look for its cluster on Azure: "+
			"give --emulator, or name another stack or --backend", e.Stack)
	}
	return fmt.Sprintf("stack %s is a cluster on Azure, and a rehearsal does not touch it: "+
		"leave out --emulator (and HYBRIDCTL_EMULATOR), or name another stack or --backend", e.Stack)
}

// WorldName is the world of the place.
func (t *Target) WorldName() string {
	if t.o.Emulator {
		return Rehearsal
	}
	return Azure
}

// Mark is the tag that a new stack of the place gets. The emulator's own place needs
// none: all in it is a rehearsal's.
func (t *Target) Mark() map[string]string {
	if t.own() {
		return nil
	}
	return map[string]string{worldTag: t.WorldName()}
}

// own says whether the place is the emulator's own.
func (t *Target) own() bool { return t.o.Emulator && t.o.Backend == "" }

// Enter finds a stack and refuses one of the other world. It gives the stack's tags,
// which are nil where there is no such stack.
func (t *Target) Enter(ctx context.Context, s *engine.Stack) (tags map[string]string, err error) {
	tags, err = s.Tags(ctx)
	switch {
	case engine.KindOf(err) == engine.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	of, known := tags[worldTag]
	if !known && !t.own() {
		export, err := s.Export(ctx, false)
		if err != nil {
			return nil, err
		}
		if of, err = t.Belongs(tags, export); err != nil {
			return nil, err
		}
	}
	if !t.own() && of != "" && of != t.WorldName() {
		return nil, &OtherWorldError{Stack: s.Name(), Of: of}
	}
	return tags, nil
}

// Belongs says whose a stack is, from its tags and its state, as `pulumi stack export`
// prints it. A stack that was made without a mark, by `pulumi up` or by a hybridctl
// from before there was one, has the ids of its resources in it: the emulator has a
// subscription of its own. A stack of which nothing tells counts as Azure's, for more
// is lost there; it is nobody's ("") as long as it holds nothing.
func (t *Target) Belongs(tags map[string]string, export []byte) (string, error) {
	if of := tags[worldTag]; of != "" {
		return of, nil
	}
	if t.own() {
		return Rehearsal, nil
	}
	holds, subscriptions, err := inside(export)
	if err != nil {
		return "", err
	}
	for _, subscription := range subscriptions {
		if strings.EqualFold(subscription, t.o.EmulatedSubscription) {
			return Rehearsal, nil
		}
	}
	switch {
	case !holds:
		return "", nil
	case len(subscriptions) == 0 && t.inTheEmulatorsPlace():
		return Rehearsal, nil
	default:
		return Azure, nil
	}
}

// inside says whether a state holds anything, or may, and in which subscriptions its
// resources lie.
func inside(export []byte) (holds bool, subscriptions []string, err error) {
	resources, err := state.Resources(export)
	if err != nil {
		return false, nil, err
	}
	pending, err := state.Pending(export)
	if err != nil {
		return false, nil, err
	}
	holds = pending > 0
	for _, r := range resources {
		holds = holds || !strings.HasPrefix(r.Type, "pulumi:")
		rest, inAzure := strings.CutPrefix(strings.ToLower(r.ID), "/subscriptions/")
		if inAzure && strings.HasPrefix(r.Type, "azure-native:") {
			subscription, _, _ := strings.Cut(rest, "/")
			subscriptions = append(subscriptions, subscription)
		}
	}
	return holds, subscriptions, nil
}

// inTheEmulatorsPlace says whether a backend of the user's choice is the emulator's own.
func (t *Target) inTheEmulatorsPlace() bool {
	dir, err := StateDir(t.o.Getenv)
	if err != nil {
		return false
	}
	chosen := t.environment.Set["PULUMI_BACKEND_URL"]
	if chosen == "" {
		chosen = t.o.backend()
	}
	u, err := url.Parse(chosen)
	return err == nil && u.Scheme == "file" && filepath.Clean(filepath.FromSlash(u.Path)) == filepath.Clean(rehearsalIn(dir).backend)
}
