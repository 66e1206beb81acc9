//go:build linux

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine/cli"
)

// TestRunInterruptedAtItsStack interrupts a run while it looks for a stack of its
// name, and while it makes it. It deletes what it made, and only that.
func TestRunInterruptedAtItsStack(t *testing.T) {
	t.Parallel()
	slow(t)
	u := newEphemeralUser(t)
	u.ok("up", "mine", "-f", "cluster.json")
	env := u.env
	for name, tc := range map[string]struct {
		during, then string
		left         []string
	}{
		"mine":  {"--show-name", "exec sleep 60", []string{"mine"}},
		"yours": {" init ", `trap "" INT; exec "$real" "$@"`, []string{"mine"}},
	} {
		u.env = append(slices.Clone(env), "HYBRIDCTL_PULUMI="+interrupting(t, tc.during, tc.then))
		r := u.run("run", "--name", name, "-f", "cluster.json", "--", "true")
		require.Equal(t, 130, r.code, r)
		require.Contains(t, r.stderr, "Interrupted.")
		u.env = env
		var left []string
		for _, row := range u.list() {
			left = append(left, row.Name)
		}
		require.Equal(t, tc.left, left, name)
	}
	u.ok("preview", "mine", "-f", "cluster.json", "--expect-no-changes")
	u.ok("down", "mine", "--yes")
	requireNothingLeft(t, u)
}

// interrupting is a Pulumi CLI that sends an interruption to who started it, the
// first time that its arguments hold something, and then does something.
func interrupting(t *testing.T, during, then string) string {
	t.Helper()
	found, err := cli.Find(t.Context(), cli.Options{Getenv: os.Getenv, Activity: func(string) func() { return func() {} }})
	require.NoError(t, err)
	dir := t.TempDir()
	// The engine looks beside itself for its language hosts.
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(found.Path), "pulumi-*"))
	require.NoError(t, err)
	for _, path := range beside {
		require.NoError(t, os.Symlink(path, filepath.Join(dir, filepath.Base(path))))
	}
	script := strings.NewReplacer("REAL", found.Path, "ONCE", filepath.Join(dir, "once"), "DURING", during, "THEN", then).Replace(`#!/bin/sh
real="REAL"
case " $* " in
*"DURING"*)
	if mkdir "ONCE" 2>/dev/null; then
		kill -INT $PPID
		THEN
	fi ;;
esac
exec "$real" "$@"
`)
	path := filepath.Join(dir, "pulumi")
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return path
}
