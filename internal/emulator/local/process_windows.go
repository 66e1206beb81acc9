package local

import (
	"os"
	"os/exec"
)

// Clusters get no control plane on Windows, so there is nothing to detach.
func detach(*exec.Cmd) {}

func terminate(p *os.Process) { _ = p.Kill() }
