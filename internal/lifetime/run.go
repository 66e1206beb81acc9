package lifetime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// Process is a command that runs.
type Process interface {
	// Pass gives the command a signal that we got, unless its terminal gave it
	// the same already.
	Pass(os.Signal)
	// Send gives the command a signal that may have come too early for it.
	Send(os.Signal)
	// Kill ends it at once.
	Kill()
	// Wait returns when it has ended, with its exit code as a shell counts:
	// 128 and the signal's number where one ended it.
	Wait() (code int, err error)
}

// Run is a cluster for one command.
type Run struct {
	// Create makes the stack. made says that there is something to delete, also
	// beside an error.
	Create func(ctx context.Context, terminate <-chan struct{}) (made bool, err error)
	// Up makes the cluster. The end of ctx asks it to stop in order; the end of
	// terminate not to wait for anything. The same holds for Down, which deletes
	// cluster and stack.
	Up, Down func(ctx context.Context, terminate <-chan struct{}) error
	// Start starts the command, unless ctx has ended.
	Start func(ctx context.Context) (Process, error)
	// OnSignal says who gets signals from now on. It returns when nobody else does
	// any more.
	OnSignal func(handle func(os.Signal))
	// Say tells the user something.
	Say func(message string)
	// KeepOnFailure leaves the cluster where it is when up or the command fails.
	KeepOnFailure bool
}

// ErrKept says that the cluster was left where it is, as asked for.
var ErrKept = errors.New("the cluster was kept")

// notRun says that a signal came before the command was started.
type notRun struct{}

func (notRun) Error() string { return "interrupted: the command was not run" }
func (notRun) Unwrap() error { return context.Canceled }

// Do makes the cluster, runs the command and deletes the cluster, whatever
// happens. code is the command's exit code, where it ran.
func (r Run) Do(ctx context.Context) (code int, err error) {
	// One context for all until the cluster is deleted: a signal between two
	// steps ends the next.
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	made, err := r.phase(work, cancel, r.Create)
	if err == nil {
		_, err = r.phase(work, cancel, func(ctx context.Context, terminate <-chan struct{}) (bool, error) {
			return true, r.Up(ctx, terminate)
		})
	}
	stopped := err != nil && (work.Err() != nil || errors.Is(err, context.Canceled))
	if err == nil {
		code, stopped, err = r.command(work)
	}
	switch {
	case !made:
		return code, err
	case r.KeepOnFailure && !stopped && (err != nil || code != 0):
		return code, errors.Join(err, ErrKept)
	}
	return code, errors.Join(err, r.delete(ctx))
}

// phase runs a step that the first signal asks to stop, with cancel, and the
// second not to wait. A step that was asked to stop has not ended well, even if it
// says so.
func (r Run) phase(
	ctx context.Context, cancel context.CancelFunc, step func(context.Context, <-chan struct{}) (bool, error),
) (made bool, err error) {
	terminate := make(chan struct{})
	r.OnSignal(escalate(
		func(os.Signal) {
			r.Say("Interrupted. What has begun is finished first, then the cluster is deleted; press Ctrl-C again to stop at once.")
			cancel()
		},
		func(os.Signal) {
			r.Say("Stopping at once. The cluster is deleted next.")
			close(terminate)
		},
	))
	made, err = step(ctx, terminate)
	if err == nil && ctx.Err() != nil {
		err = notRun{}
	}
	return made, err
}

// delete deletes the cluster. One more signal is no reason to leave it there:
// people press Ctrl-C twice.
func (r Run) delete(ctx context.Context) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	terminate := make(chan struct{})
	r.OnSignal(escalate(
		func(os.Signal) {
			r.Say("The cluster is being deleted. Press Ctrl-C again to leave what is left of it.")
		},
		func(os.Signal) {
			r.Say("Leaving what is left.")
			cancel()
			close(terminate)
		},
	))
	if err := r.Down(ctx, terminate); err != nil {
		return fmt.Errorf("the cluster is not gone: %w", err)
	}
	return nil
}

// escalate calls one function at each signal in turn, and none after the last.
func escalate(steps ...func(os.Signal)) func(os.Signal) {
	var mu sync.Mutex
	return func(s os.Signal) {
		mu.Lock()
		defer mu.Unlock()
		if len(steps) == 0 {
			return
		}
		step := steps[0]
		steps = steps[1:]
		step(s)
	}
}
