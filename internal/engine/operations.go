package engine

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

// RunOptions are what up, preview and destroy have in common.
type RunOptions struct {
	// Events receives the engine's events, one after the other. It must return
	// quickly. It may be nil.
	Events func(Event)
	// Refresh reads every resource from the cloud first.
	Refresh bool
	// Parallel is how many resources are worked on at once; 0 is the engine's
	// own choice.
	Parallel int
	// OwnsGroup says of a resource group that up cannot create since it is there,
	// declared by that name and with those tags, whether an earlier run of the stack
	// can have made it. Nil is never.
	OwnsGroup func(ctx context.Context, name string, tags map[string]string) (bool, error)
}

// Result is what an operation did.
type Result struct {
	// Changes counts resources by operation: create, update, replace, delete,
	// same, … Only same is left out of "something changed".
	Changes map[string]int
	// Outputs are the stack's outputs after an up.
	Outputs map[string]Output
}

// Changed says whether the operation changed, or would change, anything.
func (r Result) Changed() bool {
	for op, n := range r.Changes {
		if n > 0 && op != "same" && op != "read" && op != "refresh" {
			return true
		}
	}
	return false
}

// Preview works out what up would do. The stack must exist.
func (s *Stack) Preview(ctx context.Context, o RunOptions) (Result, error) {
	return s.run(ctx, "preview", o, func(c *collector) error {
		opts := []optpreview.Option{
			optpreview.EventStreams(c.stream), optpreview.Color("never"), optpreview.SuppressProgress(),
			optpreview.SuppressOutputs(), optpreview.UserAgent(s.agent), optpreview.Parallel(o.Parallel),
		}
		if o.Refresh {
			opts = append(opts, optpreview.Refresh())
		}
		_, err := s.auto.Preview(ctx, opts...)
		return err
	})
}

// up is one run of the engine; Up wraps it.
func (s *Stack) up(ctx context.Context, o RunOptions) (Result, error) {
	var outs map[string]Output
	r, err := s.run(ctx, "up", o, func(c *collector) error {
		opts := []optup.Option{
			optup.EventStreams(c.stream), optup.Color("never"), optup.SuppressProgress(),
			optup.SuppressOutputs(), optup.UserAgent(s.agent), optup.Parallel(o.Parallel), optup.ShowSecrets(false),
		}
		if o.Refresh {
			opts = append(opts, optup.Refresh())
		}
		res, err := s.auto.Up(ctx, opts...)
		outs = outputs(res.Outputs)
		return err
	})
	r.Outputs = outs
	return r, err
}

// Destroy deletes every resource of the stack, going on where one fails.
func (s *Stack) Destroy(ctx context.Context, o RunOptions) (Result, error) {
	return s.run(ctx, "destroy", o, func(c *collector) error {
		opts := []optdestroy.Option{
			optdestroy.EventStreams(c.stream), optdestroy.Color("never"), optdestroy.SuppressProgress(),
			optdestroy.SuppressOutputs(), optdestroy.UserAgent(s.agent), optdestroy.Parallel(o.Parallel),
			optdestroy.ShowSecrets(false), optdestroy.ContinueOnError(),
		}
		if o.Refresh {
			opts = append(opts, optdestroy.Refresh())
		}
		_, err := s.auto.Destroy(ctx, opts...)
		return err
	})
}

// run runs an operation with its events and, where the lock of a dead run is in
// the way, removes that and runs it again.
func (s *Stack) run(ctx context.Context, op string, o RunOptions, operate func(*collector) error) (Result, error) {
	r, err := s.once(ctx, op, o, operate)
	var e *Error
	if errors.As(err, &e) && s.breakAbandoned(ctx, e) {
		return s.once(ctx, op, o, operate)
	}
	return r, err
}

func (s *Stack) once(ctx context.Context, op string, o RunOptions, operate func(*collector) error) (Result, error) {
	c := collect(o.Events)
	err := operate(c)
	c.wait()
	if err == nil {
		return Result{Changes: c.changes}, nil
	}
	// The error is classified before anything wraps it: its only clues are in
	// the CLI's output.
	failed := classify(ctx, op, s.name, s.command.lastFailure(), c.diagnostics)
	failed.howToDelete = s.howToDelete
	return Result{Changes: c.changes}, failed
}
