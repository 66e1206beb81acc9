package azure

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// fillVirtualNetwork gives subnets what Azure adds to them.
func fillVirtualNetwork(op *operation) error {
	for _, s := range tree.List(op.outputs, "subnets") {
		m := tree.Map(s)
		m["type"] = subnetType
		for name, value := range subnetDefaults() {
			defaultTo(m, name, value)
		}
	}
	return nil
}

func subnetDefaults() map[string]any {
	return map[string]any{"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"}
}

func defaultTo(m map[string]any, key string, value any) {
	if _, ok := m[key]; !ok {
		m[key] = value
	}
}

// validateVirtualNetwork checks the address plan. Codes: Netcfg... and InvalidCIDRNotation as in
// https://learn.microsoft.com/azure/virtual-network/manage-virtual-network and issue Azure/azure-cli#10917.
func validateVirtualNetwork(op *operation) error {
	space, err := prefixes(tree.Strings(op.outputs, "addressSpace", "addressPrefixes"))
	if err != nil {
		return err
	}
	if len(space) == 0 {
		return badRequest("InvalidRequestFormat", "Virtual network %s has no address space.", op.name)
	}
	for i, p := range space {
		if other, ok := overlapping(p, space[:i]); ok {
			return badRequest("VirtualNetworkAddressSpacesOverlap", "Address prefixes %s and %s of virtual network %s overlap.", p, other, op.name)
		}
	}
	var taken []netip.Prefix
	for _, s := range tree.List(op.outputs, "subnets") {
		name := tree.String(s, "name")
		ranges, err := subnetPrefixes(s)
		if err != nil {
			return err
		}
		if len(ranges) == 0 {
			return badRequest("InvalidRequestFormat", "Subnet '%s' has no address prefix.", name)
		}
		for _, p := range ranges {
			if err := op.checkSubnetRange(name, p, space, taken); err != nil {
				return err
			}
			taken = append(taken, p)
		}
	}
	if err := checkServers(tree.Strings(op.outputs, "dhcpOptions", "dnsServers")); err != nil {
		return err
	}
	return op.checkSubnetsKept()
}

func (op *operation) checkSubnetRange(name string, p netip.Prefix, space, taken []netip.Prefix) error {
	within := slices.ContainsFunc(space, func(s netip.Prefix) bool { return s.Bits() <= p.Bits() && s.Contains(p.Addr()) })
	if !within {
		return badRequest("NetcfgSubnetRangeOutsideVnet",
			"Subnet '%s' is not valid because its IP address range is outside the IP address range of virtual network '%s'.", name, op.name)
	}
	const smallest = 29 // Azure keeps five addresses of each subnet
	if p.Bits() > smallest {
		return badRequest("NetcfgInvalidSubnet", "Subnet '%s' is not valid in virtual network '%s'.", name, op.name)
	}
	if _, ok := overlapping(p, taken); ok {
		return badRequest("NetcfgSubnetRangesOverlap",
			"Subnet '%s' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '%s'.", name, op.name)
	}
	return nil
}

// checkSubnetsKept: a subnet that something is in can neither go nor change its range.
func (op *operation) checkSubnetsKept() error {
	if op.old == nil {
		return nil
	}
	for _, old := range tree.List(op.old.Outputs, "subnets") {
		id := tree.String(old, "id")
		uses := usesOf(op.world, id, interfaceTypes(balancerType)...)
		if len(uses) == 0 {
			continue
		}
		now := part(op.outputs, "subnets", id)
		if now == nil {
			return subnetInUse(tree.String(old, "name"), uses[0])
		}
		before, _ := subnetPrefixes(old)
		after, _ := subnetPrefixes(now)
		if !slices.Equal(before, after) {
			return badRequest("InUsePrefixCannotBeDeleted", "IpPrefix %s on Subnet %s has active allocations and cannot be deleted.",
				before[0], tree.String(old, "name"))
		}
	}
	return nil
}

func subnetInUse(name string, u use) error {
	return badRequest("InUseSubnetCannotBeDeleted", "Subnet %s is in use by %s and cannot be deleted. "+
		"In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.", name, u.part)
}

func guardVirtualNetwork(w *world.World, r *world.Resource) error {
	for _, s := range tree.List(r.Outputs, "subnets") {
		if uses := usesOf(w, tree.String(s, "id"), interfaceTypes(balancerType)...); len(uses) > 0 {
			return subnetInUse(tree.String(s, "name"), uses[0])
		}
	}
	return nil
}

// part finds an item of a list by its id, or nil.
func part(outputs map[string]any, list, id string) map[string]any {
	for _, item := range tree.List(outputs, list) {
		if strings.EqualFold(tree.String(item, "id"), id) {
			return tree.Map(item)
		}
	}
	return nil
}

// subnetPrefixes are the ranges of a subnet.
func subnetPrefixes(s any) ([]netip.Prefix, error) {
	texts := tree.Strings(s, "addressPrefixes")
	if one := tree.String(s, "addressPrefix"); one != "" {
		texts = append([]string{one}, texts...)
	}
	return prefixes(slices.Compact(texts))
}

func prefixes(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, badRequest("InvalidAddressPrefixFormat", "Address prefix %s is not formatted correctly. "+
				"It should follow CIDR notation, for example 10.0.0.0/24.", text)
		}
		if p != p.Masked() {
			return nil, badRequest("InvalidCIDRNotation", "The address prefix %s has an invalid CIDR notation. "+
				"For the given prefix length, the address prefix should be %s.", text, p.Masked())
		}
		out = append(out, p)
	}
	return out, nil
}

func overlapping(p netip.Prefix, others []netip.Prefix) (netip.Prefix, bool) {
	i := slices.IndexFunc(others, p.Overlaps)
	if i < 0 {
		return netip.Prefix{}, false
	}
	return others[i], true
}
