// Package tree reads nested plain values: maps, lists, strings, numbers and booleans, as JSON has them.
// What is not there, or is of another kind, reads as the zero value.
package tree

import (
	"fmt"
	"maps"
	"slices"
)

// Get follows the keys into nested maps.
func Get(v any, path ...string) any {
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// String is the string at the path.
func String(v any, path ...string) string {
	s, _ := Get(v, path...).(string)
	return s
}

// Bool is the boolean at the path.
func Bool(v any, path ...string) bool {
	b, _ := Get(v, path...).(bool)
	return b
}

// Int is the number at the path, and whether there is one.
func Int(v any, path ...string) (int, bool) {
	switch n := Get(v, path...).(type) {
	case float64:
		return int(n), true
	case int64:
		return int(n), true
	case int:
		return n, true
	}
	return 0, false
}

// List is the list at the path.
func List(v any, path ...string) []any {
	l, _ := Get(v, path...).([]any)
	return l
}

// Strings are the strings in the list at the path.
func Strings(v any, path ...string) []string {
	var out []string
	for _, item := range List(v, path...) {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Map is the map at the path.
func Map(v any, path ...string) map[string]any {
	m, _ := Get(v, path...).(map[string]any)
	return m
}

// Clone copies v deeply.
func Clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return CloneMap(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = Clone(v[i])
		}
		return out
	default:
		return v
	}
}

// CloneMap copies m deeply. It never returns nil.
func CloneMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for key, value := range m {
		out[key] = Clone(value)
	}
	return out
}

// Walk calls fn for every string in v with its path, maps in the order of their keys. fn returns whether to go on.
func Walk(v any, fn func(path, s string) bool) bool { return walk("", v, fn) }

func walk(path string, v any, fn func(path, s string) bool) bool {
	switch v := v.(type) {
	case string:
		return fn(path, v)
	case []any:
		for i := range v {
			if !walk(fmt.Sprintf("%s[%d]", path, i), v[i], fn) {
				return false
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			below := key
			if path != "" {
				below = path + "." + key
			}
			if !walk(below, v[key], fn) {
				return false
			}
		}
	}
	return true
}
