package apimodel

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Azure's limits of tags, in characters:
// https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
const (
	maxTags, maxTagName, maxTagValue = 50, 512, 256
	// ownTags is how many the program adds to each resource.
	ownTags = 1
)

// tags checks tags, of which a resource may have others too.
func (c *checker) tags(path string, tags map[string]string, others map[string]string) {
	spelt := map[string]string{}
	for name := range others {
		spelt[strings.ToLower(name)] = name
	}
	alone := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		lower := strings.ToLower(name)
		if message, remedy := tagProblem(name, tags[name]); message != "" {
			c.fault(mapPath(path, name), message, remedy)
		} else if other, taken := alone[lower]; taken {
			c.fault(mapPath(path, name), fmt.Sprintf("%q and %q are one tag: names of tags match in any case", name, other), "remove one of them")
		}
		alone[lower], spelt[lower] = name, name
	}
	if len(tags) > 0 && len(spelt)+ownTags > maxTags {
		c.fault(path, fmt.Sprintf("makes %d tags of a resource, with those of the cluster; Azure allows %d", len(spelt)+ownTags, maxTags), "remove some")
	}
}

// autoscalerTags checks that a scale set has room for the tags from which Cluster
// Autoscaler learns its labels and taints: one for each, and two for labels of ours.
func (c *checker) autoscalerTags(at string, pool *AgentPoolProfile) {
	if !c.d.IsAutoscaled(pool) {
		return
	}
	names := map[string]bool{}
	for _, tags := range []map[string]string{c.d.Tags, pool.CustomVMTags} {
		for name := range tags {
			names[strings.ToLower(name)] = true
		}
	}
	const labelsOfOurs = 2
	learnt := labelsOfOurs + len(c.d.NodeLabels(pool)) + len(c.d.NodeTaints(pool))
	if n := len(names) + ownTags + learnt; n > maxTags {
		c.fault(at+".name", fmt.Sprintf("the scale set of pool %q would have %d tags, %d of them for its labels and taints, from which Cluster Autoscaler learns them; Azure allows %d", pool.Name, n, learnt, maxTags),
			"remove some tags, labels or taints")
	}
}

// tagProblem says what is wrong with a tag, or nothing.
func tagProblem(name, value string) (message, remedy string) {
	switch n := utf8.RuneCountInString(name); {
	case strings.TrimSpace(name) == "":
		return "is a tag without a name", "name it, or remove it"
	case n > maxTagName:
		return fmt.Sprintf("is a tag whose name has %d characters, more than %d", n, maxTagName), "shorten it"
	case strings.ContainsAny(name, `<>%&\?/`) || strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Sprintf("%q is no name for a tag", name), `leave out < > % & \ ? / and control characters`
	}
	for _, prefix := range []string{"microsoft", "azure", "windows"} {
		if strings.HasPrefix(strings.ToLower(name), prefix) {
			return fmt.Sprintf("%q starts with %q, which Azure reserves for its own tags", name, prefix), "choose another name"
		}
	}
	if n := utf8.RuneCountInString(value); n > maxTagValue {
		return fmt.Sprintf("is a tag whose value has %d characters, more than %d", n, maxTagValue), "shorten it"
	}
	return "", ""
}
