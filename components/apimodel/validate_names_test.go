package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// A pool could be named as another's prefix is made.
func TestValidateFindsTwoScaleSetsOfOnePrefix(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("agentPoolProfiles[1].name=windowspool1"))
	prefix := d.Properties.AgentPoolProfiles[1].ComputerNamePrefix()
	require.Len(t, prefix, 9)
	require.NotEqual(t, "windowspo", prefix)
	d = loaded(t, with("agentPoolProfiles[1].name=windowspool1", `agentPoolProfiles[2]={"name": "`+prefix+`", "count": 1, "vmSize": "Standard_D2_v3", "osType": "Windows"}`))
	require.Equal(t, d.Properties.AgentPoolProfiles[1].NodeName(0), d.Properties.AgentPoolProfiles[2].NodeName(0))
	faults := d.Validate(apimodel.Given{}).Faults
	require.Len(t, faults, 1)
	requireFault(t, faults, "properties.agentPoolProfiles[2].name", "gives its machines the names of those of \"windowspool1\": both begin with")
}
