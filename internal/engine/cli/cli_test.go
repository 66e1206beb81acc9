package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	for out, fault := range map[string]string{
		"v3.258.0\n":        "",
		"3.211.0":           "",
		"v3.300.1-alpha.1":  "",
		"v3.210.9":          "at least 3.211.0",
		"v4.0.0":            "less than 4",
		"":                  "does not say its version",
		"something else":    "cannot be read",
		"v3.211.0-alpha.12": "at least",
	} {
		_, err := checkVersion(out)
		if fault == "" {
			require.NoError(t, err, out)
			continue
		}
		require.ErrorContains(t, err, fault, out)
	}
}

// The copies that an installed hybridctl builds from are those of tools/pulumi.
func TestModuleIsCurrent(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "..", "tools", "pulumi")
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		t.Skip("tools/pulumi is not here")
	}
	for name, copied := range map[string][]byte{"go.mod": goMod, "go.sum": goSum} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, copied), "%s differs: run go generate ./internal/engine/cli", name)
	}
	require.Contains(t, string(goMod), "github.com/pulumi/pulumi/pkg/v3 v"+Pinned)
	require.Contains(t, string(goMod), "github.com/pulumi/pulumi/sdk/v3 v"+Pinned)
}

// bench is a directory with programs of the test's own on PATH.
type bench struct{ bin, cache, log string }

func newBench(t *testing.T) bench {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in programs are shell scripts")
	}
	dir := t.TempDir()
	return bench{bin: dir, cache: t.TempDir(), log: filepath.Join(dir, "log")}
}

func (b bench) program(t *testing.T, name, script string) string {
	t.Helper()
	path := filepath.Join(b.bin, name)
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	return path
}

// compiler stands in for the go command: it notes that it ran and writes what
// it was told to write.
func (b bench) compiler(t *testing.T, rest string) {
	t.Helper()
	b.program(t, "go", "echo run >> "+b.log+`
while [ "$1" != -o ]; do shift; done
printf 'half' > "$2"
`+rest)
}

func (b bench) runs(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile(b.log)
	if os.IsNotExist(err) {
		return 0
	}
	require.NoError(t, err)
	return strings.Count(string(data), "run")
}

func (b bench) options(env map[string]string) Options {
	return Options{CacheDir: b.cache, Getenv: func(name string) string {
		if name == "PATH" {
			return b.bin
		}
		return env[name]
	}}
}

func (b bench) left(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(b.cache, "pulumi", "v"+Pinned))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		if e.Name() != "lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestFindTakesTheOneOnPath(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	path := b.program(t, "pulumi", "echo v3.240.0")
	found, err := Find(t.Context(), b.options(nil))
	require.NoError(t, err)
	require.Equal(t, path, found.Path)
	require.Equal(t, "3.240.0", found.Version.String())
}

func TestFindOverride(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.program(t, "pulumi", "echo v3.240.0")
	other := b.program(t, "other", "echo v3.250.0")
	found, err := Find(t.Context(), b.options(map[string]string{PathVariable: other}))
	require.NoError(t, err)
	require.Equal(t, other, found.Path)

	old := b.program(t, "old", "echo v3.1.0")
	_, err = Find(t.Context(), b.options(map[string]string{PathVariable: old}))
	require.ErrorContains(t, err, PathVariable)
	require.ErrorContains(t, err, "version 3.1.0")
}

func TestFindWithoutGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.program(t, "pulumi", "echo v3.1.0")
	_, err := Find(t.Context(), b.options(nil))
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, "version 3.1.0")
	require.ErrorContains(t, err, "https://go.dev/dl/")
}

// However many processes want the CLI, one builds it.
func TestFindBuildsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.compiler(t, "")
	var group errgroup.Group
	for range 5 {
		group.Go(func() error {
			found, err := Find(t.Context(), b.options(nil))
			if err == nil {
				_, err = os.Stat(found.Path)
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, 1, b.runs(t))
	require.Equal(t, []string{"pulumi"}, b.left(t))

	o := b.options(nil)
	o.Activity = func(label string) func() { t.Error("told of an activity: " + label); return func() {} }
	_, err := Find(t.Context(), o)
	require.NoError(t, err)
}

func TestFailedBuildLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.compiler(t, "echo 'no space left' >&2; exit 1")
	_, err := Find(t.Context(), b.options(nil))
	require.ErrorContains(t, err, "no space left")
	require.Empty(t, b.left(t))
}

func TestInterruptedBuildLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	started := filepath.Join(b.bin, "started")
	require.NoError(t, mkfifo(started))
	b.compiler(t, "echo "+strconv.Quote("go")+" > "+started+"; while :; do read never < "+started+"; done")
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := Find(ctx, b.options(nil))
		ended <- err
	}()
	_, err := os.ReadFile(started) // returns when the compiler has begun
	require.NoError(t, err)
	interrupt()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Empty(t, b.left(t))
}
