package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Forward leads each connection that a listener takes to an address, "host:port",
// as the client's machine sees it. It returns when the context ends, or when the
// client does. What goes wrong with one connection is told and ends that one alone.
// Forward closes the listener.
func (c *Client) Forward(ctx context.Context, listener net.Listener, address string, tell func(error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	go func() {
		cancel(fmt.Errorf("the connection to %s ended: %w", c.Machine.Name, errors.Join(c.Wait(), io.ErrUnexpectedEOF)))
	}()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		local, err := listener.Accept()
		if err != nil {
			if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
				return cause
			}
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("taking connections: %w", err)
		}
		open.Go(func() {
			if err := c.carry(ctx, local, address); err != nil && ctx.Err() == nil {
				tell(err)
			}
		})
	}
}

// carry copies both ways until both have ended.
func (c *Client) carry(ctx context.Context, local net.Conn, address string) error {
	defer func() { _ = local.Close() }()
	far, err := c.DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("%s does not reach %s: %w", c.Machine.Name, address, err)
	}
	defer func() { _ = far.Close() }()
	stop := context.AfterFunc(ctx, func() {
		_ = local.Close()
		_ = far.Close()
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { pass(far, local) })
	both.Go(func() { pass(local, far) })
	both.Wait()
	return nil
}

// pass copies until the sender has nothing more to say, and says so: the other
// direction may go on. After an error the receiver's end is closed for good.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		_ = to.Close()
	}
}
