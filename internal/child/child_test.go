//go:build unix

package child_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/child"
)

// A program's end is its exit code, as a shell has it.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, "kill -TERM $$": 143, "kill -INT $$": 130,
	} {
		var out bytes.Buffer
		p, err := child.Start(child.Command{
			Args: []string{"sh", "-c", "echo $X; cat; " + script}, Env: []string{"X=y", "PATH=" + os.Getenv("PATH")},
			Dir: t.TempDir(), Stdin: strings.NewReader("input\n"), Stdout: &out, Stderr: io.Discard,
		})
		require.NoError(t, err)
		code, err := p.Wait()
		require.NoError(t, err)
		require.Equal(t, want, code, script)
		require.Equal(t, "y\ninput\n", out.String())
	}
}

func TestNotRunnable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "text"), []byte("no program"), 0o600))
	for name, want := range map[string]int{
		"no-such-program-anywhere": child.CodeNotFound, "./absent": child.CodeNotFound, "./text": child.CodeNotExecutable,
	} {
		_, err := child.Start(child.Command{Args: []string{name}, Dir: dir})
		var e *child.NotRunnable
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, want, e.Code, name)
	}
}

// Without a terminal that does it, a signal is passed to the program and to what
// it started.
func TestSignals(t *testing.T) {
	t.Parallel()
	if child.InForeground() {
		t.Skip("in the foreground of a terminal, the terminal signals the group")
	}
	for name, tc := range map[string]struct {
		end  func(*child.Process)
		code int
	}{
		"passed": {func(p *child.Process) { p.Pass(syscall.SIGTERM) }, 143},
		"killed": {func(p *child.Process) { p.Kill() }, 137},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, write, err := os.Pipe()
			require.NoError(t, err)
			// The inner cat keeps the pipe open as long as it lives, and waits for
			// standard input, which never comes.
			silent, keep, err := os.Pipe()
			require.NoError(t, err)
			defer func() { _ = keep.Close() }()
			p, err := child.Start(child.Command{
				Args: []string{"sh", "-c", "exec 3<&0; cat <&3 & echo ready; wait"}, Env: os.Environ(), Dir: t.TempDir(), Stdin: silent, Stdout: write, Stderr: os.Stderr,
			})
			require.NoError(t, err)
			require.NoError(t, write.Close())
			line := make([]byte, 6)
			_, err = io.ReadFull(read, line)
			require.NoError(t, err)
			tc.end(p)
			code, err := p.Wait()
			require.NoError(t, err)
			require.Equal(t, tc.code, code)
			_, err = io.ReadAll(read)
			require.NoError(t, err, "the pipe ends when nobody has it any more")
		})
	}
}
