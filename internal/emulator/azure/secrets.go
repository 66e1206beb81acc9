package azure

import (
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// declare gives the inputs as the world keeps them: what is secret, and what Azure does not give back, as a digest.
func declare(k *kind, inputs property.Map) map[string]any {
	declared := tree.Map(redact(property.New(inputs)))
	for _, text := range k.hidden {
		eachAt(declared, strings.Split(text, "."), func(m map[string]any, key string) {
			if value, ok := m[key]; ok && !isDigest(value) {
				m[key] = digest(value)
			}
		})
	}
	return declared
}

// eachAt calls fn for every map that has, or could have, the last name of a path in it. Names that end with [] are lists.
func eachAt(v any, path []string, fn func(m map[string]any, key string)) {
	name, list := strings.CutSuffix(path[0], "[]")
	switch m := tree.Map(v); {
	case m == nil:
	case len(path) == 1:
		fn(m, name)
	case list:
		for _, item := range tree.List(m, name) {
			eachAt(item, path[1:], fn)
		}
	default:
		eachAt(m[name], path[1:], fn)
	}
}

func redact(v property.Value) any {
	switch {
	case v.Secret() && !v.IsNull():
		return digest(props.Plain(v.WithSecret(false)))
	case v.IsMap():
		out := map[string]any{}
		for key, element := range v.AsMap().All {
			if !element.IsNull() && !element.IsComputed() && !strings.HasPrefix(key, "__") {
				out[key] = redact(element)
			}
		}
		return out
	case v.IsArray():
		out := make([]any, 0, v.AsArray().Len())
		for _, element := range v.AsArray().All {
			out = append(out, redact(element))
		}
		return out
	default:
		return props.Plain(v)
	}
}

func digest(plain any) string {
	if s, ok := plain.(string); ok {
		return world.Digest(s)
	}
	data, err := json.Marshal(plain)
	if err != nil { // plain values always encode
		return world.Digest("")
	}
	return world.Digest(string(data))
}

const digestPrefix = "sha256:"

func isDigest(v any) bool {
	s, ok := v.(string)
	const hexadecimal = 64
	return ok && strings.HasPrefix(s, digestPrefix) && len(s) == len(digestPrefix)+hexadecimal
}

// reveal gives a stored value with the secrets that live still has: where the world has the digest of what live has at
// the same place, live's value returns, marked as secret.
func reveal(stored any, live property.Value) property.Value {
	if isDigest(stored) && !live.IsNull() && digest(props.Plain(live)) == stored {
		return live
	}
	switch stored := stored.(type) {
	case map[string]any:
		out := map[string]property.Value{}
		for key, value := range stored {
			below := property.Value{}
			if live.IsMap() {
				below = live.AsMap().Get(key)
			}
			out[key] = reveal(value, below)
		}
		return property.New(out)
	case []any:
		out := make([]property.Value, len(stored))
		for i, value := range stored {
			below := property.Value{}
			if live.IsArray() && i < live.AsArray().Len() {
				below = live.AsArray().Get(i)
			}
			out[i] = reveal(value, below)
		}
		return property.New(out)
	default:
		return props.FromPlain(stored)
	}
}
