package apimodel

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// maxLabelBytes bounds the labels of a node: they are one flag of its kubelet,
// and on Windows a command line has at most 32,767 characters.
const maxLabelBytes = 16 << 10

// labels checks a pool's labels.
func (c *checker) labels(path string, labels map[string]string) {
	total := 0
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		c.label(mapPath(path, key), key, labels[key])
		total += len(key) + len(labels[key]) + 2
	}
	if total > maxLabelBytes {
		c.fault(path, fmt.Sprintf("has %d bytes of labels, more than the %d that a kubelet can be started with", total, maxLabelBytes), "remove some, or set them with kubectl")
	}
}

// label holds a node label against Kubernetes' rules and against what a kubelet
// may say about its own node:
// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
func (c *checker) label(path, key, value string) {
	if problems := validation.IsQualifiedName(key); len(problems) > 0 {
		c.fault(path, fmt.Sprintf("%q is no key for a label: %s", key, problems[0]), "use letters, digits, - _ . with an optional domain/ in front")
		return
	}
	if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
		c.fault(path, fmt.Sprintf("%q is no value for a label: %s", value, problems[0]), "use up to 63 letters, digits, - _ .")
	}
	switch domain, _, _ := strings.Cut(key, "/"); {
	case slices.Contains(kubeletsOwnLabels(), key):
		c.fault(path, "the kubelet sets this label itself", "remove it")
	case domain == key || allowedDomain(domain):
	case within(domain, "kubernetes.io") || within(domain, "k8s.io"):
		c.fault(path, "a kubelet may not set labels in "+domain,
			"use a domain of your own, or node.kubernetes.io/ or kubelet.kubernetes.io/")
	}
}

// kubeletsOwnLabels are allowed to the kubelet, and filled by it.
func kubeletsOwnLabels() []string {
	return []string{
		"kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
		"beta.kubernetes.io/arch", "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type",
		"topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
		"failure-domain.beta.kubernetes.io/region", "node.kubernetes.io/windows-build",
	}
}

func allowedDomain(domain string) bool {
	return within(domain, "node.kubernetes.io") || within(domain, "kubelet.kubernetes.io")
}

func within(domain, parent string) bool {
	return domain == parent || strings.HasSuffix(domain, "."+parent)
}

// taints checks taints of a node. The API server refuses two of one key and
// effect: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
func (c *checker) taints(path string, taints []string) {
	seen := map[string]bool{}
	for i, taint := range taints {
		at := indexPath(path, i)
		if message, remedy := taintProblem(taint); message != "" {
			c.fault(at, message, remedy)
			continue
		}
		if id := taintID(taint); seen[id] {
			c.fault(at, fmt.Sprintf("%q has the key and effect of another taint", taint), "remove one of the two")
		} else {
			seen[id] = true
		}
	}
}

// taintID is what a node may have once: the key and the effect.
func taintID(taint string) string {
	left, effect, _ := strings.Cut(taint, ":")
	key, _, _ := strings.Cut(left, "=")
	return key + ":" + effect
}

func taintEffects() []string { return []string{"NoSchedule", "PreferNoSchedule", "NoExecute"} }

// taintProblem says what is wrong with a taint, or nothing.
func taintProblem(taint string) (message, remedy string) {
	const shape = "write key=value:Effect or key:Effect, where the effect is NoSchedule, PreferNoSchedule or NoExecute"
	left, effect, found := strings.Cut(taint, ":")
	key, value, _ := strings.Cut(left, "=")
	domain, _, _ := strings.Cut(key, "/")
	switch {
	case !found:
		return fmt.Sprintf("%q is no taint", taint), shape
	case !slices.Contains(taintEffects(), effect):
		return fmt.Sprintf("%q has %q for its effect", taint, effect), valueRemedy(effect, taintEffects())
	case len(validation.IsQualifiedName(key)) > 0:
		return fmt.Sprintf("%q has %q for its key: %s", taint, key, validation.IsQualifiedName(key)[0]), shape
	case len(validation.IsValidLabelValue(value)) > 0:
		return fmt.Sprintf("%q has %q for its value: %s", taint, value, validation.IsValidLabelValue(value)[0]), shape
	case key == "node-role.kubernetes.io/control-plane", key == "node-role.kubernetes.io/master":
		return fmt.Sprintf("%q would make a pool's nodes look like masters", taint), "use a key of your own"
	case domain == "node.kubernetes.io", domain == "node.cloudprovider.kubernetes.io":
		return fmt.Sprintf("%q is a taint that Kubernetes sets and removes itself", taint), "use a key of your own"
	}
	return "", ""
}
