// Package child runs somebody else's program in our place, as a shell does: with
// our streams, and with an exit code for each way to end.
package child

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// What a shell returns for a program that it cannot run.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02
const (
	CodeNotExecutable = 126
	CodeNotFound      = 127
	codeSignal        = 128
)

// drain is how long output of the program's own children is waited for after it
// has ended, where the streams are not files.
const drain = time.Second

// Command is a program to run.
type Command struct {
	// Args are the program, by name or path, and its arguments.
	Args []string
	// Dir is its working directory, Env its whole environment.
	Dir            string
	Env            []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// NotRunnable says that a program cannot be run, with a shell's exit code.
type NotRunnable struct {
	Code int
	err  error
}

func (e *NotRunnable) Error() string { return e.err.Error() }
func (e *NotRunnable) Unwrap() error { return e.err }

// Find returns the path of a program. The error is a *NotRunnable.
func Find(name, dir string) (string, error) {
	if filepath.Base(name) != name && !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return filepath.Abs(path)
	case errors.Is(err, fs.ErrPermission):
		return "", &NotRunnable{Code: CodeNotExecutable, err: fmt.Errorf("the command cannot be run: %w", err)}
	default:
		return "", &NotRunnable{Code: CodeNotFound, err: fmt.Errorf("the command is not there: %w", err)}
	}
}

// Process is a program that runs.
type Process struct {
	cmd *exec.Cmd
	// shared says that the terminal's signals reach the program without us.
	shared bool
}

// Start starts a program.
func Start(c Command) (*Process, error) {
	path, err := Find(c.Args[0], c.Dir)
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command(path, c.Args[1:]...), shared: inForeground()}
	p.cmd.Args[0] = c.Args[0]
	p.cmd.Dir, p.cmd.Env = c.Dir, c.Env
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	p.cmd.WaitDelay = drain
	if !p.shared {
		ownGroup(p.cmd)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, &NotRunnable{Code: CodeNotExecutable, err: fmt.Errorf("running the command: %w", err)}
	}
	return p, nil
}

// Pass gives the program a signal that we got. What the terminal sent, it sent
// to the program as well.
func (p *Process) Pass(s os.Signal) {
	if p.shared && s == os.Interrupt {
		return
	}
	p.signal(s)
}

// Send gives the program a signal, also one that the terminal may have sent it:
// who cannot know whether the program was there by then sends it again.
func (p *Process) Send(s os.Signal) { p.signal(s) }

// Kill ends the program, and what it started, as far as it has a process group
// of its own.
func (p *Process) Kill() { p.signal(os.Kill) }

// Wait returns when the program has ended, with its exit code. The error is
// about waiting, not about the program.
func (p *Process) Wait() (int, error) {
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return 0, fmt.Errorf("waiting for the command: %w", err)
	}
	return codeOf(p.cmd.ProcessState), nil
}
