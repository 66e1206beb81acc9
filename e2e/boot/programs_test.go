//go:build e2e && linux

package boot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// kubernetesModule pins the programs.
const kubernetesModule = "../../tools/kubernetes"

// kubernetesPrograms returns the directory with Kubernetes' programs. They are
// built once for a version of the module that pins them and kept in the user's
// cache. It takes some minutes.
func kubernetesPrograms(ctx context.Context) (string, error) {
	mod, err := os.ReadFile(filepath.Join(kubernetesModule, "go.mod"))
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(kubernetesModule, "go.sum"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(append(mod, sum...))
	dir := filepath.Join(cache, "hybridctl", "kubernetes", hex.EncodeToString(digest[:6]))
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", err
	}
	lock := flock.New(dir + ".lock")
	if err := lock.Lock(); err != nil {
		return "", err
	}
	defer func() { _ = lock.Unlock() }()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	fmt.Fprintln(os.Stderr, "Building Kubernetes' programs. This happens once and takes some minutes.")
	if err := os.RemoveAll(dir + ".new"); err != nil {
		return "", err
	}
	if err := buildKubernetes(ctx, string(mod), dir+".new"); err != nil {
		return "", err
	}
	return dir, os.Rename(dir+".new", dir)
}

// buildKubernetes builds every tool of the module. Kubernetes' own programs say
// the version that the linker gives them.
func buildKubernetes(ctx context.Context, mod, dir string) error {
	var version string
	var tools []string
	for line := range strings.Lines(mod) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 3 && fields[0] == "require" && fields[1] == "k8s.io/kubernetes":
			version = fields[2]
		case len(fields) == 1 && strings.Contains(fields[0], "/"):
			tools = append(tools, fields[0])
		}
	}
	if version == "" || len(tools) == 0 {
		return fmt.Errorf("%s/go.mod names no version or no tools", kubernetesModule)
	}
	major, minor, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ = strings.Cut(minor, ".")
	const stamp = "k8s.io/component-base/version."
	flags := fmt.Sprintf("-s -w -X %[1]sgitVersion=%[2]s -X %[1]sgitMajor=%[3]s -X %[1]sgitMinor=%[4]s", stamp, version, major, minor)
	for _, tool := range tools {
		name := filepath.Base(tool)
		if tool == "go.etcd.io/etcd/server/v3" {
			name = "etcd"
		}
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", flags, "-o", filepath.Join(dir, name), tool)
		cmd.Dir = kubernetesModule
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", tool, err, out)
		}
	}
	return nil
}
