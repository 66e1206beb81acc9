package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

const (
	// hopTimeout bounds the way to one machine and its handshake.
	hopTimeout = 20 * time.Second
	// Azure's load balancer forgets a connection that is quiet for four minutes:
	// https://learn.microsoft.com/azure/load-balancer/load-balancer-tcp-reset
	keepAlive = 30 * time.Second
)

// Options say how machines are met.
type Options struct {
	Credentials *Credentials
	// KnownHosts takes the place of the keys that the cluster's program made; nil
	// leaves those.
	KnownHosts ssh.HostKeyCallback
	// Timeout bounds each machine on the way; zero is 20 seconds.
	Timeout time.Duration
}

// Client is a connection to a machine, perhaps through others. Close it.
type Client struct {
	*ssh.Client
	Machine Machine
	through []*ssh.Client
	stop    sync.Once
	done    chan struct{}
}

// Dial connects to the last machine of a route through those before it. The error
// is an [*UnreachableError], a [*HostKeyError] or a [*LoginError] where it is one of
// these.
func Dial(ctx context.Context, route []Machine, o Options) (*Client, error) {
	if o.Timeout == 0 {
		o.Timeout = hopTimeout
	}
	c := &Client{done: make(chan struct{})}
	for i, m := range route {
		next, err := c.hop(ctx, m, o)
		if err != nil {
			_ = c.Close()
			return nil, err
		}
		if i > 0 {
			c.through = append(c.through, c.Client)
		}
		c.Client, c.Machine = next, m
	}
	go c.keepAlive()
	return c, nil
}

// hop connects to a machine from the one that is connected already, or from here.
func (c *Client) hop(ctx context.Context, m Machine, o Options) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	dial := (&net.Dialer{}).DialContext
	if c.Client != nil {
		dial = c.DialContext
	}
	conn, err := dial(ctx, "tcp", m.Address)
	if err != nil {
		return nil, &UnreachableError{Machine: m, Through: c.Machine.Name, cause: notCancelled(ctx, err)}
	}
	// A channel of SSH knows no deadlines: it is closed when the time is over.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var refused *HostKeyError
	check := o.KnownHosts
	if check == nil {
		check = pinned(m, &refused)
	}
	inner, channels, requests, err := ssh.NewClientConn(conn, m.Address, o.config(m, check, conn.RemoteAddr()))
	if err != nil {
		_ = conn.Close()
		return nil, handshakeError(ctx, m, refused, o, err)
	}
	return ssh.NewClient(inner, channels, requests), nil
}

func (o Options) config(m Machine, check ssh.HostKeyCallback, peer net.Addr) *ssh.ClientConfig {
	config := &ssh.ClientConfig{
		User: m.User, HostKeyCallback: check, ClientVersion: "SSH-2.0-hybridctl",
		Auth: []ssh.AuthMethod{ssh.PublicKeysCallback(o.Credentials.offer)},
	}
	if o.KnownHosts == nil {
		// The other keys of the machine are its own, and nobody knows them.
		config.HostKeyAlgorithms = []string{m.HostKey.Type()}
	} else {
		config.HostKeyAlgorithms = knownAlgorithms(check, m.Address, peer)
	}
	return config
}

// pinned takes the machine's key and no other.
func pinned(m Machine, refused **HostKeyError) ssh.HostKeyCallback {
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if bytes.Equal(key.Marshal(), m.HostKey.Marshal()) {
			return nil
		}
		*refused = &HostKeyError{Machine: m, Got: ssh.FingerprintSHA256(key)}
		return *refused
	}
}

// handshakeError says which of its steps a handshake failed in. The library has a
// type for none of them.
func handshakeError(ctx context.Context, m Machine, refused *HostKeyError, o Options, err error) error {
	var negotiation *ssh.AlgorithmNegotiationError
	var unknown *knownhosts.KeyError
	switch {
	case refused != nil:
		return refused
	case errors.As(err, &unknown):
		return &KnownHostsError{Machine: m, Named: len(unknown.Want) > 0}
	case errors.As(err, &negotiation) && strings.Contains(err.Error(), "host key"):
		if o.KnownHosts != nil {
			return &KnownHostsError{Machine: m, Named: true}
		}
		return &HostKeyError{Machine: m, Got: "none of that kind"}
	case strings.Contains(err.Error(), "unable to authenticate"), strings.Contains(err.Error(), "Too many authentication failures"):
		return &LoginError{Machine: m, Credentials: o.Credentials}
	}
	return &UnreachableError{Machine: m, Connected: true, cause: notCancelled(ctx, err)}
}

// notCancelled puts the reason of a context in the place of what it caused.
func notCancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// keepAlive keeps quiet connections, and ends the client where the machine is gone.
func (c *Client) keepAlive() {
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-tick.C:
		}
		if _, _, err := c.SendRequest("keepalive@openssh.com", true, nil); err != nil {
			_ = c.Close()
			return
		}
	}
}

// Close ends the connection, and those that it goes through.
func (c *Client) Close() error {
	c.stop.Do(func() { close(c.done) })
	if c.Client == nil {
		return nil
	}
	err := c.Client.Close()
	for _, through := range slices.Backward(c.through) {
		_ = through.Close()
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing the connection to %s: %w", c.Machine.Name, err)
	}
	return nil
}
