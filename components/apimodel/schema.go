package apimodel

import (
	"fmt"
	"reflect"
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

// unknownKey says what is wrong with a key that an object does not take. A
// setting of AKS Engine that is not supported is told from a slip of the pen.
func unknownKey(t reflect.Type, key string) string {
	for _, name := range objectOf(t).unsupported {
		if strings.EqualFold(name, key) {
			return fmt.Sprintf("%q is an AKS Engine setting that is not supported yet", name)
		}
	}
	return fmt.Sprintf("unknown key %q", key)
}

// unknownKeyRemedy says what to do about an unknown key.
func unknownKeyRemedy(t reflect.Type, key string) string {
	own := objectOf(t)
	for _, name := range own.unsupported {
		if strings.EqualFold(name, key) {
			return fmt.Sprintf("remove %q", key)
		}
	}
	candidates := namesOf(t)
	if name := closest(key, append(candidates, own.unsupported...)); name != "" {
		return fmt.Sprintf("did you mean %q?", name)
	}
	var owners []string
	for _, other := range objects() {
		if _, ok := fieldOf(other.goType, key); ok {
			owners = append(owners, other.where)
		}
	}
	if len(owners) > 0 {
		return "move it: it belongs in " + strings.Join(owners, " or ")
	}
	return "remove it, or use one of: " + strings.Join(candidates, ", ")
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
