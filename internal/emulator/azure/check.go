package azure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/google/uuid"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// check adds the defaults that azure-native adds (name and location) and compares with the SDK's types.
func (c *Cloud) check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	k, err := c.kindOf(req.Urn)
	if err != nil {
		return p.CheckResponse{}, err
	}
	inputs := maps.Clone(req.Inputs.AsMap())
	if inputs == nil {
		inputs = map[string]property.Value{}
	}
	if name := k.nameInput(); inputs[name].IsNull() {
		inputs[name] = autoName(req.Urn, k, req.State.Get(name))
	}
	if k.argSchema.Has("location") && inputs["location"].IsNull() {
		location, err := c.findLocation(ctx, req.State, inputs["resourceGroupName"])
		if err != nil {
			return p.CheckResponse{}, err
		}
		if !location.IsNull() {
			inputs["location"] = location
		}
	}
	checked := property.NewMap(inputs)
	response := p.CheckResponse{Inputs: checked}
	for _, fault := range k.argSchema.Check(checked) {
		response.Failures = append(response.Failures, p.CheckFailure{Property: fault.Path, Reason: fault.Reason})
	}
	if k.argSchema.Has("location") && !k.global && checked.Get("location").IsNull() {
		response.Failures = append(response.Failures, p.CheckFailure{
			Property: "location",
			Reason: "missing required property 'location'. Either set it explicitly or configure it with " +
				"'pulumi config set azure-native:location <value>'.",
		})
	}
	return response, nil
}

// autoName keeps the name that the resource has, or makes one of the logical name.
func autoName(urn resource.URN, k *kind, old property.Value) property.Value {
	if !old.IsNull() {
		return old
	}
	sum := sha256.Sum256([]byte(urn))
	if k.armType == assignmentType {
		return property.New(uuid.NewSHA1(uuid.NameSpaceURL, sum[:]).String())
	}
	const suffix = 8
	return property.New(urn.Name() + hex.EncodeToString(sum[:])[:suffix])
}

// findLocation: the old one, the configured one, the resource group's.
func (c *Cloud) findLocation(ctx context.Context, old property.Map, group property.Value) (property.Value, error) {
	if v := old.Get("location"); !v.IsNull() {
		return v, nil
	}
	if configured := c.defaultLocation(); configured != "" {
		return property.New(configured), nil
	}
	if !group.IsString() {
		return group, nil // not known yet, or not there
	}
	location := property.Value{}
	err := c.store.View(ctx, func(w *world.World) error {
		id := arm.ID{Subscription: SubscriptionID, Group: group.AsString()}
		if r := w.Find(id.GroupID()); r != nil && tree.String(r.Outputs, "location") != "" {
			location = property.New(tree.String(r.Outputs, "location"))
		}
		return nil
	})
	return location, err
}

// diff compares inputs with inputs, as azure-native does. A replacement deletes first unless the name is random, and the
// names of this emulator never are.
func (c *Cloud) diff(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	k, err := c.kindOf(req.Urn)
	if err != nil {
		return p.DiffResponse{}, err
	}
	old, now := req.OldInputs, req.Inputs
	if a, b := old.Get("location"), now.Get("location"); a.IsString() && b.IsString() && normalLocation(a.AsString()) == normalLocation(b.AsString()) {
		old = old.Set("location", b)
	}
	detailed, err := props.Comparison{Replaces: props.At(k.replacePaths...), Ignore: req.IgnoreChanges}.Diff(old, now)
	if err != nil {
		return p.DiffResponse{}, err
	}
	return p.DiffResponse{
		HasChanges:          len(detailed) > 0,
		DetailedDiff:        detailed,
		DeleteBeforeReplace: props.Replacing(detailed),
	}, nil
}
