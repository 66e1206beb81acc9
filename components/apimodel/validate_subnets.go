package apimodel

import (
	"fmt"
	"net/netip"
)

// subnets checks subnets that were there before: all profiles name one or none
// does, and all are in one network.
func (c *checker) subnets(m *MasterProfile) {
	if m == nil {
		return
	}
	const master, agents = pathMaster + ".vnetSubnetID", pathMaster + ".agentVnetSubnetID"
	if m.VnetSubnetID == "" {
		c.noMasterSubnet(m)
		return
	}
	c.resourceID(master, m.VnetSubnetID, subnetKind())
	c.warn(master, "the subnets are their owner's: the way out to the internet (a NAT gateway or a firewall) and what their security groups let through are not declared here",
		"see that nodes can reach the internet, and the masters on port 6443")
	theirs, err := ParseSubnetID(m.VnetSubnetID)
	if m.AgentVnetSubnetID != "" && c.resourceID(agents, m.AgentVnetSubnetID, subnetKind()) && err == nil {
		c.sameVnet(agents, m.AgentVnetSubnetID, theirs)
	}
	for i, p := range c.d.Properties.AgentPoolProfiles {
		if p == nil {
			continue
		}
		at := poolPath(i) + ".vnetSubnetID"
		switch {
		case p.VnetSubnetID == "" && m.AgentVnetSubnetID == "":
			c.fault(at, "is missing: the masters are in a subnet that was there before, so each pool must name one too",
				"add it, or set agentVnetSubnetID of the masterProfile for all pools")
		case p.VnetSubnetID != "" && c.resourceID(at, p.VnetSubnetID, subnetKind()) && err == nil:
			c.sameVnet(at, p.VnetSubnetID, theirs)
		}
	}
	c.noWayOut()
}

// noMasterSubnet refuses subnets for some of the machines only. One message says
// so, at the masters' profile, if it is pools that name them.
func (c *checker) noMasterSubnet(m *MasterProfile) {
	if m.AgentVnetSubnetID != "" {
		c.fault(pathMaster+".agentVnetSubnetID", "is set, and the masters have no vnetSubnetID: all machines are in subnets that were there before, or none",
			"add vnetSubnetID to the masterProfile, or remove agentVnetSubnetID")
		return
	}
	for i, p := range c.d.Properties.AgentPoolProfiles {
		if p != nil && p.VnetSubnetID != "" {
			c.fault(poolPath(i)+".vnetSubnetID", "is set, and the masters have no vnetSubnetID: all machines are in subnets that were there before, or none",
				"add vnetSubnetID to the masterProfile, or remove it from all pools")
			return
		}
	}
}

func (c *checker) sameVnet(path, id string, theirs SubnetID) {
	if own, err := ParseSubnetID(id); err == nil && !c.blank[pathMaster+".vnetSubnetID"] && !own.SameVnet(theirs) {
		c.fault(path, fmt.Sprintf("is in the network %s, and the masters are in %s", own.VnetID(), theirs.VnetID()), "use subnets of one network")
	}
}

// noWayOut refuses what describes the cluster's own way out, where the subnets'
// owner has made one.
func (c *checker) noWayOut() {
	o := c.d.Properties.OrchestratorProfile
	if o == nil || o.KubernetesConfig == nil {
		return
	}
	for path, value := range map[string]int{
		pathOutboundIPs: o.KubernetesConfig.LoadBalancerOutboundIPs, pathIdleTimeout: o.KubernetesConfig.OutboundRuleIdleTimeoutInMinutes,
	} {
		if value != 0 {
			c.fault(path, "is set, and the nodes are in subnets that were there before: the way out is their owner's", "remove it")
		}
	}
}

const (
	pathOutboundIPs = pathKubernetes + ".loadBalancerOutboundIPs"
	pathIdleTimeout = pathKubernetes + ".outboundRuleIdleTimeoutInMinutes"
)

