package cli

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/gofrs/flock"
)

// The module that pins the CLI. go:embed does not reach into a nested module,
// so these are copies.
var (
	//go:embed module/go.mod.txt
	goMod []byte
	//go:embed module/go.sum.txt
	goSum []byte
)

const (
	cliPackage   = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
	versionStamp = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
	// lockPoll is how often a second process looks whether the first has built.
	lockPoll = 500 * time.Millisecond
	// stopGrace is how long an interrupted build may take to stop its compilers.
	stopGrace = 10 * time.Second
)

// cached returns the CLI in the cache and builds it if it is not there.
func cached(ctx context.Context, o Options, reason string) (Binary, error) {
	dir, err := cacheDir(o)
	if err != nil {
		return Binary{}, err
	}
	b := Binary{Path: filepath.Join(dir, executable("pulumi")), Version: semver.MustParse(Pinned)}
	if isFile(b.Path) {
		return b, nil
	}
	goTool := lookPath("go", o.Getenv("PATH"))
	if goTool == "" {
		return Binary{}, fmt.Errorf("%w: %s, and there is no go command to build one; "+
			"install Pulumi %s or newer (https://www.pulumi.com/docs/install/) "+
			"or Go 1.26 or newer (https://go.dev/dl/)", ErrNotFound, reason, Minimum)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return Binary{}, fmt.Errorf("making room for the Pulumi CLI: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	end := begin(o, fmt.Sprintf("Building the Pulumi CLI %s (%s). This happens once and takes three to six minutes.",
		Pinned, reason))
	defer end()
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return Binary{}, fmt.Errorf("waiting for another process that builds the Pulumi CLI: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	if isFile(b.Path) {
		return b, nil
	}
	if err := build(ctx, goTool, dir, b.Path); err != nil {
		return Binary{}, err
	}
	return b, nil
}

func begin(o Options, label string) func() {
	if o.Activity == nil {
		return func() {}
	}
	return o.Activity(label)
}

func cacheDir(o Options) (string, error) {
	root := o.CacheDir
	if root == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding a place for the Pulumi CLI: %w; set %s to a CLI you have", err, PathVariable)
		}
		root = filepath.Join(user, "hybridctl")
	}
	return filepath.Join(root, "pulumi", "v"+Pinned), nil
}

// build compiles into a directory of its own and moves the result into place,
// so that nobody ever finds half a program.
func build(ctx context.Context, goTool, dir, target string) error {
	// Whoever holds the lock is alone: what lies here is left of a build that
	// was killed.
	if stale, err := filepath.Glob(filepath.Join(dir, "build-*")); err == nil {
		for _, s := range stale {
			_ = os.RemoveAll(s)
		}
	}
	tmp, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return fmt.Errorf("building the Pulumi CLI: %w", err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	for name, data := range map[string][]byte{"go.mod": goMod, "go.sum": goSum} {
		if err := os.WriteFile(filepath.Join(tmp, name), data, 0o600); err != nil {
			return fmt.Errorf("building the Pulumi CLI: %w", err)
		}
	}
	out := filepath.Join(tmp, executable("pulumi"))
	cmd := exec.CommandContext(ctx, goTool, "build", "-tags", "grpcnotrace",
		"-ldflags", "-s -w -X "+versionStamp+"=v"+Pinned, "-o", out, cliPackage)
	cmd.Dir = tmp
	cmd.Env = buildEnv(os.Environ())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = stopGrace
	ownGroup(cmd)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("building the Pulumi CLI: %w", ctx.Err())
		}
		return fmt.Errorf("building the Pulumi CLI: %w; the end of the compiler's output:\n%s",
			err, lastLines(stderr.String(), 10))
	}
	if !isFile(out) {
		return errors.New("building the Pulumi CLI: the go command succeeded but left no program")
	}
	if err := os.Rename(out, target); err != nil {
		return fmt.Errorf("keeping the built Pulumi CLI: %w", err)
	}
	return nil
}

// buildEnv is the user's environment without what would bend the build: a
// vendor mode, a workspace, another target. Mode readonly means that every
// module is checked against the pinned go.sum.
func buildEnv(env []string) []string {
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
