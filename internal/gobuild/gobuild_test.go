package gobuild

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEnvironmentIsOurs(t *testing.T) {
	t.Parallel()
	env := environment([]string{"GOFLAGS=-mod=vendor", "GOWORK=/x/go.work", "GOOS=plan9", "GOPROXY=https://proxy", "HOME=/h"})
	require.Equal(t, []string{"GOPROXY=https://proxy", "HOME=/h", "GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off"}, env)
}

// compiler stands in for the go command: it notes what it was to build, and fails
// for a package that is called broken.
func compiler(t *testing.T) (path, log string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in program is a shell script")
	}
	path, log = filepath.Join(t.TempDir(), "go"), filepath.Join(t.TempDir(), "log")
	script := `#!/bin/sh
for last; do :; done
echo "$last" >> ` + log + `
while [ "$1" != -o ]; do shift; done
printf program > "$2"
if [ "$last" = broken ]; then echo 'no such thing' >&2; exit 1; fi
`
	require.NoError(t, os.WriteFile(path, []byte(script), 0o755))
	return path, log
}

func nobody() func() { return func() {} }

// What was built before a failure is kept, and is not built again.
func TestBuildGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	tool, log := compiler(t)
	set := Set{What: "some programs", Dir: t.TempDir(), Programs: []Program{{"one", "first"}, {"two", "broken"}}}
	err := set.Ensure(t.Context(), tool, nobody)
	require.ErrorContains(t, err, "building some programs")
	require.ErrorContains(t, err, "no such thing")
	require.False(t, set.Built())

	set.Programs[1].Package = "second"
	require.NoError(t, set.Ensure(t.Context(), tool, nobody))
	require.True(t, set.Built())
	require.NoError(t, set.Ensure(t.Context(), tool, func() func() { t.Error("there is nothing to build"); return nobody() }))

	built, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, []string{"first", "broken", "second"}, strings.Fields(string(built)))
	left, err := filepath.Glob(filepath.Join(set.Dir, "build-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A program of the module itself is built from its sources.
func TestSourcesAreBuilt(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command")
	}
	set := Set{
		What: "a program", Dir: t.TempDir(), GoMod: []byte("module example.com/own\n\ngo 1.26.0\n"),
		Sources:  map[string][]byte{"main.go": []byte("package main\n\nfunc main() { println(word) }\n"), "word.go": []byte("package main\n\nconst word = `here`\n")},
		Programs: []Program{{"own", "."}},
	}
	require.NoError(t, set.Ensure(t.Context(), tool, nobody))
	out, err := exec.CommandContext(t.Context(), set.Path("own")).CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "here\n", string(out))
}
