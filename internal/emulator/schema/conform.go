package schema

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Conform gives the part of m that the schema knows, in the shape the schema gives it. Providers return inputs
// as outputs, and some change shape on the way: identities are listed as strings and come back as a map.
func (s *Schema) Conform(m property.Map) property.Map {
	return conformFields(s.fields, m)
}

func conformFields(fields map[string]reflect.Type, m property.Map) property.Map {
	out := map[string]property.Value{}
	for name, value := range m.All {
		if t, ok := fields[name]; ok && !value.IsNull() {
			out[name] = conformValue(t, value)
		}
	}
	return property.NewMap(out)
}

func conformValue(t reflect.Type, v property.Value) property.Value {
	t = indirect(t)
	switch {
	case t.Kind() == reflect.Struct && v.IsMap():
		return property.WithGoValue(v, conformFields(fieldsOf(t), v.AsMap()))
	case t.Kind() == reflect.Map && v.IsMap():
		out := map[string]property.Value{}
		for key, element := range v.AsMap().All {
			out[key] = conformValue(t.Elem(), element)
		}
		return property.WithGoValue(v, property.NewMap(out))
	case t.Kind() == reflect.Slice && v.IsArray():
		out := make([]property.Value, 0, v.AsArray().Len())
		for _, element := range v.AsArray().All {
			out = append(out, conformValue(t.Elem(), element))
		}
		return property.WithGoValue(v, property.NewArray(out))
	case t.Kind() == reflect.Map && v.IsArray():
		return property.WithGoValue(v, keyed(v.AsArray()))
	default:
		return v
	}
}

// keyed makes a map of a list of names. A name that is not known yet makes the whole map unknown, so it is left out:
// the engine fills it in when it is.
func keyed(list property.Array) property.Map {
	out := map[string]property.Value{}
	for _, name := range list.All {
		if name.IsString() {
			out[name.AsString()] = property.New(property.Map{})
		}
	}
	return property.NewMap(out)
}

// Preview gives the outputs as far as inputs tell them. Every other output, at any depth that the inputs reach, is
// marked as not known yet, as azure-native does it.
func (s *Schema) Preview(inputs property.Map) property.Map {
	return previewFields(s.fields, inputs)
}

func previewFields(fields map[string]reflect.Type, m property.Map) property.Map {
	out := map[string]property.Value{}
	for name, t := range fields {
		value := m.Get(name)
		if value.IsNull() {
			out[name] = property.New(property.Computed)
			continue
		}
		out[name] = previewValue(t, value)
	}
	return property.NewMap(out)
}

func previewValue(t reflect.Type, v property.Value) property.Value {
	t = indirect(t)
	switch {
	case t.Kind() == reflect.Struct && v.IsMap():
		return property.WithGoValue(v, previewFields(fieldsOf(t), v.AsMap()))
	case t.Kind() == reflect.Map && v.IsMap() && t.Elem().Kind() == reflect.Struct:
		out := map[string]property.Value{}
		for key, element := range v.AsMap().All {
			out[key] = previewValue(t.Elem(), element)
		}
		return property.WithGoValue(v, property.NewMap(out))
	case t.Kind() == reflect.Slice && v.IsArray():
		out := make([]property.Value, 0, v.AsArray().Len())
		for _, element := range v.AsArray().All {
			out = append(out, previewValue(t.Elem(), element))
		}
		return property.WithGoValue(v, property.NewArray(out))
	case t.Kind() == reflect.Map && v.IsArray():
		return property.WithGoValue(v, property.Computed)
	default:
		return v
	}
}
