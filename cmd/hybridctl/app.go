package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/local"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/progress"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

// app is the program with everything it touches injected.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	environ        []string
	// dir is the working directory.
	dir string
	// stdinTerminal says that a question can be answered; the other two that
	// colours and redrawing make sense.
	stdinTerminal, stdoutTTY, stderrTTY bool
	width                               func() int
	// terminate is closed by the second interruption.
	terminate <-chan struct{}
	// changing counts what is under way that the first interruption lets finish.
	changing atomic.Int32
	// signals is where interruptions go.
	signals signals
	// start starts the emulator with its world in a directory.
	start func(ctx context.Context, dir string) (target.World, error)
	// startScratch starts one for a comparison, with resource groups that are
	// there: name to location.
	startScratch func(ctx context.Context, dir string, groups map[string]string) (target.World, error)

	global globalFlags

	// programs are Kubernetes' own, once they have been found.
	programs struct {
		mu    sync.Mutex
		found local.Programs
	}

	mu      sync.Mutex
	display *progress.Display
}

type globalFlags struct {
	emulator       bool
	kubernetes     string
	provider       string
	backend        string
	output         string
	yaml           bool
	color          string
	quiet, verbose bool
}

// The exit codes. They are part of the interface: see the help of hybridctl.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
	exitPending = 3
	exitNoStack = 4
	exitLocked  = 5
	exitLeft    = 6
	// The guards of preview.
	exitReplaces     = 10
	exitControlPlane = 11
	exitDeletes      = 12
	exitInterrupted  = 130
)

// exitError is an error that ends the program with a code of its own. A nil err
// means that everything has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return "exit code " + strconv.Itoa(e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usage(err error) error { return &exitError{code: exitUsage, err: err} }

// run runs a command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	started := false
	root := newRoot(a, &started)
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	a.closeDisplay()
	if err == nil {
		return exitOK
	}
	if !started {
		// Whatever fails before a command runs is about the command line.
		a.complain(err)
		a.errf("Run `%s --help` for usage.\n", cmd.CommandPath())
		return exitUsage
	}
	return a.conclude(err)
}

// conclude prints an error and finds its exit code.
func (a *app) conclude(err error) int {
	var exit *exitError
	var other *target.OtherWorldError
	var name *target.NameError
	if errors.Is(err, target.ErrNoBackend) || errors.As(err, &other) || errors.As(err, &name) {
		err = usage(err)
	}
	if errors.As(err, &exit) {
		if exit.err != nil {
			a.complain(exit.err)
		}
		return exit.code
	}
	switch engine.KindOf(err) {
	case engine.Interrupted:
		a.complain(err)
		a.errf("Run the same command again to go on.\n")
		return exitInterrupted
	case engine.NotFound:
		a.complain(err)
		return exitNoStack
	case engine.Locked:
		a.complain(err)
		return exitLocked
	default:
		a.complain(err)
		return exitFailure
	}
}

func (a *app) complain(err error) { a.errf("error: %v\n", err) }

func (a *app) errf(format string, args ...any) { _, _ = fmt.Fprintf(a.stderr, format, args...) }

// say tells the user something in passing, without disturbing the display.
func (a *app) say(message string) {
	a.mu.Lock()
	d := a.display
	a.mu.Unlock()
	switch {
	case d != nil:
		d.Note(message)
	case !a.global.quiet:
		a.errf("%s\n", message)
	}
}

// progress returns the display, which begins when it is first asked for.
func (a *app) progress() *progress.Display {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.display == nil {
		a.display = progress.New(a.stderr, progress.Options{
			Live: a.stderrTTY && a.getenv("TERM") != "dumb", Width: a.width, Color: a.colors(a.stderrTTY),
			Quiet: a.global.quiet, Verbose: a.global.verbose, Now: time.Now,
		})
	}
	return a.display
}

// activity tells the user of something that takes long, until end is called.
func (a *app) activity(label string) (end func()) { return a.progress().Activity(label) }

func (a *app) closeDisplay() {
	a.mu.Lock()
	d := a.display
	a.display = nil
	a.mu.Unlock()
	if d != nil {
		d.Close()
	}
}

// colors says whether to colour a stream: https://no-color.org
func (a *app) colors(tty bool) bool {
	switch a.global.color {
	case "always":
		return true
	case "never":
		return false
	default:
		return tty && a.getenv("NO_COLOR") == ""
	}
}

func (a *app) painter() report.Painter { return report.Painter{On: a.colors(a.stdoutTTY)} }

// open opens the place where stacks live.
func (a *app) open(ctx context.Context) (*target.Target, error) {
	return target.Open(ctx, a.targetOptions())
}

// attach opens the place where stacks live, with the emulator running where it
// is asked for.
func (a *app) attach(ctx context.Context) (*target.Target, error) {
	t, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.Attach(ctx); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (a *app) targetOptions() target.Options {
	return target.Options{
		Emulator: a.global.emulator, KubernetesPlugin: a.global.provider == providerPlugin, Start: a.start, Backend: a.global.backend, Dir: a.dir,
		Getenv: a.getenv, Environ: a.environ, Terminate: a.terminate, Agent: "hybridctl/" + version(),
		Activity: a.activity,
		Log:      a.say, EmulatedSubscription: azure.SubscriptionID,
	}
}
