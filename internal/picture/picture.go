// Package picture draws a cluster: as Mermaid and DOT for documents, as SVG and as
// a page for people. With a cluster before it, a picture shows what changes.
package picture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Cluster is what is drawn of a cluster.
type Cluster struct {
	// Definition is defaulted and valid.
	Definition *apimodel.Definition
	// Workload says that the sample runs where there are Windows nodes, Internal that
	// it is served inside the network alone.
	Workload, Internal bool
}

// Picture is a drawing. Make one with [New].
type Picture struct {
	Title, Release, Location string
	// Network is the address range of the virtual network, or that it is somebody
	// else's.
	Network string
	// API is how the API server is reached.
	API string
	// Control is the control plane, Pools are the pools in the order of their names,
	// those that go among them; a jumpbox is one.
	Control Group
	Pools   []Group
	// Workload says where the sample is served; empty without it.
	Workload string
	// Compared says that changes are drawn.
	Compared bool
}

// Group is machines of one kind.
type Group struct {
	Name, System, Size, Spread string
	Windows                    bool
	// Kept, Added and Removed count machines.
	Kept, Added, Removed int
	// Changed says in words what becomes of the others.
	Changed []string
}

// Count is the number of machines that there will be.
func (g Group) Count() int { return g.Kept + g.Added }

// New draws a cluster, or, with one before it, its changes.
func New(after Cluster, before *Cluster) Picture {
	d := after.Definition
	sum := d.Summary(apimodel.SummaryOptions{})
	p := Picture{
		Title: d.Properties.MasterProfile.DNSPrefix, Release: sum.Release, Location: d.Location,
		Network: network(sum), API: "public address, port 6443", Compared: before != nil,
	}
	if d.IsPrivate() {
		p.API = "address inside the network, port 6443"
	}
	if after.Workload && slices.ContainsFunc(sum.Machines, func(m apimodel.MachineGroup) bool { return m.OSType == apimodel.Windows }) {
		p.Workload = "public address, port 80"
		if after.Internal {
			p.Workload = "address inside the network"
		}
	}
	was := map[string]apimodel.MachineGroup{}
	if before != nil {
		for _, g := range before.Definition.Summary(apimodel.SummaryOptions{}).Machines {
			was[g.Name] = g
		}
	}
	for _, m := range sum.Machines {
		old, existed := was[m.Name]
		delete(was, m.Name)
		g := group(m, old, existed, before != nil)
		if m.Role == apimodel.RoleControlPlane {
			p.Control = g
		} else {
			p.Pools = append(p.Pools, g)
		}
	}
	for _, m := range was {
		g := group(m, m, true, true)
		g.Kept, g.Removed = 0, m.Count
		p.Pools = append(p.Pools, g)
	}
	slices.SortFunc(p.Pools, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

func group(m, old apimodel.MachineGroup, existed, compared bool) Group {
	g := Group{
		Name: m.Name, System: m.System, Size: m.VMSize, Spread: m.Availability, Windows: m.OSType == apimodel.Windows,
		Kept: m.Count,
	}
	if m.Spot {
		g.Spread += ", spot"
	}
	if !compared {
		return g
	}
	if !existed {
		g.Kept, g.Added = 0, m.Count
		return g
	}
	g.Kept, g.Added, g.Removed = min(m.Count, old.Count), max(0, m.Count-old.Count), max(0, old.Count-m.Count)
	for _, c := range []struct{ was, is string }{{old.VMSize, m.VMSize}, {old.System, m.System}, {old.Availability, m.Availability}} {
		if c.was != c.is {
			g.Changed = append(g.Changed, became(c.was, c.is))
		}
	}
	return g
}

// became is a change in words, without those that both begin with:
// "Windows Server 2022 → 2025".
func became(was, is string) string {
	before, after := strings.Fields(was), strings.Fields(is)
	for len(before) > 1 && len(after) > 1 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	return cmp.Or(was, "alone") + " → " + cmp.Or(strings.Join(after, " "), "alone")
}

func network(s apimodel.Summary) string {
	var ranges []string
	for _, u := range s.Addresses {
		if u.CIDR != "" && u.Network != "pods" && u.Network != "Services" {
			ranges = append(ranges, u.CIDR)
		}
	}
	if len(ranges) == 0 {
		return "existing subnets"
	}
	return strings.Join(ranges, ", ")
}

// counts says how many machines there are, and what comes and goes.
func (g Group) counts() string {
	s := fmt.Sprintf("%d × %s", g.Count(), g.Size)
	if g.Added > 0 {
		s += fmt.Sprintf(" (+%d)", g.Added)
	}
	if g.Removed > 0 {
		s += fmt.Sprintf(" (−%d)", g.Removed)
	}
	return s
}

// state is new, gone, changed or same.
func (g Group) state() string {
	switch {
	case g.Kept == 0 && g.Removed == 0 && g.Added > 0:
		return "new"
	case g.Count() == 0:
		return "gone"
	case g.Added+g.Removed+len(g.Changed) > 0:
		return "changed"
	default:
		return "same"
	}
}

// lines describe a group.
func (g Group) lines() []string {
	out := []string{g.counts(), g.System}
	if g.Spread != "" {
		out = append(out, g.Spread)
	}
	return append(out, g.Changed...)
}

// states are drawn when there is something to compare with.
func (p Picture) stateOf(g Group) string {
	if !p.Compared {
		return "same"
	}
	return g.state()
}
