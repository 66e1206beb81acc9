package apimodel

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// AddressUse says how full a network is when the cluster is up.
type AddressUse struct {
	// Network is "control plane", "nodes", "pods", "Services", or the name of an
	// existing subnet.
	Network string `json:"network"`
	// CIDR is empty for an existing subnet: its size is not known.
	CIDR string `json:"cidr,omitempty"`
	// Unit is what Used and Free count.
	Unit string `json:"unit"`
	// Used is what the cluster takes at its start. Load balancers inside the
	// network and Services take more later.
	Used int `json:"used"`
	// Free is nil where the size is not known.
	Free *int `json:"free,omitempty"`
}

const unitAddresses = "addresses"

// unitBlocks is what Calico gives addresses out in; each node has one block or
// more.
var unitBlocks = fmt.Sprintf("blocks of /%d", podBlockBits)

const (
	// firstServices are the API server's own Service and the cluster's DNS.
	firstServices = 2
	// The first and the last address of the Services' network are not given out:
	// https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/registry/core/service/ipallocator/ipallocator.go
	serviceReserved = 2
)

func (d *Definition) addressUse() []AddressUse {
	plan := d.AddressPlan()
	uses := d.existingSubnetUse()
	if !d.HasExistingSubnets() {
		uses = append(uses, use("control plane", plan.ControlPlaneSubnet, unitAddresses, 0, azureReserved, d.controlPlaneAddresses()),
			use("nodes", plan.NodeSubnet, unitAddresses, 0, azureReserved, d.agentCount()))
	}
	nodes := d.agentCount()
	if m := d.Properties.MasterProfile; m != nil {
		nodes += m.Count
	}
	return append(uses, use("pods", plan.Pods, unitBlocks, 32-podBlockBits, 0, nodes),
		use("Services", plan.Services, unitAddresses, 0, serviceReserved, firstServices))
}

// use works out what is left of a network whose addresses are given out in
// blocks of 2^blockBits.
func use(network, cidr, unit string, blockBits, reserved, used int) AddressUse {
	u := AddressUse{Network: network, CIDR: cidr, Unit: unit, Used: used}
	if prefix, err := netip.ParsePrefix(cidr); err == nil && prefix.Addr().Is4() {
		u.Free = new(max(0, addresses(prefix)>>blockBits-reserved-used))
	}
	return u
}

// agentCount is the number of nodes in all pools.
func (d *Definition) agentCount() int {
	sum := 0
	for _, p := range d.sortedPools() {
		sum += p.Count
	}
	return sum
}

// controlPlaneAddresses are the masters', the internal load balancer's and the
// jumpbox's.
func (d *Definition) controlPlaneAddresses() int {
	sum := 0
	if m := d.Properties.MasterProfile; m != nil {
		sum = m.Count
	}
	if d.HasInternalBalancer() {
		sum++
	}
	if d.Jumpbox() != nil {
		sum++
	}
	return sum
}

// existingSubnetUse counts by subnet what is put into networks of somebody else.
func (d *Definition) existingSubnetUse() []AddressUse {
	if !d.HasExistingSubnets() {
		return nil
	}
	var uses []AddressUse
	take := func(id string, count int) {
		name := id
		if subnet, err := ParseSubnetID(id); err == nil {
			name = subnet.Vnet + "/" + subnet.Subnet
		}
		i := slices.IndexFunc(uses, func(u AddressUse) bool { return u.Network == name })
		if i < 0 {
			i = len(uses)
			uses = append(uses, AddressUse{Network: name, Unit: unitAddresses})
		}
		uses[i].Used += count
	}
	take(d.Properties.MasterProfile.VnetSubnetID, d.controlPlaneAddresses())
	for _, p := range d.sortedPools() {
		take(d.NodeSubnetID(p), p.Count)
	}
	slices.SortStableFunc(uses[1:], func(a, b AddressUse) int { return cmp.Compare(a.Network, b.Network) })
	return uses
}
