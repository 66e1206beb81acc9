package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/state"
)

const exported = `{"version": 3, "deployment": {"resources": [
  {"type": "pulumi:pulumi:Stack"},
  {"type": "hybridcluster:index:HybridCluster", "outputs": {
    "kubeconfig": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "\"apiVersion: v1\\n\""},
    "sshPrivateKey": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"},
    "sshPublicKey": "ssh-rsa AAAA",
    "ssh": {"entry": {"name": "m0", "address": "demo.example.com", "user": "me", "jumpbox": false}, "hostKeys": {"m0": "ssh-ed25519 AAAA"}}}},
  {"type": "azure-native:compute:VirtualMachine", "inputs": {"osProfile":
    {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "{\"adminPassword\":\"pass-word-1\",\"list\":[\"item\"],\"n\":1}"}}}
]}}`

func TestSecretsOfAState(t *testing.T) {
	t.Parallel()
	secrets, err := state.Secrets([]byte(exported))
	require.NoError(t, err)
	require.Equal(t, []string{"apiVersion: v1\n", "item", "pass-word-1"}, secrets)
}

func TestResources(t *testing.T) {
	t.Parallel()
	resources, err := state.Resources([]byte(exported))
	require.NoError(t, err)
	require.Len(t, resources, 3)
	kubeconfig, private := resources[1].Outputs["kubeconfig"], resources[1].Outputs["sshPrivateKey"]
	require.True(t, state.IsSecret(kubeconfig))
	require.Equal(t, "apiVersion: v1\n", state.Reveal(kubeconfig))
	require.True(t, state.IsSecret(private))
	require.Nil(t, state.Reveal(private), "it is still encrypted")
	require.False(t, state.IsSecret(resources[1].Outputs["sshPublicKey"]))
	require.Equal(t, map[string]any{"a": []any{"apiVersion: v1\n"}}, state.Reveal(map[string]any{"a": []any{kubeconfig}}))

	resources, err = state.Resources([]byte(`{"deployment": null}`))
	require.NoError(t, err)
	require.Empty(t, resources, "nothing has been made yet")
	_, err = state.Resources([]byte(`{`))
	require.ErrorContains(t, err, "reading the stack's state")
}
