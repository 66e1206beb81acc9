// Package netpath follows connections through an emulated Azure network: names, public addresses, load balancers,
// security groups and ways out.
package netpath

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

var (
	// ErrNoSuchHost is a name that no public IP address has.
	ErrNoSuchHost = errors.New("no such host")
	// ErrTimeout is a connection that nothing answers: no load balancing rule, or a security group in between.
	ErrTimeout = errors.New("connection timed out")
	// ErrNoEgress is a machine that has no way out to the Internet.
	ErrNoEgress = errors.New("network is unreachable")
)

// Source is where a connection comes from.
type Source struct {
	// Public is the address that the Internet sees.
	Public netip.Addr
	// Private is the machine's own address; not valid for somebody on the Internet.
	Private netip.Addr
	// VNet is the ARM id of the virtual network that the machine is in, empty on the Internet.
	VNet string
	// anyVNet is a client that has a way into every virtual network.
	anyVNet bool
}

// Within says whether a connection from here reaches private addresses of the virtual network.
func (s Source) Within(vnet string) bool {
	return vnet != "" && (s.anyVNet || strings.EqualFold(s.VNet, vnet))
}

// Internet is a client on the Internet, at an address from a block that is kept for documentation.
func Internet() Source { return Source{Public: netip.AddrFrom4([4]byte{203, 0, 113, 7})} }

// Inside is a client in a network that a VPN or a peering joins to the virtual networks. Its address counts as one of theirs,
// as the service tag VirtualNetwork has it.
func Inside() Source {
	return Source{Public: Internet().Public, Private: netip.AddrFrom4([4]byte{172, 31, 255, 7}), anyVNet: true}
}

// Resolve gives the address of the public IP that has the host as its FQDN, or of the host itself if it is an address.
func Resolve(w *world.World, host string) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr, nil
	}
	for _, r := range w.Resources {
		if isType(r, publicIPType) && strings.EqualFold(tree.String(r.Outputs, "dnsSettings", "fqdn"), host) {
			return netip.ParseAddr(tree.String(r.Outputs, "ipAddress"))
		}
	}
	return netip.Addr{}, fmt.Errorf("lookup %s: %w", host, ErrNoSuchHost)
}

// Listener is a machine behind an address.
type Listener struct {
	// VMID is the ARM id of the virtual machine, empty for an interface that none uses.
	VMID string
	Addr netip.Addr
	Port int
	// ProbePort is where a load balancer looks whether the machine is well, 0 if none does. A machine that does not
	// answer there gets no connections.
	ProbePort int
}

// Dial gives the machines that a TCP connection to host:port can end at. Whether something listens there is another
// question. The error wraps ErrNoSuchHost or ErrTimeout, and says what is in the way.
func Dial(w *world.World, from Source, host string, port int) ([]Listener, error) {
	addr, err := Resolve(w, host)
	if err != nil {
		return nil, err
	}
	targets, err := behind(w, from, addr, port)
	if err != nil {
		return nil, err
	}
	var open []Listener
	var closed error
	for _, t := range targets {
		if err := t.admits(w, from); err != nil {
			closed = err
			continue
		}
		open = append(open, Listener{VMID: t.nic.vmID(w), Addr: t.nic.addr, Port: t.port, ProbePort: t.probe})
	}
	if len(open) == 0 {
		return nil, fmt.Errorf("dial tcp %s:%d: %w: %w", addr, port, ErrTimeout, closed)
	}
	return open, nil
}

type target struct {
	nic  nicAddress
	port int
	// probe is the port of the load balancer's health probe, or 0.
	probe int
	// inside is a connection that never leaves the virtual network.
	inside bool
}

