package controlplane

import (
	"os"
	"os/exec"
	"syscall"
)

// endWithParent lets a child end with this process, however that ends, and keeps
// a terminal's interruption from it.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

func interrupt(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
