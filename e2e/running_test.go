package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// azure is the user's emulated subscription, for what others do in it.
func (u *user) azure() *azure.Cloud {
	u.t.Helper()
	store, err := world.Open(filepath.Join(u.state, "hybridctl", "emulator", "world"))
	require.NoError(u.t, err)
	cloud, err := azure.New(u.t.Context(), store, azure.Options{})
	require.NoError(u.t, err)
	return cloud
}

const scaleSets = "/subscriptions/" + azure.SubscriptionID + "/resourceGroups/e2e-demo/providers/Microsoft.Compute/virtualMachineScaleSets/e2e-demo-"

// machines is how many a pool's scale set has in Azure.
func (u *user) machines(pool string) int {
	u.t.Helper()
	store, err := world.Open(filepath.Join(u.state, "hybridctl", "emulator", "world"))
	require.NoError(u.t, err)
	var capacity float64
	require.NoError(u.t, store.View(u.t.Context(), func(w *world.World) error {
		set := w.Find(scaleSets + pool)
		require.NotNil(u.t, set, pool)
		sku, _ := set.Outputs["sku"].(map[string]any)
		capacity, _ = sku["capacity"].(float64)
		return nil
	}))
	return int(capacity)
}

// TestOthersChangeTheSizeOfPools: an autoscaled pool keeps the machines that it has
// through an up that changes it, with a refresh and without; one of a fixed size gets
// a deleted instance back.
func TestOthersChangeTheSizeOfPools(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	scaled := func(tag string) string {
		return u.write("cluster.json", definition(func(p map[string]any) {
			p["orchestratorProfile"] = map[string]any{"kubernetesConfig": map[string]any{"addons": []any{map[string]any{
				"name": "cluster-autoscaler", "enabled": true,
				"pools": []any{map[string]any{"name": "lin", "config": map[string]any{"min-nodes": "1", "max-nodes": "5"}}},
			}}}}
			p["agentPoolProfiles"] = append(pools(p), map[string]any{"name": "fix", "count": 2, "vmSize": "Standard_D2s_v5"})
			for i := range pools(p) {
				pool(p, i)["customVMTags"] = map[string]any{"round": tag}
			}
		}))
	}
	u.ok("up", "-f", scaled("one"), "--skip-workload")
	require.NoError(t, u.azure().Scale(t.Context(), scaleSets+"lin", 4))
	require.NoError(t, u.azure().DeleteInstance(t.Context(), scaleSets+"fix", "1"))
	u.ok("preview", "-f", scaled("one"), "--skip-workload", "--expect-no-changes")

	u.ok("up", "-f", scaled("two"), "--skip-workload")
	require.Equal(t, 4, u.machines("lin"))
	require.Equal(t, 2, u.machines("fix"))
	require.NoError(t, u.azure().Scale(t.Context(), scaleSets+"lin", 3))
	require.NoError(t, u.azure().DeleteInstance(t.Context(), scaleSets+"fix", "0"))
	u.ok("up", "-f", scaled("two"), "--skip-workload", "--refresh")
	require.Equal(t, 3, u.machines("lin"))
	require.Equal(t, 2, u.machines("fix"))
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
}

// TestRestartUnderAnExtensionIsNoFailure: an up in which Azure does not know how a
// bootstrap ended asks for it again by itself, no more than twice, and never where a
// bootstrap has said that it failed.
func TestRestartUnderAnExtensionIsNoFailure(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(nil))
	const restarts = "HYBRIDCTL_EMULATOR_FAULTS=boot:VirtualMachineExtension:win000:InterruptedByRestart"
	u.env = []string{restarts + ":1"}
	r := u.run("up", "-f", "cluster.json", "-o", "json")
	require.Zero(t, r.code, r)
	require.Contains(t, r.stderr, "does not know how the bootstrap ended on win000")
	require.Contains(t, r.stderr, "Nodes by now: all of them.")
	var up upResult
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &up), r.stdout)
	require.Len(t, up.Nodes, 3)
	require.Equal(t, 1, up.Changes["replace"], "the extension alone: %v", up.Changes)
	u.env = nil
	u.ok("preview", "-f", "cluster.json", "--expect-no-changes")

	u.write("cluster.json", definition(func(p map[string]any) { pool(p, 1)["count"] = 2 }))
	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=boot:VirtualMachineExtension:win001:VMExtensionProvisioningTimeout"}
	r = u.run("up", "-f", "cluster.json")
	require.Equal(t, 1, r.code, r)
	require.Equal(t, 2, strings.Count(r.stderr, "The extension runs again there"), r)
	require.Contains(t, r.stderr, "VMExtensionProvisioningTimeout")
	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=boot:VirtualMachineExtension:win001:AptUpdateFailed:1"}
	r = u.run("up", "-f", "cluster.json")
	require.Equal(t, 1, r.code, r)
	require.NotContains(t, r.stderr, "The extension runs again there")
	u.env = nil
	u.ok("up", "-f", "cluster.json")
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
}

// TestFailedBootstrapsAreMended: a single machine's runs again at the next up, on a
// machine that stays; of a scale set the message names the instance and what to do.
func TestFailedBootstrapsAreMended(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(nil))
	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=boot:VirtualMachine:win000:AptUpdateFailed:1", "HYBRIDCTL_EMULATOR_LOG=calls.log"}
	r := u.run("up", "-f", "cluster.json")
	require.Equal(t, 1, r.code, r)
	require.Contains(t, r.stderr, "VMExtensionProvisioningError")
	refreshed := u.run("preview", "-f", "cluster.json", "--refresh", "--expect-no-changes")
	require.Equal(t, 3, refreshed.code, "a refresh does not hide it: %s", refreshed)

	u.env = []string{"HYBRIDCTL_EMULATOR_LOG=calls.log"}
	var up upResult
	u.json(&up, "up", "-f", "cluster.json")
	require.Len(t, up.Nodes, 3)
	require.Equal(t, 1, up.Changes["replace"], "the extension alone: %v", up.Changes)
	u.ok("preview", "-f", "cluster.json", "--expect-no-changes")

	u.write("cluster.json", definition(func(p map[string]any) { pool(p, 0)["count"] = 2 }))
	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=boot:VirtualMachineScaleSet:e2e-demo-lin:AptUpdateFailed:1"}
	r = u.run("up", "-f", "cluster.json")
	require.Equal(t, 1, r.code, r)
	require.Contains(t, r.stderr, "VM 'e2e-demo-lin_1'")
	require.Contains(t, r.stderr, "Scale set e2e-demo-lin stays failed until")
	u.env = nil
	require.Equal(t, 1, u.run("up", "-f", "cluster.json").code, "Azure answers with the old failure")
	require.NoError(t, u.azure().Reimage(t.Context(), scaleSets+"lin", "1"))
	u.json(&up, "up", "-f", "cluster.json")
	require.Len(t, up.Nodes, 4)
	u.ok("down", "--yes")
}
