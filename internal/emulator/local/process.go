package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
)

const (
	poll = 50 * time.Millisecond
	// stopTimeout is longer than the control plane takes to stop its processes.
	stopTimeout = time.Minute
	// startTimeout bounds a start, on a machine that is busy with other things.
	startTimeout = 4 * time.Minute
	// lockPatience is how long a starting process looks for the lock.
	lockPatience = 3 * time.Second
	logLines     = 12
)

// running says whether a control plane's process lives, and gives its server once
// it is ready.
func (c *Clusters) running(dir string) (server string, running bool) {
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	// A shared lock: two that look do not take each other for the process.
	if free, err := lock.TryRLock(); err != nil || free {
		_ = lock.Unlock()
		return "", false
	}
	var r ready
	if read(dir, readyFile, &r) != nil {
		return "", true
	}
	return r.Server, true
}

// start starts the control plane's process unless another one does, and waits
// until it is ready.
func (c *Clusters) start(ctx context.Context, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ended := make(chan error, 1)
	if _, running := c.running(dir); !running {
		// What a killed process left says nothing.
		_ = os.Remove(filepath.Join(dir, readyFile))
		_ = os.Remove(filepath.Join(dir, pidFile))
		if err := c.spawn(dir, ended); err != nil {
			return "", err
		}
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if server, running := c.running(dir); running && server != "" {
			return server, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for the control plane: %w\n%s", ctx.Err(), logEnd(dir))
		case err := <-ended:
			if _, running := c.running(dir); running {
				continue // another process was quicker
			}
			return "", fmt.Errorf("the control plane did not start: %w\n%s", err, logEnd(dir))
		case <-ticker.C:
		}
	}
}

// logEnd is the end of the log of a control plane's process.
func logEnd(dir string) []byte { return controlplane.LogEnd(filepath.Join(dir, logFile), logLines) }

// spawn starts a process that outlives this one.
func (c *Clusters) spawn(dir string, ended chan<- error) error {
	log, err := os.OpenFile(filepath.Join(dir, logFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("starting the control plane: %w", err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(c.o.Command[0], append(c.o.Command[1:], dir)...) //nolint:noctx // it stays when the context ends
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = dir
	cmd.Env = environment(os.Environ())
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the control plane: %w", err)
	}
	go func() {
		if err := cmd.Wait(); err != nil {
			ended <- err
			return
		}
		ended <- errors.New("it ended at once")
	}()
	return nil
}

// environment leaves out what is for others than a control plane.
func environment(env []string) []string {
	var out []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case name == "HOME", name == "PATH", name == "TMPDIR", name == "LANG", name == "GOMAXPROCS", strings.HasPrefix(name, "GOCOVER"):
			out = append(out, kv)
		}
	}
	return out
}

// stop ends a control plane's process and waits for it.
func (c *Clusters) stop(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if _, running := c.running(dir); !running {
		return nil
	}
	signal := terminate
	for _, patience := range []time.Duration{stopTimeout / 2, stopTimeout / 2} {
		// The lock is held, and who holds it wrote its id a moment later.
		if p := c.process(dir); p != nil {
			signal(p)
		}
		if c.ended(ctx, dir, patience) {
			return nil
		}
		signal = func(p *os.Process) { _ = p.Kill() }
	}
	return fmt.Errorf("the control plane in %s did not stop; its process is in %s", dir, pidFile)
}

// ended waits until no process runs the control plane.
func (c *Clusters) ended(ctx context.Context, dir string, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	free, err := lock.TryLockContext(ctx, poll)
	_ = lock.Unlock()
	return err == nil && free
}

func (c *Clusters) process(dir string) *os.Process {
	data, err := os.ReadFile(filepath.Join(dir, pidFile))
	if err != nil {
		return nil
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || pid <= 1 {
		return nil
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil
	}
	return p
}
