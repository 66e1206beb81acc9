//go:build linux

package vnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
)

const (
	bridge = "vnet"
	// AzureDNS is where Azure's machines ask for names:
	// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
	AzureDNS = "168.63.129.16"
	// publishers is where everything lies that machines download.
	publishers = "198.51.100.10"
)

// Network is one virtual network. Two of them know nothing of each other, even
// with the same addresses.
type Network struct {
	outside *namespace
	names   names
	gateway netip.Addr
	bits    int
	ports   atomic.Int32

	ctx    context.Context //nolint:containedctx // ends what the network runs
	cancel context.CancelFunc
	work   sync.WaitGroup
	closer []io.Closer
}

// New makes a network of an address range. Its first address is the gateway's.
func New(ctx context.Context, prefix netip.Prefix) (*Network, error) {
	ns, err := newNamespace()
	if err != nil {
		return nil, err
	}
	n := &Network{outside: ns, gateway: prefix.Masked().Addr().Next(), bits: prefix.Bits()}
	n.ctx, n.cancel = context.WithCancel(ctx)
	for _, arguments := range []string{
		"link set lo up",
		// An address of its own: else it changes with the ports, and machines go on
		// sending to the old one.
		"link add " + bridge + " address 02:00:00:00:00:01 type bridge",
		fmt.Sprintf("addr add %s/%d dev %s", n.gateway, n.bits, bridge),
		"addr add " + AzureDNS + "/32 dev lo",
		"addr add " + publishers + "/32 dev lo",
		"link set " + bridge + " up",
	} {
		if err := ns.ip(ctx, arguments); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	if err := n.serveNames(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// Close ends everything that the network runs. Machines are not part of it.
func (n *Network) Close() error {
	n.cancel()
	var faults []error
	for _, c := range n.closer {
		faults = append(faults, c.Close())
	}
	n.work.Wait()
	return errors.Join(append(faults, n.outside.close())...)
}

// Attach gives the process a network card with an address, if the process has a
// network namespace of its own. The card is gone when the process is.
func (n *Network) Attach(ctx context.Context, pid int, address netip.Addr) (Card, error) {
	port := "port" + strconv.Itoa(int(n.ports.Add(1)))
	for _, arguments := range []string{
		fmt.Sprintf("link add %s type veth peer name eth0 address %s netns %d", port, hardware(address), pid),
		fmt.Sprintf("link set %s master %s up", port, bridge),
	} {
		if err := n.outside.ip(ctx, arguments); err != nil {
			return Card{}, err
		}
	}
	return Card{Address: netip.PrefixFrom(address, n.bits), Gateway: n.gateway}, nil
}

// hardware is the same for each card with an address, so that a machine that
// takes another's place is reached at once.
func hardware(address netip.Addr) string {
	b := address.As4()
	return fmt.Sprintf("02:01:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3])
}

// Card is how a machine sets up its network card, eth0.
type Card struct {
	Address netip.Prefix
	Gateway netip.Addr
}

// Dial connects from the Internet to a host and port of the network.
func (n *Network) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	if _, err := netip.ParseAddr(host); err != nil {
		found, ok := n.names.lookup(host)
		if !ok {
			return nil, fmt.Errorf("dial %s: no such host", address)
		}
		host = found.String()
	}
	return n.outside.dial(ctx, net.JoinHostPort(host, port))
}

// run starts work that ends with the network.
func (n *Network) run(f func()) { n.work.Go(f) }

func (n *Network) closeLater(c io.Closer) { n.closer = append(n.closer, c) }
