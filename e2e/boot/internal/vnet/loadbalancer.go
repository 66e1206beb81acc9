//go:build linux

package vnet

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"
)

// Rule is a load-balancing rule of a Standard load balancer, with its probe.
type Rule struct {
	Frontend     netip.Addr
	FrontendPort int
	BackendPort  int
	Backends     []netip.Addr
	// ProbePath is asked by HTTPS at ProbePort; a backend that answers 200 is
	// healthy. Azure does not check the certificate.
	ProbePort int
	ProbePath string
}

// Balance serves a rule. Connections go to healthy backends in turn. They are closed
// where none is healthy, and where it is the sender itself.
func (n *Network) Balance(ctx context.Context, rule Rule) error {
	if err := n.outside.ip(ctx, fmt.Sprintf("addr add %s/32 dev lo", rule.Frontend)); err != nil {
		return err
	}
	listener, err := n.outside.listen(n.ctx, hostPort(rule.Frontend, rule.FrontendPort))
	if err != nil {
		return fmt.Errorf("serve a load balancer's frontend: %w", err)
	}
	n.closeLater(listener)
	var turn atomic.Uint32
	n.run(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			first := int(turn.Add(1))
			n.run(func() { n.forward(rule, first, conn) })
		}
	})
	return nil
}

// forward probes the backends when a connection comes, and not on a schedule: so
// a machine that died is out at once, and no test waits for a probe's interval.
func (n *Network) forward(rule Rule, first int, conn net.Conn) {
	defer func() { _ = conn.Close() }()
	for i := range rule.Backends {
		backend := rule.Backends[(first+i)%len(rule.Backends)]
		if !n.healthy(rule, backend) {
			continue
		}
		if from, ok := conn.RemoteAddr().(*net.TCPAddr); ok && from.AddrPort().Addr().Unmap() == backend {
			// What an internal load balancer gives back to its sender is lost:
			// https://learn.microsoft.com/azure/load-balancer/components#limitations
			return
		}
		target, err := n.outside.dial(n.ctx, hostPort(backend, rule.BackendPort))
		if err != nil {
			continue
		}
		splice(n.ctx, conn, target)
		return
	}
}

func (n *Network) healthy(rule Rule, backend netip.Addr) bool {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return n.outside.dial(ctx, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as Azure's probes do
	}}
	request, err := http.NewRequestWithContext(n.ctx, http.MethodGet,
		"https://"+hostPort(backend, rule.ProbePort)+rule.ProbePath, http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// splice copies both ways until one side ends, or the network does.
func splice(ctx context.Context, a, b net.Conn) {
	defer func() { _ = b.Close() }()
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			done <- struct{}{}
		}()
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func hostPort(addr netip.Addr, port int) string {
	return net.JoinHostPort(addr.String(), strconv.Itoa(port))
}
