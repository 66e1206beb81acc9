// Command hybridctl makes, shows and removes hybrid Linux/Windows clusters.
package main

import (
	"context"
	"os"
	"os/signal"
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
		start:         startEmulator(os.Getenv),
		startScratch:  startScratch(os.Getenv),
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go handleSignals(signals, a, cancel, terminate)
	return a.run(ctx, os.Args[1:])
}

// handleSignals stops in two steps: the first signal lets the engine finish what
// it has begun, the second does not wait for that.
func handleSignals(signals <-chan os.Signal, a *app, cancel context.CancelFunc, terminate chan<- struct{}) {
	<-signals
	a.say("Interrupted. What has begun is finished first; press Ctrl-C again to stop at once.")
	cancel()
	<-signals
	a.say("Stopping at once. What was under way may have to be cleaned up; the next run takes care of that.")
	close(terminate)
}

func terminalWidth() int {
	w, _, err := term.GetSize(int(os.Stderr.Fd()))
	if err != nil {
		return 80
	}
	return w
}
