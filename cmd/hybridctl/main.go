// Command hybridctl makes, shows and removes hybrid Linux/Windows clusters.
package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/term"
)

func main() { os.Exit(realMain()) }

// realMain connects the program to its process: streams, environment, signals.
func realMain() int {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	terminate := make(chan struct{})
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, environ: os.Environ(), dir: dir,
		stdinTerminal: term.IsTerminal(int(os.Stdin.Fd())),
		stdoutTTY:     term.IsTerminal(int(os.Stdout.Fd())),
		stderrTTY:     term.IsTerminal(int(os.Stderr.Fd())),
		width:         terminalWidth,
		terminate:     terminate,
		startScratch:  startScratch(os.Getenv),
	}
	a.start = a.startEmulator
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a.signals.handle(stopInTwoSteps(a, cancel, terminate))
	received := make(chan os.Signal, 1)
	signal.Notify(received, endings(signal.Ignored)...)
	go func() {
		for s := range received {
			a.signals.deliver(s)
		}
	}()
	return a.run(ctx, os.Args[1:])
}

// endings are the signals that ask us to end. A terminal that is closed is one,
// unless whoever started us wants us to outlive it, as nohup does.
func endings(ignored func(os.Signal) bool) []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// stopInTwoSteps: the first signal lets the engine finish what it has begun, the
// second does not wait for that.
func stopInTwoSteps(a *app, cancel context.CancelFunc, terminate chan<- struct{}) func(os.Signal) {
	received := 0
	return func(os.Signal) {
		received++
		switch received {
		case 1:
			if a.changing.Load() > 0 {
				a.say("Interrupted. What has begun is finished first; press Ctrl-C again to stop at once.")
			} else {
				a.say("Interrupted.")
			}
			cancel()
		case 2:
			if a.changing.Load() > 0 {
				a.say("Stopping at once. What was under way may have to be cleaned up; the next run takes care of that.")
			}
			close(terminate)
		}
	}
}

// signals gives each signal to who is in charge.
type signals struct {
	mu      sync.Mutex
	handler func(os.Signal)
}

// handle puts somebody in charge, once who was in charge has dealt with its last
// signal. No handler may call it.
func (s *signals) handle(handler func(os.Signal)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = handler
}

func (s *signals) deliver(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler(sig)
}

func terminalWidth() int {
	w, _, err := term.GetSize(int(os.Stderr.Fd()))
	if err != nil {
		return 80
	}
	return w
}
