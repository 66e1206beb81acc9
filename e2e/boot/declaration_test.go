//go:build e2e && linux

package boot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/declared"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
)

func TestMain(m *testing.M) {
	if code, inside := machine.Main(); inside {
		os.Exit(code)
	}
	code := m.Run()
	if built, err := hybridctl(); err == nil && built != "" {
		_ = os.RemoveAll(filepath.Dir(built))
	}
	os.Exit(code)
}

// hybridctl is the program that declares, built once.
var hybridctl = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "boot-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "hybridctl")
	if out, err := exec.Command("go", "build", "-o", path, "../../cmd/hybridctl").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build hybridctl: %w\n%s", err, out)
	}
	return path, nil
})

// kubernetesPrograms is the directory with Kubernetes' programs.
var kubernetesPrograms = sync.OnceValues(func() (string, error) {
	return programs.Directory(context.Background(), func(label string) func() {
		fmt.Fprintln(os.Stderr, label)
		return func() {}
	})
})

// missing says why machines cannot boot here, or nothing.
var missing = sync.OnceValue(func() string {
	if os.Getuid() != 0 {
		return "it needs root, for namespaces and network cards"
	}
	for _, program := range []string{"ip", "nsenter", "bash", "curl", "openssl", "python3"} {
		if _, err := exec.LookPath(program); err != nil {
			return "it needs the program " + program
		}
	}
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		failed <- unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS | unix.CLONE_NEWNET)
	}()
	if err := <-failed; err != nil {
		return "namespaces are not allowed here: " + err.Error()
	}
	return ""
})

// need skips a test, with the reason, where machines cannot boot. Where
// HYBRIDCLUSTER_BOOT=required they have to.
func need(t *testing.T) {
	t.Helper()
	if reason := missing(); reason != "" {
		if os.Getenv("HYBRIDCLUSTER_BOOT") == "required" {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
}

// declaration is a cluster as `hybridctl up` has declared it, and the kubeconfig
// that it gave.
type declaration struct {
	declared.Cluster
	kubeconfig []byte
}

// declare takes a definition up on the emulator and takes what it declared out.
func declare(t *testing.T, definition string) declaration {
	t.Helper()
	need(t)
	program, err := hybridctl()
	require.NoError(t, err)
	state := t.TempDir()
	run := func(arguments ...string) []byte {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, arguments...)
		for _, kv := range os.Environ() {
			if !strings.HasPrefix(kv, "HYBRIDCTL_EMULATOR") && !strings.HasPrefix(kv, "PULUMI_") {
				cmd.Env = append(cmd.Env, kv)
			}
		}
		cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+state, "HYBRIDCTL_EMULATOR=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "hybridctl %s: %s%s", strings.Join(arguments, " "), out, stderr.String())
		return out
	}
	run("up", "-f", definition, "--skip-workload")
	cluster, err := declared.Read(run("export", "--show-secrets"))
	require.NoError(t, err)
	return declaration{Cluster: cluster, kubeconfig: run("kubeconfig")}
}

// eventually repeats until there is no error, and fails with the last one.
func eventually(t *testing.T, within time.Duration, try func(ctx context.Context) error) {
	t.Helper()
	require.NoError(t, repeat(t.Context(), within, try))
}

func repeat(ctx context.Context, within time.Duration, try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if last == nil || !errors.Is(err, context.DeadlineExceeded) {
			last = err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", within, last)
		}
	}
}
