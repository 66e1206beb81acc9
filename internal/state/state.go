// Package state reads the state of a Pulumi stack, as `pulumi stack export` prints
// it: https://www.pulumi.com/docs/iac/concepts/state-and-backends/
package state

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Resource is a resource of a state, as far as it is read here. Secrets in its
// values are marked, or encrypted: see [Reveal].
type Resource struct {
	Type    string         `json:"type"`
	ID      string         `json:"id"`
	Inputs  map[string]any `json:"inputs"`
	Outputs map[string]any `json:"outputs"`
}

// Resources are those of an exported state, in its order.
func Resources(export []byte) ([]Resource, error) {
	var d struct {
		Deployment struct {
			Resources []Resource `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(export, &d); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	return d.Deployment.Resources, nil
}

// Pending is how many operations of an exported state have begun and nobody knows how
// they ended.
func Pending(export []byte) (int, error) {
	var d struct {
		Deployment struct {
			Pending []json.RawMessage `json:"pending_operations"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(export, &d); err != nil {
		return 0, fmt.Errorf("reading the stack's state: %w", err)
	}
	return len(d.Deployment.Pending), nil
}

// How Pulumi marks a secret: https://www.pulumi.com/docs/iac/concepts/secrets/
const (
	secretMark  = "4dabf18193072939515e22adb298388d" //nolint:gosec // a mark, and no secret
	secretValue = "1b47061264138c4ac30d75fd1eb44270"
)

// IsSecret says whether a value is marked as one.
func IsSecret(v any) bool {
	marked, ok := v.(map[string]any)
	return ok && marked[secretMark] == secretValue
}

// Reveal takes the marks off secrets, at any depth. One that is still encrypted
// becomes nil.
func Reveal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if IsSecret(v) {
			return held(v)
		}
		out := map[string]any{}
		for key, value := range v {
			out[key] = Reveal(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = Reveal(v[i])
		}
		return out
	}
	return v
}

// held is what a marked secret holds, if it is in clear.
func held(secret map[string]any) any {
	var plain any
	text, _ := secret["plaintext"].(string)
	if json.Unmarshal([]byte(text), &plain) != nil {
		return nil
	}
	return plain
}

// Secrets are all texts that an exported state with its secrets in clear marks as
// secret, sorted.
func Secrets(export []byte) ([]string, error) {
	var d any
	if err := json.Unmarshal(export, &d); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	found := map[string]bool{}
	findSecrets(d, false, found)
	return slices.Sorted(maps.Keys(found)), nil
}

func findSecrets(v any, secret bool, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if IsSecret(v) {
			findSecrets(held(v), true, found)
			return
		}
		for _, value := range v {
			findSecrets(value, secret, found)
		}
	case []any:
		for _, value := range v {
			findSecrets(value, secret, found)
		}
	case string:
		if secret {
			found[v] = true
		}
	}
}
