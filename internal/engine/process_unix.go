//go:build unix

package engine

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup gives the engine a process group of its own, so that the terminal's
// Ctrl-C reaches us alone and we decide what the engine hears.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func interrupt(p *os.Process) error { return p.Signal(os.Interrupt) }

// killGroup kills the engine and the plugins that it started.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// alive says whether a process of this machine is still there.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}
