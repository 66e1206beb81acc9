// Package props reads, builds and compares the property values that the Pulumi
// engine sends to a provider.
//
// The emulated providers keep their own data as plain Go values. This package
// is the border: secrets and unknown values live on its far side.
package props

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Plain turns a property value into a plain Go value: nil, bool, float64,
// string, []any or map[string]any. Secrets lose their mark. Unknown values and
// nulls inside a map are left out; in a list they become nil.
func Plain(v property.Value) any {
	switch {
	case v.IsBool():
		return v.AsBool()
	case v.IsNumber():
		return v.AsNumber()
	case v.IsString():
		return v.AsString()
	case v.IsArray():
		list := make([]any, 0, v.AsArray().Len())
		for _, e := range v.AsArray().All {
			list = append(list, Plain(e))
		}
		return list
	case v.IsMap():
		return PlainMap(v.AsMap())
	default:
		return nil
	}
}

// PlainMap is Plain for a map.
func PlainMap(m property.Map) map[string]any {
	plain := make(map[string]any, m.Len())
	for k, v := range m.All {
		if v.IsNull() || v.IsComputed() {
			continue
		}
		plain[k] = Plain(v)
	}
	return plain
}

// FromPlain is the inverse of Plain. It also takes the integer types and string
// collections that Go code naturally produces. Anything else becomes null.
func FromPlain(v any) property.Value {
	switch v := v.(type) {
	case property.Value:
		return v
	case bool:
		return property.New(v)
	case string:
		return property.New(v)
	case float64:
		return property.New(v)
	case int:
		return property.New(float64(v))
	case int64:
		return property.New(float64(v))
	case []string:
		list := make([]property.Value, len(v))
		for i, e := range v {
			list[i] = property.New(e)
		}
		return property.New(list)
	case []any:
		list := make([]property.Value, len(v))
		for i, e := range v {
			list[i] = FromPlain(e)
		}
		return property.New(list)
	case map[string]any:
		return property.New(FromPlainMap(v))
	default:
		return property.New(property.Null)
	}
}

// FromPlainMap is FromPlain for a map.
func FromPlainMap(m map[string]any) property.Map {
	values := make(map[string]property.Value, len(m))
	for k, v := range m {
		values[k] = FromPlain(v)
	}
	return property.NewMap(values)
}

// Decode fills a struct with JSON tags from m. Unknown values stay at their
// zero value. The error names the field that has the wrong type, and never a value.
func Decode(m property.Map, into any) error {
	data, err := json.Marshal(PlainMap(m))
	if err != nil {
		return fmt.Errorf("encode properties: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("decode properties: %w", err)
	}
	return nil
}

// MarkSecrets returns v with every value marked secret that is secret at the
// same place in like. A secret map or list makes the whole value secret.
func MarkSecrets(v, like property.Value) property.Value {
	if like.Secret() {
		return v.WithSecret(true)
	}
	switch {
	case v.IsMap() && like.IsMap():
		return property.WithGoValue(v, MarkSecretsMap(v.AsMap(), like.AsMap()))
	case v.IsArray() && like.IsArray():
		list := v.AsArray().AsSlice()
		for i := range list {
			if i < like.AsArray().Len() {
				list[i] = MarkSecrets(list[i], like.AsArray().Get(i))
			}
		}
		return property.WithGoValue(v, list)
	}
	return v
}

// MarkSecretsMap is MarkSecrets for a map.
func MarkSecretsMap(m, like property.Map) property.Map {
	values := m.AsMap()
	for k, l := range like.All {
		if v, ok := values[k]; ok {
			values[k] = MarkSecrets(v, l)
		}
	}
	return property.NewMap(values)
}
