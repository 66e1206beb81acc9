package netpath

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	publicIPType  = "Microsoft.Network/publicIPAddresses"
	balancerType  = "Microsoft.Network/loadBalancers"
	interfaceType = "Microsoft.Network/networkInterfaces"
	machineType   = "Microsoft.Compute/virtualMachines"
	// setInterfaceType is the interface of a scale set's instance, below the instance's id.
	setInterfaceType = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces"
)

func isType(r *world.Resource, t string) bool { return strings.EqualFold(r.Type, t) }

// sorted gives the resources of some types in the order of their ids, so that results do not depend on map order.
func sorted(w *world.World, types ...string) []*world.Resource {
	var keys []string
	for key, r := range w.Resources {
		if slices.ContainsFunc(types, func(t string) bool { return isType(r, t) }) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	out := make([]*world.Resource, len(keys))
	for i, key := range keys {
		out[i] = w.Resources[key]
	}
	return out
}

// nicAddress is one ip configuration of a network interface.
type nicAddress struct {
	nic          *world.Resource
	config       any
	addr, public netip.Addr
}

func nicAddresses(w *world.World) []nicAddress {
	var out []nicAddress
	for _, nic := range sorted(w, interfaceType, setInterfaceType) {
		out = append(out, addressesOf(w, nic)...)
	}
	return out
}

func addressesOf(w *world.World, nic *world.Resource) []nicAddress {
	var out []nicAddress
	for _, config := range tree.List(nic.Outputs, "ipConfigurations") {
		a := nicAddress{nic: nic, config: config}
		a.addr, _ = netip.ParseAddr(tree.String(config, "privateIPAddress"))
		a.public = publicAddress(w, tree.String(config, "publicIPAddress", "id"))
		out = append(out, a)
	}
	return out
}

// publicAddress is the address of a public IP resource; not valid if there is none.
func publicAddress(w *world.World, id string) netip.Addr {
	if ip := w.Find(id); ip != nil {
		addr, _ := netip.ParseAddr(tree.String(ip.Outputs, "ipAddress"))
		return addr
	}
	return netip.Addr{}
}

func (a nicAddress) subnetID() string { return tree.String(a.config, "subnet", "id") }

// vnet is the ARM id of the virtual network that the interface is in.
func (a nicAddress) vnet() string { return VnetOf(a.subnetID()) }

// VnetOf is the ARM id of the virtual network that a subnet id belongs to.
func VnetOf(subnetID string) string { return parentOf(subnetID) }

// parentOf is the id without its last type and name, or empty.
func parentOf(child string) string {
	id, err := arm.Parse(child)
	if err != nil {
		return ""
	}
	parent, ok := id.Parent()
	if !ok {
		return ""
	}
	return parent.String()
}

func (a nicAddress) pools() []string {
	var ids []string
	for _, pool := range tree.List(a.config, "loadBalancerBackendAddressPools") {
		ids = append(ids, tree.String(pool, "id"))
	}
	return ids
}

func (a nicAddress) inAny(pools []string) bool {
	return slices.ContainsFunc(a.pools(), func(mine string) bool {
		return slices.ContainsFunc(pools, func(id string) bool { return strings.EqualFold(id, mine) })
	})
}

// hasNatRule says whether the inbound NAT rule with the id leads here.
func (a nicAddress) hasNatRule(id string) bool {
	return slices.ContainsFunc(tree.List(a.config, "loadBalancerInboundNatRules"), func(rule any) bool {
		return strings.EqualFold(tree.String(rule, "id"), id)
	})
}

// groups are the network security groups of the interface's subnet and of the interface.
func (a nicAddress) groups(w *world.World) []*world.Resource {
	ids := []string{
		tree.String(subnet(w, a.subnetID()), "networkSecurityGroup", "id"),
		tree.String(a.nic.Outputs, "networkSecurityGroup", "id"),
	}
	var groups []*world.Resource
	for _, id := range ids {
		if group := w.Find(id); group != nil {
			groups = append(groups, group)
		}
	}
	return groups
}

// vmID is the virtual machine that uses the interface, or empty. That of a scale set's instance is below its machine.
func (a nicAddress) vmID(w *world.World) string {
	if isType(a.nic, setInterfaceType) {
		return parentOf(a.nic.ID)
	}
	for _, vm := range sorted(w, machineType) {
		if usesInterface(vm, a.nic.ID) {
			return vm.ID
		}
	}
	return ""
}

func usesInterface(vm *world.Resource, nicID string) bool {
	return slices.ContainsFunc(tree.List(vm.Outputs, "networkProfile", "networkInterfaces"), func(nic any) bool {
		return strings.EqualFold(tree.String(nic, "id"), nicID)
	})
}

// subnet gives the subnet as its virtual network has it, or nil.
func subnet(w *world.World, id string) map[string]any {
	vnet := w.Find(VnetOf(id))
	if vnet == nil {
		return nil
	}
	for _, s := range tree.List(vnet.Outputs, "subnets") {
		if strings.EqualFold(tree.String(s, "id"), id) {
			return tree.Map(s)
		}
	}
	return nil
}

// frontend is a load balancer's frontend IP configuration.
type frontend struct {
	balancer *world.Resource
	config   any
	public   bool
}

// frontendOf finds the frontend with the address. A private one counts only from its own virtual network.
func frontendOf(w *world.World, from Source, addr netip.Addr) (frontend, bool) {
	for _, lb := range sorted(w, balancerType) {
		for _, config := range tree.List(lb.Outputs, "frontendIPConfigurations") {
			if publicAddress(w, tree.String(config, "publicIPAddress", "id")) == addr && addr.IsValid() {
				return frontend{lb, config, true}, true
			}
			private, err := netip.ParseAddr(tree.String(config, "privateIPAddress"))
			inside := from.Within(VnetOf(tree.String(config, "subnet", "id")))
			if err == nil && private == addr && inside {
				return frontend{lb, config, false}, true
			}
		}
	}
	return frontend{}, false
}

// rules are the TCP rules of the frontend in a list of the load balancer's.
func (f frontend) rules(list string) []any {
	var out []any
	for _, rule := range tree.List(f.balancer.Outputs, list) {
		protocol := strings.ToLower(tree.String(rule, "protocol"))
		mine := strings.EqualFold(tree.String(rule, "frontendIPConfiguration", "id"), tree.String(f.config, "id"))
		if mine && (protocol == "tcp" || protocol == "all") {
			out = append(out, rule)
		}
	}
	return out
}

// probePort is the port of the health probe that a load balancing rule names, or 0.
func (f frontend) probePort(rule any) int {
	id := tree.String(rule, "probe", "id")
	for _, probe := range tree.List(f.balancer.Outputs, "probes") {
		if id != "" && strings.EqualFold(tree.String(probe, "id"), id) {
			port, _ := tree.Int(probe, "port")
			return port
		}
	}
	return 0
}

// poolsOf are the backend pools that a load balancing or outbound rule names.
func poolsOf(rule any) []string {
	var ids []string
	if id := tree.String(rule, "backendAddressPool", "id"); id != "" {
		ids = append(ids, id)
	}
	for _, pool := range tree.List(rule, "backendAddressPools") {
		ids = append(ids, tree.String(pool, "id"))
	}
	return ids
}
