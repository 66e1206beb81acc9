package remote_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/remote"
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

func TestValuesFromAState(t *testing.T) {
	t.Parallel()
	values, err := remote.FromState([]byte(exported))
	require.NoError(t, err)
	require.Equal(t, "apiVersion: v1\n", values.Text(remote.ValueKubeconfig))
	require.Equal(t, "ssh-rsa AAAA", values.Text(remote.ValuePublicKey))
	require.Empty(t, values.Text(remote.ValuePrivateKey), "it is still encrypted")
	c, err := values.Cluster("demo")
	require.NoError(t, err)
	require.Equal(t, "demo.example.com", c.Access.Entry.Address)
	require.Equal(t, "ssh-ed25519 AAAA", c.Access.HostKeys["m0"])

	_, err = remote.FromState([]byte(`{"deployment": {"resources": [{"type": "hybridcluster:index:HybridCluster", "outputs": {}}]}}`))
	require.ErrorIs(t, err, remote.ErrNoCluster)
	_, err = remote.FromState([]byte(`{`))
	require.ErrorContains(t, err, "reading the stack's state")
}
