package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Tags returns the stack's tags. Every backend keeps them beside the state, so
// they are there before the first resource and after the last.
func (s *Stack) Tags(ctx context.Context) (map[string]string, error) {
	out, err := s.cli(ctx, "reading the tags", "stack", "tag", "ls", "--json", "--stack", s.name)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	if err := json.Unmarshal([]byte(out), &tags); err != nil {
		return nil, fmt.Errorf("reading the tags of stack %s: %w", s.name, err)
	}
	return tags, nil
}

// SetTags sets tags of the stack. An empty value takes a tag away; others stay.
// before is what the stack's tags are, and what is so already is not set again; if
// it is nil, they are read. The stack's lock is neither needed nor taken.
func (s *Stack) SetTags(ctx context.Context, before, tags map[string]string) error {
	if before == nil {
		var err error
		if before, err = s.Tags(ctx); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		value := tags[name]
		old, has := before[name]
		var err error
		switch {
		case has && value == "":
			_, err = s.cli(ctx, "removing a tag", "stack", "tag", "rm", "--stack", s.name, name)
		case value != "" && value != old:
			_, err = s.cli(ctx, "setting a tag", "stack", "tag", "set", "--stack", s.name, "--", name, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
