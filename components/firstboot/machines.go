package firstboot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Machine is what runs one document: a machine, or a scale set, whose instances
// share theirs.
type Machine struct {
	// Name is the node's; of a scale set it is the pool's.
	Name string `json:"name"`
	// Pool is empty for masters.
	Pool string `json:"pool,omitempty"`
	OS   string `json:"os"`
	Role string `json:"role"`
	// Instances is the number of machines that run the document.
	Instances int `json:"instances"`

	pool  *apimodel.AgentPoolProfile
	index int
}

// Machines lists the documents of a definition: the masters', then the pools' in
// the order of their names.
func (c Cluster) Machines() []Machine {
	var list []Machine
	for _, n := range c.Definition.Nodes() {
		m := Machine{Name: n.Name, Pool: n.Pool, OS: strings.ToLower(string(n.OSType)), Role: n.Role, Instances: 1, index: n.Index}
		for _, p := range c.Definition.Properties.AgentPoolProfiles {
			if p.Name == n.Pool {
				m.pool = p
			}
		}
		if m.pool != nil && m.pool.IsScaleSet() {
			if n.Index > 0 {
				continue
			}
			m.Name, m.Instances = m.Pool, m.pool.Count
		}
		list = append(list, m)
	}
	return list
}

// Kinds are the masters and the first machine of each pool: the others of a pool
// run the same under another name, or less.
func (c Cluster) Kinds() []Machine {
	return slices.DeleteFunc(c.Machines(), func(m Machine) bool { return m.pool != nil && m.index > 0 })
}

// Find finds a machine by its name. A scale set has that of its pool and those of
// its instances. The error names those that exist.
func (c Cluster) Find(name string) (Machine, error) {
	var names []string
	machines := c.Machines()
	for _, m := range machines {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	// A whole name comes first: another pool's may look like an instance's.
	for _, m := range machines {
		if m.hasInstance(name) {
			return m, nil
		}
	}
	return Machine{}, fmt.Errorf("the definition has no node %q; it has %s", name, strings.Join(names, ", "))
}

// hasInstance tells whether a scale set may have an instance of that name: the
// prefix and six digits of base 36. Which there are, only Azure knows.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids
func (m Machine) hasInstance(name string) bool {
	if m.pool == nil || !m.pool.IsScaleSet() {
		return false
	}
	id, found := strings.CutPrefix(name, m.pool.ComputerNamePrefix())
	return found && len(id) == 6 && strings.Trim(strings.ToLower(id), "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

func (m Machine) isWindows() bool { return m.pool != nil && m.pool.OSType == apimodel.Windows }

// document renders the machine's document with what stands in for the resources.
func (c Cluster) document(m Machine, s standIns) (string, error) {
	if m.pool == nil {
		return c.Master(m.index, s.facts, s.pki, s.azure)
	}
	return c.Worker(m.pool, m.index, s.facts, s.sshKeys)
}
