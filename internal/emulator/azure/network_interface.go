package azure

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func fillInterface(op *operation) error {
	op.setDefault("enableAcceleratedNetworking", false)
	op.setDefault("enableIPForwarding", false)
	op.setDefault("nicType", "Standard")
	mac := strings.ToUpper(op.hash())
	op.set("macAddress", fmt.Sprintf("00-0D-3A-%s-%s-%s", mac[0:2], mac[2:4], mac[4:6]))
	configs := tree.List(op.outputs, "ipConfigurations")
	if len(configs) == 0 {
		return badRequest("NetworkInterfaceMustHaveIpConfiguration", "Network interface %s must have one or more IP configurations.", op.id)
	}
	for i, config := range configs {
		m := tree.Map(config)
		m["type"] = interfaceType + "/ipConfigurations"
		defaultTo(m, "primary", i == 0)
		defaultTo(m, "privateIPAddressVersion", "IPv4")
		if tree.String(m, "subnet", "id") == "" {
			return badRequest("SubnetIsRequired", "Subnet reference is required for ipConfiguration %s.", tree.String(m, "id"))
		}
		if err := op.allocate(m, op.oldPart("ipConfigurations", m)); err != nil {
			return err
		}
	}
	return nil
}

// allocate gives an ip configuration its private address: the static one that it names, the dynamic one that it had,
// or the lowest that is free. Azure keeps the first four and the last address of each subnet:
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq#are-there-any-restrictions-on-using-ip-addresses-within-these-subnets
func (op *operation) allocate(config, old map[string]any) error {
	defaultTo(config, "privateIPAllocationMethod", "Dynamic")
	subnetID := tree.String(config, "subnet", "id")
	sub := findSubnet(op.world, subnetID)
	if sub == nil {
		return nil // checkReferences has the words for it
	}
	ranges, err := subnetPrefixes(sub)
	if err != nil || len(ranges) == 0 {
		return err
	}
	taken := allocated(op.world, subnetID, op.id)
	for _, other := range tree.List(op.outputs, "ipConfigurations") {
		if a := tree.String(other, "privateIPAddress"); a != "" && tree.String(other, "id") != tree.String(config, "id") {
			taken[a] = tree.String(other, "id")
		}
	}
	if strings.EqualFold(tree.String(config, "privateIPAllocationMethod"), "Static") {
		return checkStatic(config, ranges, taken)
	}
	if old != nil && strings.EqualFold(tree.String(old, "subnet", "id"), subnetID) {
		config["privateIPAddress"] = old["privateIPAddress"]
		return nil
	}
	for _, r := range ranges {
		if addr, ok := lowestFree(r, taken); ok {
			config["privateIPAddress"] = addr.String()
			return nil
		}
	}
	return badRequest("SubnetIsFull", "Subnet %s with address prefix %s does not have enough capacity for 1 IP addresses.",
		tree.String(sub, "name"), ranges[0])
}

func checkStatic(config map[string]any, ranges []netip.Prefix, taken map[string]string) error {
	text := tree.String(config, "privateIPAddress")
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return badRequest("InvalidIPAddressFormat", "IP address '%s' of %s is not valid.", text, tree.String(config, "id"))
	}
	within, ok := overlapping(netip.PrefixFrom(addr, addr.BitLen()), ranges)
	if !ok {
		return badRequest("PrivateIPAddressNotInSubnet", "Private static IP address %s does not belong to the range of subnet prefix %s.", addr, ranges[0])
	}
	if reserved(within, addr) {
		return badRequest("PrivateIPAddressInReservedRange", "Private static IP address %s falls within reserved IP range of subnet prefix %s.", addr, within)
	}
	if owner := taken[addr.String()]; owner != "" {
		return badRequest("PrivateIPAddressIsAllocated", "IP configuration %s is using the private IP address %s which is already allocated to resource %s.",
			tree.String(config, "id"), addr, owner)
	}
	return nil
}

// reserved says whether an address is one of the first four or the last of the subnet.
func reserved(subnet netip.Prefix, addr netip.Addr) bool {
	first := subnet.Masked().Addr()
	for range 4 {
		if addr == first {
			return true
		}
		first = first.Next()
	}
	return !subnet.Contains(addr.Next())
}

