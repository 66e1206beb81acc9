package stacks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/stacks"
)

func TestSlotsFollowTheMachinesThatWait(t *testing.T) {
	t.Parallel()
	c, err := stacks.ReadConfig("", lookup(map[string]string{"definition": definition}))
	require.NoError(t, err)
	c.Source.Set = []string{"masterProfile.count=3"}
	small := c.Slots()
	c.Source.Set = append(c.Source.Set, "agentPoolProfiles[0].count=40")
	require.Equal(t, small, c.Slots(), "a scale set waits as one")
	c.Source.Set = append(c.Source.Set, "agentPoolProfiles[0].availabilityProfile=AvailabilitySet")
	require.Equal(t, small+39, c.Slots())

	require.Empty(t, c.FewSlots(""), "nobody said how many there are")
	require.Empty(t, c.FewSlots("43"))
	require.Empty(t, c.FewSlots("2147483647"))
	note := c.FewSlots("8")
	require.Contains(t, note, "works on 8 resources at once, and this cluster has 43")
	require.Contains(t, note, "6 rounds")
	require.Contains(t, note, "PULUMI_PARALLEL=51")

	c.Source.Set = []string{"masterProfile.count=2"}
	require.Zero(t, c.Slots(), "the definition is at fault")
	require.Empty(t, c.FewSlots("1"))
}
