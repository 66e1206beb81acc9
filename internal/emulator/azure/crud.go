package azure

import (
	"context"
	"fmt"
	"reflect"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func (c *Cloud) create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	k, err := c.kindOf(req.Urn)
	if err != nil {
		return p.CreateResponse{}, err
	}
	if req.DryRun {
		return p.CreateResponse{Properties: k.outSchema.Preview(req.Properties)}, nil
	}
	inputs := props.PlainMap(req.Properties)
	id := k.id(inputs)
	if id == "" {
		return p.CreateResponse{}, fmt.Errorf("%s needs all of %v", k.pulumi, k.parameters())
	}
	var made *world.Resource
	err = c.store.Update(ctx, func(w *world.World) error {
		if w.Find(id) != nil {
			// What azure-native says: Azure itself would take it as an update.
			return fmt.Errorf("cannot create already existing resource '%s'", id)
		}
		var err error
		made, err = c.put(w, k, id, inputs, req.Properties, nil)
		return err
	})
	if err != nil {
		return p.CreateResponse{}, err
	}
	made, err = c.finish(ctx, k, made)
	response := p.CreateResponse{ID: made.ID, Properties: k.respond(made, req.Properties)}
	if err != nil {
		response.PartialState = &p.InitializationFailed{Reasons: []string{err.Error()}}
	}
	return response, err
}

func (c *Cloud) put(
	w *world.World, k *kind, id string, inputs map[string]any, given property.Map, old *world.Resource,
) (*world.Resource, error) {
	op := &operation{
		cloud: c, world: w, kind: k, id: id, name: tree.String(inputs, k.nameInput()),
		inputs: inputs, declared: declare(k, given), old: old,
	}
	r, err := op.put()
	if err != nil {
		return nil, err
	}
	if k.watch != nil {
		r.Outputs["provisioningState"] = "Creating"
	}
	guest.Advance(w)
	return r.Clone(), nil
}

// finish waits for what takes time after the resource is there: an extension's command. When it fails, the resource is
// there all the same, and failed.
func (c *Cloud) finish(ctx context.Context, k *kind, made *world.Resource) (*world.Resource, error) {
	if k.watch == nil {
		return made, nil
	}
	state := "Succeeded"
	failure := c.await(ctx, k, made.ID)
	if failure != nil {
		state = "Failed"
	}
	// The call may have been cancelled; what happened is to be known anyway.
	err := c.store.Update(context.WithoutCancel(ctx), func(w *world.World) error {
		if r := w.Find(made.ID); r != nil {
			r.Outputs["provisioningState"] = state
			made = r.Clone()
		}
		return nil
	})
	if failure == nil {
		failure = err
	}
	return made, failure
}

// respond gives a resource's outputs in the shape of the SDK.
func (k *kind) respond(r *world.Resource, live property.Map) property.Map {
	return k.outSchema.Conform(reveal(r.Outputs, property.New(live)).AsMap())
}

func (c *Cloud) update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	k, err := c.kindOf(req.Urn)
	if err != nil {
		return p.UpdateResponse{}, err
	}
	if req.DryRun {
		return p.UpdateResponse{Properties: k.previewUpdate(req)}, nil
	}
	inputs := props.PlainMap(req.Inputs)
	var made *world.Resource
	err = c.store.Update(ctx, func(w *world.World) error {
		old := w.Find(req.ID)
		if old == nil {
			if err := ofSomebody(w, req.ID); err != nil {
				return err
			}
			return notFound("ResourceNotFound", "The Resource '%s' was not found. Run a refresh to find out what else is gone.", req.ID)
		}
		var err error
		made, err = c.put(w, k, old.ID, inputs, req.Inputs, old.Clone())
		return err
	})
	if err != nil {
		return p.UpdateResponse{}, err
	}
	made, err = c.finish(ctx, k, made)
	response := p.UpdateResponse{Properties: k.respond(made, req.Inputs)}
	if err != nil {
		response.PartialState = &p.InitializationFailed{Reasons: []string{err.Error()}}
	}
	return response, err
}

// previewUpdate: what does not change stays known.
func (k *kind) previewUpdate(req p.UpdateRequest) property.Map {
	expected := k.outSchema.Preview(req.Inputs).AsMap()
	for name, old := range req.State.All {
		unchanged := req.Inputs.Get(name).Equals(req.OldInputs.Get(name))
		if _, ok := expected[name]; ok && unchanged {
			expected[name] = old
		}
	}
	return property.NewMap(expected)
}

func (c *Cloud) read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	k, err := c.kindOf(req.Urn)
	if err != nil {
		return p.ReadResponse{}, err
	}
	var found *world.Resource
	err = c.store.View(ctx, func(w *world.World) error {
		if r := w.Find(req.ID); r != nil {
			found = r.Clone()
			return nil
		}
		return ofSomebody(w, req.ID)
	})
	if err != nil || found == nil {
		return p.ReadResponse{}, err // an empty id says that the resource is gone
	}
	return p.ReadResponse{
		ID:         found.ID,
		Properties: k.respond(found, req.Properties),
		Inputs:     k.drifted(found, req.Inputs),
	}, nil
}

// drifted gives the inputs that Pulumi knows, with what somebody else changed since.
func (k *kind) drifted(r *world.Resource, known property.Map) property.Map {
	inputs := known.AsMap()
	if known.Len() == 0 {
		inputs = map[string]property.Value{}
	}
	before := declare(k, known)
	for name, value := range r.Inputs {
		if !reflect.DeepEqual(before[name], value) {
			inputs[name] = reveal(value, known.Get(name))
		}
	}
	for name := range before {
		if _, ok := r.Inputs[name]; !ok {
			delete(inputs, name)
		}
	}
	return property.NewMap(inputs)
}

func (c *Cloud) remove(ctx context.Context, req p.DeleteRequest) error {
	k, err := c.kindOf(req.Urn)
	if err != nil {
		return err
	}
	return c.store.Update(ctx, func(w *world.World) error {
		r := w.Find(req.ID)
		if r == nil {
			return ofSomebody(w, req.ID)
		}
		if k.guard != nil {
			if err := k.guard(w, r); err != nil {
				return err
			}
		}
		delete(w.Resources, world.Key(r.ID))
		if k.gone != nil {
			k.gone(w, r)
		}
		guest.Advance(w)
		return nil
	})
}
