package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// PropertyChange is what happens to one property of a resource. The values are
// for reading: secrets are masked in them and long ones are a hash.
type PropertyChange struct {
	// Path is the property's, for example securityRules[0].priority.
	Path string `json:"path"`
	// Kind is add, update or delete.
	Kind string `json:"kind"`
	// Replaces says that this property is why the resource is replaced.
	Replaces bool `json:"replaces,omitempty"`
	// Old and New are the values; one of them is empty for add and delete.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Lines compares long texts, decoded, line by line.
	Lines *LineDiff `json:"lines,omitempty"`
}

// propertyChanges lists what a step changes: what the provider says where it
// says it in detail, else what differs between the inputs.
func propertyChanges(m apitype.StepEventMetadata) []PropertyChange {
	if m.Old == nil || m.New == nil {
		return nil
	}
	var out []PropertyChange
	if len(m.DetailedDiff) == 0 {
		compare("", m.Old.Inputs, m.New.Inputs, func(path string, old, is any) {
			out = append(out, change(path, old, is, false))
		})
	}
	for path, d := range m.DetailedDiff {
		old := m.Old.Inputs
		if !d.InputDiff {
			old = m.Old.Outputs
		}
		was, is := lookup(old, path), lookup(m.New.Inputs, path)
		if was == nil && !d.InputDiff {
			was = lookup(m.Old.Inputs, path)
		}
		c := change(path, was, is, strings.HasSuffix(string(d.Kind), "-replace"))
		c.Kind = strings.TrimSuffix(string(d.Kind), "-replace")
		out = append(out, c)
	}
	for i := range out {
		if root, _, _ := strings.Cut(out[i].Path, "."); slices.Contains(m.Keys, root) {
			out[i].Replaces = true
		}
	}
	slices.SortFunc(out, func(a, b PropertyChange) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func change(path string, old, is any, replaces bool) PropertyChange {
	c := PropertyChange{Path: path, Replaces: replaces, Kind: "update"}
	switch {
	case old == nil:
		c.Kind = "add"
	case is == nil:
		c.Kind = "delete"
	}
	opaque := isOpaque(path)
	if old != nil {
		c.Old = show(old, opaque)
	}
	if is != nil {
		c.New = show(is, opaque)
	}
	if was, now := text(old), text(is); opaque || len(was) > longest || len(now) > longest || strings.Contains(was+now, "\n") {
		c.Lines = longTexts(old, is)
	}
	return c
}

// compare calls differs for every leaf in which two values differ.
func compare(path string, old, is any, differs func(path string, old, is any)) {
	oldMap, wasMap := old.(map[string]any)
	newMap, isMap := is.(map[string]any)
	oldList, wasList := old.([]any)
	newList, isList := is.([]any)
	switch {
	case wasMap && isMap:
		keys := maps.Clone(oldMap)
		maps.Copy(keys, newMap)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			// The engine's own notes begin with two underscores.
			if !strings.HasPrefix(k, "__") {
				compare(join(path, k), oldMap[k], newMap[k], differs)
			}
		}
	case wasList && isList:
		for i := range max(len(oldList), len(newList)) {
			compare(path+"["+strconv.Itoa(i)+"]", at(oldList, i), at(newList, i), differs)
		}
	default:
		if text(old) != text(is) {
			differs(path, old, is)
		}
	}
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	if strings.ContainsAny(key, `.[]"/`) {
		return path + "[" + strconv.Quote(key) + "]"
	}
	return path + "." + key
}

// lookup follows a property path, as the engine writes it, into a value.
func lookup(from map[string]any, path string) any {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		return nil
	}
	var v any = from
	for _, key := range parsed {
		switch key := key.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[key]
		case int:
			list, ok := v.([]any)
			if !ok {
				return nil
			}
			v = at(list, key)
		}
	}
	return v
}

const (
	// unknown is how the engine writes a value that is not known yet.
	unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	// longest is how many characters of a value are shown.
	longest = 120
)

// opaqueNames are properties whose value says nothing to a reader.
var opaqueNames = []string{"customData", "userData", "commandToExecute", "kubeconfig"}

func isOpaque(path string) bool {
	name := path[strings.LastIndexByte(path, '.')+1:]
	return slices.Contains(opaqueNames, name)
}

// show writes a value for reading.
func show(v any, opaque bool) string {
	s, isString := v.(string)
	switch {
	case s == unknown:
		return "(known after up)"
	case s == "[secret]":
		return s
	case opaque || isString && strings.Contains(s, "\n"):
		return digest(text(v))
	case isString:
		s = strconv.Quote(s)
	default:
		s = text(v)
	}
	s = strings.ReplaceAll(s, `"`+unknown+`"`, "(known after up)")
	if utf8.RuneCountInString(s) > longest {
		return digest(text(v))
	}
	return s
}

// digest stands for a long value: two that differ have different ones.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("(%d bytes, sha256 %s)", len(s), hex.EncodeToString(sum[:4]))
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if v == nil {
		return ""
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
