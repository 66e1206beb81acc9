package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestRegistriesInTheirParts(t *testing.T) {
	t.Parallel()
	const zulu = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/Zulu1"
	const alfa = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/alfa1"
	r := &apimodel.ContainerRegistries{
		Registries:          []string{zulu, "other1-a1b2.azurecr.io", alfa},
		LinuxProviderSHA256: "ABCD", WindowsProviderURL: "https://example.com/a", WindowsProviderSHA256: "12",
	}
	require.Equal(t, []string{alfa, zulu}, r.IDs(), "their order in the definition means nothing")
	require.Equal(t, []string{"alfa1.azurecr.io", "other1-a1b2.azurecr.io", "zulu1.azurecr.io"}, r.LoginServers())
	address, digest := r.Provider(apimodel.Linux)
	require.Equal(t, []string{"", "abcd"}, []string{address, digest})
	address, _ = r.Provider(apimodel.Windows)
	require.Equal(t, "https://example.com/a", address)
	id, err := apimodel.ParseRegistryID(alfa)
	require.NoError(t, err)
	require.Equal(t, apimodel.ResourceID{SubscriptionID: "s", ResourceGroup: "g", Name: "alfa1"}, id)
	_, err = apimodel.ParseRegistryID("alfa1")
	require.Error(t, err)
}

// A login server is a second name of a registry whose id is given, so its role is given
// as well; and whoever brings an identity has given it roles.
func TestLoginServersThatNeedNoWarning(t *testing.T) {
	t.Parallel()
	const digests = `, "linuxProviderSHA256": "` + pinned + `", "windowsProviderSHA256": "` + pinned + `"`
	for name, value := range map[string]string{
		"a second name": `{"registries": ["` + registryID + `", "acme1-a1b2c3.azurecr.io"]` + digests + `}`,
		"an identity":   `{"registries": ["other1.azurecr.io"], "userAssignedID": "` + subID + `Microsoft.ManagedIdentity/userAssignedIdentities/puller"` + digests + `}`,
	} {
		report := reportOf(t, wrong{set: []string{kubernetes + "containerRegistries=" + value}}.source())
		require.NoError(t, report.Err(), name)
		require.Empty(t, report.Warnings, name)
	}
}
