package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNothingRunningGoesUnasked: an up that takes nodes away wants to be confirmed, and
// one of another cluster to be asked for by name; a deletion that failed in its middle
// must be finished before anything is made again.
func TestNothingRunningGoesUnasked(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("c.json", definition(nil))
	u.ok("up", "-q", "-f", "c.json")
	u.ok("up", "-q", "-f", "c.json") // nothing goes, and nothing is asked

	u.write("fewer.json", definition(func(p map[string]any) { p["agentPoolProfiles"] = pools(p)[1:] }))
	r := u.run("up", "-f", "fewer.json")
	require.Equal(t, 2, r.code, r)
	require.Contains(t, r.stderr, "dev: 1 node removed, 2 nodes kept")
	require.Contains(t, r.stderr, "Confirm it with --yes; nothing was changed")

	other := []string{"up", "-q", "-f", "c.json", "--dns-prefix", "e2e-other", "--kubernetes-release", "1.35"}
	r = u.run(other...)
	require.Equal(t, 2, r.code, r)
	require.Contains(t, r.stderr, "the running cluster's dnsPrefix is e2e-demo")
	require.Contains(t, r.stderr, "--replace-cluster")
	r = u.run(append(other, "--replace-cluster")...)
	require.Equal(t, 2, r.code, r)
	require.Contains(t, r.stderr, "nothing was deleted")
	u.ok("preview", "-q", "-f", "c.json", "--expect-no-changes")

	var up upResult
	u.json(&up, append(other, "--replace-cluster", "--yes")...)
	require.Len(t, up.Nodes, 3)
	for _, n := range up.Nodes {
		require.True(t, n.Ready, n.Name)
	}
	u.ok("preview", "-q", "-f", "c.json", "--dns-prefix", "e2e-other", "--kubernetes-release", "1.35", "--expect-no-changes")

	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=delete:ResourceGroup:*:ScopeLocked"}
	r = u.run("down", "--yes")
	require.Equal(t, 1, r.code, r)
	require.Contains(t, r.stderr, "ScopeLocked")
	u.env = nil
	require.Equal(t, "deleting", u.list()[0].State)
	r = u.run("up", "-f", "c.json", "--dns-prefix", "e2e-other")
	require.Equal(t, 2, r.code, r)
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
}

// TestWorldsAreApart: no command of one world touches a stack of the other, marked or
// not.
func TestWorldsAreApart(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("c.json", definition(nil))
	backend := t.TempDir()
	at := func(args ...string) []string { return append(args, "--backend", "file://"+backend) }
	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=create:*:cluster-[^g]*:QuotaExceeded"} // no more than its group
	require.Equal(t, 1, u.run(at("up", "-q", "-f", "c.json")...).code)
	state := filepath.Join(backend, ".pulumi", "stacks", "hybridcluster", "dev.json")
	before, err := os.ReadFile(state)
	require.NoError(t, err)

	u.env = []string{"HYBRIDCTL_EMULATOR=0", "PULUMI_HOME=" + t.TempDir()}
	refusals := [][]string{
		{"down", "--yes"}, {"up", "-f", "c.json"}, {"preview", "-f", "c.json"}, {"outputs"}, {"export"}, {"unlock"}, {"extend", "--ttl", "1h"},
	}
	requireRefused := func(what string) {
		for _, args := range refusals {
			r := u.run(at(args...)...)
			require.Equal(t, 2, r.code, "%v: %s", args, r)
			require.Contains(t, r.stderr, what)
		}
		after, err := os.ReadFile(state)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after))
	}
	requireRefused("stack dev is a rehearsal's")

	// As one that was made before there were marks, in a subscription of Azure.
	u.env = nil
	before = []byte(strings.ReplaceAll(string(before), "/subscriptions/5b2f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b", "/subscriptions/0b1f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b"))
	require.NoError(t, os.WriteFile(state, before, 0o600))
	tags, err := filepath.Glob(filepath.Join(backend, ".pulumi", "stacks", "hybridcluster", "dev*tags*"))
	require.NoError(t, err)
	require.NotEmpty(t, tags)
	for _, path := range tags {
		require.NoError(t, os.Remove(path))
	}
	requireRefused("stack dev is a cluster on Azure")
}
