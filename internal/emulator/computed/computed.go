// Package computed serves Pulumi packages whose resources live in the state
// alone: outputs are computed once from the inputs, and a change of inputs
// makes a new resource. The packages tls and random are such.
package computed

import (
	"context"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
)

// Kind is one resource type.
type Kind struct {
	// Args is the shape of the inputs.
	Args *schema.Schema
	// RequiredLists are list inputs that must be set; a Go type cannot say that.
	RequiredLists []string
	// Outputs are what Create computes; they are unknown in a preview.
	Outputs []string
	// Secret are the inputs and outputs that must never be shown.
	Secret []string
	// Mutable are the inputs whose change keeps the resource.
	Mutable []string
	// Check finds faults in known inputs. It may be nil.
	Check func(in property.Map) []p.CheckFailure
	// Create gives the id and the computed outputs.
	Create func(in property.Map, now time.Time) (string, map[string]any, error)
	// Refresh gives outputs that depend on the time. It may be nil.
	Refresh func(state property.Map, now time.Time) map[string]any
	// Expired names the output because of which a resource in this state must be
	// replaced now, or is empty. It may be nil.
	Expired func(state property.Map, now time.Time) string
}

// Package is a Pulumi package of such resources.
type Package struct {
	// Name and Version are the package's, such as tls and 5.2.0.
	Name, Version string
	// Kinds are its resource types by token.
	Kinds map[string]Kind
	// Now tells the time; time.Now if nil.
	Now func() time.Time
}

// Provider serves the package. It keeps no state of its own, so it can serve any
// number of engines at once.
func (pkg Package) Provider() p.Provider {
	if pkg.Now == nil {
		pkg.Now = time.Now
	}
	return p.Provider{
		GetSchema: func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error) {
			return p.GetSchemaResponse{Schema: fmt.Sprintf(`{"name":%q,"version":%q}`, pkg.Name, pkg.Version)}, nil
		},
		CheckConfig: func(_ context.Context, r p.CheckRequest) (p.CheckResponse, error) {
			return p.CheckResponse{Inputs: r.Inputs}, nil
		},
		DiffConfig: func(context.Context, p.DiffRequest) (p.DiffResponse, error) { return p.DiffResponse{}, nil },
		Cancel:     func(context.Context) error { return nil },
		Check:      pkg.check,
		Diff:       pkg.diff,
		Create:     pkg.create,
		Read:       pkg.read,
		Update:     pkg.update,
		Delete:     func(context.Context, p.DeleteRequest) error { return nil },
	}
}

func (pkg Package) kind(urn resource.URN) (Kind, error) {
	k, ok := pkg.Kinds[string(urn.Type())]
	if !ok {
		return Kind{}, fmt.Errorf("%s: the emulated package %s has no resource type %s", urn.Name(), pkg.Name, urn.Type())
	}
	return k, nil
}

func (pkg Package) check(_ context.Context, r p.CheckRequest) (p.CheckResponse, error) {
	k, err := pkg.kind(r.Urn)
	if err != nil {
		return p.CheckResponse{}, err
	}
	var failures []p.CheckFailure
	for _, fault := range k.Args.Check(r.Inputs) {
		failures = append(failures, p.CheckFailure{Property: fault.Path, Reason: fault.Reason})
	}
	for _, name := range k.RequiredLists {
		if r.Inputs.Get(name).IsNull() {
			failures = append(failures, p.CheckFailure{Property: name, Reason: fmt.Sprintf("missing required property '%s'", name)})
		}
	}
	if len(failures) == 0 && k.Check != nil {
		failures = k.Check(r.Inputs)
	}
	return p.CheckResponse{Inputs: k.hide(r.Inputs), Failures: failures}, nil
}

func (pkg Package) diff(_ context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	k, err := pkg.kind(r.Urn)
	if err != nil {
		return p.DiffResponse{}, err
	}
	diff, err := props.Comparison{
		Replaces: func(path resource.PropertyPath) bool { return !k.mutable(path[0]) },
		Ignore:   r.IgnoreChanges,
	}.Diff(r.OldInputs, r.Inputs)
	if err != nil {
		return p.DiffResponse{}, err
	}
	if k.Expired != nil {
		if name := k.Expired(k.merge(r.State, r.OldInputs, r.Inputs), pkg.Now()); name != "" {
			diff[name] = p.PropertyDiff{Kind: p.UpdateReplace}
		}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

func (pkg Package) create(_ context.Context, r p.CreateRequest) (p.CreateResponse, error) {
	k, err := pkg.kind(r.Urn)
	if err != nil {
		return p.CreateResponse{}, err
	}
	state := r.Properties
	if r.DryRun {
		for _, name := range k.Outputs {
			state = state.Set(name, property.New(property.Computed))
		}
		return p.CreateResponse{Properties: k.hide(state)}, nil
	}
	id, outputs, err := k.Create(r.Properties, pkg.Now())
	if err != nil {
		return p.CreateResponse{}, fmt.Errorf("create %s: %w", r.Urn.Name(), err)
	}
	for name, v := range outputs {
		state = state.Set(name, props.FromPlain(v))
	}
	return p.CreateResponse{ID: id, Properties: k.hide(state)}, nil
}

func (pkg Package) update(_ context.Context, r p.UpdateRequest) (p.UpdateResponse, error) {
	k, err := pkg.kind(r.Urn)
	if err != nil {
		return p.UpdateResponse{}, err
	}
	return p.UpdateResponse{Properties: pkg.refresh(k, k.merge(r.State, r.OldInputs, r.Inputs))}, nil
}

func (pkg Package) read(_ context.Context, r p.ReadRequest) (p.ReadResponse, error) {
	k, err := pkg.kind(r.Urn)
	if err != nil {
		return p.ReadResponse{}, err
	}
	return p.ReadResponse{ID: r.ID, Properties: pkg.refresh(k, r.Properties), Inputs: k.hide(r.Inputs)}, nil
}

func (pkg Package) refresh(k Kind, state property.Map) property.Map {
	if k.Refresh != nil {
		for name, v := range k.Refresh(state, pkg.Now()) {
			state = state.Set(name, props.FromPlain(v))
		}
	}
	return k.hide(state)
}

func (k Kind) mutable(name any) bool {
	for _, m := range k.Mutable {
		if m == name {
			return true
		}
	}
	return false
}

// merge is the state after its inputs changed from old to new.
func (k Kind) merge(state, old, new property.Map) property.Map {
	for name := range old.All {
		if _, kept := new.GetOk(name); !kept {
			state = state.Delete(name)
		}
	}
	for name, v := range new.All {
		state = state.Set(name, v)
	}
	return state
}

func (k Kind) hide(m property.Map) property.Map {
	for _, name := range k.Secret {
		if v, ok := m.GetOk(name); ok {
			m = m.Set(name, v.WithSecret(true))
		}
	}
	return m
}
