package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"

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
	for tries := 0; errors.As(err, &e) && e.Kind == Failed && tries < len(pending); tries++ {
		found := existing(e.Diagnostics, pending)
		if len(found) == 0 {
			return r, err
		}
		if err := s.adopt(ctx, found); err != nil {
			return r, err
		}
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
// creation was for.
func (s *Stack) adopt(ctx context.Context, ids map[string]string) error {
	args := []string{
		"refresh", "--yes", "--skip-preview", "--color", "never", "--suppress-outputs",
		"--run-program=false", "--stack", s.name, "--target", s.stackURN(),
	}
	for urn, id := range ids {
		_, name := Describe(urn)
		s.say("%s was created all the same. Taking it over.", name)
		args = append(args, "--import-pending-creates", urn, "--import-pending-creates", id)
	}
	_, err := s.cli(ctx, "refresh", args...)
	return err
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
