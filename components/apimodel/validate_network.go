package apimodel

import (
	"fmt"
	"net/netip"
	"strings"
)

// podBlockBits is the size of the block of pod addresses that Calico gives to a
// node. A Windows node gets exactly one.
// https://docs.tigera.io/calico/latest/reference/resources/ippool
const podBlockBits = 26

const (
	pathVnet     = pathMaster + ".vnetCidr"
	pathFirstIP  = pathMaster + ".firstConsecutiveStaticIP"
	pathPods     = pathKubernetes + ".clusterSubnet"
	pathServices = pathKubernetes + ".serviceCidr"
	pathDNS      = pathKubernetes + ".dnsServiceIP"
)

// network is one of the cluster's networks; it is valid if its text is one.
type network struct {
	path string
	netip.Prefix
}

func (c *checker) networks(k *KubernetesConfig) {
	pods, services := c.cidr(pathPods, k.ClusterSubnet), c.cidr(pathServices, k.ServiceCIDR)
	vnet := network{path: pathVnet}
	if m := c.d.Properties.MasterProfile; m != nil {
		// Of a network that was there before, nothing need be said.
		if m.VnetCIDR != "" || !c.d.HasExistingSubnets() {
			vnet = c.cidr(pathVnet, m.VnetCIDR)
		}
		if c.d.HasExistingSubnets() {
			c.firstIPInExisting(m, vnet, pods, services)
		} else if vnet.IsValid() {
			c.vnet(vnet.Prefix, m)
		}
	}
	c.apart(pods, vnet)
	c.apart(services, vnet)
	c.apart(pods, services)
	if pods.IsValid() {
		c.podNetwork(pods.Prefix)
	}
	if services.IsValid() {
		c.serviceNetwork(services.Prefix, k.DNSServiceIP)
	}
}

// cidr reads an IPv4 network and checks that it can be used on Azure at all.
func (c *checker) cidr(path, text string) network {
	none := network{path: path}
	if networks := strings.Split(text, ","); len(networks) > 1 {
		c.fault(path, fmt.Sprintf("names %d networks, and dual-stack clusters are not supported: nodes, pods and Services have IPv4 addresses only", len(networks)),
			"keep one IPv4 network, such as "+ipv4Of(networks))
		return none
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		c.fault(path, fmt.Sprintf("%q is no network", text), "write a CIDR such as "+defaultVnetCIDR)
		return none
	case !p.Addr().Is4():
		c.fault(path, text+" is an IPv6 network, which is not supported yet", "use an IPv4 network such as "+defaultVnetCIDR)
		return none
	case p != p.Masked():
		c.fault(path, text+" has bits set beyond its prefix", fmt.Sprintf("write %s", p.Masked()))
		return none
	}
	for _, forbidden := range forbiddenNetworks() {
		if p.Overlaps(forbidden) {
			c.fault(path, fmt.Sprintf("%s overlaps %s, which Azure keeps for itself", text, forbidden), "use a private network, for example in 10.0.0.0/8")
			return none
		}
	}
	return network{path: path, Prefix: p}
}

// ipv4Of picks the IPv4 network of a list.
func ipv4Of(networks []string) string {
	for _, text := range networks {
		if p, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil && p.Addr().Is4() {
			return p.String()
		}
	}
	return "10.244.0.0/16"
}

// forbiddenNetworks cannot be used in a virtual network:
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
func forbiddenNetworks() []netip.Prefix {
	ip := netip.AddrFrom4
	return []netip.Prefix{
		netip.PrefixFrom(ip([4]byte{}), 8), netip.PrefixFrom(ip([4]byte{127}), 8), netip.PrefixFrom(ip([4]byte{168, 63, 129, 16}), 32),
		netip.PrefixFrom(ip([4]byte{169, 254}), 16), netip.PrefixFrom(ip([4]byte{224}), 4), netip.PrefixFrom(ip([4]byte{255, 255, 255, 255}), 32),
	}
}

// apart checks that two networks do not overlap. Packets would go to the wrong
// one.
func (c *checker) apart(one, other network) {
	if one.IsValid() && other.IsValid() && one.Overlaps(other.Prefix) {
		c.fault(one.path, fmt.Sprintf("%s overlaps %s of %s", one.Prefix, other.Prefix, other.path), "leave it out to take one that is free, or move one of the two")
	}
}

func (c *checker) vnet(vnet netip.Prefix, m *MasterProfile) {
	if !plannable(vnet) {
		c.fault(pathVnet, fmt.Sprintf("must be a /%d to /%d network, is a /%d", largestVnet, smallestVnet, vnet.Bits()), "use for example "+defaultVnetCIDR)
		return
	}
	first, err := netip.ParseAddr(m.FirstConsecutiveStaticIP)
	switch {
	case err != nil:
		c.fault(pathFirstIP, fmt.Sprintf("%q is no IP address", m.FirstConsecutiveStaticIP), fmt.Sprintf("use for example %s", firstStaticIP(vnet)))
		return
	case !vnet.Contains(first):
		c.fault(pathFirstIP, fmt.Sprintf("%s is outside vnetCidr %s", first, vnet), fmt.Sprintf("use for example %s", firstStaticIP(vnet)))
		return
	}
	controlPlane := controlPlaneSubnet(vnet, first)
	c.controlPlaneAddresses(controlPlane, first)
	nodes := nodeSubnet(vnet, controlPlane)
	if have, need := addresses(nodes)-azureReserved, c.agents()+c.surge(); need > have {
		c.fault(pathVnet, fmt.Sprintf("has room for %d machines in its node subnet %s; the pools need %d: %s, and one more for each of %s while a node is replaced",
			have, nodes, need, amount(c.agents(), "node"), amount(c.surge(), "pool")), "use a larger network")
	}
}

