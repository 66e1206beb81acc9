package hybridcluster

import (
	"testing"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestParseVMSize(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]vmSize{
		"Standard_D2_v3":          {},
		"Standard_D2s_v3":         {premiumStorage: true, generation2: true},
		"Standard_DS2_v2":         {premiumStorage: true, generation2: true},
		"Standard_D2_v2":          {},
		"Standard_B2ms":           {premiumStorage: true, generation2: true},
		"Standard_D4_v5":          {generation2: true},
		"Standard_D4ds_v5":        {premiumStorage: true, generation2: true},
		"Standard_E4-2s_v4":       {premiumStorage: true, generation2: true},
		"Standard_NC4as_T4_v3":    {premiumStorage: true, generation2: true},
		"Standard_NV36ads_A10_v5": {premiumStorage: true, generation2: true},
		"Standard_A2_v2":          {},
		"D2":                      {},
		// Not as their names say.
		"Standard_M64":   {premiumStorage: true, generation2: true},
		"Standard_NP10s": {premiumStorage: true},
		// Not in the table.
		"Standard_D2s_v99": {premiumStorage: true, generation2: true},
	} {
		require.Equal(t, want, parseVMSize(name), name)
	}
}

func TestImagesFitTheGeneration(t *testing.T) {
	t.Parallel()
	b := &builder{}
	linux := func(size vmSize) compute.ImageReferenceArgs {
		return b.linuxImage(apimodel.MachineProfile{}, nil, size)
	}
	ubuntu := func(sku string) compute.ImageReferenceArgs {
		return marketplaceImage("Canonical", "ubuntu-24_04-lts", sku, "")
	}
	windows := func(offer, sku string) compute.ImageReferenceArgs {
		return marketplaceImage("MicrosoftWindowsServer", offer, sku, "latest")
	}
	gen1, gen2 := parseVMSize("Standard_D2_v3"), parseVMSize("Standard_D2s_v3")
	require.Equal(t, ubuntu("server-gen1"), linux(gen1))
	require.Equal(t, ubuntu("server"), linux(gen2))
	require.Equal(t, windows("windowsserver2022", "2022-datacenter-core"), windowsImage("2022", gen1))
	require.Equal(t, windows("WindowsServer", "2025-datacenter-core-g2"), windowsImage("2025", gen2))
}
