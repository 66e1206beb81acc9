//go:build linux

// Package vnet is a virtual network made of network namespaces: machines on a
// bridge, and around them what Azure gives them, which is a load balancer, a DNS
// server and a way to the publishers of what they download.
//
// It needs root and the ip command of iproute2.
package vnet

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace that lives as long as its file is open.
type namespace struct{ file *os.File }

// newNamespace makes one. The thread that made it is not used again.
func newNamespace() (*namespace, error) {
	type result struct {
		file *os.File
		err  error
	}
	made := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			made <- result{err: fmt.Errorf("make a network namespace: %w", err)}
			return
		}
		file, err := os.Open("/proc/thread-self/ns/net")
		made <- result{file, err}
	}()
	r := <-made
	if r.err != nil {
		return nil, r.err
	}
	return &namespace{r.file}, nil
}

func (n *namespace) close() error { return n.file.Close() }

// do runs f on a thread inside the namespace. Sockets that f opens and programs
// that it starts belong to the namespace.
func (n *namespace) do(f func() error) error {
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: see newNamespace
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			failed <- fmt.Errorf("enter a network namespace: %w", err)
			return
		}
		failed <- f()
	}()
	return <-failed
}

// ip runs the ip command inside the namespace.
func (n *namespace) ip(ctx context.Context, arguments string) error {
	return n.do(func() error {
		out, err := exec.CommandContext(ctx, "ip", strings.Fields(arguments)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", arguments, err, strings.TrimSpace(string(out)))
		}
		return nil
	})
}

// listen opens a TCP listener inside the namespace.
func (n *namespace) listen(ctx context.Context, address string) (listener net.Listener, err error) {
	err = n.do(func() (err error) {
		listener, err = new(net.ListenConfig).Listen(ctx, "tcp4", address)
		return err
	})
	return listener, err
}

// dial opens a TCP connection from inside the namespace to a literal address: a
// name would be looked up on another thread.
func (n *namespace) dial(ctx context.Context, address string) (conn net.Conn, err error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	if net.ParseIP(host) == nil {
		return nil, fmt.Errorf("dial %s: not a literal address", address)
	}
	err = n.do(func() (err error) {
		conn, err = (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp4", address)
		return err
	})
	return conn, err
}
