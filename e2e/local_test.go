//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
)

// kubernetesPrograms gets Kubernetes' programs, which may take minutes.
func kubernetesPrograms(t *testing.T) string {
	t.Helper()
	dir, err := programs.Directory(t.Context(), func(label string) func() { t.Log(label); return func() {} })
	require.NoError(t, err)
	return dir
}

// kubectl runs the real one with the kubeconfig that hybridctl gives.
func (u *user) kubectl(args ...string) string {
	u.t.Helper()
	config := u.write("kubeconfig", u.ok("kubeconfig"))
	cmd := exec.CommandContext(u.t.Context(), filepath.Join(kubernetesPrograms(u.t), "kubectl"), append(args, "--kubeconfig", config)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(u.t, cmd.Run(), "kubectl %v: %s", args, stderr.String())
	return stdout.String()
}

// client is a typed client with the kubeconfig that hybridctl gives.
func (u *user) client() kubernetes.Interface {
	u.t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig([]byte(u.ok("kubeconfig")))
	require.NoError(u.t, err)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(u.t, err)
	return client
}

// processes are those whose command line names the user's state.
func (u *user) processes() []string {
	u.t.Helper()
	var found []string
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(u.t, err)
	for _, path := range lines {
		data, err := os.ReadFile(path)
		if err == nil && bytes.Contains(data, []byte(u.state)) {
			found = append(found, strings.ReplaceAll(string(data), "\x00", " "))
		}
	}
	return found
}

// localUser is one whose rehearsals have a real control plane. Whatever the test
// leaves running is ended.
func localUser(t *testing.T) *user {
	t.Helper()
	kubernetesPrograms(t)
	u := newUser(t)
	u.env = []string{"HYBRIDCTL_EMULATOR_KUBERNETES=local"}
	t.Cleanup(func() {
		if p := u.controlPlane(); p != nil {
			_ = p.Kill()
		}
	})
	return u
}

// controlPlane is the process that holds a control plane, or nil.
func (u *user) controlPlane() *os.Process {
	files, _ := filepath.Glob(filepath.Join(u.state, "hybridctl", "emulator", "world", "control-planes", "*", "running.pid"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if pid, err := strconv.Atoi(string(data)); err == nil {
			p, _ := os.FindProcess(pid)
			return p
		}
	}
	return nil
}

// eventually polls a condition of something that goes on by itself.
// It is patient: machines of tests are slow.
func eventually(t *testing.T, what string, holds func(ctx context.Context) bool) {
	t.Helper()
	require.Eventually(t, func() bool { return holds(t.Context()) }, 3*time.Minute, 100*time.Millisecond, what)
}

// TestLocalRehearsal is what a user sees of a rehearsal with a real control plane.
func TestLocalRehearsal(t *testing.T) {
	t.Parallel()
	u := localUser(t)
	example, err := filepath.Abs(filepath.Join("..", "examples", "windows-hybrid.json"))
	require.NoError(t, err)
	u.ok("up", "-f", example)

	nodes := strings.Split(strings.TrimSpace(u.kubectl("get", "nodes", "--no-headers", "-o", "wide", "-L", "kubernetes.io/os")), "\n")
	require.Len(t, nodes, 5)
	systems := map[string]int{}
	for _, line := range nodes {
		windows := strings.HasSuffix(line, "windows")
		require.Contains(t, line, " Ready ")
		require.Equal(t, windows, strings.Contains(line, "Windows Server 2022"), line)
		require.Equal(t, !windows, strings.Contains(line, "Ubuntu 24.04"), line)
		systems[line[strings.LastIndex(line, " ")+1:]]++
	}
	require.Equal(t, map[string]int{"linux": 3, "windows": 2}, systems)

	var pods corev1.PodList
	require.NoError(t, json.Unmarshal([]byte(u.kubectl("get", "pods", "-A", "-o", "json")), &pods))
	workload := 0
	for _, p := range pods.Items {
		require.Equal(t, corev1.PodRunning, p.Status.Phase, p.Name)
		if p.Namespace == "default" {
			workload++
			require.Contains(t, p.Spec.NodeName, "windowspool2")
		}
	}
	require.Equal(t, 3, workload)
	require.Regexp(t, `LoadBalancer\s+\S+\s+\d+\.\d+\.\d+\.\d+\s`, u.kubectl("get", "service", "windows-example", "--no-headers"))

	u.ok("preview", "-f", example, "--expect-no-changes")
	require.Contains(t, u.ok("up", "-f", example), "No changes")

	u.ok("down", "--yes")
	require.Empty(t, u.processes())
	requireEmptyWorld(t, u)
	requireNoFiles(t, filepath.Join(u.state, "hybridctl", "emulator", "world"), "control-planes", "disks")
}

// requireNoFiles wants nothing in folders of a directory: keys were in them.
func requireNoFiles(t *testing.T, dir string, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		left, err := filepath.Glob(filepath.Join(dir, folder, "*"))
		require.NoError(t, err)
		left = slices.DeleteFunc(left, func(name string) bool { return strings.HasSuffix(name, ".lock") })
		require.Empty(t, left)
	}
}

// TestLocalSurvives: the control plane outlives the command that began it, comes
// back after it was killed, and has kept everything.
func TestLocalSurvives(t *testing.T) {
	t.Parallel()
	u := localUser(t)
	u.write("cluster.json", definition(nil))
	u.ok("up", "-f", "cluster.json")
	before := u.kubectl("get", "nodes,services,deployments", "-A", "-o", "name")
	u.kubectl("create", "configmap", "mine", "--from-literal", "a=b")

	require.NoError(t, u.controlPlane().Signal(syscall.SIGKILL))
	var left []string
	t.Cleanup(func() {
		if len(left) > 0 {
			t.Logf("still running: %v", left)
		}
	})
	eventually(t, "the programs end with the process that ran them", func(context.Context) bool {
		left = u.processes()
		return len(left) == 0
	})
	require.Contains(t, u.ok("up", "-f", "cluster.json"), "No changes")
	require.Equal(t, before, u.kubectl("get", "nodes,services,deployments", "-A", "-o", "name"))
	require.Equal(t, "b", u.kubectl("get", "configmap", "mine", "-o", "jsonpath={.data.a}"))
	u.ok("down", "--yes")
	require.Empty(t, u.processes())
}

// TestLocalServices: a Service made by hand gets its address from the emulated
// Azure, and holds up no down, not even in a resource group that stays.
func TestLocalServices(t *testing.T) {
	t.Parallel()
	for name, group := range map[string]string{"group of ours": "", "group of others": "shared"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := localUser(t)
			log := filepath.Join(u.dir, "calls.log")
			u.env = append(u.env, "HYBRIDCTL_EMULATOR_LOG="+log)
			u.write("cluster.json", definition(nil))
			flags := []string{"up", "-f", "cluster.json"}
			if group != "" {
				u.env = append(u.env, "HYBRIDCTL_EMULATOR_RESOURCE_GROUPS="+group+"=westeurope")
				flags = append(flags, "--existing-resource-group", group)
			}
			u.ok(flags...)
			u.write("service.yaml", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"by-hand","annotations":{"service.beta.kubernetes.io/azure-load-balancer-internal":"true"}},
				"spec":{"type":"LoadBalancer","ports":[{"port":8080}],"selector":{"app":"windows-example"}}}`)
			u.kubectl("apply", "-f", filepath.Join(u.dir, "service.yaml"))
			client := u.client()
			eventually(t, "the Service gets an address", func(ctx context.Context) bool {
				s, err := client.CoreV1().Services("default").Get(ctx, "by-hand", metav1.GetOptions{})
				return err == nil && len(s.Status.LoadBalancer.Ingress) == 1
			})
			require.True(t, u.inWorld("e2e-demo-internal"), "the emulated Azure has the Service's load balancer")
			u.ok("down", "--yes")
			require.Empty(t, u.processes())
			if group == "" {
				requireEmptyWorld(t, u)
				return
			}
			calls, err := os.ReadFile(log)
			require.NoError(t, err)
			order := strings.Split(string(calls), "\n")
			service := slices.IndexFunc(order, func(l string) bool { return strings.HasPrefix(l, "delete kubernetes:core/v1:Service ") })
			network := slices.IndexFunc(order, func(l string) bool {
				return strings.HasPrefix(l, "delete azure-native:network:VirtualNetwork ")
			})
			require.Positive(t, service)
			require.Greater(t, network, service, "the Service goes before the network")
			require.False(t, u.inWorld("Microsoft.Network/loadBalancers"))
		})
	}
}

// inWorld looks for a text in the emulated world's resources.
func (u *user) inWorld(text string) bool {
	u.t.Helper()
	data, err := os.ReadFile(filepath.Join(u.state, "hybridctl", "emulator", "world", "world.json"))
	require.NoError(u.t, err)
	var world struct{ Resources json.RawMessage }
	require.NoError(u.t, json.Unmarshal(data, &world))
	return bytes.Contains(world.Resources, []byte(text))
}

// TestLocalWorkloadTooLarge: the message names the node, the resource and what to
// do; the rest of the cluster stays.
func TestLocalWorkloadTooLarge(t *testing.T) {
	t.Parallel()
	u := localUser(t)
	u.env = append(u.env, "HYBRIDCTL_EMULATOR_AWAIT_TIMEOUT=20s")
	u.write("cluster.json", definition(nil))
	r := u.run("up", "-f", "cluster.json", "--workload-request", "cpu=1500m", "--workload-limit", "cpu=2")
	require.Equal(t, 1, r.code, r)
	for _, want := range []string{
		"pods of windows-example fit on no node", "win000: a pod asks for 1500m cpu", "of 2 is free", "--workload-request", "vmSize", "Insufficient cpu",
	} {
		require.Contains(t, r.stderr, want)
	}
	require.NotContains(t, u.kubectl("get", "nodes", "--no-headers"), "NotReady")
	require.Contains(t, u.ok("up", "-f", "cluster.json"), "3/3 ready")
	u.ok("down", "--yes")
}

// TestLocalIsNotForAClusterInMemory: what began in memory stays there.
func TestLocalIsNotForAClusterInMemory(t *testing.T) {
	t.Parallel()
	u := localUser(t)
	u.env = nil
	u.write("cluster.json", definition(nil))
	u.ok("up", "-f", "cluster.json", "--skip-workload")
	r := u.run("up", "-f", "cluster.json", "--skip-workload", "--kubernetes", "local")
	require.Equal(t, 2, r.code, r)
	require.Contains(t, r.stderr, "take it down first")
	require.Empty(t, u.processes())
}
