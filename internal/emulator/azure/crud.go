package azure

import (
	"context"
	"fmt"

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
	response := p.CreateResponse{ID: made.ID}
	made, err = c.finish(ctx, k, made, req.Timeout)
	response.Properties, response.PartialState = k.outcome(made, req.Properties, err)
	return response, err
}

func (c *Cloud) put(
	w *world.World, k *kind, id string, inputs map[string]any, given property.Map, old *world.Resource,
) (*world.Resource, error) {
	c.tick(w)
	op := &operation{
		cloud: c, world: w, kind: k, id: id, name: tree.String(inputs, k.nameInput()),
		inputs: inputs, declared: declare(k, given), old: old,
	}
	r, err := op.put()
	if err != nil {
		return nil, err
	}
	stayReserved(old, r)
	if k.watch != nil {
		r.Outputs["provisioningState"] = unsettled(old)
	}
	guest.Advance(w)
	return r.Clone(), nil
}

// respond gives a resource's outputs in the shape of the SDK.
func (k *kind) respond(r *world.Resource, live property.Map) property.Map {
	return k.outSchema.Conform(reveal(k.answered(r.Outputs), property.New(live)).AsMap())
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
	var response p.UpdateResponse
	made, err = c.finish(ctx, k, made, req.Timeout)
	response.Properties, response.PartialState = k.outcome(made, req.Inputs, err)
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
			if r = k.asListed(w, r); r != nil {
				found = k.current(w, r)
			}
			return nil
		}
		return ofSomebody(w, req.ID)
	})
	if err != nil || found == nil {
		return p.ReadResponse{}, err // an empty id says that the resource is gone
	}
	now := k.respond(found, req.Properties)
	return p.ReadResponse{ID: found.ID, Properties: now, Inputs: k.readInputs(found, req.Inputs, req.Properties, now)}, nil
}

func (c *Cloud) remove(ctx context.Context, req p.DeleteRequest) error {
	k, err := c.kindOf(req.Urn)
	if err != nil {
		return err
	}
	err = c.store.Update(ctx, func(w *world.World) error {
		c.tick(w)
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
		k.delist(w, r)
		if k.gone != nil {
			k.gone(w, r)
		}
		guest.Advance(w)
		return nil
	})
	if err != nil {
		return err
	}
	return c.poll(ctx)
}
