package arm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
)

const subnet = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/one"

func TestParse(t *testing.T) {
	t.Parallel()
	id, err := arm.Parse(subnet)
	require.NoError(t, err)
	require.Equal(t, "Microsoft.Network/virtualNetworks/subnets", id.Type())
	require.Equal(t, "one", id.Name())
	require.Equal(t, "/subscriptions/s/resourceGroups/rg", id.GroupID())
	parent, ok := id.Parent()
	require.True(t, ok)
	require.Equal(t, "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet", parent.String())
	_, ok = parent.Parent()
	require.False(t, ok)

	group, err := arm.Parse("/Subscriptions/s/RESOURCEGROUPS/rg")
	require.NoError(t, err)
	require.Equal(t, "Microsoft.Resources/resourceGroups", group.Type())
	require.Equal(t, "rg", group.Name())
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "text", "/subscriptions/s", "/subscriptions/s/resourceGroups", subnet[1:], subnet + "/", subnet + "/more",
		"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/x", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network",
	} {
		_, err := arm.Parse(bad)
		require.Error(t, err, bad)
	}
}

func TestUnder(t *testing.T) {
	t.Parallel()
	require.True(t, arm.Under("/a/B/c", "/A/b"))
	require.True(t, arm.Under("/a/b", "/a/b"))
	require.False(t, arm.Under("/a/bc", "/a/b"))
}

func FuzzParse(f *testing.F) {
	f.Add(subnet)
	f.Fuzz(func(t *testing.T, text string) {
		id, err := arm.Parse(text)
		if err != nil {
			return
		}
		again, err := arm.Parse(id.String())
		require.NoError(t, err)
		require.Equal(t, id, again)
	})
}
