package controlplane

import (
	"os"
	"os/exec"
	"syscall"
)

// endWithParent lets a child end with this process, however that ends, and keeps
// a terminal's interruption from it. It is killed: asked to end, an API server waits
// for requests of programs that are gone by then, and for etcd. etcd's data are made
// for that.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func interrupt(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
