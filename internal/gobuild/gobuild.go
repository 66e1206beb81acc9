// Package gobuild builds programs out of a pinned Go module, once, and keeps
// them in the user's cache.
//
// Programs that the project needs and that a user of Go need not install are
// got that way: the module's go.mod and go.sum say exactly what they are.
package gobuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	// lockPoll is how often a second process looks whether the first has built.
	lockPoll = 500 * time.Millisecond
	// stopGrace is how long an interrupted build may take to stop its compilers.
	stopGrace = 10 * time.Second
)

// Set is a set of programs that are built together.
type Set struct {
	// What the programs are, for messages: "the Pulumi CLI".
	What string
	// Dir is where they are kept. Another version needs another directory.
	Dir string
	// GoMod and GoSum are the module's files.
	GoMod, GoSum []byte
	// Sources are files of the module itself, by name, where a program is its own:
	// its package is then ".".
	Sources  map[string][]byte
	Programs []Program
	// Flags are further flags of go build.
	Flags []string
}

// Program is one program of a set.
type Program struct {
	// Name is that of the file, without a suffix of the system's.
	Name string
	// Package is its import path.
	Package string
}

// Path is where a program is, once it has been built.
func (s Set) Path(program string) string {
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	return filepath.Join(s.Dir, program)
}

// Built says whether all programs are there.
func (s Set) Built() bool {
	for _, p := range s.Programs {
		if !isFile(s.Path(p.Name)) {
			return false
		}
	}
	return true
}

// Ensure builds what is not there. Of several processes one builds and the others
// wait. goTool is the go command; begin is told before something long happens,
// and what it returns is called when that has ended.
func (s Set) Ensure(ctx context.Context, goTool string, begin func() (end func())) error {
	if s.Built() {
		return nil
	}
	if err := os.MkdirAll(s.Dir, 0o750); err != nil {
		return fmt.Errorf("making room for %s: %w", s.What, err)
	}
	lock := flock.New(filepath.Join(s.Dir, "lock"))
	defer begin()()
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return fmt.Errorf("waiting for another process that builds %s: %w", s.What, err)
	}
	defer func() { _ = lock.Unlock() }()
	if s.Built() {
		return nil
	}
	if err := s.build(ctx, goTool); err != nil {
		return fmt.Errorf("building %s: %w", s.What, err)
	}
	return nil
}

// build compiles in a directory of its own and moves the results into place, so
// that nobody ever finds half a program.
func (s Set) build(ctx context.Context, goTool string) error {
	// Whoever holds the lock is alone: what lies here is left of a build that
	// was killed.
	if stale, err := filepath.Glob(filepath.Join(s.Dir, "build-*")); err == nil {
		for _, dir := range stale {
			_ = os.RemoveAll(dir)
		}
	}
	work, err := os.MkdirTemp(s.Dir, "build-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	files := map[string][]byte{"go.mod": s.GoMod, "go.sum": s.GoSum}
	maps.Copy(files, s.Sources)
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(work, name), data, 0o600); err != nil {
			return err
		}
	}
	for _, p := range s.Programs {
		if isFile(s.Path(p.Name)) {
			continue // from a build that was interrupted
		}
		out := filepath.Join(work, filepath.Base(s.Path(p.Name)))
		if err := s.compile(ctx, goTool, work, p.Package, out); err != nil {
			return err
		}
		if err := os.Rename(out, s.Path(p.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (s Set) compile(ctx context.Context, goTool, work, importPath, out string) error {
	arguments := append([]string{"build"}, s.Flags...)
	cmd := exec.CommandContext(ctx, goTool, append(arguments, "-o", out, importPath)...)
	cmd.Dir = work
	cmd.Env = environment(os.Environ())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = stopGrace
	ownGroup(cmd)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w; the end of the compiler's output:\n%s", err, lastLines(stderr.String(), 10))
	}
	if !isFile(out) {
		return errors.New("the go command succeeded but left no program")
	}
	return nil
}

// environment is the user's without what would bend the build: a vendor mode, a
// workspace, another target. Mode readonly means that every module is checked
// against the pinned go.sum.
func environment(env []string) []string {
	out := make([]string, 0, len(env)+2)
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GOFLAGS", "GOWORK", "GOOS", "GOARCH", "GO111MODULE":
		default:
			out = append(out, kv)
		}
	}
	return append(out, "GOFLAGS=-mod=readonly -buildvcs=false", "GOWORK=off")
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
