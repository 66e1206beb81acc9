package lifetime

import (
	"context"
	"errors"
	"os"
	"sync"
)

// command runs the command. The first signal is for the command; who insists
// kills it.
func (r Run) command(ctx context.Context) (code int, stopped bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &commanding{say: r.Say, cancel: cancel}
	// Before anything else: a signal from here on is for the command, which may not
	// be there yet.
	r.OnSignal(c.handle)
	if ctx.Err() != nil {
		return 0, true, notRun{}
	}
	p, err := r.Start(ctx)
	if err != nil {
		if c.stopped() && errors.Is(err, context.Canceled) {
			err = notRun{}
		}
		return 0, c.stopped(), err
	}
	c.begin(p)
	code, err = p.Wait()
	return code, c.stopped(), err
}

// commanding is who gets the signals while the command is started and runs.
type commanding struct {
	say func(string)
	// cancel keeps the command from being started.
	cancel context.CancelFunc

	mu      sync.Mutex
	heard   []os.Signal
	process Process
}

func (c *commanding) handle(s os.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, s)
	switch len(c.heard) {
	case 1:
		c.cancel()
		if c.process == nil {
			c.say("Interrupted. If the command has just begun, it is waited for; then the cluster is deleted. Press Ctrl-C again to kill it.")
			return
		}
		c.say("Waiting for the command to end; then the cluster is deleted. Press Ctrl-C again to kill the command.")
		c.process.Pass(s)
	case 2:
		c.say("Killing the command.")
		if c.process != nil {
			c.process.Kill()
		}
	}
}

// begin gives the command what came while it was started.
func (c *commanding) begin(p Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.process = p
	if len(c.heard) > 0 {
		p.Send(c.heard[0])
	}
	if len(c.heard) > 1 {
		p.Kill()
	}
}

func (c *commanding) stopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.heard) > 0
}
