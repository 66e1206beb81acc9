package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	lentRegistry = ourGroups + "images/providers/Microsoft.ContainerRegistry/registries/acme1"
	ownPuller    = ourGroups + "identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
)

// pulling is a cluster whose nodes pull from a registry of another resource group.
func pulling(identity string) string {
	const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	return definition(func(p map[string]any) {
		registries := map[string]any{"registries": []any{lentRegistry}, "linuxProviderSHA256": digest, "windowsProviderSHA256": digest}
		if identity != "" {
			registries["userAssignedID"] = identity
		}
		p["orchestratorProfile"] = map[string]any{"kubernetesConfig": map[string]any{"containerRegistries": registries}}
	})
}

// TestARegistryOfAnotherGroup: the nodes' identity gets the right to pull there, and
// nothing of it is left behind; an identity of the user's without it is told before
// anything is made. Pull secrets reach namespaces that are there and that are not.
func TestARegistryOfAnotherGroup(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.env = []string{"HYBRIDCTL_EMULATOR_RESOURCES=" + lentRegistry + "," + ownPuller}
	u.write("theirs.json", pulling(ownPuller))
	refused := u.run("up", "-f", "theirs.json")
	require.Equal(t, 2, refused.code, "%s", refused)
	require.Contains(t, refused.stderr, "nothing was made")
	require.Contains(t, refused.stderr, "at "+lentRegistry+": Microsoft.ContainerRegistry/registries/pull/read. The role AcrPull there has them")

	u.write("ours.json", pulling(""))
	u.write("login.json", `{"auths":{"registry.example.com":{"username":"me","password":"secret"}}}`)
	flags := []string{"-f", "ours.json", "--workload-pull-secret", "login.json", "--pull-secret", "default=login.json", "--pull-secret", "team=login.json"}
	var up upResult
	u.json(&up, append([]string{"up"}, flags...)...)
	require.NotEmpty(t, up.Workload.URL)
	u.ok(append([]string{"preview", "--refresh", "--expect-no-changes"}, flags...)...)
	u.ok("up", "-f", "ours.json", "--yes")
	u.ok("down", "--yes", "-q")
	requireNothingOfOurs(t, u)
}
