package controlplane

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

const (
	// stopGrace is how long a process may take to end when it is asked to.
	stopGrace = 10 * time.Second
	logLines  = 8
)

// group is a set of processes that live and die together.
type group struct {
	logs    string
	running []*process
	// ended gets an error when a process ends that nobody stopped.
	ended chan error
}

type process struct {
	name     string
	cmd      *exec.Cmd
	stopping chan struct{}
	gone     chan struct{}
}

func newGroup(logs string) *group { return &group{logs: logs, ended: make(chan error, 8)} }

// start starts a program. Its output goes to a file, which begins anew.
func (g *group) start(name string, command []string) error {
	if err := os.MkdirAll(g.logs, 0o700); err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	path := filepath.Join(g.logs, name+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // it is stopped in order, not killed
	cmd.Stdout, cmd.Stderr = log, log
	endWithParent(cmd)
	p := &process{name: name, cmd: cmd, stopping: make(chan struct{}), gone: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// Linux ends a child with the thread that started it, so the thread stays.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.gone)
		defer func() { _ = log.Close() }()
		err := cmd.Start()
		started <- err
		if err == nil {
			g.report(p, path, cmd.Wait())
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	g.running = append(g.running, p)
	return nil
}

// report tells of a process that ended by itself.
func (g *group) report(p *process, log string, err error) {
	select {
	case <-p.stopping:
		return
	default:
	}
	if err == nil {
		err = errors.New("exit code 0")
	}
	g.ended <- fmt.Errorf("%s ended by itself: %w\n%s", p.name, err, LogEnd(log, logLines))
}

// stop stops the processes, the last one first.
func (g *group) stop() {
	for _, p := range slices.Backward(g.running) {
		close(p.stopping)
		interrupt(p.cmd.Process)
		select {
		case <-p.gone:
		case <-time.After(stopGrace):
			_ = p.cmd.Process.Kill()
			<-p.gone
		}
	}
}

// LogEnd is the last lines of a log; of one that cannot be read there are none.
func LogEnd(path string, lines int) []byte {
	data, _ := os.ReadFile(path)
	return lastLines(data, lines)
}

func lastLines(data []byte, most int) []byte {
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-most):], []byte("\n"))
}