// outbound holds the cluster's own way out against the limits of a NAT gateway:
// https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
func (c *checker) outbound(k *KubernetesConfig) {
	if c.d.HasExistingSubnets() {
		return
	}
	if n := k.LoadBalancerOutboundIPs; n < 1 || n > 16 {
		c.fault(pathOutboundIPs, fmt.Sprintf("must be 1 to 16 public addresses, is %d", n), "leave it out to take 1")
	}
	if n := k.OutboundRuleIdleTimeoutInMinutes; n < 4 || n > 120 {
		c.fault(pathIdleTimeout, fmt.Sprintf("must be 4 to 120 minutes, is %d", n), fmt.Sprintf("leave it out to take %d", defaultIdleTimeout))
	}
}

// span renders a run of addresses.
func span(first, last netip.Addr) string {
	if first == last {
		return first.String()
	}
	return fmt.Sprintf("%s to %s", first, last)
}

// firstIPInExisting checks the masters' addresses in a subnet that was there
// before, as far as it is known.
func (c *checker) firstIPInExisting(m *MasterProfile, vnet, pods, services network) {
	first, err := netip.ParseAddr(m.FirstConsecutiveStaticIP)
	last := c.masters() - 1
	if c.d.HasInternalBalancer() {
		last = internalBalancerOffset
	}
	switch {
	case m.FirstConsecutiveStaticIP == "":
		c.fault(pathFirstIP, "is missing: in a subnet that was there before, the first master's address cannot be made up",
			fmt.Sprintf("add an address of the subnet with %d free ones behind it", last))
		return
	case err != nil || !first.Is4():
		c.fault(pathFirstIP, fmt.Sprintf("%q is no IPv4 address", m.FirstConsecutiveStaticIP), "use an address of the masters' subnet")
		return
	}
	for _, forbidden := range forbiddenNetworks() {
		if forbidden.Contains(first) {
			c.fault(pathFirstIP, fmt.Sprintf("%s is in %s, which Azure keeps for itself", first, forbidden), "use an address of the masters' subnet")
			return
		}
	}
	end := nth(first, last)
	outside := vnet.IsValid() && (!vnet.Contains(first) || !vnet.Contains(end) || end.Less(first))
	for _, n := range []network{pods, services} {
		// Where the whole network overlaps, that is the mistake.
		overlaps := n.IsValid() && vnet.IsValid() && n.Overlaps(vnet.Prefix)
		if n.IsValid() && !overlaps && (n.Contains(first) || n.Contains(end)) {
			c.fault(pathFirstIP, fmt.Sprintf("the control plane's addresses, %s, are in %s of %s", span(first, end), n.Prefix, n.path), "use addresses of the masters' subnet, which no other network may hold")
			return
		}
	}
	if outside {
		c.fault(pathFirstIP, fmt.Sprintf("the control plane's addresses, %s, are not all in vnetCidr %s", span(first, end), vnet.Prefix), "use an address of the masters' subnet")
		return
	}
	c.keptByAzure(first, end, vnet)
}

// keptByAzure: a subnet's first four addresses and its last are Azure's. The subnet's
// own size is not known here, only the network's, which it cannot be larger than.
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
func (c *checker) keptByAzure(first, end netip.Addr, vnet network) {
	if !vnet.IsValid() || !vnet.Addr().Is4() {
		return
	}
	lowest, last := nth(vnet.Masked().Addr(), azureReserved-1), lastOf(vnet.Prefix)
	if first.Less(lowest) || !end.Less(last) {
		c.fault(pathFirstIP, fmt.Sprintf("the control plane's addresses, %s, meet those of vnetCidr %s that Azure keeps: the first four and the last of a subnet", span(first, end), vnet.Prefix),
			fmt.Sprintf("use an address from %s to %s", lowest, nth(last, -1-(addressesFrom(first, end)))))
	}
}

// addressesFrom is how many addresses lie between two, the last one with them.
func addressesFrom(first, end netip.Addr) int {
	n := 0
	for a := first; a.Less(end); a = a.Next() {
		n++
	}
	return n
}
