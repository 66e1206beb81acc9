package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/apiserver"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// proxy is an HTTP proxy for CONNECT alone. It leads names of the emulated world
// to where they are on this machine, and everything else where it belongs, so that
// a program needs no other kubeconfig than it would have on Azure.
type proxy struct {
	listener net.Listener
	server   *http.Server
	// route gives the address to dial for a host and port, or nothing to dial these.
	route func(ctx context.Context, host string, port int) (string, error)
	// beyond gives the proxy for what is not of the emulated world, or nil for none.
	beyond func(*url.URL) (*url.URL, error)
}

const dialTimeout = 30 * time.Second

func startProxy(
	ctx context.Context, route func(context.Context, string, int) (string, error), beyond func(*url.URL) (*url.URL, error),
) (*proxy, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the proxy to API servers: %w", err)
	}
	p := &proxy{listener: listener, route: route, beyond: beyond}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: dialTimeout}
	go func() { _ = p.server.Serve(listener) }() // it ends with Close
	return p, nil
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

func (p *proxy) close() error { return p.server.Close() }

// ServeHTTP opens a tunnel.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
		return
	}
	there, err := p.dial(r.Context(), r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = there.Close() }()
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "no tunnel over this connection", http.StatusInternalServerError)
		return
	}
	here, buffered, err := hijacker.Hijack()
	if err != nil {
		return // the client is gone
	}
	defer func() { _ = here.Close() }()
	if _, err := io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	done := make(chan struct{}, 2)
	copyTo := func(to io.Writer, from io.Reader) {
		_, _ = io.Copy(to, from) // either end may go at any time
		done <- struct{}{}
	}
	go copyTo(there, buffered)
	go copyTo(here, there)
	<-done
}

func (p *proxy) dial(ctx context.Context, address string) (net.Conn, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("CONNECT %s: %w", address, err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("CONNECT %s: no such port", address)
	}
	to, err := p.route(ctx, host, port)
	if err != nil {
		return nil, err
	}
	if to == "" {
		return p.outside(ctx, address)
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	return dialer.DialContext(ctx, "tcp", to)
}

// route finds the control plane of an emulated cluster.
func (e *Emulator) route(ctx context.Context, host string, port int) (string, error) {
	// A control plane that is starting goes on when the client is gone.
	key, server, err := e.controlPlane(context.WithoutCancel(ctx), func(w *world.World) (string, error) {
		key, err := apiserver.Locate(w, host, port, e.from())
		if errors.Is(err, apiserver.ErrUnreachable) && !known(w, host) {
			return "", nil // not one of ours
		}
		return key, err
	})
	switch {
	case err != nil || key == "":
		return "", err
	case server == "":
		return "", fmt.Errorf("the emulated cluster at %s is in memory: it needs --kubernetes local", host)
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("the API server's address: %w", err)
	}
	return u.Host, nil
}

// known says whether an emulated cluster has the host as its endpoint: where it
// does not answer, nothing else must.
func known(w *world.World, host string) bool {
	for _, c := range w.Clusters {
		if world.Key(c.Endpoint) == world.Key(host) {
			return true
		}
	}
	return false
}
