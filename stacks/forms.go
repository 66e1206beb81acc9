package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/workload"
)

// Keys are all keys of the program in a stack's config, sorted.
func Keys() []string {
	keys := []string{
		KeyDefinition, KeyLocation, KeyDNSPrefix, KeyResourceGroup, KeyExistingResourceGroup, KeyKubernetesRelease, KeySSHPublicKey,
		KeyWindowsAdminPassword, KeyClientID, KeyClientSecret, KeyWorkspaceKey, KeySSHSourceCIDRs, KeyAPIServerSourceCIDRs, KeyTags,
		KeyMirrors, KeySkipWorkload, KeyNoDefaultClass, KeyPullSecrets, KeyWorkloadPullSecret, KeyWorkloadImage, KeyWorkloadPort, KeyWorkloadReplicas, KeyWorkloadMaxReplicas,
		KeyWorkloadCPUPercent, KeyWorkloadRequests, KeyWorkloadLimits, KeyWorkloadNodeSelector, KeyWorkloadInternal, KeyWorkloadSourceCIDRs,
	}
	slices.Sort(keys)
	return keys
}

// UnknownKeys are the faults of keys that the program does not know. given are keys of
// a stack's config, without the namespace: a misspelt one would be left out without a
// word.
func UnknownKeys(given []string) apimodel.Faults {
	known := Keys()
	var faults apimodel.Faults
	for _, key := range slices.Sorted(slices.Values(given)) {
		if _, found := slices.BinarySearch(known, key); found {
			continue
		}
		fault := apimodel.Fault{Path: ConfigPlace(key), Message: "is no key of this program", Remedy: "take it out; docs/configuration.md lists the keys"}
		if near := apimodel.Closest(key, known); near != "" {
			fault.Remedy = fmt.Sprintf("did you mean %q?", Namespace+":"+near)
		}
		faults = append(faults, fault)
	}
	return faults
}

// ConfigPlace is how messages name a key of a stack's config.
func ConfigPlace(key string) string { return "config " + Namespace + ":" + key }

// forms reads values of a stack's config that are more than text, and says of each that
// it cannot read which form it should have.
type forms struct {
	get    func(key string) (string, bool)
	faults apimodel.Faults
}

// read gives a value as JSON has it; given is false for one that is not there. Text that
// is no JSON is a text.
func (f *forms) read(key string) (value any, given bool) {
	text, ok := f.get(key)
	if !ok || text == "" {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil || decoder.More() {
		return text, true
	}
	return value, true
}

// wrong does not show the value, which may be a secret.
func (f *forms) wrong(key string, value any, form, example string) {
	f.faults = append(f.faults, apimodel.Fault{
		Path: ConfigPlace(key), Message: fmt.Sprintf("is %s, and must be %s", kind(value), form),
		Remedy: fmt.Sprintf("write it in the stack's file as `%s:%s: %s`", Namespace, key, example),
	})
}

func kind(value any) string {
	switch value.(type) {
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case nil:
		return "nothing"
	default:
		return "a text"
	}
}

// scalar is what may stand for a text in a list or an object: YAML takes 2 for a number.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	default:
		return "", false
	}
}

func (f *forms) list(key string, into *[]string, example string) {
	value, given := f.read(key)
	if !given {
		return
	}
	items, ok := value.([]any)
	list := make([]string, len(items))
	for i, item := range items {
		word, isText := scalar(item)
		list[i], ok = word, ok && isText
	}
	if !ok {
		f.wrong(key, value, "a list of texts", `["`+example+`"]`)
		return
	}
	*into = list
}

func (f *forms) pairs(key string, into *map[string]string, example string) {
	value, given := f.read(key)
	if !given {
		return
	}
	object, ok := value.(map[string]any)
	pairs := map[string]string{}
	for name, item := range object {
		word, isText := scalar(item)
		pairs[name], ok = word, ok && isText
	}
	if !ok {
		f.wrong(key, value, "an object of texts", "{ "+example+" }")
		return
	}
	*into = pairs
}

func (f *forms) number(key string, into *int) {
	value, given := f.read(key)
	if !given {
		return
	}
	word, _ := scalar(value)
	n, err := strconv.Atoi(strings.TrimSpace(word))
	if err != nil {
		f.wrong(key, value, "a whole number", "3")
		return
	}
	*into = n
}

func (f *forms) truth(key string, into *bool) {
	value, given := f.read(key)
	if !given {
		return
	}
	switch word, _ := scalar(value); word {
	case "true":
		*into = true
	case "false":
		*into = false
	default:
		f.wrong(key, value, "true or false", "true")
	}
}

// amounts reads amounts of cpu and memory.
func (f *forms) amounts(key string, into *workload.Resources) {
	pairs := map[string]string{}
	before := len(f.faults)
	f.pairs(key, &pairs, "cpu: 250m, memory: 500M")
	if len(f.faults) > before {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		switch name {
		case "cpu":
			into.CPU = pairs[name]
		case "memory":
			into.Memory = pairs[name]
		default:
			f.faults = append(f.faults, apimodel.Fault{
				Path: ConfigPlace(key), Message: fmt.Sprintf("has an amount of %s, which nobody measures", name), Remedy: "write cpu and memory alone",
			})
		}
	}
}
