package review

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Verdict is what a reviewer wants to know first.
type Verdict struct {
	// Summary is one sentence, without a full stop.
	Summary string `json:"summary"`
	// Nodes counts all nodes of the cluster.
	Nodes NodeCount `json:"nodes"`
	// ControlPlane says what happens to it: untouched, grown, updated, restarted
	// or replaced.
	ControlPlane string `json:"controlPlane"`
	// Downtime is the worst that is to be expected: none, pods (some move to other
	// nodes), pool (no node of a pool is left meanwhile), controlPlane (the API
	// server does not answer) or cluster (all of it is replaced).
	Downtime string `json:"downtime"`
	// Interruptions say what is interrupted, a sentence each.
	Interruptions []string `json:"interruptions,omitempty"`
}

// What happens to the control plane.
const (
	Untouched   = "untouched"
	grown       = "grown"
	updated     = "updated"
	restarted   = "restarted"
	replacedAll = "replaced"
)

// The degrees of downtime.
const (
	DowntimeNone         = "none"
	downtimePods         = "pods"
	downtimePool         = "pool"
	downtimeControlPlane = "controlPlane"
	downtimeCluster      = "cluster"
)

var (
	effects   = []string{Untouched, grown, updated, restarted, replacedAll}
	downtimes = []string{DowntimeNone, downtimePods, downtimePool, downtimeControlPlane, downtimeCluster}
)

// raise makes a degree at least as bad as another.
func raise(scale []string, degree *string, to string) {
	if slices.Index(scale, to) > slices.Index(scale, *degree) {
		*degree = to
	}
}

// Destroys says whether the change takes away what runs: nodes that go or are
// replaced, something of the control plane, or the whole cluster.
func (v Verdict) Destroys() bool {
	return v.Nodes.Removed+v.Nodes.Replaced > 0 || v.ControlPlane == replacedAll || v.Downtime == downtimeCluster
}

func verdict(r Review, all []Pool) Verdict {
	v := Verdict{ControlPlane: Untouched, Downtime: DowntimeNone}
	for _, p := range all {
		v.Nodes.add(p.Nodes)
	}
	v.judgeControlPlane(r.Steps, all)
	if r.Exists {
		v.interruptions(r.Steps, all)
	}
	v.Summary = v.sentence(r)
	return v
}

func (v *Verdict) judgeControlPlane(steps []Step, all []Pool) {
	for _, s := range steps {
		if !ofControlPlane(s.Part) {
			continue
		}
		switch s.Op {
		case "create":
			raise(effects, &v.ControlPlane, grown)
		case "update", "import":
			raise(effects, &v.ControlPlane, updated)
		default:
			raise(effects, &v.ControlPlane, replacedAll)
		}
	}
	for _, p := range all {
		if p.Name == partControlPlane && p.Nodes.Restarted > 0 {
			raise(effects, &v.ControlPlane, restarted)
		}
	}
}

// interruptions says what stops for a while.
func (v *Verdict) interruptions(steps []Step, all []Pool) {
	for _, s := range steps {
		gone := s.Op == "replace" || s.Op == "delete"
		switch {
		case !gone:
		case s.Type == typeGroup:
			v.interrupt(downtimeCluster, "the resource group goes, and with it the whole cluster and everything on it")
		case s.Type == typeVnet:
			v.interrupt(downtimeCluster, "the virtual network goes, and every machine with it")
		case s.Part == partAPI:
			v.interrupt(downtimeControlPlane, fmt.Sprintf("%s of the API server is %s: nobody reaches the API server meanwhile", s.shortType(), past(s.Op)))
		case strings.HasPrefix(s.Type, "kubernetes:apps/") && s.Part == partWorkload:
			v.interrupt(downtimePods, fmt.Sprintf("the workload's %s is %s", s.shortType(), past(s.Op)))
		case s.Type == "kubernetes:core/v1:Service" && s.Part == partWorkload:
			what := "the workload's Service is deleted, and nobody reaches it"
			if s.Op == "replace" {
				what = "the workload's Service is replaced, and its address may change"
			}
			v.interrupt(downtimePods, what)
		}
	}
	for _, p := range all {
		if p.Name == partControlPlane {
			v.interruptMasters(p)
		} else {
			v.interruptPool(p)
		}
	}
}

func (v *Verdict) interrupt(degree, what string) {
	raise(downtimes, &v.Downtime, degree)
	if !slices.Contains(v.Interruptions, what) {
		v.Interruptions = append(v.Interruptions, what)
	}
}

func (v *Verdict) interruptMasters(p Pool) {
	gone, restarting := p.Nodes.Replaced+p.Nodes.Removed, p.Nodes.Restarted
	switch {
	case gone > 0:
		v.interrupt(downtimeControlPlane, fmt.Sprintf("%s of %s %s, and the cluster's data is there", plural(gone, "control-plane node"), number(p.Before), goes(gone)))
	case restarting == 0:
	case restarting == 1 && p.Before == 1:
		v.interrupt(downtimeControlPlane, "the only control-plane node restarts: the API server does not answer meanwhile, and what runs goes on")
	case restarting > p.Before/2:
		v.interrupt(downtimeControlPlane, fmt.Sprintf("%s of %s restart, maybe at the same time: the API server may not answer meanwhile", plural(restarting, "control-plane node"), number(p.Before)))
	default:
		v.interrupt(downtimePods, fmt.Sprintf("%s of %s restarts: the others answer meanwhile", plural(restarting, "control-plane node"), number(p.Before)))
	}
}

