package apimodel

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// schemaDialect is the version of JSON Schema that is written:
// https://json-schema.org/draft/2020-12
const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// JSONSchema returns the format as a JSON Schema (draft 2020-12), for editors
// and their completion. It is made from the Go types and the verdicts, so it
// knows every key that Load knows; those without effect are deprecated in it.
//
// It is stricter than Load: keys have their canonical case, a blank is no null,
// and numbers have no quotes but where AKS Engine wrote them. It knows nothing
// of rules that span fields; those are Validate's.
func JSONSchema() []byte {
	root := schemaOf(reflect.TypeFor[Definition]())
	root.Dialect, root.Title = schemaDialect, "Cluster definition, apiVersion "+APIVersion
	root.Description = "A Kubernetes cluster on Azure, in AKS Engine's format."
	root.Defs = map[string]*jsonSchema{}
	for _, o := range objects() {
		if o.where != "" {
			root.Defs[o.goType.Name()] = schemaOf(o.goType)
		}
	}
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("a schema always marshals: " + err.Error())
	}
	return append(data, '\n')
}

// jsonSchema is as much of JSON Schema as the format needs.
type jsonSchema struct {
	Dialect     string `json:"$schema,omitempty"`
	Ref         string `json:"$ref,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Deprecated  bool   `json:"deprecated,omitempty"`
	// Type is a string, or a list of them.
	Type    any      `json:"type,omitempty"`
	Enum    []any    `json:"enum,omitempty"`
	Pattern string   `json:"pattern,omitempty"`
	Minimum *float64 `json:"minimum,omitempty"`
	Maximum *float64 `json:"maximum,omitempty"`

	Items      *jsonSchema            `json:"items,omitempty"`
	Properties map[string]*jsonSchema `json:"properties,omitempty"`
	Required   []string               `json:"required,omitempty"`
	// AdditionalProperties is false, or the schema of an object's free keys.
	AdditionalProperties any `json:"additionalProperties,omitempty"`

	Defs map[string]*jsonSchema `json:"$defs,omitempty"`
}

// schemaOf is the schema of an object that has verdicts.
func schemaOf(t reflect.Type) *jsonSchema {
	o := objectOf(t)
	s := &jsonSchema{Title: lowerFirst(t.Name()), Type: "object", AdditionalProperties: false, Properties: map[string]*jsonSchema{}}
	for _, e := range o.entries {
		s.Properties[e.key] = e.schema(t)
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && !f.Anonymous && !strings.HasPrefix(options, "omit") && !flagFills(t, name) {
			s.Required = append(s.Required, name)
		}
	}
	if t == reflect.TypeFor[Properties]() {
		s.Required = append(s.Required, "masterProfile")
	}
	return s
}

// flagFills: what a flag can fill need not stand in the file.
func flagFills(t reflect.Type, key string) bool {
	return t == reflect.TypeFor[MasterProfile]() && key == "dnsPrefix"
}

// schema is that of a key in an object of the Go type.
func (e entry) schema(owner reflect.Type) *jsonSchema {
	var s *jsonSchema
	if e.shape != "" {
		s = e.retiredSchema()
	} else {
		f, ok := fieldOf(owner, e.key)
		if !ok {
			panic("the key " + e.key + " has a verdict and no field in " + owner.Name())
		}
		s = valueSchema(owner.FieldByIndex(f.index).Type, f.quoted)
		limitOf(owner, e.key).apply(s)
	}
	s.Title, s.Description = e.key, e.describe()
	return s
}

// describe says what becomes of a key, in sentences.
func (e entry) describe() string {
	text := e.reason
	if e.verdict == Unsupported {
		text = "not supported: " + text
	}
	text = capitalised(text) + "."
	if e.remedy != "" {
		text += " " + capitalised(e.remedy) + "."
	}
	if e.ours {
		text += " AKS Engine lacked this key."
	}
	return text
}

// valueSchema is the schema of a Go type's values.
func valueSchema(t reflect.Type, quoted bool) *jsonSchema {
	switch t.Kind() {
	case reflect.Pointer:
		return valueSchema(t.Elem(), quoted)
	case reflect.Struct:
		return &jsonSchema{Ref: "#/$defs/" + t.Name()}
	case reflect.Slice:
		return &jsonSchema{Type: "array", Items: valueSchema(t.Elem(), false)}
	case reflect.Map:
		return &jsonSchema{Type: "object", AdditionalProperties: valueSchema(t.Elem(), false)}
	case reflect.Int:
		if quoted {
			return &jsonSchema{Type: []string{"integer", "string"}, Pattern: "^[0-9]+$"}
		}
		return &jsonSchema{Type: "integer"}
	case reflect.Float64:
		return &jsonSchema{Type: "number"}
	case reflect.Bool:
		return &jsonSchema{Type: "boolean"}
	default:
		return &jsonSchema{Type: "string"}
	}
}

// retiredSchema is the schema of a key without a field: its shape, and the keys
// of the objects in it.
func (e entry) retiredSchema() *jsonSchema {
	s := &jsonSchema{Deprecated: e.verdict != Supported}
	switch e.shape {
	case text:
		s.Type = "string"
		s.Enum = e.words()
	case truth:
		s.Type = "boolean"
	case number:
		s.Type = "number"
	case list:
		s.Type = "array"
		if len(e.entries) > 0 {
			s.Items = e.retiredObject()
		}
	case mapping:
		if len(e.entries) == 0 {
			s.Type = "object"
			break
		}
		s = e.retiredObject()
		s.Deprecated = e.verdict != Supported
	case anything: // its values are not looked at
	}
	return s
}

func (e entry) retiredObject() *jsonSchema {
	s := &jsonSchema{Type: "object", AdditionalProperties: false, Properties: map[string]*jsonSchema{}}
	for _, child := range e.entries {
		s.Properties[child.key] = child.retiredSchema()
		s.Properties[child.key].Title, s.Properties[child.key].Description = child.key, child.describe()
	}
	return s
}

// words are the values that a retired key takes; empty text asks for nothing.
func (e entry) words() []any {
	if len(e.values) == 0 {
		return nil
	}
	words := []any{""}
	for _, value := range slices.Concat(e.values, e.quiet) {
		if !slices.Contains(words, any(value)) {
			words = append(words, value)
		}
	}
	return words
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
