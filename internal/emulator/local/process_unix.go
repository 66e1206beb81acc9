//go:build !windows

package local

import (
	"os"
	"os/exec"
	"syscall"
)

// detach keeps a terminal's signals from a process.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func terminate(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