// behind gives what an address leads to: an interface's own address, a load balancer's pool, or the one interface that an
// inbound NAT rule of a load balancer is for.
func behind(w *world.World, from Source, addr netip.Addr, port int) ([]target, error) {
	nics := nicAddresses(w)
	for _, nic := range nics {
		inside := nic.addr == addr && from.Within(nic.vnet())
		if inside || nic.public == addr {
			return []target{{nic: nic, port: port, inside: inside}}, nil
		}
	}
	front, ok := frontendOf(w, from, addr)
	if !ok {
		return nil, fmt.Errorf("dial tcp %s:%d: %w: %s", addr, port, ErrTimeout, nobody(from, addr))
	}
	targets, err := front.targets(nics, from, port)
	if err != nil {
		return nil, fmt.Errorf("dial tcp %s:%d: %w: %w", addr, port, ErrTimeout, err)
	}
	return targets, nil
}

// nobody says why nothing answers at an address.
func nobody(from Source, addr netip.Addr) string {
	if addr.IsPrivate() && from.VNet == "" && !from.anyVNet {
		return "the address is a private one, which only machines inside of its virtual network reach, or in a network joined to it " +
			"by a VPN or a peering"
	}
	return "no machine and no load balancer has the address"
}

// targets are where a port of the frontend leads. An internal load balancer drops what comes back to the machine that it
// comes from: https://learn.microsoft.com/azure/load-balancer/load-balancer-troubleshoot-backend-traffic
func (f frontend) targets(nics []nicAddress, from Source, port int) ([]target, error) {
	rule := onPort(f.rules("inboundNatRules"), port)
	leadsTo := func(nic nicAddress) bool { return nic.hasNatRule(tree.String(rule, "id")) }
	unused := "no network interface uses inbound NAT rule %s"
	if rule == nil {
		rule = onPort(f.rules("loadBalancingRules"), port)
		leadsTo = func(nic nicAddress) bool { return nic.inAny(poolsOf(rule)) }
		unused = "the backend pool of load balancing rule %s is empty"
	}
	if rule == nil {
		return nil, fmt.Errorf("load balancer %s has no rule for the port", f.balancer.Name)
	}
	backend, _ := tree.Int(rule, "backendPort")
	var found []target
	for _, nic := range nics {
		if leadsTo(nic) && !f.public && nic.addr == from.Private {
			unused = "the only machine behind load balancing rule %s is the caller itself, and an internal load balancer does not lead " +
				"a machine back to itself; map the name to 127.0.0.1 in its hosts file"
			continue
		}
		if leadsTo(nic) {
			found = append(found, target{nic: nic, port: backend, probe: f.probePort(rule), inside: !f.public})
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf(unused, tree.String(rule, "name"))
	}
	return found, nil
}

// onPort is the rule that listens on the port, or nil.
func onPort(rules []any, port int) any {
	for _, rule := range rules {
		if n, _ := tree.Int(rule, "frontendPort"); n == port {
			return rule
		}
	}
	return nil
}

// admits asks the security groups of the subnet and of the interface; both have to let the connection in. Behind a
// Standard address everything is closed unless a group opens it:
// https://learn.microsoft.com/azure/load-balancer/skus
func (t target) admits(w *world.World, from Source) error {
	source := peer{addr: from.Public, cloud: from.VNet != ""}
	if t.inside {
		source = peer{addr: from.Private, cloud: from.VNet != "", vnet: true}
	}
	groups := t.nic.groups(w)
	if len(groups) == 0 && !t.inside {
		return errors.New("no security group lets anything in")
	}
	for _, group := range groups {
		p := packet{"Inbound", source, peer{addr: t.nic.addr, vnet: true}, t.port}
		if !allowed(group, p) {
			return fmt.Errorf("security group %s does not let %s in to %s:%d", group.Name, source.addr, t.nic.addr, t.port)
		}
		p.src, p.dstPort = peer{addr: probeAddress(), probe: true}, t.probe
		if t.probe != 0 && !allowed(group, p) {
			return fmt.Errorf("security group %s does not let the load balancer's health probe (AzureLoadBalancer) in to %s:%d",
				group.Name, t.nic.addr, t.probe)
		}
	}
	return nil
}
