// Package manifest turns YAML texts into API objects.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// Render fills in a template over data and reads the objects in it, which lines
// of three dashes separate. The template function json quotes any value.
func Render(text string, data any) ([]*unstructured.Unstructured, error) {
	t, err := template.New("manifest").Option("missingkey=error").Funcs(template.FuncMap{
		"json": func(v any) (string, error) {
			quoted, err := json.Marshal(v)
			return string(quoted), err
		},
	}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("render manifest: %w", err)
	}
	var objects []*unstructured.Unstructured
	for doc := range strings.SplitSeq("\n"+out.String(), "\n---") {
		if strings.TrimSpace(doc) == "" {
			continue
		}
		converted, err := utilyaml.ToJSON([]byte(doc))
		if err != nil {
			return nil, fmt.Errorf("read manifest: %w", err)
		}
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(converted); err != nil {
			return nil, fmt.Errorf("read manifest: %w", err)
		}
		objects = append(objects, u)
	}
	return objects, nil
}
