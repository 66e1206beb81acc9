package apimodel

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// field is a key that an object of the definition takes.
type field struct {
	name  string
	index []int
	// quoted allows a number in quotes, as AKS Engine has it in one place.
	quoted bool
}

// fieldsOf returns the keys of an object's Go type.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" {
			continue
		}
		fields = append(fields, field{name: name, index: f.Index, quoted: f.Tag.Get("apimodel") == "quoted"})
	}
	return fields
}

// fieldOf finds a key in any case.
func fieldOf(t reflect.Type, key string) (field, bool) {
	for _, f := range fieldsOf(t) {
		if strings.EqualFold(f.name, key) {
			return f, true
		}
	}
	return field{}, false
}

func namesOf(t reflect.Type) []string {
	var names []string
	for _, f := range fieldsOf(t) {
		names = append(names, f.name)
	}
	return names
}

// unknownKeyRemedy says what to do about a key that an object does not take.
func unknownKeyRemedy(t reflect.Type, key string) string {
	known := namesOf(t)
	candidates := slices.Clone(known)
	for _, e := range objectOf(t).entries {
		candidates = append(candidates, e.key)
	}
	if name := closest(key, candidates); name != "" {
		return fmt.Sprintf("did you mean %q?", name)
	}
	var owners []string
	for _, other := range objects() {
		if _, ok := fieldOf(other.goType, key); ok && !slices.Contains(owners, other.where) {
			owners = append(owners, cmp.Or(other.where, "the definition itself"))
		}
	}
	if len(owners) > 0 {
		return "move it: it belongs in " + strings.Join(owners, " or ")
	}
	return "remove it, or use one of: " + strings.Join(known, ", ")
}

// longestKey bounds the search for a misspelt word: no key is longer.
const longestKey = 40

func abs(n int) int { return max(n, -n) }

// closest returns the candidate that a misspelt word most likely means, or "".
func closest(word string, candidates []string) string {
	best, nearest := "", max(2, min(len(word), longestKey)/4)+1
	for _, c := range candidates {
		if abs(len(word)-len(c)) >= nearest {
			continue
		}
		distance := levenshtein.Distance(strings.ToLower(word), strings.ToLower(c), nil)
		if distance < nearest && distance < len(c) {
			best, nearest = c, distance
		}
	}
	return best
}
