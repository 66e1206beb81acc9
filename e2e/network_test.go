package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	lentNetwork = ourGroups + "network/providers/Microsoft.Network/virtualNetworks/shared"
	ownIdentity = ourGroups + "identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine"
)

// lent is a cluster in subnets of another resource group.
func lent(change func(properties map[string]any)) string {
	return definition(func(p map[string]any) {
		master := p["masterProfile"].(map[string]any)
		master["vnetSubnetId"], master["agentVnetSubnetId"] = lentNetwork+"/subnets/masters", lentNetwork+"/subnets/nodes"
		master["vnetCidr"], master["firstConsecutiveStaticIP"] = "10.9.0.0/16", "10.9.1.5"
		if change != nil {
			change(p)
		}
	})
}

// TestANetworkOfAnotherGroup: the cluster's identity gets what a Service's load balancer needs there, and nothing of it
// is left behind; an identity of the user's without it is told before anything is made.
func TestANetworkOfAnotherGroup(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.env = []string{"HYBRIDCTL_EMULATOR_RESOURCES=" + lentNetwork + "/subnets/masters=10.9.1.0/24," + lentNetwork + "/subnets/nodes=10.9.2.0/24," + ownIdentity}
	u.write("theirs.json", lent(func(p map[string]any) {
		p["orchestratorProfile"] = map[string]any{"kubernetesConfig": map[string]any{"useManagedIdentity": true, "userAssignedID": ownIdentity}}
	}))
	refused := u.run("up", "-f", "theirs.json")
	require.Equal(t, 2, refused.code, "%s", refused)
	require.Contains(t, refused.stderr, "nothing was made")
	require.Contains(t, refused.stderr, "at "+lentNetwork+": Microsoft.Network/virtualNetworks/joinLoadBalancer/action")
	require.Contains(t, refused.stderr, "Microsoft.Network/virtualNetworks/subnets/join/action")

	// The node's way to the API is inside of the network, whatever ranges may reach it from outside.
	u.write("ours.json", lent(nil))
	ranges := []string{"-f", "ours.json", "--api-server-source-cidr", "203.0.113.0/24"}
	var up upResult
	u.json(&up, append([]string{"up"}, ranges...)...)
	require.NotEmpty(t, up.Workload.URL)
	u.ok(append([]string{"preview", "--refresh", "--expect-no-changes"}, ranges...)...)
	u.ok("down", "--yes", "-q")
	requireNothingOfOurs(t, u)
}

// requireNothingOfOurs: what is in the emulated Azure was there before.
func requireNothingOfOurs(t *testing.T, u *user) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(u.state, "hybridctl", "emulator", "world", "world.json"))
	require.NoError(t, err)
	var world struct {
		Resources map[string]struct{ ID, Owner string }
		Clusters  map[string]any
	}
	require.NoError(t, json.Unmarshal(data, &world))
	for _, r := range world.Resources {
		require.Equal(t, "outside", r.Owner, "%s is left behind", r.ID)
	}
	require.Empty(t, world.Clusters)
}
