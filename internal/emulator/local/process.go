package local

import (
	"bytes"
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
)

const (
	poll = 50 * time.Millisecond
	// stopTimeout is longer than the control plane takes to stop its processes.
	stopTimeout = time.Minute
	// lockPatience is how long a starting process looks for the lock.
	lockPatience = 3 * time.Second
	logLines     = 12
)

// running says whether a control plane's process lives, and gives its server once
// it is ready.
func (c *Clusters) running(dir string) (server string, running bool) {
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	if free, err := lock.TryLock(); err != nil || free {
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
	ended := make(chan error, 1)
	if _, running := c.running(dir); !running {
		// What a killed process left says nothing.
		_ = os.Remove(filepath.Join(dir, readyFile))
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
			return "", fmt.Errorf("waiting for the control plane: %w", context.Cause(ctx))
		case err := <-ended:
			if _, running := c.running(dir); running {
				continue // another process was quicker
			}
			data, _ := os.ReadFile(filepath.Join(dir, logFile))
			return "", fmt.Errorf("the control plane did not start: %w\n%s", err, lastLines(data))
		case <-ticker.C:
		}
	}
}

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
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	free, err := lock.TryLock()
	if err == nil && !free {
		// The lock is held, so the process is the one that wrote its id.
		if p := c.process(dir); p != nil {
			terminate(p)
		}
		free, err = lock.TryLockContext(ctx, poll)
	}
	_ = lock.Unlock()
	if err != nil || !free {
		if p := c.process(dir); p != nil {
			_ = p.Kill()
		}
		return fmt.Errorf("the control plane in %s did not stop: %w", dir, errors.Join(err, ctx.Err()))
	}
	return nil
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

func lastLines(data []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-logLines):], []byte("\n"))
}
