package apimodel

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// judgedFlag is what becomes of a flag of a definition.
type judgedFlag struct {
	// name is the bare name. The flag is passed on with the value if pass is true.
	name, value string
	pass        bool
	// fault or note say what is wrong or different, and remedy what to do.
	fault, note, remedy string
}

var flagShape = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// judgeFlag decides on a flag of a component. An empty system is any.
func judgeFlag(of component, minor string, system OSType, key, value string) judgedFlag {
	j := judgedFlag{name: flagName(key), value: value}
	own, isOwn := ownFlags(of)[j.name]
	why, dropped := droppedFlag(of, j.name)
	switch {
	case !flagShape.MatchString(j.name):
		return j.refuse(fmt.Sprintf("%q is no flag", key), `write its name, such as "--max-pods"`)
	case strings.ContainsFunc(value, unicode.IsControl):
		return j.refuse("has line breaks or other control characters", "write the value on one line")
	case of == componentKubelet && (j.name == flagNodeLabels || j.name == flagRegisterTaint):
		return j // they are labels and taints, which have rules of their own
	case isOwn && (slices.Contains(own.same, value) || enginesFile(value)):
		return j.leaveOut(fmt.Sprintf("--%s is set by the program: %s", j.name, own.reason))
	case enginesFile(value):
		return j.leaveOut(fmt.Sprintf("--%s has no effect: %s is a file of AKS Engine's, which the nodes do not have", j.name, value))
	case isOwn && isIPv6(value):
		return j.refuse(fmt.Sprintf("--%s is %s, an IPv6 address, and nodes, pods and Services have IPv4 addresses only", j.name, value), "remove it")
	case isOwn:
		return j.refuse(fmt.Sprintf("--%s cannot be set: %s", j.name, own.reason), "remove it")
	case !knownFlag(of, minor, j.name) && dropped:
		return j.leaveOut(fmt.Sprintf("--%s has no effect, for the %s of Kubernetes %s has no such flag: %s", j.name, of, minor, why))
	case !knownFlag(of, minor, j.name) && lastFlag(of, minor, j.name) != "":
		return j.leaveOut(fmt.Sprintf("--%s has no effect, for the %s of Kubernetes %s has no such flag: that of %s was the last to take it",
			j.name, of, minor, lastFlag(of, minor, j.name)))
	case !knownFlag(of, minor, j.name):
		remedy := "remove it"
		if near := closestFlag(of, minor, j.name); near != "" {
			remedy = fmt.Sprintf("did you mean %q?", "--"+near)
		}
		return j.refuse(fmt.Sprintf("the %s of Kubernetes %s has no flag --%s, and would not start", of, minor, j.name), remedy)
	case system != "" && !knownFlagOn(of, minor, system, j.name):
		return j.leaveOut(fmt.Sprintf("--%s has no effect: the %s on %s has no such flag", j.name, of, system))
	case j.name == flagFeatureGates:
		return j.gates(of, minor)
	}
	return j.byValue(of, minor)
}

// byValue judges a flag that the component knows by its value.
func (j judgedFlag) byValue(of component, minor string) judgedFlag {
	if of == componentKubelet && slices.Contains([]string{flagMaxPods, flagGCHigh, flagGCLow}, j.name) {
		j.pass = true // they are settings, too, which have rules of their own
		return j
	}
	if problem := formProblem(of, j.name, j.value); problem != "" {
		return j.refuse(problem, "correct it")
	}
	if of == componentAPIServer {
		if judged, done := j.judgeAPIServer(minor); done {
			return judged
		}
	}
	if problem := limitProblem(of, minor, j.name, j.value); problem != "" {
		return j.refuse(problem, "correct it")
	}
	j.pass = true
	return j
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func isIPv6(text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && a.Is6()
}

func (j judgedFlag) refuse(message, remedy string) judgedFlag {
	j.fault, j.remedy = message, remedy
	return j
}

func (j judgedFlag) leaveOut(note string) judgedFlag {
	j.note, j.remedy = note, "remove it"
	return j
}

// gates judges feature gates. Those of features that are always on by now are
// left out; the component would not start with them.
func (j judgedFlag) gates(of component, minor string) judgedFlag {
	var kept, gone, faults []string
	seen := map[string]bool{}
	for _, element := range listed(j.value) {
		name, value, found := strings.Cut(element, "=")
		on := strings.EqualFold(value, "true")
		if !found || !on && !strings.EqualFold(value, "false") {
			faults = append(faults, fmt.Sprintf("%q is no gate with true or false", element))
			continue
		}
		if seen[name] {
			faults = append(faults, fmt.Sprintf("%q is named twice", name))
		}
		seen[name] = true
		g := pastGate(minor, name)
		switch problem := g.problem(minor, name, on); {
		case problem != "":
			faults = append(faults, problem)
		case g.state == gateRemovedGA || g.state == gateRemovedOther:
			gone = append(gone, name)
		default:
			kept = append(kept, element)
		}
	}
	j.value, j.pass = strings.Join(kept, ","), len(kept) > 0
	switch {
	case len(faults) > 0:
		j.pass = false
		return j.refuse(fmt.Sprintf("the %s of Kubernetes %s would not start with these feature gates: %s", of, minor, strings.Join(faults, "; ")),
			"correct them: https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/")
	case len(gone) > 0:
		j.note = fmt.Sprintf("Kubernetes %s does what they ask for without these feature gates, which are left out: %s", minor, strings.Join(gone, ", "))
		j.remedy = "remove them"
	}
	return j
}

// pastGate is gateOf, but for a gate of AKS Engine's examples that got another name,
// EphemeralContainers, before its feature was always on.
// https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed/
func pastGate(minor, name string) gate {
	if name == "DebugContainers" {
		return gate{state: gateRemovedGA, stage: "GA", on: true, last: "1.26"}
	}
	return gateOf(minor, name)
}

// problem says why a component does not start with a gate, or nothing. What is
// gone was either always on, or never came.
func (g gate) problem(minor, name string, on bool) string {
	switch {
	case g.state == gateUnknown:
		if near := closest(name, gatesOf(minor)); near != "" {
			return fmt.Sprintf("%q is unknown (did you mean %q?)", name, near)
		}
		return fmt.Sprintf("%q is unknown", name)
	case g.state == gateLockedOn && !on:
		return fmt.Sprintf("%q cannot be turned off", name)
	case g.state == gateLockedOff && on:
		return fmt.Sprintf("%q cannot be turned on", name)
	case g.state == gateRemovedGA && !on:
		return fmt.Sprintf("%q cannot be turned off: Kubernetes %s was the last to know it, and the feature is always on", name, g.last)
	case g.state == gateRemovedOther && on:
		return fmt.Sprintf("%q cannot be turned on: Kubernetes %s was the last to know it, and the feature went with it", name, g.last)
	}
	return ""
}

// gatesOf are the gates that a release knows, sorted.
func gatesOf(minor string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(gateRows())), func(name string) bool {
		state := gateOf(minor, name).state
		return state == gateRemovedGA || state == gateRemovedOther
	})
}