func (v *Verdict) interruptPool(p Pool) {
	n := p.Nodes
	stopping := n.Replaced + n.Restarted
	switch {
	case stopping > 0 && stopping+n.Removed == p.Before:
		v.interrupt(downtimePool, fmt.Sprintf("pool %s: %s, so none is left meanwhile", p.Name, stops(n)))
	case stopping > 0:
		v.interrupt(downtimePods, fmt.Sprintf("pool %s: %s, and pods move", p.Name, stops(n)))
	case n.Removed > 0 && n.Removed == p.Before:
		v.interrupt(downtimePods, fmt.Sprintf("pool %s goes with %s: pods that need it find no other", p.Name, all(p.Before)))
	case n.Removed > 0:
		v.interrupt(downtimePods, fmt.Sprintf("pool %s: %s of %s %s, and pods move", p.Name, plural(n.Removed, "node"), number(p.Before), goes(n.Removed)))
	}
}

func stops(n NodeCount) string {
	var parts []string
	if n.Replaced > 0 {
		parts = append(parts, plural(n.Replaced, "node")+" replaced")
	}
	if n.Restarted > 0 {
		parts = append(parts, plural(n.Restarted, "node")+" restarted")
	}
	return strings.Join(parts, ", ")
}

// sentence is the verdict in words.
func (v Verdict) sentence(r Review) string {
	switch r.Outcome {
	case Invalid:
		return "the definition is wrong: " + plural(len(r.Faults), "fault")
	case Failed:
		return "the preview failed"
	case Refused:
		return "a running cluster cannot follow this change"
	}
	if len(r.Steps) == 0 {
		if len(r.Settings)+len(r.Secrets)+len(r.FirstBoot) > 0 {
			return "no resource changes; new nodes get other settings"
		}
		return "no changes"
	}
	if !r.Exists {
		return "a new cluster of " + plural(v.Nodes.Added, "node")
	}
	parts := []string{v.Nodes.words()}
	if v.Downtime == DowntimeNone {
		parts = append(parts, "no downtime")
	} else {
		parts = append(parts, "downtime: "+downtimeWords[v.Downtime])
	}
	return strings.Join(append(parts, "control plane "+v.ControlPlane), " · ")
}

var downtimeWords = map[string]string{
	downtimePods: "pods move", downtimePool: "a whole pool", downtimeControlPlane: "the control plane", downtimeCluster: "the whole cluster",
}

// words says what happens to nodes.
func (n NodeCount) words() string {
	if n.untouched() {
		return "no node changes"
	}
	var parts []string
	add := func(count int, what string) {
		if count > 0 {
			parts = append(parts, plural(count, "node")+" "+what)
		}
	}
	add(n.Removed, "removed")
	add(n.Replaced, "replaced")
	add(n.Restarted, "restarted")
	add(n.Updated-n.Restarted, "updated")
	add(n.Added, "added")
	add(n.Kept, "kept")
	return strings.Join(parts, ", ")
}

// words says what happens to a pool, after its name.
func (p Pool) words() string {
	counts := fmt.Sprintf("%d → %s", p.Before, plural(p.After, "node"))
	switch {
	case p.Before == 0:
		counts = "new, with " + plural(p.After, "node")
	case p.After == 0:
		counts = "removed, with " + all(p.Before)
	case p.Before == p.After:
		counts = plural(p.After, "node")
	}
	var details []string
	add := func(count int, what string) {
		if count == 0 {
			return
		}
		names := p.Names[what]
		switch {
		case len(names) == 0:
			details = append(details, fmt.Sprintf("%d %s", count, what))
		case len(names) > mostNames:
			details = append(details, fmt.Sprintf("%s and %d more %s", strings.Join(names[:mostNames], ", "), len(names)-mostNames, what))
		default:
			details = append(details, strings.Join(names, ", ")+" "+what)
		}
	}
	add(p.Nodes.Replaced, "replaced")
	add(p.Nodes.Restarted, "restarted")
	add(p.Nodes.Updated-p.Nodes.Restarted, "updated")
	if p.Before > 0 && p.After > 0 {
		add(p.Nodes.Removed, "removed")
		add(p.Nodes.Added, "added")
	}
	if p.NewOnly {
		details = append(details, "running machines stay as they are, new ones get the change")
	}
	if len(details) == 0 {
		return counts
	}
	return counts + " (" + strings.Join(details, "; ") + ")"
}

// mostNames is how many nodes are named in a line.
const mostNames = 6

func plural(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

func goes(n int) string {
	if n == 1 {
		return "goes"
	}
	return "go"
}

func number(n int) string { return strconv.Itoa(n) }

// all are all nodes of a pool.
func all(n int) string {
	if n == 1 {
		return "its only node"
	}
	return fmt.Sprintf("all its %d nodes", n)
}

func past(op string) string {
	return map[string]string{"replace": "replaced", "delete": "deleted", "update": "updated", "create": "created", "import": "imported"}[op]
}

// shortType is the type's last word: VirtualMachine.
func (s Step) shortType() string { return s.Type[strings.LastIndexByte(s.Type, ':')+1:] }
