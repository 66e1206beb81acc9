package apimodel

import (
	"cmp"
	"fmt"
	"slices"
)

// The roles of a node.
const (
	RoleControlPlane = "control-plane"
	RoleAgent        = "agent"
)

// Node is one machine of the cluster.
type Node struct {
	// Name is the VM's, the computer's and the Kubernetes node's name.
	Name string `json:"name"`
	// Role is RoleControlPlane or RoleAgent.
	Role string `json:"role"`
	// Pool is the agent pool's name, empty for the control plane.
	Pool   string `json:"pool,omitempty"`
	OSType OSType `json:"osType"`
	// Index is the number of the node in its pool or in the control plane.
	Index int `json:"index"`
}

// Nodes returns every node: the control plane, then the pools in the order of
// their names. The order of the pools in the definition plays no part. The
// definition must be defaulted.
func (d *Definition) Nodes() []Node {
	var nodes []Node
	if d.Properties.MasterProfile != nil {
		for i := range d.Properties.MasterProfile.Count {
			nodes = append(nodes, Node{Name: d.MasterName(i), Role: RoleControlPlane, OSType: Linux, Index: i})
		}
	}
	pools := slices.DeleteFunc(slices.Clone(d.Properties.AgentPoolProfiles), func(p *AgentPoolProfile) bool { return p == nil })
	slices.SortStableFunc(pools, func(a, b *AgentPoolProfile) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range pools {
		for i := range p.Count {
			nodes = append(nodes, Node{Name: p.NodeName(i), Role: RoleAgent, Pool: p.Name, OSType: p.OSType, Index: i})
		}
	}
	return nodes
}

// NodeName returns the name of a pool's node: the pool's name and a number of
// three digits, at most 15 characters, so that it fits a Windows computer name.
// Two nodes never share a name: the digits are always three, so equal names
// mean equal pools.
func (p *AgentPoolProfile) NodeName(i int) string { return fmt.Sprintf("%s%03d", p.Name, i) }

// MasterName returns the name of the master with that index:
// "<dnsPrefix>-control-plane-<i>".
func (d *Definition) MasterName(i int) string {
	return fmt.Sprintf("%s-%s-%d", d.Properties.MasterProfile.DNSPrefix, RoleControlPlane, i)
}
