package apimodel

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/autoscaler_unknown_sizes.txt
var autoscalerUnknownSizes string

// unknownToAutoscaler are the sizes, in small letters, of which Cluster Autoscaler makes
// no first node. It asks Azure for sizes only where it is told to, with a right on the
// whole subscription, and that way is deprecated.
var unknownToAutoscaler = sync.OnceValue(func() map[string]bool {
	sizes := map[string]bool{}
	for line := range strings.Lines(autoscalerUnknownSizes) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			sizes[strings.ToLower(name)] = true
		}
	}
	return sizes
})
