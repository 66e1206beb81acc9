package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/review"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// Comparison is two definitions of a stack, both ready to be declared.
type Comparison struct {
	Stack string
	// Base is nil where there is nothing to compare with.
	Base           *stacks.Config
	BaseDefinition *apimodel.Definition
	Head           stacks.Config
	// State is an exported state to compare with, in place of Base.
	State []byte
}

// Preview takes the base up in a scratch place and previews the head there. Events
// of the preview go into the collector; those of the base are only for watch.
func (c Comparison) Preview(ctx context.Context, t *target.Target, o engine.RunOptions, watch func(engine.Event)) (*review.Collector, engine.Result, error) {
	events := &review.Collector{}
	if err := c.prepare(ctx, t, watch); err != nil {
		return events, engine.Result{}, err
	}
	head, err := t.Stack(ctx, c.Stack, stacks.Program(c.Head))
	if err != nil {
		return events, engine.Result{}, err
	}
	o.Events = func(e engine.Event) {
		events.Event(e)
		if watch != nil && e.DiagnosticEvent != nil {
			watch(e)
		}
	}
	result, err := head.Preview(ctx, o)
	return events, result, err
}

// prepare makes the stack as it was.
func (c Comparison) prepare(ctx context.Context, t *target.Target, watch func(engine.Event)) error {
	var program stacks.Config
	if c.Base != nil {
		program = *c.Base
	}
	s, err := t.Stack(ctx, c.Stack, stacks.Program(program))
	if err != nil {
		return err
	}
	if c.Base != nil {
		if _, err := s.UpFresh(ctx, engine.RunOptions{Events: watch}); err != nil {
			return &BaseError{err}
		}
		return nil
	}
	if err := s.CreateFresh(ctx); err != nil || c.State == nil {
		return err
	}
	empty, err := s.Export(ctx, false)
	if err != nil {
		return err
	}
	state, err := importable(c.State, empty)
	if err != nil {
		return err
	}
	if err := s.Import(ctx, state); err != nil {
		return fmt.Errorf("taking in the exported state: %w", err)
	}
	return nil
}

// importable is a state with the keeper of secrets of the scratch place, which an
// empty state of it names, where the secrets are in clear.
func importable(state, empty []byte) ([]byte, error) {
	if strings.Contains(string(state), `"ciphertext"`) {
		return state, nil
	}
	type exported struct {
		Version    json.RawMessage            `json:"version"`
		Deployment map[string]json.RawMessage `json:"deployment"`
	}
	var document, scratch exported
	if err := errors.Join(json.Unmarshal(state, &document), json.Unmarshal(empty, &scratch)); err != nil {
		return nil, fmt.Errorf("reading the exported state: %w", err)
	}
	delete(document.Deployment, "secrets_providers")
	if keeper, ok := scratch.Deployment["secrets_providers"]; ok {
		document.Deployment["secrets_providers"] = keeper
	}
	return json.Marshal(document)
}

// BaseError says that the base itself did not come up on the emulator, which says
// nothing of the head.
type BaseError struct{ err error }

func (e *BaseError) Error() string {
	return "the definition that is compared with does not come up on the emulator: " + e.err.Error()
}

// Unwrap returns how it failed.
func (e *BaseError) Unwrap() error { return e.err }

// RunningFaults says what of the head a running cluster of the base cannot follow.
func (c Comparison) RunningFaults() (apimodel.Faults, error) {
	state := c.State
	if state == nil {
		if c.BaseDefinition == nil {
			return c.Head.Ended(), nil
		}
		var err error
		if state, err = stateOf(c.BaseDefinition, c.Base); err != nil {
			return nil, err
		}
	}
	return c.Head.RunningFaults(state)
}

// stateOf is as much of the state of a definition's running cluster as tells what
// it can follow.
func stateOf(d *apimodel.Definition, c *stacks.Config) ([]byte, error) {
	type object = map[string]any
	inputs := object{"definition": d.Redacted()}
	if c != nil {
		inputs["resourceGroup"], inputs["existingResourceGroup"] = c.ResourceGroup, c.ExistingResourceGroup
	}
	data, err := json.Marshal(object{"deployment": object{"resources": []any{
		object{"type": hybridcluster.Token, "inputs": inputs},
		object{"type": "azure-native:compute:VirtualMachine"},
	}}})
	if err != nil {
		return nil, fmt.Errorf("write the definition: %w", err)
	}
	return data, nil
}

// CheckState looks at an exported state before the engine does: it must be one, of
// this stack, with secrets that can be read.
func CheckState(data []byte, stack string, canDecrypt bool) error {
	var state struct {
		Deployment *struct {
			SecretsProviders struct {
				Type string `json:"type"`
			} `json:"secrets_providers"`
			Resources []struct {
				URN string `json:"urn"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(data, &state); err != nil || state.Deployment == nil {
		return errors.New("this is no exported state: make one with `hybridctl export` or `pulumi stack export`")
	}
	for _, r := range state.Deployment.Resources {
		of, _, _ := strings.Cut(strings.TrimPrefix(r.URN, "urn:pulumi:"), "::")
		if of != stack {
			return fmt.Errorf("the state is of the stack %s: name that one in place of %s", of, stack)
		}
	}
	if strings.Contains(string(data), `"ciphertext"`) && !canDecrypt {
		return errors.New("the state's secrets are encrypted: export it with --show-secrets, or give its passphrase in PULUMI_CONFIG_PASSPHRASE")
	}
	return nil
}
