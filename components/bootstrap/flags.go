package bootstrap

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

var (
	// controlPlaneFlags are what the cloud provider and the CNI rely on.
	controlPlaneFlags = []string{"cloud-provider", "cluster-name", "allocate-node-cidrs"}
	// kubeletFlags say who the node is and where the kubelet finds its files.
	kubeletFlags = []string{
		"cloud-provider", "node-ip", "hostname-override", "node-labels", "register-with-taints",
		"bootstrap-kubeconfig", "cert-dir", "config", "container-runtime-endpoint", "kubeconfig", "windows-service",
	}
)

// merge gives arguments sorted by name. Theirs win over ours, but for the names
// that are kept for us.
func merge(ours []argument, theirs map[string]string, kept []string) []argument {
	merged := map[string]string{}
	for _, arg := range ours {
		merged[arg.Name] = arg.Value
	}
	for name, value := range theirs {
		if !slices.Contains(kept, name) {
			merged[name] = value
		}
	}
	var args []argument
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		args = append(args, argument{name, merged[name]})
	}
	return args
}

// checkArgs holds flags to their shape. Whether the program knows them is for
// the definition's validation.
func checkArgs(owner string, args map[string]string, value string) error {
	var faults []error
	for name, text := range args {
		switch {
		case !matches(`[a-z][a-z0-9-]*`, name):
			faults = append(faults, fmt.Errorf("%s: flag %q is not a bare name in lower case", owner, name))
		case !matches(value, text):
			faults = append(faults, fmt.Errorf("%s: the value of flag %s is not plain: %q", owner, name, text))
		}
	}
	return errors.Join(sorted(faults)...)
}

const (
	// controlPlaneValue is a value in a static pod's manifest: no shell sees it.
	controlPlaneValue = `[ -~]*`
	// kubeletValue is a value on a command line that systemd or Windows splits:
	// without spaces, quotes and backslashes.
	kubeletValue = "[!#-&(-\\[\\]-_a-~]*"
)

// String is the taint as the kubelet's flag has it.
func (t taint) String() string {
	if t.Value == "" {
		return t.Key + ":" + t.Effect
	}
	return t.Key + "=" + t.Value + ":" + t.Effect
}

// parseTaint reads "key=value:Effect" and "key:Effect".
func parseTaint(text string) taint {
	rest, effect, _ := strings.Cut(text, ":")
	key, value, _ := strings.Cut(rest, "=")
	return taint{key, value, effect}
}

// parseTaints leaves out what was said before.
func parseTaints(texts ...string) []taint {
	var list []taint
	for _, text := range texts {
		if t := parseTaint(text); !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// checkTaints also refuses two taints of one key and effect, as the API server
// does, and the one that belongs to the cloud provider.
func (n Node) checkTaints() error {
	var faults []error
	seen := map[taint]taint{}
	for _, text := range n.Taints {
		t := parseTaint(text)
		id := taint{Key: t.Key, Effect: t.Effect}
		if other, ok := seen[id]; ok && other != t {
			faults = append(faults, fmt.Errorf("%s: the taints %s and %s differ in their value only", n.title(), other, t))
		}
		seen[id] = t
		switch {
		case len(validation.IsQualifiedName(t.Key)) > 0 || len(validation.IsValidLabelValue(t.Value)) > 0 ||
			!slices.Contains([]string{"NoSchedule", "PreferNoSchedule", "NoExecute"}, t.Effect):
			faults = append(faults, fmt.Errorf("%s: %q is not a taint of the form key=value:Effect or key:Effect", n.title(), text))
		case t.Key == uninitializedTaint:
			faults = append(faults, fmt.Errorf("%s: the taint %s is the cloud provider's: leave it out", n.title(), t.Key))
		}
	}
	return errors.Join(faults...)
}
