package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Run is how the last up or destroy of a stack ended, as the backend remembers it.
type Run struct {
	// Result is succeeded or failed, and in-progress where the backend knows of a run
	// that has not ended.
	Result string
	// Ended is when the last run of any kind ended, in whole seconds: one that came after
	// an up reads the state again, or repairs it.
	Ended time.Time
}

// What [Run] says of how a run ended.
const (
	Succeeded  = "succeeded"
	InProgress = "in-progress"
)

// lookBack is how many runs are looked at for the last that counts.
const lookBack = "10"

// LastRun is the last up or destroy of the stack that the backend remembers, or nil. A
// run that was killed leaves nothing to remember.
func (s *Stack) LastRun(ctx context.Context) (*Run, error) {
	out, err := s.cli(ctx, "reading the history", "stack", "history", "--json", "--page-size", lookBack, "--page", "1", "--stack", s.name)
	if err != nil {
		return nil, err
	}
	return lastRun([]byte(out))
}

func lastRun(history []byte) (*Run, error) {
	var entries []struct {
		Kind    string    `json:"kind"`
		Result  string    `json:"result"`
		EndTime time.Time `json:"endTime"`
	}
	if err := json.Unmarshal(history, &entries); err != nil {
		return nil, fmt.Errorf("reading the stack's history: %w", err)
	}
	for _, e := range entries { // the newest is the first
		if e.Result == InProgress || slices.Contains([]string{"update", "destroy"}, e.Kind) {
			return &Run{Result: e.Result, Ended: entries[0].EndTime}, nil
		}
	}
	return nil, nil
}
