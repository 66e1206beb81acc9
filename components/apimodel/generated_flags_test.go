package apimodel_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// The file has every flag that AKS Engine wrote into a definition of Kubernetes 1.23.
// Nobody asked for any of them, so all of it makes a cluster.
func TestAllFlagsThatAKSEngineWroteMakeACluster(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../e2e/boot/testdata/aks-engine-flags.json")
	require.NoError(t, err)
	for _, release := range apimodel.Releases() {
		d, err := apimodel.Load(apimodel.Source{
			Name: "apimodel.json", Data: data, Overrides: apimodel.Overrides{KubernetesRelease: release.Minor},
		})
		require.NoError(t, err)
		d.Default()
		require.Empty(t, d.Validate(apimodel.Given{}).Faults, release.Minor)
		api := d.APIServerFlags()
		require.NotContains(t, api, "anonymous-auth")
		require.NotContains(t, api, "audit-policy-file")
		require.Contains(t, api["enable-admission-plugins"], "NodeRestriction")
		require.NotContains(t, api["enable-admission-plugins"], "PodSecurityPolicy")
		require.Equal(t, "/var/log/kubeaudit/audit.log", api["audit-log-path"])
		require.Equal(t, "true", d.KubeletFlags(nil)["protect-kernel-defaults"])
		require.NotContains(t, d.ControllerManagerFlags(), "pod-eviction-timeout")
	}
}
