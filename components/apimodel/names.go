package apimodel

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
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
	for _, p := range d.sortedPools() {
		for i := range p.Count {
			nodes = append(nodes, Node{Name: p.NodeName(i), Role: RoleAgent, Pool: p.Name, OSType: p.OSType, Index: i})
		}
	}
	return nodes
}

// NodeName returns the name of a pool's node, at most 15 characters where it must
// fit a Windows computer name. In an availability set it is the pool's name and
// a number of three digits. In a scale set it is what Azure makes of the prefix
// and the instance's number; after machines were taken away and added again the
// numbers go on, so there the name is that of a set which only grew.
func (p *AgentPoolProfile) NodeName(i int) string {
	if p.IsScaleSet() {
		return p.ComputerNamePrefix() + instanceSuffix(i)
	}
	return fmt.Sprintf("%s%03d", p.Name, i)
}

// IsScaleSet tells whether the pool's machines are instances of a scale set.
func (p *AgentPoolProfile) IsScaleSet() bool { return p.AvailabilityProfile == ScaleSets }

// longestWindowsPrefix leaves room for the six characters that Azure appends in a
// Windows computer name of 15.
const longestWindowsPrefix = 9

// ComputerNamePrefix starts the names of a scale set's instances. A Windows
// pool's name that is too long for it is cut to five characters, with four hex
// digits of its hash behind them.
func (p *AgentPoolProfile) ComputerNamePrefix() string {
	switch {
	case p.OSType != Windows:
		return p.Name + "-"
	case len(p.Name) <= longestWindowsPrefix:
		return p.Name
	}
	sum := sha256.Sum256([]byte(p.Name))
	return p.Name[:5] + hex.EncodeToString(sum[:2])
}

// instanceSuffix is the number of a scale set's instance as Azure writes it in a
// computer name: six digits to the base of 36. Node names are lower case.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids#scale-set-vm-computer-name
func instanceSuffix(i int) string {
	digits := strconv.FormatInt(int64(i), 36)
	return strings.Repeat("0", max(0, 6-len(digits))) + digits
}

// MasterName returns the name of the master with that index:
// "<dnsPrefix>-control-plane-<i>".
func (d *Definition) MasterName(i int) string {
	return fmt.Sprintf("%s-%s-%d", d.Properties.MasterProfile.DNSPrefix, RoleControlPlane, i)
}
