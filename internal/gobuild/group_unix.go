//go:build unix

package gobuild

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the build a process group of its own, so that interrupting it
// reaches the compilers it starts.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}
