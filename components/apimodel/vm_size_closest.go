package apimodel

import (
	"strings"

	"github.com/agext/levenshtein"
)

const (
	sizePrefix = "Standard_"
	// longestSize bounds the search: no size has a longer name.
	longestSize = 40
)

// closestSize returns the size that a misspelt one most likely means, or "".
// All names start alike, so only what follows is compared: otherwise the prefix
// would make any two short names look like each other.
func closestSize(name string) string {
	if len(name) > longestSize {
		return ""
	}
	word := strings.ToLower(name)
	if _, found := vmSizesTable().find(sizePrefix + word); found {
		word = strings.ToLower(sizePrefix) + word
	}
	rest, prefixed := strings.CutPrefix(word, strings.ToLower(sizePrefix))
	var best candidate
	for _, row := range vmSizesTable().rows {
		size := strings.ToLower(row[0])
		if prefixed {
			size = strings.TrimPrefix(size, strings.ToLower(sizePrefix))
		}
		if c := measured(rest, size); c.betterThan(best) {
			best = c
			best.name = row[0]
		}
	}
	return best.name
}

// candidate is a size that a misspelt name may mean.
type candidate struct {
	name string
	// distance is the number of wrong letters, shared that of right ones in front.
	distance, shared int
	near             bool
}

// measured compares two names. Short ones may have one wrong letter, longer
// ones two.
func measured(word, size string) candidate {
	limit := 1
	if len(word) > 5 {
		limit = 2
	}
	if abs(len(word)-len(size)) > limit {
		return candidate{}
	}
	shared := 0
	for shared < min(len(word), len(size)) && word[shared] == size[shared] {
		shared++
	}
	// Its MaxCost takes a short cut that is wrong: "d2-v3" is not 1 from "d2s_v7".
	distance := levenshtein.Distance(word, size, nil)
	return candidate{distance: distance, shared: shared, near: distance <= limit && shared > 0}
}

// betterThan prefers fewer wrong letters, then more right ones in front. Of
// equals the later one wins: newer versions sort last.
func (c candidate) betterThan(other candidate) bool {
	switch {
	case !c.near || !other.near:
		return c.near
	case c.distance != other.distance:
		return c.distance < other.distance
	default:
		return c.shared >= other.shared
	}
}
