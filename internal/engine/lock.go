package engine

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Holder is a run that holds a stack's lock.
type Holder struct {
	// URL is the lock's own file.
	URL string `json:"url,omitempty"`
	// User, Host and PID say who.
	User string `json:"user"`
	Host string `json:"host"`
	PID  int    `json:"pid"`
	// Since is when the lock was taken.
	Since time.Time `json:"since,omitzero"`
}

// String says who holds the lock, for a message.
func (h Holder) String() string {
	since := "nobody knows when"
	if !h.Since.IsZero() {
		since = h.Since.Format(time.RFC3339)
	}
	return fmt.Sprintf("%s@%s (process %d, since %s)", h.User, h.Host, h.PID, since)
}

var lockLine = regexp.MustCompile(`(?m)^\s+(\S+): created by (.+)@(.+) \(pid (\d+)\) at (\S+)$`)

// holders reads the locks out of the CLI's message.
func holders(stderr string) []Holder {
	var out []Holder
	for _, m := range lockLine.FindAllStringSubmatch(stderr, -1) {
		pid, err := strconv.Atoi(m[4])
		if err != nil {
			continue
		}
		since, _ := time.Parse(time.RFC3339, m[5])
		out = append(out, Holder{URL: m[1], User: m[2], Host: m[3], PID: pid, Since: since})
	}
	return out
}

// abandoned says whether every holder is a process of this machine that is no
// longer there. Only locks in local files count: the same host name elsewhere
// may be another machine.
func abandoned(hs []Holder, isAlive func(pid int) bool) bool {
	host, err := os.Hostname()
	if err != nil || len(hs) == 0 {
		return false
	}
	for _, h := range hs {
		if !strings.HasPrefix(h.URL, "file://") || h.Host != host || isAlive(h.PID) {
			return false
		}
	}
	return true
}

// Lives says whether the run that holds the lock is still there. known is false where
// nobody here can tell: a process of another machine, or of another that has the same
// name.
func (h Holder) Lives() (lives, known bool) {
	host, err := os.Hostname()
	if err != nil || h.Host != host {
		return false, false
	}
	if alive(h.PID) {
		return true, true
	}
	return false, strings.HasPrefix(h.URL, "file://")
}

// Holders are the runs that hold the stack, which must exist. Only what takes the lock
// is told of them, so the stack is created once more, which then fails before it does
// anything. Pulumi Cloud tells nobody.
func (s *Stack) Holders(ctx context.Context) ([]Holder, error) {
	_, _, _, err := s.command.Run(ctx, s.auto.Workspace().WorkDir(), nil, nil, nil, nil, "stack", "init", s.name, "--no-select")
	if err == nil {
		// The stack went meanwhile, and is not to come back.
		return nil, s.Remove(ctx)
	}
	switch e := classify(ctx, "look-up of the lock", s.name, s.command.lastFailure(), nil); e.Kind {
	case Conflict:
		return nil, nil
	case Locked:
		return e.Holders, nil
	default:
		return nil, e
	}
}

// Unlock takes the lock away from whoever holds it. Doing that to a run that is
// still alive lets two runs write one state.
func (s *Stack) Unlock(ctx context.Context) error {
	_, err := s.cli(ctx, "cancel", "cancel", "--yes", "--stack", s.name)
	return err
}

// breakAbandoned removes the lock of a run that died and says so. It reports
// whether trying again makes sense.
func (s *Stack) breakAbandoned(ctx context.Context, e *Error) bool {
	if e.Kind != Locked || !abandoned(e.Holders, alive) {
		return false
	}
	for _, h := range e.Holders {
		s.say("The last run died and left its lock: %s. Removing it.", h)
	}
	return s.Unlock(ctx) == nil
}
