package review

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/hybridcluster/hybridcluster/internal/report"
)

// NodeCount counts nodes by what happens to them.
type NodeCount struct {
	// Kept nodes run on as they are.
	Kept int `json:"kept"`
	// Updated nodes are changed in place; Restarted counts those of them that
	// restart for it.
	Updated   int `json:"updated"`
	Restarted int `json:"restarted"`
	Replaced  int `json:"replaced"`
	Added     int `json:"added"`
	Removed   int `json:"removed"`
}

func (n *NodeCount) add(o NodeCount) {
	n.Kept += o.Kept
	n.Updated += o.Updated
	n.Restarted += o.Restarted
	n.Replaced += o.Replaced
	n.Added += o.Added
	n.Removed += o.Removed
}

// before and after count the nodes on both sides.
func (n NodeCount) before() int { return n.Kept + n.Updated + n.Replaced + n.Removed }
func (n NodeCount) after() int  { return n.Kept + n.Updated + n.Replaced + n.Added }

// untouched tells that nothing happens to any node.
func (n NodeCount) untouched() bool { return n.Kept == n.before() && n.Added == 0 }

// Pool is what happens to the nodes of a pool, or to the control plane.
type Pool struct {
	// Name is the pool's, or "control plane".
	Name string `json:"name"`
	// Before and After are the numbers of nodes.
	Before int       `json:"before"`
	After  int       `json:"after"`
	Nodes  NodeCount `json:"nodes"`
	// Names lists the single machines by what happens to them: added, removed,
	// replaced, restarted, updated. Instances of scale sets have no fixed names.
	Names map[string][]string `json:"names,omitempty"`
	// ScaleSet says that the pool is one.
	ScaleSet bool `json:"scaleSet,omitempty"`
	// NewOnly says that the set changes and its running machines do not: new ones
	// get the change.
	NewOnly bool `json:"newOnly,omitempty"`
	// Why are the properties that replace machines.
	Why []string `json:"why,omitempty"`
}

// pools works out what happens to nodes, from machines and scale sets.
func pools(resources []resource, places atlas) []Pool {
	byName := map[string]*Pool{}
	for _, r := range resources {
		part := places.part(r)
		name, isPool := strings.CutPrefix(part, partPool)
		if part != partControlPlane && !isPool || !r.is(typeVM) && !r.is(typeScaleSet) {
			continue
		}
		p := byName[name]
		if p == nil {
			p = &Pool{Name: name, Names: map[string][]string{}}
			byName[name] = p
		}
		if r.is(typeScaleSet) {
			p.addScaleSet(r)
		} else {
			p.addMachine(r)
		}
	}
	out := make([]Pool, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		p := byName[name]
		p.Before, p.After = p.Nodes.before(), p.Nodes.after()
		for _, names := range p.Names {
			slices.Sort(names)
		}
		slices.Sort(p.Why)
		p.Why = slices.Compact(p.Why)
		out = append(out, *p)
	}
	slices.SortStableFunc(out, func(a, b Pool) int {
		return -cmp.Compare(boolToInt(a.Name == partControlPlane), boolToInt(b.Name == partControlPlane))
	})
	return out
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *Pool) addMachine(r resource) {
	name, _ := r.any()["vmName"].(string)
	name = cmp.Or(name, r.name)
	note := func(what string) { p.Names[what] = append(p.Names[what], name) }
	switch r.op {
	case apitype.OpCreate:
		p.Nodes.Added++
		note("added")
	case apitype.OpDelete:
		p.Nodes.Removed++
		note("removed")
	case apitype.OpReplace:
		p.Nodes.Replaced++
		note("replaced")
		p.Why = append(p.Why, forcing(*r.step)...)
	case apitype.OpUpdate:
		p.Nodes.Updated++
		if restarts(r) {
			p.Nodes.Restarted++
			note("restarted")
		} else {
			note("updated")
		}
	default:
		p.Nodes.Kept++
	}
}

// restarting are the properties that Azure changes on a machine by restarting it:
// https://learn.microsoft.com/azure/virtual-machines/sizes/resize-vm
var restarting = []string{"hardwareProfile", "networkProfile", "additionalCapabilities", "securityProfile", "proximityPlacementGroup"}

func restarts(r resource) bool {
	for _, c := range r.step.Diff {
		root, _, _ := strings.Cut(c.Path, ".")
		if slices.Contains(restarting, root) {
			return true
		}
	}
	return false
}

func (p *Pool) addScaleSet(r resource) {
	p.ScaleSet = true
	before, after := capacity(r.before()), capacity(r.after())
	change := NodeCount{Added: max(0, after-before), Removed: max(0, before-after)}
	if stay := min(before, after); r.op == apitype.OpReplace {
		change.Replaced = stay
		p.Why = append(p.Why, forcing(*r.step)...)
	} else {
		change.Kept = stay
	}
	p.NewOnly = r.op == apitype.OpUpdate && !onlyCapacity(r)
	p.Nodes.add(change)
}

// capacity is the number of machines of a scale set; 0 where there is no set.
func capacity(inputs map[string]any) int {
	sku, _ := inputs["sku"].(map[string]any)
	n, _ := sku["capacity"].(float64)
	return int(n)
}

// onlyCapacity tells that nothing but the number of machines changes, or their
// tags, which Azure does not put on running machines anyway.
func onlyCapacity(r resource) bool {
	return !slices.ContainsFunc(r.step.Diff, func(c report.PropertyChange) bool {
		return c.Path != "sku.capacity" && !strings.HasPrefix(c.Path, "tags")
	})
}
