package controllers

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// maxPods is kubelet's default limit of pods on a node.
const maxPods = 110

// usage is what the pods on a node have asked for.
type usage struct {
	milliCPU, memory int64
	pods             int
	// ports are those of the host that are taken, such as TCP/8085, and by how many pods.
	ports map[string]int
}

// schedule picks the node for a pod, or says why there is none, in the
// scheduler's words.
func (s *state) schedule(pod *unstructured.Unstructured, spec *rules.PodSpec) (*world.Node, string) {
	var best *world.Node
	fewest := 0
	why := map[string]int{}
	for _, n := range s.cluster.Nodes {
		if reason := s.unfit(n, pod, spec); reason != "" {
			why[reason]++
			continue
		}
		// Pods of one owner are spread first, then all pods.
		weight := s.siblings(pod, n.Name)*maxPods*maxPods + s.usageOf(n.Name).pods
		if best == nil || weight < fewest {
			best, fewest = n, weight
		}
	}
	if best != nil {
		return best, ""
	}
	reasons := make([]string, 0, len(why))
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		reasons = append(reasons, fmt.Sprintf("%d %s", why[reason], reason))
	}
	if len(reasons) == 0 {
		return nil, "no nodes available to schedule pods"
	}
	return nil, fmt.Sprintf("0/%d nodes are available: %s.", len(s.cluster.Nodes), strings.Join(reasons, ", "))
}

// unfit says why a pod cannot be scheduled on a node, or nothing.
func (s *state) unfit(n *world.Node, pod *unstructured.Unstructured, spec *rules.PodSpec) string {
	if t, ok := untolerated(n, spec.Tolerations); ok {
		return fmt.Sprintf("node(s) had untolerated taint {%s: %s}", t.Key, t.Value)
	}
	if !selects(spec, n) {
		return "node(s) didn't match Pod's node affinity/selector"
	}
	if slices.ContainsFunc(hostPorts(spec), func(port string) bool { return s.usageOf(n.Name).ports[port] > 0 }) {
		return "node(s) didn't have free ports for the requested pod ports"
	}
	if reason := s.tooSmall(n, spec); reason != "" {
		return reason
	}
	if !s.evenEnough(n, pod, spec) {
		return "node(s) didn't match pod topology spread constraints"
	}
	return ""
}

// hostPorts are the ports of its host that a pod takes. On the host's network that is
// every one that a container names:
// https://github.com/kubernetes/kubernetes/blob/v1.36.1/pkg/apis/core/v1/defaults.go
func hostPorts(spec *rules.PodSpec) []string {
	var ports []string
	for _, c := range spec.Containers {
		for _, p := range c.Ports {
			port := p.HostPort
			if port == 0 && spec.HostNetwork {
				port = p.ContainerPort
			}
			if port != 0 {
				ports = append(ports, fmt.Sprintf("%s/%d", cmp.Or(p.Protocol, "TCP"), port))
			}
		}
	}
	return ports
}

func untolerated(n *world.Node, tolerations []rules.Toleration) (world.Taint, bool) {
	for _, taint := range n.Taints {
		if taint.Effect == "PreferNoSchedule" {
			continue
		}
		if !slices.ContainsFunc(tolerations, func(t rules.Toleration) bool { return tolerates(t, taint) }) {
			return taint, true
		}
	}
	return world.Taint{}, false
}

func tolerates(t rules.Toleration, taint world.Taint) bool {
	switch {
	case t.Effect != "" && t.Effect != taint.Effect:
		return false
	case t.Key != "" && t.Key != taint.Key:
		return false
	case t.Operator == "Exists":
		return true
	default:
		return t.Key != "" && t.Value == taint.Value
	}
}

// selects applies the node selector and the required node affinity.
func selects(spec *rules.PodSpec, n *world.Node) bool {
	have := labels.Set(labelsOf(n))
	if !labels.SelectorFromSet(spec.NodeSelector).Matches(have) {
		return false
	}
	if spec.Affinity == nil || spec.Affinity.NodeAffinity.Required == nil {
		return true
	}
	for _, term := range spec.Affinity.NodeAffinity.Required.Terms {
		if len(term.Expressions)+len(term.Fields) > 0 &&
			meets(term.Expressions, have) && meets(term.Fields, labels.Set{"metadata.name": n.Name}) {
			return true
		}
	}
	return false
}

func meets(requirements []rules.NodeRequirement, have labels.Set) bool {
	for _, r := range requirements {
		value, ok := have[r.Key]
		fits := false
		switch r.Operator {
		case "In":
			fits = ok && slices.Contains(r.Values, value)
		case "NotIn":
			fits = !ok || !slices.Contains(r.Values, value)
		case "Exists":
			fits = ok
		case "DoesNotExist":
			fits = !ok
		case "Gt", "Lt":
			have, err1 := strconv.Atoi(value)
			want, err2 := strconv.Atoi(strings.Join(r.Values, ""))
			fits = err1 == nil && err2 == nil && ((r.Operator == "Gt" && have > want) || (r.Operator == "Lt" && have < want))
		}
		if !fits {
			return false
		}
	}
	return true
}

