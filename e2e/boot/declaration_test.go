//go:build e2e && linux

package boot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/declared"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/machine"
	"github.com/hybridcluster/hybridcluster/e2e/boot/internal/vnet"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
)

func TestMain(m *testing.M) {
	if code, inside := machine.Main(); inside {
		os.Exit(code)
	}
	code := m.Run()
	_ = os.RemoveAll(buildDir)
	os.Exit(code)
}

// buildDir is where hybridctl lies, if it has been built.
var buildDir string

// hybridctl is the program that declares, built once.
var hybridctl = sync.OnceValues(func() (string, error) {
	var err error
	if buildDir, err = os.MkdirTemp("", "boot-"); err != nil {
		return "", err
	}
	path := filepath.Join(buildDir, "hybridctl")
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

// missing says why machines cannot boot here, or nothing: it tries to boot one.
var missing = sync.OnceValue(func() string {
	if os.Getuid() != 0 {
		return "it needs root, for namespaces and network cards"
	}
	for _, program := range []string{"ip", "nsenter", "bash", "curl", "openssl", "python3", "ps", "mountpoint", "find"} {
		if _, err := exec.LookPath(program); err != nil {
			return "it needs the program " + program
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network, err := vnet.New(ctx, netip.MustParsePrefix("10.0.0.0/24"))
	if err != nil {
		return "network namespaces are not to be had here: " + err.Error()
	}
	defer func() { _ = network.Close() }()
	probe := machine.Spec{Name: "probe", CustomData: []byte("#cloud-config\nruncmd: []\n"), Programs: os.TempDir()}
	m, err := machine.Start(ctx, probe, func(pid int) (vnet.Card, error) {
		return network.Attach(ctx, pid, netip.MustParseAddr("10.0.0.4"))
	})
	if err != nil {
		return "no machine can be started here: " + err.Error()
	}
	defer m.Kill()
	if err := m.Booted(ctx); err != nil {
		if errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "not permitted") || strings.Contains(err.Error(), "denied") {
			return "no machine boots here: " + err.Error()
		}
		// A machine was started, so this is no lack of the host's: it must not look like one.
		panic("the machines of this suite do not boot: " + err.Error())
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
	// names are further ones in the API server's certificate, and serviceIP is the
	// one that pods know it by.
	names     []string
	serviceIP string
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
	d := declaration{Cluster: cluster, kubeconfig: run("kubeconfig")}
	var resolved struct {
		Properties struct {
			MasterProfile struct {
				SubjectAltNames []string `json:"subjectAltNames"`
			} `json:"masterProfile"`
			OrchestratorProfile struct {
				KubernetesConfig struct {
					ServiceCIDR netip.Prefix `json:"serviceCidr"`
				} `json:"kubernetesConfig"`
			} `json:"orchestratorProfile"`
		} `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(run("validate", "-f", definition, "--resolved"), &resolved))
	d.names = resolved.Properties.MasterProfile.SubjectAltNames
	d.serviceIP = resolved.Properties.OrchestratorProfile.KubernetesConfig.ServiceCIDR.Addr().Next().String()
	return d
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
