// Package cli finds the Pulumi CLI, or builds the one the project pins.
//
// The automation API drives the pulumi program, so there is no cluster without
// it. A user who has Go needs nothing else: the package builds the program from
// the module in tools/pulumi, once, and keeps it in the user's cache.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/blang/semver"
)

//go:generate cp ../../../tools/pulumi/go.mod module/go.mod.txt
//go:generate cp ../../../tools/pulumi/go.sum module/go.sum.txt

// Pinned is the version that tools/pulumi pins and that is built where no
// other is found.
const Pinned = "3.258.0"

// Minimum is the oldest CLI that is used. 3.211 is the first that keeps the tags
// of stacks in every backend: https://github.com/pulumi/pulumi/pull/19882.
// Since 3.206 it streams its events over gRPC; before, the automation API tailed
// a file and lost the end of it.
const Minimum = "3.211.0"

// PathVariable is the environment variable that names a CLI to use instead of
// looking for one.
const PathVariable = "HYBRIDCTL_PULUMI"

// Options say where to look and whom to tell.
type Options struct {
	// Getenv reads the environment.
	Getenv func(string) string
	// CacheDir is where a built CLI is kept. Empty means the user's cache
	// directory.
	CacheDir string
	// Activity is told when something long begins; it returns a function that
	// is called when that ends. It may be nil.
	Activity func(label string) (end func())
}

// Binary is a CLI that can be used.
type Binary struct {
	// Path is absolute.
	Path string
	// Version is what it says it is.
	Version semver.Version
}

// ErrNotFound says that there is no usable CLI and no way to build one.
var ErrNotFound = errors.New("no usable Pulumi CLI")

// Find returns the CLI to use: the one that HYBRIDCTL_PULUMI names, else the
// one on PATH if it is recent enough, else the one in the cache, which is built
// first if need be. Building needs the go command and takes minutes.
func Find(ctx context.Context, o Options) (Binary, error) {
	if path := o.Getenv(PathVariable); path != "" {
		b, err := inspect(ctx, path)
		if err != nil {
			return Binary{}, fmt.Errorf("%s=%s: %w", PathVariable, path, err)
		}
		return b, nil
	}
	reason := "there is none on PATH"
	if path := lookPath("pulumi", o.Getenv("PATH")); path != "" {
		b, err := inspect(ctx, path)
		if err == nil {
			return b, nil
		}
		if ctx.Err() != nil {
			return Binary{}, ctx.Err()
		}
		reason = fmt.Sprintf("%s cannot be used: %v", path, err)
	}
	return cached(ctx, o, reason)
}

// inspect asks a CLI for its version and refuses one that does not fit.
func inspect(ctx context.Context, path string) (Binary, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Binary{}, fmt.Errorf("finding the Pulumi CLI: %w", err)
	}
	cmd := exec.CommandContext(ctx, abs, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := cmd.Output()
	if err != nil {
		return Binary{}, fmt.Errorf("running `pulumi version`: %w", err)
	}
	v, err := checkVersion(string(out))
	if err != nil {
		return Binary{}, err
	}
	return Binary{Path: abs, Version: v}, nil
}

// checkVersion reads what `pulumi version` prints.
func checkVersion(out string) (semver.Version, error) {
	text := strings.TrimSpace(out)
	if text == "" {
		return semver.Version{}, errors.New("it does not say its version (built without the version stamp)")
	}
	v, err := semver.ParseTolerant(text)
	if err != nil {
		return semver.Version{}, fmt.Errorf("its version %q cannot be read: %w", text, err)
	}
	oldest := semver.MustParse(Minimum)
	if v.LT(oldest) || v.Major != oldest.Major {
		return semver.Version{}, fmt.Errorf("it is version %s; at least %s and less than %d is needed",
			v, Minimum, oldest.Major+1)
	}
	return v, nil
}

// lookPath finds an executable in a PATH value. It is exec.LookPath for an
// environment that is not the process's own.
func lookPath(name, pathList string) string {
	for _, dir := range filepath.SplitList(pathList) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if found, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return found
		}
	}
	return ""
}
