package child

import (
	"os"
	"os/exec"
)

// inForeground: a console's Ctrl-C reaches every process of it.
// https://learn.microsoft.com/windows/console/ctrl-c-and-ctrl-break-signals
func inForeground() bool { return true }

func ownGroup(*exec.Cmd) {}

// signal: Windows knows no other signal that one process can send another.
func (p *Process) signal(os.Signal) { _ = p.cmd.Process.Kill() }

func codeOf(state *os.ProcessState) int { return state.ExitCode() }
