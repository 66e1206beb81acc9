//go:build linux

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestKilledUp kills hybridctl with SIGKILL at moments that a seed chooses: after
// so many lines of progress. Whatever was under way, the next up completes, and
// down leaves nothing. So does reap alone.
func TestKilledUp(t *testing.T) {
	t.Parallel()
	kills := 2
	if os.Getenv("HYBRIDCLUSTER_SCENARIOS") != "" {
		kills = 20
	}
	// An up of this definition says about 45 lines.
	const lines, seed = 40, 20261127
	moments := rand.New(rand.NewPCG(seed, seed))
	for i := range kills {
		after := moments.IntN(lines)
		if i == 0 {
			after = 0 // nothing but the stack is there
		}
		t.Run(fmt.Sprintf("%d after line %d", i, after), func(t *testing.T) {
			t.Parallel()
			u := newEphemeralUser(t)
			env := u.env
			u.env = append(u.env, "HYBRIDCTL_EMULATOR_LATENCY=30ms")
			u.killedUp(after, "--ttl", "1ms")
			u.env = env

			var up upResult
			u.json(&up, "up", "-f", "cluster.json")
			require.Len(t, up.Nodes, 3)
			for _, n := range up.Nodes {
				require.True(t, n.Ready, n.Name)
			}
			u.ok("preview", "-f", "cluster.json", "--expect-no-changes")
			u.ok("down", "--yes")
			requireNothingLeft(t, u)

			u.env = append(slices.Clone(env), "HYBRIDCTL_EMULATOR_LATENCY=30ms")
			u.killedUp(after, "--ttl", "1ms")
			u.env = env
			require.Regexp(t, `stack +dev .* deleted`, u.ok("reap"))
			requireNothingLeft(t, u)
		})
	}
}

// TestLostResources: what is in the cloud, and neither in the state nor pending, is
// taken over, as long as it lies in the cluster's own resource group.
func TestLostResources(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(nil))
	u.ok("up", "-f", "cluster.json")
	u.changeState(func(latest map[string]any) {
		all := latest["resources"].([]any)
		kept := without(t, all, "::cluster-win000")
		require.Less(t, len(kept), len(all)-1, "the machine's extension goes with it")
		latest["resources"] = kept
	})

	r := u.run("up", "-f", "cluster.json")
	require.Zero(t, r.code, r)
	require.Contains(t, r.stderr, "cluster-win000 was created all the same")
	u.ok("preview", "-f", "cluster.json", "--expect-no-changes")
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
}

// TestLostGroup: the cluster's own group is taken over as well, when a provider died
// while it made that, but only where it is empty, marked as the cluster's, and the
// stack had begun before.
func TestLostGroup(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(nil))
	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=create:*:cluster-[^g]*:QuotaExceeded"} // all but the group
	r := u.run("up", "-f", "cluster.json")
	require.Equal(t, 1, r.code, r)
	forget := func(latest map[string]any) {
		all := latest["resources"].([]any)
		kept := without(t, all, "::cluster-group")
		require.Less(t, len(kept), len(all))
		latest["resources"] = kept
	}
	u.changeState(forget)
	u.env = nil

	r = u.run("up", "another", "-f", "cluster.json")
	require.Equal(t, 1, r.code, r)
	require.Contains(t, r.stderr, "there is a resource group e2e-demo, and it is not known to be this stack's")
	require.Contains(t, r.stderr, "take down the rehearsal that made it")
	require.NotContains(t, r.stderr, "az group")

	r = u.run("up", "-f", "cluster.json")
	require.Zero(t, r.code, r)
	require.Contains(t, r.stderr, "cluster-group was created all the same")
	u.ok("preview", "-f", "cluster.json", "--expect-no-changes")

	restore := u.changeState(forget)
	r = u.run("up", "-f", "cluster.json")
	require.Equal(t, 1, r.code, r)
	require.Contains(t, r.stderr, "it is not known to be this stack's")
	restore()
	u.ok("down", "--yes")
	u.ok("down", "another", "--yes")
	requireEmptyWorld(t, u)
}

// TestDownLeavesAGroupInUse: a group of the right name and mark, whose creation was
// cut off, is another's where it holds something.
func TestDownLeavesAGroupInUse(t *testing.T) {
	t.Parallel()
	slow(t)
	u := newUser(t)
	u.write("cluster.json", definition(nil))
	u.ok("up", "-f", "cluster.json")
	restore := u.changeState(func(latest map[string]any) {
		for _, r := range latest["resources"].([]any) {
			group := r.(map[string]any)
			if group["type"] == "azure-native:resources:ResourceGroup" {
				for _, unknown := range []string{"id", "outputs", "parent", "provider", "dependencies", "propertyDependencies"} {
					delete(group, unknown)
				}
				latest["pending_operations"] = []any{map[string]any{"type": "creating", "resource": group}}
			}
		}
		require.NotEmpty(t, latest["pending_operations"])
		latest["resources"] = []any{}
	})

	for range 2 {
		r := u.run("down", "--yes")
		require.Equal(t, 1, r.code, r)
		require.Regexp(t, `cut off while it created resource group e2e-demo: such a group holds \d+ resources`, r.stderr)
	}
	restore()
	u.ok("preview", "-f", "cluster.json", "--expect-no-changes")
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
}

