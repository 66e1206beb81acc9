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

// Find finds a machine by its name. The error names those that exist.
func (c Cluster) Find(name string) (Machine, error) {
	var names []string
	for _, m := range c.Machines() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Machine{}, fmt.Errorf("the definition has no node %q; it has %s", name, strings.Join(names, ", "))
}

func (m Machine) isWindows() bool { return m.pool != nil && m.pool.OSType == apimodel.Windows }

// document renders the machine's document with what stands in for the resources.
func (c Cluster) document(m Machine, s standIns) (string, error) {
	if m.pool == nil {
		return c.Master(m.index, s.facts, s.pki, s.azure)
	}
	return c.Worker(m.pool, m.index, s.facts, s.sshKeys)
}
