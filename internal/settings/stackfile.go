package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// StackFile is what a stack's config file says about the cluster.
type StackFile struct {
	// Plain holds the values that are not secret, by key without namespace.
	// Lists and maps are JSON.
	Plain map[string]string
	// Encrypted lists the keys whose values are secrets. Reading those takes
	// the stack's own key.
	Encrypted []string
	// Ciphertext holds their values as they stand in the file.
	Ciphertext map[string]string
}

// ReadStackFile reads Pulumi.<stack>.yaml. A file that is not there is an empty
// one.
func ReadStackFile(path string) (StackFile, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return ParseStackFile(path, nil)
	}
	if err != nil {
		return StackFile{}, fmt.Errorf("reading the stack's config: %w", err)
	}
	return ParseStackFile(path, data)
}

// ParseStackFile is ReadStackFile for a file that has been read. The path is for
// messages.
func ParseStackFile(path string, data []byte) (StackFile, error) {
	out := StackFile{Plain: map[string]string{}, Ciphertext: map[string]string{}}
	var file struct {
		Config map[string]any `json:"config"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return out, fmt.Errorf("%s is no YAML: %w", path, err)
	}
	for name, v := range file.Config {
		key, ours := strings.CutPrefix(name, stacks.Namespace+":")
		if !ours {
			continue
		}
		if isEncrypted(v) {
			out.Encrypted = append(out.Encrypted, key)
			if text, err := configText(v); err == nil {
				out.Ciphertext[key] = text
			}
			continue
		}
		text, err := configText(v)
		if err != nil {
			return out, fmt.Errorf("%s: %s: %w", path, name, err)
		}
		out.Plain[key] = text
	}
	slices.Sort(out.Encrypted)
	return out, nil
}

// isEncrypted says whether a value is, or has in it, a {secure: …}.
func isEncrypted(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, secure := v["secure"].(string); secure && len(v) == 1 {
			return true
		}
		for _, inner := range v {
			if isEncrypted(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, isEncrypted)
	}
	return false
}

func configText(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	data, err := json.Marshal(v)
	return string(data), err
}
