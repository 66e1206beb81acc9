//go:build linux

package vnet

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// names is what the DNS server knows.
type names struct {
	mu    sync.RWMutex
	table map[string]netip.Addr
	// unknown are names that were asked for and are not there.
	unknown map[string]bool
}

func (n *names) lookup(name string) (netip.Addr, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	addr, ok := n.table[strings.ToLower(strings.TrimSuffix(name, "."))]
	return addr, ok
}

// UnknownNames lists the names that machines looked up in vain, sorted.
func (n *Network) UnknownNames() []string {
	n.names.mu.RLock()
	defer n.names.mu.RUnlock()
	return slices.Sorted(maps.Keys(n.names.unknown))
}

func (n *names) miss(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.unknown == nil {
		n.unknown = map[string]bool{}
	}
	n.unknown[strings.ToLower(strings.TrimSuffix(name, "."))] = true
}

// Name gives a host name an address.
func (n *Network) Name(host string, address netip.Addr) {
	n.names.mu.Lock()
	defer n.names.mu.Unlock()
	if n.names.table == nil {
		n.names.table = map[string]netip.Addr{}
	}
	n.names.table[strings.ToLower(host)] = address
}

func (n *Network) serveNames() error {
	var conn net.PacketConn
	err := n.outside.do(func() (err error) {
		conn, err = new(net.ListenConfig).ListenPacket(n.ctx, "udp4", AzureDNS+":53")
		return err
	})
	if err != nil {
		return fmt.Errorf("serve DNS: %w", err)
	}
	n.closeLater(conn)
	n.run(func() {
		buffer := make([]byte, 1500)
		for {
			size, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply, err := n.names.answer(buffer[:size]); err == nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	})
	return nil
}

// answer knows A records. Any other question about a known name has no answers,
// and an unknown name does not exist.
func (n *names) answer(request []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(request)
	if err != nil {
		return nil, fmt.Errorf("read a DNS request: %w", err)
	}
	question, err := parser.Question()
	if err != nil {
		return nil, fmt.Errorf("read a DNS question: %w", err)
	}
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{question},
	}
	addr, known := n.lookup(question.Name.String())
	switch {
	case !known:
		n.miss(question.Name.String())
		reply.RCode = dnsmessage.RCodeNameError
	case question.Type == dnsmessage.TypeA:
		reply.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 1},
			Body:   &dnsmessage.AResource{A: addr.As4()},
		}}
	}
	return reply.Pack()
}
