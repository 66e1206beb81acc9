package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

// TestRetiredDefinition takes a file as AKS Engine's users have it, with a
// release that is gone and blanks to fill, and fills them by flags alone.
func TestRetiredDefinition(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	u.write("id.pub", string(ssh.MarshalAuthorizedKey(key)))
	u.write("client-secret", plantedSecret)
	u.write("cluster.json", definition(func(p map[string]any) {
		p["orchestratorProfile"] = map[string]any{"orchestratorType": "Kubernetes", "orchestratorRelease": "1.16"}
		p["masterProfile"].(map[string]any)["dnsPrefix"] = "<use your unique DNS prefix>"
		p["linuxProfile"] = map[string]any{"adminUsername": "azureuser", "ssh": map[string]any{
			"publicKeys": []any{map[string]any{"keyData": "<use your SSH public key>"}},
		}}
		p["servicePrincipalProfile"] = map[string]any{
			"clientId": "<use your Service Principal appId>", "secret": "<use your Service Principal password>",
		}
	}))
	blank := u.run("validate", "-f", "cluster.json")
	require.Equal(t, 2, blank.code, blank)
	for _, flag := range []string{"--dns-prefix", "--ssh-public-key", "--client-id", "--client-secret-file", "--kubernetes-release"} {
		require.Contains(t, blank.stdout+blank.stderr, flag)
	}
	var up upResult
	u.json(&up, "up", "-f", "cluster.json", "--kubernetes-release", "1.36", "--dns-prefix", "retired",
		"--ssh-public-key", "id.pub", "--client-id", "11111111-2222-3333-4444-555555555555", "--client-secret-file", "client-secret")
	require.Len(t, up.Nodes, 3)
	require.Equal(t, 3, up.Workload.Ready)
}

// TestExistingResourceGroup: it is used, emptied in order, and stays.
func TestExistingResourceGroup(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.env = []string{"HYBRIDCTL_EMULATOR_RESOURCE_GROUPS=shared=westeurope"}
	u.write("cluster.json", definition(nil))
	u.ok("up", "-f", "cluster.json", "--existing-resource-group", "shared")
	state, _ := u.export()
	for _, r := range state.Deployment.Resources {
		require.NotEqual(t, "azure-native:resources:ResourceGroup", r.Type)
	}
	// The cards of the scale set's machines hold their subnet for a while, and then it goes.
	r := u.run("down", "--yes")
	require.Zero(t, r.code, r)
	require.Contains(t, r.stderr, "Azure keeps something a little longer (InUseSubnetCannotBeDeleted)")
	requireNothingOfOurs(t, u)
}
