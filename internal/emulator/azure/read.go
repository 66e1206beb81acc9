package azure

import (
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// readInputs are the inputs that a read gives back, as azure-native works them out. It cannot read inputs, so it holds the
// outputs that the state has against those of now, both without what is no input; what differs is laid over the inputs. So
// a resource that the state has no outputs of gets all that Azure answers for inputs, in Azure's own form.
// https://github.com/pulumi/pulumi-azure-native/blob/master/provider/pkg/provider/provider.go (Read)
func (k *kind) readInputs(r *world.Resource, known, before, now property.Map) property.Map {
	if known.Len() == 0 { // it is imported
		return reveal(r.Inputs, property.Value{}).AsMap()
	}
	return follow(known, k.projection(before, known), k.projection(now, known))
}

// projection is the part of a resource's outputs that inputs can have. Children that have types of their own count only
// where they are declared with the resource.
func (k *kind) projection(outputs, known property.Map) property.Map {
	part := k.argSchema.Conform(outputs).AsMap()
	for name := range part {
		if _, declared := known.GetOk(name); !declared && slices.Contains(k.kept, name) {
			delete(part, name)
		}
	}
	return property.NewMap(part)
}

// follow lays the difference between two maps over a third.
func follow(known, before, now property.Map) property.Map {
	out := known.AsMap()
	for name := range before.All {
		if _, still := now.GetOk(name); !still {
			delete(out, name)
		}
	}
	for name, value := range now.All {
		old, had := before.GetOk(name)
		if had && same(old, value) {
			continue
		}
		if mine, ok := known.GetOk(name); had && ok {
			value = followValue(mine, old, value)
		}
		out[name] = value
	}
	return property.NewMap(out)
}

// followValue compares maps by their keys and lists by place; anything else is as it is now.
func followValue(mine, before, now property.Value) property.Value {
	switch {
	case mine.IsMap() && before.IsMap() && now.IsMap():
		return property.New(follow(mine.AsMap(), before.AsMap(), now.AsMap())).WithSecret(mine.Secret())
	case mine.IsArray() && before.IsArray() && now.IsArray():
		var out []property.Value
		for i, value := range now.AsArray().All {
			if i < mine.AsArray().Len() && i < before.AsArray().Len() {
				value = followValue(mine.AsArray().Get(i), before.AsArray().Get(i), value)
			}
			out = append(out, value)
		}
		return property.New(out).WithSecret(mine.Secret())
	case same(before, now):
		return mine
	default:
		return now
	}
}

func same(a, b property.Value) bool { return reflect.DeepEqual(props.Plain(a), props.Plain(b)) }
