package netpath

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// packet is what a security rule is asked about. Only TCP is.
type packet struct {
	direction string // Inbound or Outbound
	src, dst  peer
	dstPort   int
}

// peer is one end of a connection.
type peer struct {
	addr netip.Addr
	// vnet is whether the address belongs to the virtual network that the rule's group protects.
	vnet bool
	// cloud is whether it is an address of Azure's.
	cloud bool
	// probe is whether it is a load balancer's health probe.
	probe bool
}

// probeAddress is where health probes come from:
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
func probeAddress() netip.Addr { return netip.AddrFrom4([4]byte{168, 63, 129, 16}) }

// allowed evaluates the rules of a network security group by priority, then its default rules:
// https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
func allowed(group *world.Resource, p packet) bool {
	rules := slices.Clone(tree.List(group.Outputs, "securityRules"))
	slices.SortStableFunc(rules, func(a, b any) int { return priority(a) - priority(b) })
	for _, rule := range rules {
		if matches(rule, p) {
			return strings.EqualFold(tree.String(rule, "access"), "Allow")
		}
	}
	// AllowVnetInBound, AllowAzureLoadBalancerInBound, AllowVnetOutBound and AllowInternetOutBound; everything else is denied.
	if p.direction == "Inbound" {
		return p.src.vnet && p.dst.vnet || p.src.probe
	}
	return true
}

func priority(rule any) int {
	n, _ := tree.Int(rule, "priority")
	return n
}

func matches(rule any, p packet) bool {
	protocol := tree.String(rule, "protocol")
	return strings.EqualFold(tree.String(rule, "direction"), p.direction) &&
		(protocol == "*" || strings.EqualFold(protocol, "Tcp")) &&
		anyPrefix(both(rule, "sourceAddressPrefix", "sourceAddressPrefixes"), p.src) &&
		anyPrefix(both(rule, "destinationAddressPrefix", "destinationAddressPrefixes"), p.dst) &&
		anyPort(both(rule, "destinationPortRange", "destinationPortRanges"), p.dstPort)
}

func both(rule any, one, many string) []string {
	list := tree.Strings(rule, many)
	if s := tree.String(rule, one); s != "" {
		list = append(list, s)
	}
	return list
}

func anyPrefix(prefixes []string, end peer) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		switch strings.ToLower(prefix) {
		case "*":
			return true
		case "internet":
			return !end.vnet && !end.probe
		case "azureloadbalancer":
			return end.probe
		case "virtualnetwork":
			return end.vnet
		case "azurecloud":
			return end.cloud
		}
		if network, err := netip.ParsePrefix(prefix); err == nil {
			return network.Contains(end.addr)
		}
		addr, err := netip.ParseAddr(prefix)
		return err == nil && addr == end.addr
	})
}

func anyPort(ranges []string, port int) bool {
	return slices.ContainsFunc(ranges, func(r string) bool {
		if r == "*" {
			return true
		}
		low, high, isRange := strings.Cut(r, "-")
		from, err := strconv.Atoi(low)
		if err != nil {
			return false
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(high); err != nil {
				return false
			}
		}
		return from <= port && port <= to
	})
}