// controlPlaneAddresses checks that the masters, and an internal load balancer behind
// them, have addresses that Azure gives away.
func (c *checker) controlPlaneAddresses(subnet netip.Prefix, first netip.Addr) {
	lowest, highest := nth(subnet.Addr(), azureReserved-1), nth(lastOf(subnet), -1)
	count := c.masters()
	last, room := count-1, fmt.Sprintf("%d masters", count)
	if c.d.HasInternalBalancer() {
		last, room = internalBalancerOffset, fmt.Sprintf("%d masters and the internal load balancer, which is %d addresses behind the first,", count, internalBalancerOffset)
	}
	if first.Less(lowest) || highest.Less(first) || highest.Less(nth(first, last)) {
		c.fault(pathFirstIP, fmt.Sprintf("%s leaves no room for %s beside the addresses that Azure keeps in %s", first, room, subnet),
			fmt.Sprintf("use an address from %s to %s", lowest, nth(highest, -last)))
	}
}

// masters is the number of masters as far as it is sensible.
func (c *checker) masters() int {
	if m := c.d.Properties.MasterProfile; m != nil {
		return min(max(m.Count, 1), maxMasters)
	}
	return 1
}

// agents is the number of nodes in all pools.
func (c *checker) agents() int {
	sum := 0
	for _, p := range c.d.Properties.AgentPoolProfiles {
		if p != nil && p.Count > 0 {
			sum += min(c.d.MostNodes(p), maxPoolNodes)
		}
	}
	return sum
}

// surge is how many machines there may be beside the nodes: one in each pool,
// while a node is replaced.
func (c *checker) surge() int {
	pools := 0
	for _, p := range c.d.Properties.AgentPoolProfiles {
		if p != nil && p.Count > 0 {
			pools++
		}
	}
	return pools
}

// podNetwork checks that each node has a block of addresses for its pods, and
// warns where the nodes cannot be full at the same time.
func (c *checker) podNetwork(pods netip.Prefix) {
	blocks := 0
	if pods.Bits() <= podBlockBits {
		blocks = 1 << (podBlockBits - pods.Bits())
	}
	nodes := c.agents() + c.masters()
	if need := nodes + c.surge(); blocks < need {
		c.fault(pathPods, fmt.Sprintf("%s has %d blocks of a /%d for the pods of a node; the cluster needs %d: one for each of %s, and one for each of %s while a node is replaced",
			pods, blocks, podBlockBits, need, amount(nodes, "node"), amount(c.surge(), "pool")), "use a larger network")
		return
	}
	const perBlock = 1 << (32 - podBlockBits)
	full := c.masters() * blocksFor(c.d.MaxPods(nil))
	for _, p := range c.d.Properties.AgentPoolProfiles {
		if p != nil && p.Count > 0 {
			full += min(c.d.MostNodes(p), maxPoolNodes) * blocksFor(c.d.MaxPods(p))
		}
	}
	if full > blocks {
		c.warn(pathPods, fmt.Sprintf("%s has %d blocks of %d pod addresses; nodes with as many pods as maxPods allows would need %d", pods, blocks, perBlock, full),
			"use a larger network, or a smaller maxPods")
	}
}

// blocksFor is the number of blocks that a node with so many pods needs. The
// number may be anything that a user wrote.
func blocksFor(pods int) int {
	const perBlock, most = 1 << (32 - podBlockBits), 1 << 16
	return (min(max(pods, 1), most) + perBlock - 1) / perBlock
}

// serviceNetwork holds the Services' network against the API server's limit
// (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/)
// and the cluster DNS address against the network.
func (c *checker) serviceNetwork(services netip.Prefix, dns string) {
	if services.Bits() < 12 || services.Bits() > 28 {
		c.fault(pathServices, fmt.Sprintf("must be a /12 to /28 network, is a /%d", services.Bits()), "use for example 10.0.0.0/16")
		return
	}
	a, err := netip.ParseAddr(dns)
	tenth := nth(services.Addr(), 10)
	remedy := fmt.Sprintf("use for example %s", tenth)
	switch {
	case err != nil:
		c.fault(pathDNS, fmt.Sprintf("%q is no IP address", dns), remedy)
	case !services.Contains(a):
		c.fault(pathDNS, fmt.Sprintf("%s is outside serviceCidr %s", a, services), remedy)
	case a != tenth:
		// kubeadm leaves no choice:
		// https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-init/
		c.fault(pathDNS, fmt.Sprintf("%s is not the tenth address of serviceCidr %s, which kubeadm gives to the cluster's DNS", a, services),
			fmt.Sprintf("use %s, or leave it out", tenth))
	}
}
