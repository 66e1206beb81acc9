// Package sshaccess is how a cluster says that SSH reaches its machines: the form
// of the component's output ssh. It holds nothing secret.
package sshaccess

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Access is how SSH reaches the machines of a cluster.
type Access struct {
	// Entry is the only machine that SSH reaches from outside.
	Entry Entry `json:"entry"`
	// SourceCIDRs may reach it; empty means nobody.
	SourceCIDRs []string `json:"sourceCidrs"`
	// Private tells that Entry has no public address: it is reached from the
	// virtual network and its peers alone.
	Private bool `json:"private"`
	// LinuxUser and WindowsUser log in on the nodes. WindowsUser is empty where no
	// Windows machine runs OpenSSH.
	LinuxUser   string `json:"linuxUser"`
	WindowsUser string `json:"windowsUser,omitempty"`
	// Masters are the private addresses of the control plane, by name.
	Masters map[string]string `json:"masters"`
	// Pools are the agent pools, by name.
	Pools map[string]Pool `json:"pools"`
	// HostKeys are ED25519 keys in authorized_keys form, by the name of the master,
	// of the jumpbox or of the pool whose machines have it.
	HostKeys map[string]string `json:"hostKeys"`
}

// Entry is where SSH enters: the first master, or the jumpbox of a private
// cluster.
type Entry struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	User    string `json:"user"`
	// Jumpbox tells that it is no node.
	Jumpbox bool `json:"jumpbox"`
}

// Pool is what tells a pool's machines from others.
type Pool struct {
	// OS is linux or windows.
	OS string `json:"os"`
	// Prefix begins the names of its machines.
	Prefix string `json:"prefix"`
	// ScaleSet tells that Azure ends the names, with six digits of base 36. Else
	// they end in three digits.
	ScaleSet bool `json:"scaleSet"`
}

// Read reads the output.
func Read(output any) (Access, error) {
	var a Access
	data, err := json.Marshal(output)
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	if err != nil {
		return a, fmt.Errorf("reading how SSH reaches the cluster: %w", err)
	}
	return a, nil
}

// PoolOf finds the pool of a node by the node's name. Where a single machine has a
// name that an instance of another pool may have, it is the single machine's.
func (a Access) PoolOf(node string) (name string, pool Pool, found bool) {
	for _, candidate := range slices.Sorted(maps.Keys(a.Pools)) {
		p := a.Pools[candidate]
		if p.has(node) && (!found || pool.ScaleSet && (!p.ScaleSet || len(p.Prefix) > len(pool.Prefix))) {
			name, pool, found = candidate, p, true
		}
	}
	return name, pool, found
}

// has tells whether a machine's name may be one of the pool's:
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-instance-ids
func (p Pool) has(node string) bool {
	end, ok := strings.CutPrefix(strings.ToLower(node), p.Prefix)
	if !ok {
		return false
	}
	length, digits := 3, "0123456789"
	if p.ScaleSet {
		length, digits = 6, "0123456789abcdefghijklmnopqrstuvwxyz"
	}
	return len(end) == length && strings.Trim(end, digits) == ""
}
