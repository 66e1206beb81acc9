package engine

import (
	"maps"
	"slices"
	"strings"
)

// Environment is what the engine's process sees of the world.
type Environment struct {
	// Base is the environment to start from, as os.Environ gives it.
	Base []string
	// Sealed takes away every credential of a cloud or a Pulumi account, and
	// every Pulumi setting: a rehearsal must not reach anything real.
	Sealed bool
	// Keep are the names that a sealed environment keeps all the same, or
	// prefixes of them where they end in "*".
	Keep []string
	// Set is laid over the rest.
	Set map[string]string
}

// cloudPrefixes begin the names of variables that carry credentials or
// settings of Azure and of Pulumi.
var cloudPrefixes = []string{"ARM_", "AZURE_", "PULUMI_", "AZ_", "KUBE"}

// List returns the environment as os/exec takes it, sorted where it was set.
func (e Environment) List() []string {
	var out []string
	for _, kv := range e.Base {
		name, _, _ := strings.Cut(kv, "=")
		if _, replaced := e.Set[name]; replaced || e.Sealed && e.hidden(name) {
			continue
		}
		out = append(out, kv)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Set)) {
		out = append(out, name+"="+e.Set[name])
	}
	return out
}

func (e Environment) hidden(name string) bool {
	for _, keep := range e.Keep {
		prefix, isPrefix := strings.CutSuffix(keep, "*")
		if name == keep || isPrefix && strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return slices.ContainsFunc(cloudPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
