package bootstrap

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// marshalYAML writes documents as one YAML stream, indented by two. Lists are not
// indented: each line of a file inside a document would pay for it.
func marshalYAML(documents ...any) (string, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	enc.CompactSeqIndent()
	for _, doc := range documents {
		if err := enc.Encode(doc); err != nil {
			return "", fmt.Errorf("write %T as YAML: %w", doc, err)
		}
	}
	if err := enc.Close(); err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	return out.String(), nil
}
