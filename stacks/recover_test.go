package stacks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// What a failed up leaves behind is enough to look at the cluster.
func TestRecoverOutputs(t *testing.T) {
	t.Parallel()
	state := []byte(`{"deployment":{"resources":[{"type":"hybridcluster:index:HybridCluster",
		"inputs":{"definition":{"apiVersion":"vlabs","location":"westeurope","properties":{
			"orchestratorProfile":{"orchestratorRelease":"1.36"},
			"masterProfile":{"count":1,"dnsPrefix":"demo","vmSize":"Standard_D2s_v3"},
			"linuxProfile":{"adminUsername":"me"},
			"agentPoolProfiles":{"lin":{"count":2,"vmSize":"Standard_D2s_v3","availabilityProfile":"AvailabilitySet","osType":"Linux"}}}}},
		"outputs":{
			"apiServer":"https://demo:6443","resourceGroupName":"demo","sshPrivateKey":"",
			"kubeconfig":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","plaintext":"\"planted\""}}}]}}`)
	values, secret, err := stacks.RecoverOutputs(state)
	require.NoError(t, err)
	require.Equal(t, "planted", values[stacks.OutputKubeconfig])
	require.True(t, secret[stacks.OutputKubeconfig])
	require.Equal(t, "https://demo:6443", values[stacks.OutputAPIServer])
	require.False(t, secret[stacks.OutputAPIServer])
	require.Equal(t, "me", values[stacks.OutputAdminUsername])
	require.NotContains(t, values, stacks.OutputSSHPrivateKey, "none was generated")
	require.Contains(t, values[stacks.OutputNodes], map[string]any{"name": "lin001", "pool": "lin", "os": "linux", "role": "agent"})

	values, _, err = stacks.RecoverOutputs([]byte(`{"deployment":null}`))
	require.NoError(t, err)
	require.Empty(t, values)
	_, _, err = stacks.RecoverOutputs([]byte(`{`))
	require.Error(t, err)
}
