// Package schema knows which properties a Pulumi resource type has, from the Go types of its SDK: no list of
// properties is kept by hand, so it is as complete and as current as the SDK is.
//
// An SDK's FooArgs has a method ElementType that gives the plain struct behind it. Its fields carry pulumi tags;
// a field that is no pointer, slice, map or interface must be set.
package schema

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Schema is the shape of a set of properties.
type Schema struct {
	typ    reflect.Type
	fields map[string]reflect.Type
}

// Fault is one property that does not fit.
type Fault struct {
	// Path is the property's, such as subnets[0].addressPrefix.
	Path string
	// Reason says what is wrong with it and what would be right.
	Reason string
}

type elementTyper interface{ ElementType() reflect.Type }

// Of gives the shape of a resource's or a function's arguments, such as network.VirtualNetworkArgs{}.
func Of(args any) *Schema {
	return of(plain(reflect.TypeOf(args)))
}

// Outputs gives the shape of a resource's outputs, such as network.VirtualNetwork{}.
func Outputs(resource any) *Schema {
	s := of(indirect(reflect.TypeOf(resource)))
	for name, t := range s.fields {
		s.fields[name] = plain(t)
	}
	return s
}

func of(t reflect.Type) *Schema { return &Schema{typ: t, fields: fieldsOf(t)} }

// plain gives the type that a Pulumi Input, Output or Args type stands for.
func plain(t reflect.Type) reflect.Type {
	t = indirect(t)
	if typed, ok := reflect.New(t).Elem().Interface().(elementTyper); ok {
		return indirect(typed.ElementType())
	}
	return t
}

func indirect(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("pulumi"), ","); name != "" {
			fields[name] = f.Type
		}
	}
	return fields
}

// Names are the properties, sorted.
func (s *Schema) Names() []string { return slices.Sorted(maps.Keys(s.fields)) }

// Has says whether there is a property of that name.
func (s *Schema) Has(name string) bool {
	_, ok := s.fields[name]
	return ok
}

// Required are the properties that must be set, sorted.
func (s *Schema) Required() []string {
	var names []string
	for _, name := range s.Names() {
		if required(s.fields[name]) {
			names = append(names, name)
		}
	}
	return names
}

func required(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return false
	default:
		return true
	}
}

// Check gives every fault in m: properties that do not exist, are missing or are of the wrong kind, at any depth.
// Values that are not known yet fit everywhere; secrets are looked into, but never quoted.
func (s *Schema) Check(m property.Map) []Fault {
	return checkFields("", s.fields, m)
}

func checkFields(path string, fields map[string]reflect.Type, m property.Map) []Fault {
	var faults []Fault
	for name, value := range m.AllStable {
		t, ok := fields[name]
		if !ok {
			if !value.IsNull() && !strings.HasPrefix(name, "__") { // the engine's own
				faults = append(faults, Fault{join(path, name), unknown(name, fields)})
			}
			continue
		}
		faults = append(faults, checkValue(join(path, name), t, value)...)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if required(fields[name]) && m.Get(name).IsNull() {
			faults = append(faults, Fault{join(path, name), fmt.Sprintf("missing required property '%s'", name)})
		}
	}
	return faults
}

func checkValue(path string, t reflect.Type, v property.Value) []Fault {
	t = indirect(t)
	if v.IsNull() || v.IsComputed() || t.Kind() == reflect.Interface {
		return nil
	}
	switch {
	case t.Kind() == reflect.Struct && v.IsMap():
		return checkFields(path, fieldsOf(t), v.AsMap())
	case t.Kind() == reflect.Map && v.IsMap():
		var faults []Fault
		for key, element := range v.AsMap().AllStable {
			faults = append(faults, checkValue(join(path, key), t.Elem(), element)...)
		}
		return faults
	case t.Kind() == reflect.Slice && v.IsArray():
		var faults []Fault
		for i, element := range v.AsArray().All {
			faults = append(faults, checkValue(fmt.Sprintf("%s[%d]", path, i), t.Elem(), element)...)
		}
		return faults
	case scalar(t, v):
		return nil
	default:
		return []Fault{{path, fmt.Sprintf("expected %s, got %s", want(t), got(v))}}
	}
}

func scalar(t reflect.Type, v property.Value) bool {
	switch t.Kind() {
	case reflect.String:
		return v.IsString()
	case reflect.Bool:
		return v.IsBool()
	case reflect.Int:
		return v.IsNumber() && v.AsNumber() == float64(int64(v.AsNumber()))
	case reflect.Float64:
		return v.IsNumber()
	default:
		return false
	}
}

func want(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "a boolean"
	default:
		return "a " + t.Kind().String()
	}
}

func got(v property.Value) string {
	switch {
	case v.IsString():
		return "a string"
	case v.IsNumber():
		return "a number"
	case v.IsBool():
		return "a boolean"
	case v.IsArray():
		return "a list"
	case v.IsMap():
		return "an object"
	case v.IsResourceReference():
		return "a resource"
	default:
		return "an asset"
	}
}

// farthest is the edit distance up to which a name is taken for a misspelling.
const farthest = 3

func unknown(name string, fields map[string]reflect.Type) string {
	best, distance := "", farthest+1
	for _, known := range slices.Sorted(maps.Keys(fields)) {
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(known), nil); d < distance {
			best, distance = known, d
		}
	}
	if best == "" {
		return fmt.Sprintf("unknown property '%s'", name)
	}
	return fmt.Sprintf("unknown property '%s'; did you mean '%s'?", name, best)
}

func join(path, name string) string {
	if strings.ContainsAny(name, `."[]/ `) {
		return fmt.Sprintf("%s[%q]", path, name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
