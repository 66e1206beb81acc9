//go:build !linux

package controlplane

import (
	"os"
	"os/exec"
)

// endWithParent has no counterpart here: a child outlives a parent that is killed.
func endWithParent(*exec.Cmd) {}

func interrupt(p *os.Process) {
	if p.Signal(os.Interrupt) != nil {
		_ = p.Kill()
	}
}
