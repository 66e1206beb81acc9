//go:build linux

package cri

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// container is a process.
type container struct {
	id, sandbox, log string
	// program runs in the container, and starter starts it there.
	program, starter string
	arguments        []string
	config           *runtime.ContainerConfig
	created          int64

	mu                sync.Mutex
	process           *os.Process
	started, finished int64
	exitCode          int32
	ended             chan struct{}
}

func (c *container) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		return errors.New("it has been started before")
	}
	if err := os.MkdirAll(filepath.Dir(c.log), 0o750); err != nil {
		return fmt.Errorf("make room for the log: %w", err)
	}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	output, input := io.Pipe()
	go copyLog(log, output)

	inside, err := c.containment()
	if err != nil {
		_ = input.Close()
		return fmt.Errorf("describe the container: %w", err)
	}
	cmd := exec.Command(c.starter, inside)
	cmd.Args[0] = Contained
	cmd.Dir = "/"
	for _, kv := range c.config.GetEnvs() {
		cmd.Env = append(cmd.Env, kv.GetKey()+"="+kv.GetValue())
	}
	cmd.Stdout, cmd.Stderr = input, input
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Cloneflags: syscall.CLONE_NEWNS}
	if err := cmd.Start(); err != nil {
		_ = input.Close()
		return fmt.Errorf("start the process: %w", err)
	}
	c.process, c.started, c.ended = cmd.Process, now(), make(chan struct{})
	go func() {
		_ = cmd.Wait()
		_ = input.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.finished, c.exitCode = now(), int32(cmd.ProcessState.ExitCode()) //nolint:gosec // eight bits
		close(c.ended)
	}()
	return nil
}

// copyLog writes lines as the kubelet reads them:
// https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
func copyLog(log io.WriteCloser, output io.Reader) {
	defer func() { _ = log.Close() }()
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			_, _ = fmt.Fprintf(log, "%s stderr F %s\n", time.Now().UTC().Format(time.RFC3339Nano), trimNewline(line))
		}
		if err != nil {
			return
		}
	}
}

func trimNewline(s string) string {
	if s != "" && s[len(s)-1] == '\n' {
		return s[:len(s)-1]
	}
	return s
}

// stop asks the process to end, and kills it after some seconds.
func (c *container) stop(seconds int64) {
	c.mu.Lock()
	process, ended := c.process, c.ended
	c.mu.Unlock()
	if process == nil {
		return
	}
	if seconds > 0 {
		_ = process.Signal(syscall.SIGTERM)
		patience := time.NewTimer(time.Duration(seconds) * time.Second)
		defer patience.Stop()
		select {
		case <-ended:
			return
		case <-patience.C:
		}
	}
	c.kill()
	<-ended
}

func (c *container) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil && c.finished == 0 {
		_ = syscall.Kill(-c.process.Pid, syscall.SIGKILL)
	}
}

func (c *container) status() *runtime.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &runtime.ContainerStatus{
		Id: c.id, Metadata: c.config.GetMetadata(), CreatedAt: c.created, StartedAt: c.started, FinishedAt: c.finished,
		Image: c.config.GetImage(), ImageRef: c.config.GetImage().GetImage(), ImageId: c.config.GetImage().GetImage(),
		Labels: c.config.GetLabels(), Annotations: c.config.GetAnnotations(), Mounts: c.config.GetMounts(), LogPath: c.log,
	}
	switch {
	case c.process == nil:
		s.State = runtime.ContainerState_CONTAINER_CREATED
	case c.finished == 0:
		s.State = runtime.ContainerState_CONTAINER_RUNNING
	default:
		s.State, s.ExitCode, s.Reason = runtime.ContainerState_CONTAINER_EXITED, c.exitCode, "Completed"
		if c.exitCode != 0 {
			s.Reason = "Error"
		}
	}
	return s
}
