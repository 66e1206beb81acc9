package remote

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/ssh"
)

// Streams are those of a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Terminal is the user's.
type Terminal struct {
	// Kind is TERM; Width and Height are in characters.
	Kind          string
	Width, Height int
	// Resized gives new sizes; nil for a terminal that keeps its own.
	Resized <-chan Size
}

// Size is that of a terminal, in characters.
type Size struct{ Width, Height int }

// signalled is what a shell adds to the number of a signal that ended a command.
const signalled = 128

// signals are those of RFC 4254, section 6.10, by their numbers on Linux.
var signals = map[string]int{
	"HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "ABRT": 6, "FPE": 8, "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12,
	"PIPE": 13, "ALRM": 14, "TERM": 15,
}

// Run runs a command and returns its exit code; 128 and more is a signal's. An
// empty command is the login shell. With a terminal the command runs in one.
func (c *Client) Run(ctx context.Context, command string, s Streams, t *Terminal) (int, error) {
	session, err := c.NewSession()
	if err != nil {
		return 0, fmt.Errorf("starting a session on %s: %w", c.Machine.Name, err)
	}
	defer func() { _ = session.Close() }()
	session.Stdout, session.Stderr = s.Out, s.Err
	if err := feed(session, s.In, t != nil); err != nil {
		return 0, err
	}
	if t != nil {
		if err := t.request(session); err != nil {
			return 0, fmt.Errorf("%s gives no terminal: %w", c.Machine.Name, err)
		}
	}
	start := func() error { return session.Start(command) }
	if command == "" {
		start = session.Shell
	}
	if err := start(); err != nil {
		return 0, fmt.Errorf("%s does not run the command: %w", c.Machine.Name, err)
	}
	if t != nil && t.Resized != nil {
		done := make(chan struct{})
		defer close(done)
		go t.follow(session, done)
	}
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	select {
	case err := <-ended:
		return exitCode(c.Machine.Name, err)
	case <-ctx.Done():
		// sshd tells the end of a session only when the command has ended.
		_ = session.Signal(ssh.SIGTERM)
		return 0, ctx.Err()
	}
}

// feed copies the input by itself: Session.Wait would else wait for its end, which
// a terminal's never comes to. A terminal's is never ended from here: sshd would let
// go of it, and no longer follow its size.
func feed(session *ssh.Session, in io.Reader, terminal bool) error {
	if in == nil && !terminal {
		return nil
	}
	pipe, err := session.StdinPipe()
	if err != nil {
		return fmt.Errorf("connecting the input: %w", err)
	}
	if in == nil {
		return nil
	}
	go func() {
		_, _ = io.Copy(pipe, in)
		if !terminal {
			_ = pipe.Close()
		}
	}()
	return nil
}

func exitCode(machine string, err error) (int, error) {
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 0, fmt.Errorf("the connection to %s ended before the command did: %w", machine, err)
	case exit.Signal() != "":
		return signalled + signals[exit.Signal()], nil
	}
	return exit.ExitStatus(), nil
}

func (t *Terminal) request(session *ssh.Session) error {
	kind := t.Kind
	if kind == "" {
		kind = "xterm"
	}
	return session.RequestPty(kind, t.Height, t.Width, ssh.TerminalModes{ssh.ECHO: 1, ssh.TTY_OP_ISPEED: 115200, ssh.TTY_OP_OSPEED: 115200})
}

func (t *Terminal) follow(session *ssh.Session, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case size, more := <-t.Resized:
			if !more {
				return
			}
			_ = session.WindowChange(size.Height, size.Width)
		}
	}
}
