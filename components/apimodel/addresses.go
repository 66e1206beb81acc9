package apimodel

import (
	"encoding/binary"
	"net/netip"
)

// Sizes of networks, in bits of a prefix.
const (
	// largestVnet and smallestVnet bound the address space of the network.
	largestVnet, smallestVnet = 8, 24
	// A control-plane subnet is a /24 where there is room for one.
	controlPlaneBits = 24
	// A node subnet is a /16, or half of a smaller network.
	nodeBits = 16
	// azureReserved is how many addresses of a subnet Azure keeps: the first
	// four and the last.
	// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
	azureReserved = 5
)

// AddressPlan is the cluster's networks, worked out from the definition.
type AddressPlan struct {
	// Vnet holds ControlPlaneSubnet and NodeSubnet, which do not overlap. All
	// three are CIDRs. In subnets that were there before, the two are empty, and
	// Vnet is what the definition says of the network.
	Vnet, ControlPlaneSubnet, NodeSubnet string
	// Pods and Services are CIDRs outside the virtual network.
	Pods, Services string
	// DNSServiceIP is the cluster DNS address in Services.
	DNSServiceIP string
	// MasterIPs are the private addresses of the masters, in their order.
	MasterIPs []string
	// APIServerIP is the address of the internal load balancer in front of the API
	// server; empty where there is none, see HasInternalBalancer.
	APIServerIP string
}

// AddressPlan works out the networks. The definition must be defaulted and
// valid; what is not an address in it stays empty in the plan.
func (d *Definition) AddressPlan() AddressPlan {
	var plan AddressPlan
	if p := d.Properties.OrchestratorProfile; p != nil && p.KubernetesConfig != nil {
		plan.Pods, plan.Services = p.KubernetesConfig.ClusterSubnet, p.KubernetesConfig.ServiceCIDR
		plan.DNSServiceIP = p.KubernetesConfig.DNSServiceIP
	}
	m := d.Properties.MasterProfile
	if m == nil {
		return plan
	}
	plan.Vnet = m.VnetCIDR
	first, err := netip.ParseAddr(m.FirstConsecutiveStaticIP)
	if err != nil || !first.Is4() {
		return plan
	}
	if !d.HasExistingSubnets() {
		vnet, err := netip.ParsePrefix(m.VnetCIDR)
		if err != nil || !plannable(vnet) || !vnet.Contains(first) {
			return plan
		}
		controlPlane := controlPlaneSubnet(vnet, first)
		plan.ControlPlaneSubnet = controlPlane.String()
		plan.NodeSubnet = nodeSubnet(vnet, controlPlane).String()
	}
	for i := range min(max(m.Count, 0), maxMasters) {
		plan.MasterIPs = append(plan.MasterIPs, nth(first, i).String())
	}
	if d.HasInternalBalancer() {
		plan.APIServerIP = nth(first, internalBalancerOffset).String()
	}
	return plan
}

const (
	maxMasters = 5
	// internalBalancerOffset is where AKS Engine puts the internal load balancer:
	// ten addresses behind the first master.
	internalBalancerOffset = 10
)

// HasExistingSubnets tells whether the nodes are put into subnets that were there
// before.
func (d *Definition) HasExistingSubnets() bool {
	m := d.Properties.MasterProfile
	return m != nil && m.VnetSubnetID != ""
}

// NodeSubnetID is the existing subnet of a pool, by resource id, or "" where the
// subnets are the cluster's own.
func (d *Definition) NodeSubnetID(p *AgentPoolProfile) string {
	m := d.Properties.MasterProfile
	switch {
	case p.VnetSubnetID != "":
		return p.VnetSubnetID
	case m != nil && m.AgentVnetSubnetID != "":
		return m.AgentVnetSubnetID
	case m != nil:
		return m.VnetSubnetID
	}
	return ""
}

// IsPrivate tells whether the API server has a private address only.
func (d *Definition) IsPrivate() bool {
	o := d.Properties.OrchestratorProfile
	if o == nil || o.KubernetesConfig == nil {
		return false
	}
	p := o.KubernetesConfig.PrivateCluster
	return p != nil && p.Enabled != nil && *p.Enabled
}

// HasInternalBalancer tells whether an internal load balancer stands in front of the
// API server, alone or beside the public one. The nodes then reach the API inside of
// the virtual network, and need neither the way out nor the public address:
//
//   - in subnets that were there before, the way out is their owner's, so nobody
//     knows from which addresses the nodes would come, and a limit to the ranges that
//     may reach the API would shut them out;
//   - where the masters stand in zones, the nodes must find the API when a zone is
//     lost, and a NAT gateway stands in one zone.
//
// Cluster API's flavour apiserver-ilb has the same form, and AKS Engine had it for
// several masters.
func (d *Definition) HasInternalBalancer() bool {
	m := d.Properties.MasterProfile
	return d.IsPrivate() || d.HasExistingSubnets() || m != nil && len(m.AvailabilityZones) > 0
}

// Jumpbox is the way into a private cluster, or nil.
func (d *Definition) Jumpbox() *JumpboxProfile {
	if !d.IsPrivate() {
		return nil
	}
	return d.Properties.OrchestratorProfile.KubernetesConfig.PrivateCluster.JumpboxProfile
}

// plannable tells whether two subnets can be laid out in the network.
func plannable(vnet netip.Prefix) bool {
	return vnet.Addr().Is4() && vnet.Bits() >= largestVnet && vnet.Bits() <= smallestVnet
}

// controlPlaneSubnet is the block around the first master: a /24, or an eighth
// of a network that is too small for one.
func controlPlaneSubnet(vnet netip.Prefix, first netip.Addr) netip.Prefix {
	return netip.PrefixFrom(first, max(controlPlaneBits, vnet.Bits()+3)).Masked()
}

// nodeSubnet is the first block of the node subnet's size that the control
// plane leaves free. There are at least two, so one is free.
func nodeSubnet(vnet, controlPlane netip.Prefix) netip.Prefix {
	bits := max(nodeBits, vnet.Bits()+1)
	block := netip.PrefixFrom(vnet.Masked().Addr(), bits)
	if block.Overlaps(controlPlane) {
		block = netip.PrefixFrom(nth(block.Addr(), addresses(block)), bits)
	}
	return block
}

// firstStaticIP is the default address of the first master: the sixth in the
// last block of the network, 10.255.255.5 in 10.240.0.0/12.
func firstStaticIP(vnet netip.Prefix) netip.Addr {
	size := addresses(vnet)
	last := controlPlaneSubnet(vnet, nth(vnet.Masked().Addr(), size-1))
	return nth(last.Addr(), 5)
}

// addresses is the number of addresses in an IPv4 prefix.
func addresses(p netip.Prefix) int { return 1 << (32 - p.Bits()) }

// nth returns the IPv4 address n places after another.
func nth(a netip.Addr, n int) netip.Addr {
	b := a.As4()
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+uint32(n)) //nolint:gosec // at most 2^24 here
	return netip.AddrFrom4(b)
}

// lastOf returns the last address of an IPv4 prefix.
func lastOf(p netip.Prefix) netip.Addr { return nth(p.Masked().Addr(), addresses(p)-1) }

// firstFree returns the first of the networks that overlaps none of those that
// are taken, or the very first.
func firstFree(candidates []string, taken ...string) string {
	for _, candidate := range candidates {
		prefix := netip.MustParsePrefix(candidate)
		free := true
		for _, other := range taken {
			p, err := netip.ParsePrefix(other)
			free = free && (err != nil || !p.Overlaps(prefix))
		}
		if free {
			return candidate
		}
	}
	return candidates[0]
}