// changeState changes the state of the stack dev where it is kept, and gives what
// takes that back.
func (u *user) changeState(change func(latest map[string]any)) (restore func()) {
	u.t.Helper()
	file := filepath.Join(u.state, "hybridctl", "emulator", "backend", ".pulumi", "stacks", "hybridcluster", "dev.json")
	whole, err := os.ReadFile(file)
	require.NoError(u.t, err)
	var state map[string]any
	require.NoError(u.t, json.Unmarshal(whole, &state))
	change(state["checkpoint"].(map[string]any)["latest"].(map[string]any))
	data, err := json.Marshal(state)
	require.NoError(u.t, err)
	require.NoError(u.t, os.WriteFile(file, data, 0o600))
	return func() { require.NoError(u.t, os.WriteFile(file, whole, 0o600)) }
}

// without leaves out the resource whose URN ends so, and all that refer to it.
func without(t *testing.T, resources []any, suffix string) []any {
	t.Helper()
	var gone []string
	for grown := true; grown; {
		grown = false
		var kept []any
		for _, r := range resources {
			urn, _ := r.(map[string]any)["urn"].(string)
			text, err := json.Marshal(r)
			require.NoError(t, err)
			refers := slices.ContainsFunc(gone, func(g string) bool { return strings.Contains(string(text), `"`+g+`"`) })
			if refers || strings.HasSuffix(urn, suffix) {
				gone, grown = append(gone, urn), true
				continue
			}
			kept = append(kept, r)
		}
		resources = kept
	}
	return resources
}

// killedUp starts an up, kills it after so many resources and waits for the
// engine to notice: it ends by itself, for its providers are gone.
func (u *user) killedUp(after int, args ...string) {
	u.t.Helper()
	s := u.start(append([]string{"up", "-f", "cluster.json"}, args...)...)
	// The first line is of the resource group or of a key.
	for range after + 1 {
		s.until(" created (")
	}
	engines := u.engines()
	require.NoError(u.t, s.cmd.Process.Kill())
	r := s.end()
	require.Equal(u.t, -1, r.code, r)
	for _, fd := range engines {
		waitForEnd(u.t, fd)
	}
}

// engines are handles of the processes that hold a lock of the user's stacks.
func (u *user) engines() []int {
	u.t.Helper()
	locks, err := filepath.Glob(filepath.Join(u.state, "hybridctl", "emulator", "backend", ".pulumi", "locks", "*", "*", "*", "*.json"))
	require.NoError(u.t, err)
	var handles []int
	for _, path := range locks {
		data, err := os.ReadFile(path)
		require.NoError(u.t, err)
		var lock struct{ PID int }
		require.NoError(u.t, json.Unmarshal(data, &lock))
		fd, err := unix.PidfdOpen(lock.PID, 0)
		if errors.Is(err, syscall.ESRCH) {
			continue
		}
		require.NoError(u.t, err)
		handles = append(handles, fd)
	}
	return handles
}

// waitForEnd waits until a process has ended.
func waitForEnd(t *testing.T, pidfd int) {
	t.Helper()
	defer func() { _ = unix.Close(pidfd) }()
	const minute = 60_000
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, minute)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		require.NoError(t, err)
		require.Positive(t, n, "the engine goes on without hybridctl")
		return
	}
}

// TestLockedByAnother: of two ups on one stack, the second says who holds it, and
// leaves the first alone.
func TestLockedByAnother(t *testing.T) {
	t.Parallel()
	u := newEphemeralUser(t, "HYBRIDCTL_EMULATOR_LATENCY=2s")
	first := u.start("up", "-f", "cluster.json")
	first.until(" created (")
	second := u.run("up", "-f", "cluster.json")
	require.Equal(t, 5, second.code, second)
	require.Regexp(t, `locked by \S+@\S+ \(process \d+, since 20\S+T\S+\)`, second.stderr)
	require.NotContains(t, second.stderr, "was cut off")
	third := u.run("down", "--yes", "-o", "json")
	require.Equal(t, 5, third.code, third)
	var doc struct {
		Outcome  string
		LockedBy []struct {
			Host string
			PID  int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(third.stdout), &doc), third.stdout)
	require.Equal(t, "failed", doc.Outcome)
	require.Len(t, doc.LockedBy, 1)
	require.Positive(t, doc.LockedBy[0].PID)
	r := first.end()
	require.Zero(t, r.code, r)
	require.Contains(t, strings.ToLower(r.stdout), "ready")
	u.ok("down", "--yes")
	requireNothingLeft(t, u)
}

// TestKubeconfigMerge: kubectl's own file gets the cluster, and loses it with it.
func TestKubeconfigMerge(t *testing.T) {
	t.Parallel()
	u := newEphemeralUser(t)
	u.ok("up", "-f", "cluster.json")
	require.Equal(t, "hybridctl-dev\n", u.ok("kubeconfig", "--merge", "--set-context"))
	path := filepath.Join(u.dir, "kube", "config")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	requireKubeconfig(t, string(data))
	wrong := u.run("kubeconfig", "--set-context")
	require.Equal(t, 2, wrong.code, wrong)

	var nodes []struct{ Name, Pool string }
	u.json(&nodes, "nodes", "dev", "--pool", "win")
	require.Len(t, nodes, 1)
	require.Equal(t, "win", nodes[0].Pool)
	require.Contains(t, u.ok("nodes", "-o", "yaml"), "pool: lin")
	require.Contains(t, u.ok("__complete", "nodes", "dev", "--pool", ""), "win\n")
	require.Contains(t, u.ok("__complete", "nodes", "dev", ""), "win000\twindows win")

	down := u.run("down", "--yes")
	require.Zero(t, down.code, down)
	require.Contains(t, down.stderr, "Removed context hybridctl-dev")
	data, err = os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(data), "hybridctl-dev")
	requireNothingLeft(t, u)
}
