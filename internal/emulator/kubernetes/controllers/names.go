package controllers

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// alphabet is the one that Kubernetes makes name suffixes of: nothing in it
// can spell a word or be mistaken for another character.
const alphabet = "bcdfghjklmnpqrstvwxz2456789"

// suffix derives a short name part from what it stands for.
func suffix(length int, parts ...any) string {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, parts...)
	n := h.Sum64()
	out := make([]byte, length)
	for i := range out {
		out[i] = alphabet[n%uint64(len(alphabet))]
		n /= uint64(len(alphabet))
	}
	return string(out)
}

// hashOf is a short text that changes when a pod template does.
func hashOf(template any) string {
	data, err := json.Marshal(template)
	if err != nil {
		return ""
	}
	return suffix(10, string(data))
}

func derivedUUID(parts ...any) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, parts...)).String()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
