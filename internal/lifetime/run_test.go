package lifetime_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/lifetime"
)

// rig is a run of which every step is the test's.
type rig struct {
	did     []string
	handler func(os.Signal)
	run     lifetime.Run
	process *process
}

type process struct {
	code  int
	err   error
	wait  func()
	heard []string
}

func (p *process) Pass(s os.Signal)   { p.heard = append(p.heard, s.String()) }
func (p *process) Send(s os.Signal)   { p.heard = append(p.heard, "sent "+s.String()) }
func (p *process) Kill()              { p.heard = append(p.heard, "killed") }
func (p *process) Wait() (int, error) { p.wait(); return p.code, p.err }

func newRig() *rig {
	r := &rig{process: &process{wait: func() {}}}
	step := func(name string) func(context.Context, <-chan struct{}) error {
		return func(context.Context, <-chan struct{}) error {
			r.did = append(r.did, name)
			return nil
		}
	}
	r.run = lifetime.Run{
		Create: func(context.Context, <-chan struct{}) (bool, error) {
			r.did = append(r.did, "create")
			return true, nil
		},
		Up: step("up"), Down: step("down"),
		Start: func(context.Context) (lifetime.Process, error) {
			r.did = append(r.did, "start")
			return r.process, nil
		},
		OnSignal: func(h func(os.Signal)) { r.handler = h },
		Say:      func(string) {},
	}
	return r
}

func (r *rig) signal() { r.handler(os.Interrupt) }

func TestRunOrder(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, tc := range map[string]struct {
		change func(*rig)
		did    string
		code   int
		err    error
	}{
		"well":             {func(*rig) {}, "create up start down", 0, nil},
		"the command":      {func(r *rig) { r.process.code = 7 }, "create up start down", 7, nil},
		"kept":             {func(r *rig) { r.process.code, r.run.KeepOnFailure = 7, true }, "create up start", 7, lifetime.ErrKept},
		"well, not kept":   {func(r *rig) { r.run.KeepOnFailure = true }, "create up start down", 0, nil},
		"not started":      {func(r *rig) { r.run.Start = func(context.Context) (lifetime.Process, error) { return nil, boom } }, "create up down", 0, boom},
		"down fails":       {func(r *rig) { r.run.Down = func(context.Context, <-chan struct{}) error { return boom } }, "create up start", 0, boom},
		"up fails":         {func(r *rig) { r.run.Up = func(context.Context, <-chan struct{}) error { return boom } }, "create down", 0, boom},
		"up fails, kept":   {func(r *rig) { r.run.Up, r.run.KeepOnFailure = failing(boom), true }, "create", 0, boom},
		"nothing made":     {func(r *rig) { r.run.Create = created(false, boom) }, "", 0, boom},
		"made, then fails": {func(r *rig) { r.run.Create = created(true, boom) }, "down", 0, boom},
		"up interrupted": {func(r *rig) {
			r.run.KeepOnFailure = true
			r.run.Up = func(ctx context.Context, terminate <-chan struct{}) error {
				r.signal()
				<-ctx.Done()
				r.signal()
				<-terminate
				return ctx.Err()
			}
		}, "create down", 0, context.Canceled},
		"signal in create, which succeeds": {func(r *rig) {
			r.run.KeepOnFailure = true
			r.run.Create = func(context.Context, <-chan struct{}) (bool, error) {
				r.did = append(r.did, "create")
				r.signal()
				return true, nil
			}
		}, "create down", 0, context.Canceled},
		"signal in up, which succeeds": {func(r *rig) {
			r.run.KeepOnFailure = true
			r.run.Up = func(context.Context, <-chan struct{}) error {
				r.did = append(r.did, "up")
				r.signal()
				return nil
			}
		}, "create up down", 0, context.Canceled},
		"signal between up and the command": {func(r *rig) {
			hand := r.run.OnSignal
			r.run.OnSignal = func(h func(os.Signal)) {
				// What was in charge until now gets one more.
				if strings.Join(r.did, " ") == "create up" {
					r.signal()
				}
				hand(h)
			}
		}, "create up down", 0, context.Canceled},
		"signal as the command is to be started": {func(r *rig) {
			r.run.KeepOnFailure = true
			r.run.Start = func(ctx context.Context) (lifetime.Process, error) {
				r.handler(syscall.SIGTERM)
				return nil, ctx.Err()
			}
		}, "create up down", 0, context.Canceled},
		"command interrupted": {func(r *rig) {
			r.run.KeepOnFailure = true
			r.process.wait = func() { r.signal() }
			r.process.code = 130
		}, "create up start down", 130, nil},
		"down hears one signal": {func(r *rig) {
			r.run.Down = func(ctx context.Context, terminate <-chan struct{}) error {
				r.signal()
				if ctx.Err() != nil {
					return errors.New("one is no reason")
				}
				r.signal()
				<-ctx.Done()
				<-terminate
				return ctx.Err()
			}
		}, "create up start", 0, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig()
			tc.change(r)
			code, err := r.run.Do(t.Context())
			require.ErrorIs(t, err, tc.err)
			if tc.err == nil {
				require.NoError(t, err)
			}
			require.Equal(t, tc.code, code)
			require.Equal(t, tc.did, strings.Join(r.did, " "))
		})
	}
}

func TestFirstSignalIsTheCommands(t *testing.T) {
	t.Parallel()
	r := newRig()
	r.process.wait = func() {
		r.handler(syscall.SIGTERM)
		r.signal()
		r.signal()
	}
	_, err := r.run.Do(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"terminated", "killed"}, r.process.heard)
}

// What comes while the command is started reaches it as soon as it is there.
func TestSignalsDuringTheStart(t *testing.T) {
	t.Parallel()
	r := newRig()
	r.run.Start = func(context.Context) (lifetime.Process, error) {
		r.handler(syscall.SIGTERM)
		r.signal()
		return r.process, nil
	}
	_, err := r.run.Do(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"sent terminated", "killed"}, r.process.heard)
	require.Equal(t, []string{"create", "up", "down"}, r.did)
}

func failing(err error) func(context.Context, <-chan struct{}) error {
	return func(context.Context, <-chan struct{}) error { return err }
}

func created(made bool, err error) func(context.Context, <-chan struct{}) (bool, error) {
	return func(context.Context, <-chan struct{}) (bool, error) { return made, err }
}
