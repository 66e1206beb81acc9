package apimodel

import (
	"fmt"
	"time"
)

// named is something that a definition names and that may end.
type named struct {
	// path is where; owner is the pool's name, and empty for the cluster and its masters.
	path, owner string
	// kind and name are those of the table, and what is the name in a sentence.
	kind, name, what string
	// machines is how many are made of it; 0 for what is of none.
	machines int
}

// names are what the definition names and may end, but what images of the user's own
// bring along.
func (d *Definition) names() []named {
	release := d.Release().Minor
	all := []named{{path: pathRelease, kind: endOfKubernetes, name: release, what: "Kubernetes " + release}}
	if m := d.Properties.MasterProfile; m != nil {
		all = append(all, sizeNamed(pathMaster+".vmSize", "", m.VMSize, m.Count))
		if m.ImageReference == nil {
			all = append(all, named{path: pathMaster + ".distro", kind: endOfUbuntu, name: m.Ubuntu(), what: m.Ubuntu()})
		}
	}
	for i, p := range d.Properties.AgentPoolProfiles {
		if p == nil {
			continue
		}
		at := poolPath(i)
		all = append(all, sizeNamed(at+".vmSize", p.Name, p.VMSize, p.Count))
		switch {
		case d.OwnImage(p) != nil:
		case p.OSType == Windows:
			all = append(all, named{path: at + ".windowsRelease", owner: p.Name, kind: endOfWindows, name: p.WindowsRelease, what: "Windows Server " + p.WindowsRelease})
		default:
			all = append(all, named{path: at + ".distro", owner: p.Name, kind: endOfUbuntu, name: p.Ubuntu(), what: p.Ubuntu()})
		}
	}
	if box := d.jumpbox(); box != nil {
		// No pool has such a name.
		all = append(all, sizeNamed(pathJumpbox+".vmSize", "jumpbox "+box.Name, box.VMSize, 1))
	}
	return all
}

const pathJumpbox = pathPrivate + ".jumpboxProfile"

func (d *Definition) jumpbox() *JumpboxProfile {
	if k := d.kubernetes(); k != nil && k.PrivateCluster != nil {
		return k.PrivateCluster.JumpboxProfile
	}
	return nil
}

func sizeNamed(path, owner, size string, machines int) named {
	return named{path: path, owner: owner, kind: endOfVMSize, name: size, what: "VM size " + size, machines: machines}
}

// ends holds what the definition names against the table of ends, where the day is
// known: a warning in time, and a fault after the last day.
//
// What a running cluster has and keeps is warned of after its end as well, and not
// refused, or a definition could not be used any more for something that happened to
// it: Kubernetes and the systems go on without updates, and a pool whose VM size Azure
// has retired must be able to stay in the definition until another has taken its place.
// Its machines are deallocated by then, and Azure makes no more of them, so that more
// of them is refused.
// https://learn.microsoft.com/azure/virtual-machines/sizes/retirement/retirement-overview
func (c *checker) ends() {
	if c.given.Today.IsZero() {
		return
	}
	var running []named
	if c.given.Running != nil {
		running = c.given.Running.names()
	}
	for _, n := range c.d.names() {
		if e, known := endingOf(n.kind, n.name); known && !e.Ends.IsZero() {
			c.ending(n, e, running)
		}
	}
}

// Ended are the faults of what has ended by a day and is not in a running cluster
// already; running is nil where none runs. Both definitions are defaulted.
func (d *Definition) Ended(today time.Time, running *Definition) Faults {
	c := &checker{d: d, given: Given{Today: today, Running: running}}
	c.ends()
	return sorted(c.faults)
}

func (c *checker) ending(n named, e Ending, running []named) {
	last := e.Ends.Format(time.DateOnly)
	use := "use " + e.Instead
	over, was := n.after(last), before(running, n)
	switch today := c.given.Today; {
	case today.Before(e.Warns):
	case !e.over(today):
		c.warn(n.path, fmt.Sprintf("%s is on its way out: its last day is %s (%s)", n.what, last, e.Source), use+" for new pools and clusters"+n.leave())
	case was == nil:
		if c.given.Running == nil {
			use += "; a cluster that runs with it already may keep it"
		}
		c.fault(n.path, over+" ("+e.Source+")", use)
	case n.machines > was.machines:
		c.fault(n.path, fmt.Sprintf("%s, and %d are asked for where %d run (%s)", over, n.machines, was.machines, e.Source),
			fmt.Sprintf("keep the count at %d, and %s for a further pool", was.machines, use))
	default:
		c.warn(n.path, over+" ("+e.Source+"); what runs may keep it", use+" for new pools and clusters"+n.leave())
	}
}

// after is what is so when the last day has gone by.
func (n named) after(last string) string {
	if n.kind == endOfVMSize {
		return fmt.Sprintf("%s was retired on %s: Azure makes no more machines of it and deallocates those that it finds", n.what, last)
	}
	return fmt.Sprintf("%s has had no updates since %s", n.what, last)
}

// leave is how a pool leaves a VM size.
func (n named) leave() string {
	if n.kind != endOfVMSize || n.owner == "" {
		return ""
	}
	return "; where this one runs, add a pool of another name and size, drain the nodes of this one, and then take it out"
}

// before finds what a running cluster has of the same kind in the same place, if it is
// the same.
func before(running []named, n named) *named {
	for i := range running {
		if r := &running[i]; r.kind == n.kind && r.owner == n.owner && r.name == n.name {
			return r
		}
	}
	return nil
}
