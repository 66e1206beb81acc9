package apimodel

import (
	"fmt"
	"net/netip"
)

// podBlockBits is the size of the block of pod addresses that Calico gives to a
// node. A Windows node gets exactly one.
// https://docs.tigera.io/calico/latest/reference/resources/ippool
const podBlockBits = 26

const (
	pathVnet     = "properties.masterProfile.vnetCidr"
	pathFirstIP  = "properties.masterProfile.firstConsecutiveStaticIP"
	pathPods     = "properties.orchestratorProfile.kubernetesConfig.clusterSubnet"
	pathServices = "properties.orchestratorProfile.kubernetesConfig.serviceCidr"
	pathDNS      = "properties.orchestratorProfile.kubernetesConfig.dnsServiceIP"
)

func (c *checker) networks(k *KubernetesConfig) {
	pods, podsOK := c.cidr(pathPods, k.ClusterSubnet)
	services, servicesOK := c.cidr(pathServices, k.ServiceCIDR)
	var vnet netip.Prefix
	vnetOK := false
	if m := c.d.Properties.MasterProfile; m != nil {
		if c.d.HasExistingSubnets() && m.VnetCIDR == "" {
			// Nothing is said of the network.
		} else if vnet, vnetOK = c.cidr(pathVnet, m.VnetCIDR); vnetOK && !c.d.HasExistingSubnets() {
			c.vnet(vnet, m)
		}
	}
	if vnetOK && podsOK {
		c.apart(pathPods, pods, pathVnet, vnet)
	}
	if vnetOK && servicesOK {
		c.apart(pathServices, services, pathVnet, vnet)
	}
	if podsOK && servicesOK {
		c.apart(pathPods, pods, pathServices, services)
	}
	if podsOK {
		c.podNetwork(pods)
	}
	if servicesOK {
		c.serviceNetwork(services, k.DNSServiceIP)
	}
}

// cidr reads an IPv4 network and checks that it can be used on Azure at all.
func (c *checker) cidr(path, text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		c.fault(path, fmt.Sprintf("%q is no network", text), "write a CIDR such as "+defaultVnetCIDR)
		return p, false
	case !p.Addr().Is4():
		c.fault(path, text+" is an IPv6 network, which is not supported yet", "use an IPv4 network such as "+defaultVnetCIDR)
		return p, false
	case p != p.Masked():
		c.fault(path, text+" has bits set beyond its prefix", fmt.Sprintf("write %s", p.Masked()))
		return p, false
	}
	for _, forbidden := range forbiddenNetworks() {
		if p.Overlaps(netip.MustParsePrefix(forbidden)) {
			c.fault(path, fmt.Sprintf("%s overlaps %s, which Azure keeps for itself", text, forbidden), "use a private network, for example in 10.0.0.0/8")
			return p, false
		}
	}
	return p, true
}

// forbiddenNetworks cannot be used in a virtual network:
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
func forbiddenNetworks() []string {
	return []string{"0.0.0.0/8", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"}
}

// apart checks that two networks do not overlap. Packets would go to the wrong
// one.
func (c *checker) apart(path string, p netip.Prefix, otherPath string, other netip.Prefix) {
	if p.Overlaps(other) {
		c.fault(path, fmt.Sprintf("%s overlaps %s of %s", p, other, otherPath), "move one of the two")
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
	lowest, highest := nth(controlPlane.Addr(), azureReserved-1), nth(lastOf(controlPlane), -1)
	if count := min(max(m.Count, 1), maxPoolNodes); first.Less(lowest) || highest.Less(first) || highest.Less(nth(first, count-1)) {
		c.fault(pathFirstIP, fmt.Sprintf("%s leaves no room for %d masters beside the addresses that Azure keeps in %s", first, count, controlPlane),
			fmt.Sprintf("use an address from %s to %s", lowest, nth(highest, 1-count)))
	}
	nodes := nodeSubnet(vnet, controlPlane)
	if agents := c.agents(); agents > addresses(nodes)-azureReserved {
		c.fault(pathVnet, fmt.Sprintf("has room for %d nodes in its node subnet %s; the pools have %d", addresses(nodes)-azureReserved, nodes, agents), "use a larger network")
	}
}

// agents is the number of nodes in all pools.
func (c *checker) agents() int {
	sum := 0
	for _, p := range c.d.Properties.AgentPoolProfiles {
		if p != nil && p.Count > 0 {
			sum += min(p.Count, maxPoolNodes)
		}
	}
	return sum
}

func (c *checker) podNetwork(pods netip.Prefix) {
	nodes := c.agents() + 1
	if m := c.d.Properties.MasterProfile; m != nil && m.Count > 1 {
		nodes += min(m.Count, maxPoolNodes) - 1
	}
	if blocks := addresses(pods) >> (32 - podBlockBits); blocks < nodes {
		c.fault(pathPods, fmt.Sprintf("%s has %d blocks of a /%d for the pods of a node; the cluster has %d nodes", pods, blocks, podBlockBits, nodes), "use a larger network")
	}
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
	remedy := fmt.Sprintf("use for example %s", nth(services.Addr(), 10))
	switch {
	case err != nil:
		c.fault(pathDNS, fmt.Sprintf("%q is no IP address", dns), remedy)
	case !services.Contains(a):
		c.fault(pathDNS, fmt.Sprintf("%s is outside serviceCidr %s", a, services), remedy)
	case a != nth(services.Addr(), 10):
		// kubeadm leaves no choice:
		// https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-init/
		c.fault(pathDNS, fmt.Sprintf("%s is not the tenth address of serviceCidr %s, which kubeadm gives to the cluster's DNS", a, services),
			fmt.Sprintf("use %s, or leave it out", nth(services.Addr(), 10)))
	}
}
