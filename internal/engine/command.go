// Package engine runs the Pulumi engine: stacks, their operations, the events
// they send and the errors they end with.
//
// It knows Pulumi, and neither Azure nor Kubernetes nor clusters.
package engine

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/blang/semver"
)

const (
	// drainTime is how long an interrupted engine may take to finish what it
	// has begun. An Azure VM takes minutes to create, and an engine that is
	// killed meanwhile leaves a lock, and a VM that its state does not know.
	drainTime = 10 * time.Minute
	// terminateTime is how long the engine may take to write its state down
	// after the user has insisted.
	terminateTime = 5 * time.Second
)

// Command runs the Pulumi CLI. It is an auto.PulumiCommand; the SDK's own kills
// the engine ten seconds after an interruption.
type Command struct {
	path      string
	version   semver.Version
	env       []string
	terminate <-chan struct{}

	mu   sync.Mutex
	last failure
}

// failure is how a run of the CLI ended.
type failure struct {
	stdout, stderr string
	code           int
}

// NewCommand returns a command that runs the CLI at path with exactly env as
// its environment. When ctx of a run ends, the engine is asked to finish what
// it has begun; when terminate is closed, it is asked to stop at once and soon
// killed. terminate may be nil.
func NewCommand(path string, version semver.Version, env []string, terminate <-chan struct{}) *Command {
	return &Command{
		path: path, version: version, terminate: terminate,
		env: withPathEntry(env, filepath.Dir(path)),
	}
}

// Version returns the CLI's version.
func (c *Command) Version() semver.Version { return c.version }

// Run runs the CLI and returns its output and exit code. The code is -2 when it
// did not run at all.
func (c *Command) Run(ctx context.Context, dir string, stdin io.Reader,
	extraOut, extraErr []io.Writer, extraEnv []string, args ...string,
) (string, string, int, error) {
	stdout, err := newSink(args)
	if err != nil {
		return "", "", unknownCode, err
	}
	defer stdout.close()
	stderr, err := newSink(args)
	if err != nil {
		return "", "", unknownCode, err
	}
	defer stderr.close()

	cmd := exec.CommandContext(ctx, c.path, nonInteractive(args)...)
	cmd.Dir = dir
	cmd.Env = append(slices.Concat(c.env, extraEnv), "PULUMI_AUTOMATION_API=true")
	cmd.Stdin = stdin
	cmd.Stdout = stdout.writer(extraOut)
	cmd.Stderr = stderr.writer(extraErr)
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = drainTime
	ownGroup(cmd)

	err = c.runToEnd(cmd)
	code := exitCode(err)
	out, errOut := stdout.text(), stderr.text()
	if err != nil {
		c.mu.Lock()
		c.last = failure{stdout: out, stderr: errOut, code: code}
		c.mu.Unlock()
	}
	return out, errOut, code, err
}

// runToEnd waits for the CLI and watches for the user's second interruption.
func (c *Command) runToEnd(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		select {
		case <-ended:
			return
		case <-c.terminate:
		}
		// The engine takes a second SIGINT as an order to stop waiting for its
		// providers; it still writes its state and lets go of its lock.
		_ = interrupt(cmd.Process)
		patience := time.NewTimer(terminateTime)
		defer patience.Stop()
		select {
		case <-ended:
		case <-patience.C:
			killGroup(cmd.Process)
		}
	})
	err := cmd.Wait()
	close(ended)
	watcher.Wait()
	return err
}

// lastFailure is the output of the last run that failed.
func (c *Command) lastFailure() failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// unknownCode is what the automation API expects when there is no exit code.
const unknownCode = -2

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return unknownCode
}

func nonInteractive(args []string) []string {
	return append([]string{"--non-interactive"}, args...)
}

// withPathEntry puts dir first on PATH: the engine looks for language hosts and
// bundled plugins beside itself.
func withPathEntry(env []string, dir string) []string {
	out := slices.Clone(env)
	for i, kv := range out {
		if name, value, _ := strings.Cut(kv, "="); strings.EqualFold(name, "PATH") {
			out[i] = name + "=" + dir + string(os.PathListSeparator) + value
			return out
		}
	}
	return append(out, "PATH="+dir)
}
