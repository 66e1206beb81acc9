package firstboot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestScaleSetHasItsInstances(t *testing.T) {
	t.Parallel()
	scaleSet := Machine{pool: &apimodel.AgentPoolProfile{Name: "lin", AvailabilityProfile: apimodel.ScaleSets}}
	single := Machine{pool: &apimodel.AgentPoolProfile{Name: "lin"}}
	prefix := scaleSet.pool.ComputerNamePrefix()
	for name, want := range map[string]bool{
		prefix + "000000": true, prefix + "00000z": true, prefix + "00000Z": true,
		prefix + "00000": false, prefix + "0000000": false, prefix + "00000-": false, "other000000": false, "lin": false,
	} {
		require.Equal(t, want, scaleSet.hasInstance(name), name)
		require.False(t, single.hasInstance(name), name)
	}
	require.False(t, Machine{}.hasInstance(prefix+"000000"), "a master")
}
