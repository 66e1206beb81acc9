package netpath

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// httpsPort is what a machine downloads over.
const httpsPort = 443

// Egress is how a virtual machine reaches the Internet. In Azure's order of precedence: a route of its subnet's for
// 0.0.0.0/0, the subnet's NAT gateway, the interface's own public address, an outbound rule, a load balancing rule with
// outbound SNAT. New virtual networks have no other way out:
// https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
// The error wraps ErrNoEgress.
func Egress(w *world.World, vmID string) (Source, error) {
	vm := w.Find(vmID)
	if vm == nil {
		return Source{}, fmt.Errorf("%w: there is no machine %s", ErrNoEgress, vmID)
	}
	nic, ok := primary(w, vm)
	if !ok {
		return Source{}, fmt.Errorf("%w: machine %s has no network interface", ErrNoEgress, vm.Name)
	}
	public, err := nic.leave(w, vm)
	if err != nil {
		return Source{}, err
	}
	for _, group := range nic.groups(w) {
		p := packet{"Outbound", peer{addr: nic.addr, vnet: true}, peer{addr: Internet().Public}, httpsPort}
		if !allowed(group, p) {
			return Source{}, fmt.Errorf("%w: security group %s lets nothing out", ErrNoEgress, group.Name)
		}
	}
	return Source{Public: public, Private: nic.addr, VNet: nic.vnet()}, nil
}

// leave gives the address that the Internet sees, by the subnet's route table first.
func (a nicAddress) leave(w *world.World, vm *world.Resource) (netip.Addr, error) {
	if route := a.defaultRoute(w); route != nil {
		name, hop := tree.String(route, "name"), strings.ToLower(tree.String(route, "nextHopType"))
		switch hop {
		case "internet":
		case "virtualappliance", "virtualnetworkgateway":
			return applianceAddress(), nil
		default:
			return netip.Addr{}, fmt.Errorf("%w: route %s of the subnet of machine %s leads to %s", ErrNoEgress, name, vm.Name,
				tree.String(route, "nextHopType"))
		}
	}
	public := a.wayOut(w)
	if !public.IsValid() {
		return public, fmt.Errorf("%w: machine %s has no NAT gateway, public address or outbound rule", ErrNoEgress, vm.Name)
	}
	return public, nil
}

// applianceAddress is what a firewall or a gateway that is not of this world shows the Internet, from a block that is
// kept for documentation. It is taken to let machines out.
func applianceAddress() netip.Addr { return netip.AddrFrom4([4]byte{198, 51, 100, 1}) }

// defaultRoute is the route for 0.0.0.0/0 in the route table of the subnet, or nil.
func (a nicAddress) defaultRoute(w *world.World) any {
	table := w.Find(tree.String(subnet(w, a.subnetID()), "routeTable", "id"))
	if table == nil {
		return nil
	}
	for _, route := range tree.List(table.Outputs, "routes") {
		if tree.String(route, "addressPrefix") == "0.0.0.0/0" {
			return route
		}
	}
	return nil
}

// PrivateAddress is a machine's own address, not valid if it has none.
func PrivateAddress(w *world.World, vmID string) netip.Addr {
	if vm := w.Find(vmID); vm != nil {
		if nic, ok := primary(w, vm); ok {
			return nic.addr
		}
	}
	return netip.Addr{}
}

// Network is the ARM id of the virtual network that a machine is in, or empty.
func Network(w *world.World, vmID string) string { return VnetOf(Subnet(w, vmID)) }

// Subnet is the ARM id of the subnet that a machine is in, or empty.
func Subnet(w *world.World, vmID string) string {
	if vm := w.Find(vmID); vm != nil {
		if nic, ok := primary(w, vm); ok {
			return nic.subnetID()
		}
	}
	return ""
}

// primary is the first ip configuration of the machine's primary interface.
func primary(w *world.World, vm *world.Resource) (nicAddress, bool) {
	var found nicAddress
	ok := false
	for _, ref := range tree.List(vm.Outputs, "networkProfile", "networkInterfaces") {
		nic := w.Find(tree.String(ref, "id"))
		if nic == nil || ok && !tree.Bool(ref, "primary") {
			continue
		}
		if addresses := addressesOf(w, nic); len(addresses) > 0 {
			found, ok = addresses[0], true
		}
	}
	return found, ok
}

func (a nicAddress) wayOut(w *world.World) netip.Addr {
	if nat := w.Find(tree.String(subnet(w, a.subnetID()), "natGateway", "id")); nat != nil {
		for _, ip := range tree.List(nat.Outputs, "publicIpAddresses") {
			if addr := publicAddress(w, tree.String(ip, "id")); addr.IsValid() {
				return addr
			}
		}
	}
	if a.public.IsValid() {
		return a.public
	}
	for _, lb := range sorted(w, balancerType) {
		if addr := a.outbound(w, lb); addr.IsValid() {
			return addr
		}
	}
	if tree.Bool(subnet(w, a.subnetID()), "defaultOutboundAccess") {
		return applianceAddress()
	}
	return netip.Addr{}
}

func (a nicAddress) outbound(w *world.World, lb *world.Resource) netip.Addr {
	for _, rule := range tree.List(lb.Outputs, "outboundRules") {
		if !a.inAny(poolsOf(rule)) {
			continue
		}
		for _, front := range tree.List(rule, "frontendIPConfigurations") {
			if addr := frontAddress(w, lb, tree.String(front, "id")); addr.IsValid() {
				return addr
			}
		}
	}
	for _, rule := range tree.List(lb.Outputs, "loadBalancingRules") {
		if !tree.Bool(rule, "disableOutboundSnat") && a.inAny(poolsOf(rule)) {
			if addr := frontAddress(w, lb, tree.String(rule, "frontendIPConfiguration", "id")); addr.IsValid() {
				return addr
			}
		}
	}
	return netip.Addr{}
}

func frontAddress(w *world.World, lb *world.Resource, frontendID string) netip.Addr {
	for _, config := range tree.List(lb.Outputs, "frontendIPConfigurations") {
		if strings.EqualFold(tree.String(config, "id"), frontendID) {
			return publicAddress(w, tree.String(config, "publicIPAddress", "id"))
		}
	}
	return netip.Addr{}
}
