package hybridcluster

import (
	"testing"

	"github.com/stretchr/testify/require"
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
	} {
		require.Equal(t, want, parseVMSize(name), name)
	}
}

func TestImagesFitTheGeneration(t *testing.T) {
	t.Parallel()
	gen1, gen2 := parseVMSize("Standard_D2_v3"), parseVMSize("Standard_D2s_v3")
	require.Equal(t, marketplaceImage("Canonical", "ubuntu-24_04-lts", "server-gen1"), linuxImage(gen1))
	require.Equal(t, marketplaceImage("Canonical", "ubuntu-24_04-lts", "server"), linuxImage(gen2))
	require.Equal(t, marketplaceImage("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-core"), windowsImage("2022", gen1))
	require.Equal(t, marketplaceImage("MicrosoftWindowsServer", "WindowsServer", "2025-datacenter-core-g2"), windowsImage("2025", gen2))
}
