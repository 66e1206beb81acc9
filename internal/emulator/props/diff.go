package props

import (
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Comparison says how two sets of inputs are compared.
type Comparison struct {
	// Replaces tells whether a change at this path needs a new resource. Nil: none does.
	Replaces func(path resource.PropertyPath) bool
	// Ignore lists property paths whose changes do not count, as in the resource
	// option ignoreChanges.
	Ignore []string
}

// Diff compares old with new inputs and reports every changed leaf with its
// kind. An unknown new value counts as a change. Whether a value is secret does
// not: the engine keeps that in the state by itself.
func (c Comparison) Diff(old, new property.Map) (map[string]p.PropertyDiff, error) {
	ignored := make([]resource.PropertyPath, 0, len(c.Ignore))
	for _, text := range c.Ignore {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return nil, fmt.Errorf("parse ignored path %q: %w", text, err)
		}
		ignored = append(ignored, path)
	}

	changes := resource.ToResourcePropertyMap(withoutMarks(old)).Diff(resource.ToResourcePropertyMap(withoutMarks(new)))
	diff := map[string]p.PropertyDiff{}
	for text, change := range plugin.NewDetailedDiffFromObjectDiff(changes, true) {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return nil, fmt.Errorf("parse changed path %q: %w", text, err)
		}
		if containedIn(path, ignored) {
			continue
		}
		replace := c.Replaces != nil && c.Replaces(path)
		diff[text] = p.PropertyDiff{Kind: kindOf(change.Kind, replace), InputDiff: true}
	}
	return diff, nil
}

// Replacing tells whether any change in diff needs a new resource.
func Replacing(diff map[string]p.PropertyDiff) bool {
	for _, d := range diff {
		if d.Kind == p.AddReplace || d.Kind == p.DeleteReplace || d.Kind == p.UpdateReplace {
			return true
		}
	}
	return false
}

// At builds a predicate for Comparison.Replaces: true at and below these paths.
func At(paths ...resource.PropertyPath) func(resource.PropertyPath) bool {
	return func(path resource.PropertyPath) bool {
		return containedIn(path, paths)
	}
}

func containedIn(path resource.PropertyPath, in []resource.PropertyPath) bool {
	for _, outer := range in {
		if outer.Contains(path) {
			return true
		}
	}
	return false
}

func kindOf(kind plugin.DiffKind, replace bool) p.DiffKind {
	switch {
	case kind == plugin.DiffAdd && replace:
		return p.AddReplace
	case kind == plugin.DiffAdd:
		return p.Add
	case kind == plugin.DiffDelete && replace:
		return p.DeleteReplace
	case kind == plugin.DiffDelete:
		return p.Delete
	case replace:
		return p.UpdateReplace
	default:
		return p.Update
	}
}

// withoutMarks drops secret marks and dependencies and keeps unknown values.
func withoutMarks(m property.Map) property.Map {
	values := make(map[string]property.Value, m.Len())
	for k, v := range m.All {
		if !v.IsNull() {
			values[k] = withoutMark(v)
		}
	}
	return property.NewMap(values)
}

func withoutMark(v property.Value) property.Value {
	v = v.WithSecret(false).WithDependencies(nil)
	switch {
	case v.IsMap():
		return property.WithGoValue(v, withoutMarks(v.AsMap()))
	case v.IsArray():
		list := v.AsArray().AsSlice()
		for i := range list {
			list[i] = withoutMark(list[i])
		}
		return property.WithGoValue(v, list)
	}
	return v
}