func lowestFree(subnet netip.Prefix, taken map[string]string) (netip.Addr, bool) {
	addr := subnet.Masked().Addr()
	for range 4 {
		addr = addr.Next()
	}
	for ; subnet.Contains(addr.Next()); addr = addr.Next() {
		if taken[addr.String()] == "" {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// allocated are the addresses of a subnet that are in use by others than the resource, and by what.
func allocated(w *world.World, subnetID, except string) map[string]string {
	taken := map[string]string{}
	for _, r := range w.Resources {
		list := ""
		switch r.Type {
		case interfaceType, setInterfaceType:
			list = "ipConfigurations"
		case balancerType:
			list = "frontendIPConfigurations"
		default:
			continue
		}
		for _, config := range tree.List(r.Outputs, list) {
			address := tree.String(config, "privateIPAddress")
			if address != "" && !strings.EqualFold(r.ID, except) && strings.EqualFold(tree.String(config, "subnet", "id"), subnetID) {
				taken[address] = tree.String(config, "id")
			}
		}
	}
	return taken
}

// findSubnet is the subnet as its virtual network has it, or nil.
func findSubnet(w *world.World, id string) map[string]any {
	if vnet := parentOf(w, id); vnet != nil {
		return part(vnet.Outputs, "subnets", id)
	}
	return nil
}

func validateInterface(op *operation) error {
	if err := cmp.Or(checkServers(tree.Strings(op.outputs, "dnsSettings", "dnsServers")), op.checkMachine()); err != nil {
		return err
	}
	primaries, vnet := 0, ""
	for _, config := range tree.List(op.outputs, "ipConfigurations") {
		if tree.Bool(config, "primary") {
			primaries++
		}
		if err := op.checkPublicIP(tree.String(config, "publicIPAddress", "id"), tree.String(config, "id")); err != nil {
			return err
		}
		mine := netpath.VnetOf(tree.String(config, "subnet", "id"))
		if vnet != "" && !strings.EqualFold(vnet, mine) {
			return badRequest("SubnetsNotInSameVnet", "Subnets of the IP configurations of network interface %s are not in the same virtual network.", op.id)
		}
		vnet = mine
		for _, pool := range tree.List(config, "loadBalancerBackendAddressPools") {
			if err := op.checkPoolNetwork(tree.String(pool, "id"), vnet); err != nil {
				return err
			}
		}
		if err := op.checkNatRules(config); err != nil {
			return err
		}
	}
	if primaries != 1 {
		return badRequest("NetworkInterfaceMustHaveOnePrimaryIpConfiguration",
			"Network interface %s must have exactly one primary IP configuration; it has %d.", op.id, primaries)
	}
	return nil
}

// checkPoolNetwork: all interfaces of a pool are in one virtual network.
func (op *operation) checkPoolNetwork(pool, vnet string) error {
	for _, other := range op.others(interfaceTypes()...) {
		for _, config := range tree.List(other.Outputs, "ipConfigurations") {
			theirs := netpath.VnetOf(tree.String(config, "subnet", "id"))
			for _, p := range tree.List(config, "loadBalancerBackendAddressPools") {
				if strings.EqualFold(tree.String(p, "id"), pool) && !strings.EqualFold(theirs, vnet) {
					return badRequest("NetworkInterfacesInBackendPoolMustBeInSameVirtualNetwork",
						"Network interfaces %s and %s of backend address pool %s are in different virtual networks.", op.id, other.ID, pool)
				}
			}
		}
	}
	return nil
}

// checkNatRules: an inbound NAT rule leads to one ip configuration. The code that Azure answers with is not known to us.
func (op *operation) checkNatRules(config any) error {
	mine := tree.String(config, "id")
	users := tree.List(op.outputs, "ipConfigurations")
	for _, other := range op.others(interfaceType) {
		users = append(slices.Clone(users), tree.List(other.Outputs, "ipConfigurations")...)
	}
	for _, rule := range tree.List(config, "loadBalancerInboundNatRules") {
		for _, other := range users {
			theirs := tree.String(other, "id")
			if !strings.EqualFold(theirs, mine) && hasID(tree.Map(other), tree.String(rule, "id"), []string{"loadBalancerInboundNatRules"}) {
				return badRequest("InboundNatRuleReferencedByMultipleIPConfigs", "Inbound NAT rule %s is referenced by IP configurations %s and %s.",
					tree.String(rule, "id"), theirs, mine)
			}
		}
	}
	return nil
}

// guardInterface: hashicorp/terraform-provider-azurerm#8105.
func guardInterface(w *world.World, r *world.Resource) error {
	if uses := usesOf(w, r.ID, machineType); len(uses) > 0 {
		return nicInUse(r.ID, uses[0].by.ID)
	}
	return checkReserved(r, "")
}

func nicInUse(nicID, machineID string) error {
	return badRequest("NicInUse", "Network Interface %s is used by existing resource %s. In order to delete the network interface, "+
		"it must be dissociated from the resource. To learn more, see aka.ms/deletenic.", nicID, machineID)
}
