package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Up runs the program and creates or updates what it declares. The stack must
// exist.
//
// A run that was killed leaves creations behind of which nobody knows how they
// ended. Up tries them again; where the cloud answers that the resource is
// there already, Up takes it into the state and goes on. When it succeeds,
// nothing is pending any more.
func (s *Stack) Up(ctx context.Context, o RunOptions) (Result, error) {
	pending, err := s.pendingCreates(ctx)
	if err != nil {
		return Result{}, err
	}
	if len(pending) > 0 {
		s.say("The last run was cut off while it created %d resources. Trying them again.", len(pending))
	}
	r, err := s.up(ctx, o)
	if len(pending) == 0 {
		return r, err
	}
	var e *Error
	for errors.As(err, &e) && e.Kind == Failed {
		found := existing(e.Diagnostics, pending)
		if len(found) == 0 {
			return r, err
		}
		if err := s.adopt(ctx, found); err != nil {
			return r, err
		}
		maps.DeleteFunc(pending, func(urn string, _ bool) bool { return found[urn] != "" })
		r, err = s.up(ctx, o)
	}
	if err != nil {
		return r, err
	}
	return r, s.forgetPending(ctx)
}

// pendingCreates lists the resources whose creation was cut off.
func (s *Stack) pendingCreates(ctx context.Context) (map[string]bool, error) {
	raw, err := s.Export(ctx, false)
	if err != nil {
		return nil, err
	}
	return readPending(raw)
}

func readPending(raw []byte) (map[string]bool, error) {
	var export struct {
		Deployment struct {
			Pending []struct {
				Type     apitype.OperationType `json:"type"`
				Resource struct {
					URN string `json:"urn"`
				} `json:"resource"`
			} `json:"pending_operations"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(raw, &export); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	urns := map[string]bool{}
	for _, op := range export.Deployment.Pending {
		if op.Type == apitype.OperationTypeCreating {
			urns[op.Resource.URN] = true
		}
	}
	return urns, nil
}

// alreadyExists is how the azure-native provider refuses to create what is
// there, with the resource's id:
// https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/azure/client_azcore.go
var alreadyExists = regexp.MustCompile(`cannot create already existing (?:sub)?resource ['"]([^'"]+)['"]`)

// existing returns the ids of the pending resources that turned out to exist.
func existing(diags []Diagnostic, pending map[string]bool) map[string]string {
	ids := map[string]string{}
	for _, d := range diags {
		if m := alreadyExists.FindStringSubmatch(d.Message); m != nil && pending[d.URN] {
			ids[d.URN] = m[1]
		}
	}
	return ids
}

// adopt takes resources that exist into the state, as what their pending
// creation was for, and lets the cloud fill in the rest. The engine has a flag
// for it, --import-pending-creates, but with that one (3.258) the resources
// vanish from the state together with the pending operation.
func (s *Stack) adopt(ctx context.Context, ids map[string]string) error {
	raw, err := s.Export(ctx, false)
	if err != nil {
		return err
	}
	edited, err := settle(raw, ids)
	if err != nil {
		return err
	}
	_, _, _, err = s.command.Run(ctx, s.auto.Workspace().WorkDir(), bytes.NewReader(edited), nil, nil, nil,
		"stack", "import", "--stack", s.name)
	if err != nil {
		return classify(ctx, "repair", s.name, s.command.lastFailure(), nil)
	}
	args := []string{
		"refresh", "--yes", "--skip-preview", "--color", "never", "--suppress-outputs",
		"--run-program=false", "--stack", s.name,
	}
	for _, urn := range slices.Sorted(maps.Keys(ids)) {
		_, name := Describe(urn)
		s.say("%s was created all the same. Taking it over.", name)
		args = append(args, "--target", urn)
	}
	_, err = s.cli(ctx, "refresh", args...)
	return err
}

// settle moves pending creations whose resource exists into the state's
// resources, with their ids. Everything else stays as it is.
func settle(raw []byte, ids map[string]string) ([]byte, error) {
	var state struct {
		Version    json.RawMessage            `json:"version"`
		Deployment map[string]json.RawMessage `json:"deployment"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	var pending []struct {
		Type     string                     `json:"type"`
		Resource map[string]json.RawMessage `json:"resource"`
	}
	var resources []json.RawMessage
	for name, into := range map[string]any{"pending_operations": &pending, "resources": &resources} {
		if part, ok := state.Deployment[name]; ok {
			if err := json.Unmarshal(part, into); err != nil {
				return nil, fmt.Errorf("reading %s of the stack's state: %w", name, err)
			}
		}
	}
	seen := map[string]bool{}
	for _, op := range pending {
		var urn string
		if err := json.Unmarshal(op.Resource["urn"], &urn); err != nil {
			return nil, fmt.Errorf("reading a pending operation: %w", err)
		}
		id, exists := ids[urn]
		if !exists || seen[urn] {
			continue
		}
		seen[urn] = true
		op.Resource["id"], _ = json.Marshal(id)
		taken, err := json.Marshal(op.Resource)
		if err != nil {
			return nil, fmt.Errorf("taking over %s: %w", urn, err)
		}
		resources = append(resources, taken)
	}
	edited, err := json.Marshal(resources)
	if err != nil {
		return nil, fmt.Errorf("writing the stack's state: %w", err)
	}
	state.Deployment["resources"] = edited
	delete(state.Deployment, "pending_operations")
	return json.Marshal(state)
}

// forgetPending takes the pending creations out of the state, once an up has
// settled them all. It reads no resource: the only target is the stack itself.
func (s *Stack) forgetPending(ctx context.Context) error {
	_, err := s.cli(ctx, "refresh", "refresh", "--yes", "--skip-preview", "--color", "never",
		"--suppress-outputs", "--run-program=false", "--clear-pending-creates",
		"--target", s.stackURN(), "--stack", s.name)
	return err
}

func (s *Stack) stackURN() string {
	return string(resource.DefaultRootStackURN(tokens.QName(path.Base(s.name)), Project))
}