func (s *state) tooSmall(n *world.Node, spec *rules.PodSpec) string {
	cpu, memory := requests(spec)
	used, room := s.usageOf(n.Name), capacity(s.vmSize(n))
	switch {
	case used.pods >= maxPods:
		return "Too many pods"
	case cpu > 0 && used.milliCPU+cpu > room.milliCPU:
		return "Insufficient cpu"
	case memory > 0 && used.memory+memory > room.memory:
		return "Insufficient memory"
	}
	return ""
}

// evenEnough applies hard topology spread constraints over nodes.
func (s *state) evenEnough(n *world.Node, pod *unstructured.Unstructured, spec *rules.PodSpec) bool {
	for _, spread := range spec.TopologySpread {
		if spread.TopologyKey != "kubernetes.io/hostname" || spread.WhenUnsatisfiable != "DoNotSchedule" {
			continue
		}
		selector, err := metav1.LabelSelectorAsSelector(spread.LabelSelector)
		if err != nil {
			continue
		}
		counts := map[string]int64{}
		for _, other := range s.byKind["Pod"] {
			if other.GetNamespace() == pod.GetNamespace() && selector.Matches(labels.Set(other.GetLabels())) && nodeOf(other) != "" {
				counts[nodeOf(other)]++
			}
		}
		least := int64(-1)
		for _, candidate := range s.cluster.Nodes {
			if selects(spec, candidate) && (least < 0 || counts[candidate.Name] < least) {
				least = counts[candidate.Name]
			}
		}
		if counts[n.Name]+1-max(least, 0) > spread.MaxSkew {
			return false
		}
	}
	return true
}

// siblings counts the pods of the same owner on a node.
func (s *state) siblings(pod *unstructured.Unstructured, node string) int {
	count := 0
	owners := pod.GetOwnerReferences()
	for _, other := range s.on[node] {
		theirs := other.GetOwnerReferences()
		if len(owners) > 0 && len(theirs) > 0 && owners[0].UID == theirs[0].UID {
			count++
		}
	}
	return count
}

func requests(spec *rules.PodSpec) (milliCPU, memory int64) {
	for _, c := range spec.Containers {
		milliCPU += amount(c, "cpu", (*resource.Quantity).MilliValue)
		memory += amount(c, "memory", (*resource.Quantity).Value)
	}
	return milliCPU, memory
}

// amount is a container's request, which is its limit if it has only that.
func amount(c rules.Container, name string, unit func(*resource.Quantity) int64) int64 {
	text, ok := c.Resources.Requests[name]
	if !ok {
		text = c.Resources.Limits[name]
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return 0
	}
	return unit(&q)
}

func (s *state) usageOf(node string) *usage {
	if s.load[node] == nil {
		s.load[node] = &usage{ports: map[string]int{}}
	}
	return s.load[node]
}

func (s *state) occupy(pod *unstructured.Unstructured) {
	if node := nodeOf(pod); node != "" {
		s.on[node] = append(s.on[node], pod)
		s.account(pod, 1)
	}
}

func (s *state) vacate(pod *unstructured.Unstructured) {
	if node := nodeOf(pod); node != "" {
		s.on[node] = slices.DeleteFunc(s.on[node], func(o *unstructured.Unstructured) bool { return same(o, pod) })
		s.account(pod, -1)
	}
}

func (s *state) account(pod *unstructured.Unstructured, sign int64) {
	node, spec := nodeOf(pod), s.spec(pod)
	if node == "" || spec == nil {
		return
	}
	cpu, memory := requests(spec)
	u := s.usageOf(node)
	u.milliCPU += sign * cpu
	u.memory += sign * memory
	u.pods += int(sign)
	for _, port := range hostPorts(spec) {
		u.ports[port] += int(sign)
	}
}

// vmSize is the size of the node's virtual machine, if the world knows it.
func (s *state) vmSize(n *world.Node) string {
	vm := s.world.Find(n.VMID)
	if vm == nil {
		return ""
	}
	return tree.String(vm.Outputs, "hardwareProfile", "vmSize")
}

// capacity guesses a machine's cores and memory from the name of its size:
// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions.
// Unknown names are taken for large machines.
func capacity(size string) usage {
	generous := usage{milliCPU: 64_000, memory: 256 << 30}
	m := regexp.MustCompile(`^(?:Standard|Basic)_([A-Z]+)(\d+)[a-z0-9-]*(?:_v(\d+))?`).FindStringSubmatch(size)
	if m == nil {
		return generous
	}
	cores, err := strconv.ParseInt(m[2], 10, 64)
	if err != nil || cores == 0 || cores > 500 {
		return generous
	}
	if version := m[3]; (m[1] == "D" || m[1] == "DS") && (version == "" || version == "2") && cores <= 5 {
		cores = 1 << (cores - 1) // the old D series counts sizes, not cores
	}
	perCore := int64(4)
	switch m[1][0] {
	case 'E', 'L':
		perCore = 8
	case 'M', 'G':
		perCore = 16
	case 'F':
		perCore = 2
	}
	return usage{milliCPU: cores * 1000, memory: cores * perCore << 30}
}
