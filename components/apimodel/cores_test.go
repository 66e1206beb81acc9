package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestCores(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(
		"masterProfile.count=3", "masterProfile.vmSize=Standard_D4s_v5", "agentPoolProfiles[0].vmSize=Standard_D2s_v5", "agentPoolProfiles[0].count=100",
		"agentPoolProfiles[1].vmSize=Standard_D99999s_v5", `agentPoolProfiles[2]={"name": "x", "count": 2, "vmSize": "Standard_E8-4ds_v4"}`,
		kubernetes+`privateCluster={"enabled": true, "jumpboxProfile": {"name": "j", "vmSize": "Standard_B2s"}}`,
	))
	require.Equal(t, []apimodel.CoreUse{
		{Series: "BS", Machines: 1, Cores: 2, Known: true},
		{Series: "DSv5", Machines: 105, Cores: 3*4 + 100*2},
		{Series: "EDSv4", Machines: 2, Cores: 2 * 8, Known: true},
	}, d.Cores())
}
