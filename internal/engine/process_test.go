//go:build unix

package engine

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process that has ended is dead even before its parent has noticed.
func TestAlive(t *testing.T) {
	t.Parallel()
	require.True(t, alive(os.Getpid()))
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has /proc")
	}
	cmd := exec.Command("/bin/sh", "-c", "read line")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.True(t, alive(cmd.Process.Pid))
	require.NoError(t, in.Close())
	require.Eventually(t, func() bool { return !alive(cmd.Process.Pid) }, 10*time.Second, 5*time.Millisecond)
	_ = cmd.Wait() // reading nothing is an error of the shell's
	require.False(t, alive(cmd.Process.Pid))
}
