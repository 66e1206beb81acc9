package apimodel_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestLookupVMSize(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Standard_DS2_v2", "standard_ds2_v2", "STANDARD_DS2_V2"} {
		size, found := apimodel.LookupVMSize(name)
		require.True(t, found, name)
		require.Equal(t, apimodel.VMSize{
			Name: "Standard_DS2_v2", Cores: 2, MemoryGiB: 7, MaxDataDisks: new(8), MaxNICs: new(2),
			PremiumStorage: new(true), AcceleratedNetworking: new(true),
			EphemeralOSDisk: new(true), MaxEphemeralOSDiskGiB: new(86), TempDiskGiB: new(14),
			Architecture: apimodel.ArchitectureX64, Generations: []string{"V1", "V2"}, Offered: true,
		}, size)
	}
	for _, name := range []string{"", "Standard_D2_v", "DS2_v2", "Standard_D2_v3 ", "Standard_", "zzz"} {
		size, found := apimodel.LookupVMSize(name)
		require.False(t, found, name)
		require.Empty(t, size)
	}
}

// The sizes of our examples and of AKS Engine's.
func TestVMSizesOfExamplesAreKnown(t *testing.T) {
	t.Parallel()
	for name, cores := range map[string]int{
		"Standard_D2": 2, "Standard_D2_v2": 2, "Standard_D2_v3": 2, "Standard_D4_v3": 4, "Standard_D2s_v3": 2,
		"Standard_D4s_v3": 4, "Standard_D2s_v5": 2, "Standard_DS2_v2": 2, "Standard_B2s": 2, "Standard_B2ms": 2,
		"Standard_NC6": 6, "Standard_NV12s_v3": 12,
	} {
		size, found := apimodel.LookupVMSize(name)
		require.True(t, found, name)
		require.Equal(t, cores, size.Cores, name)
		require.NotNil(t, size.PremiumStorage, name)
		require.NotEmpty(t, size.Generations, name)
		// NC6 went in 2023.
		require.Equal(t, name != "Standard_NC6", size.Offered, name)
	}
}

func TestVMSizesTellGenerations(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]bool{
		"Standard_D2_v3":   {true, false},
		"Standard_D2s_v3":  {true, true},
		"Standard_D2ds_v6": {false, true},
	} {
		size, found := apimodel.LookupVMSize(name)
		require.True(t, found, name)
		for i, generation := range []string{apimodel.GenerationV1, apimodel.GenerationV2} {
			boots, known := size.Boots(generation)
			require.True(t, known, name)
			require.Equal(t, want[i], boots, "%s, %s", name, generation)
		}
	}
	_, known := apimodel.VMSize{}.Boots(apimodel.GenerationV2)
	require.False(t, known)
}

func TestVMSizesBelongToTheirReader(t *testing.T) {
	t.Parallel()
	size, _ := apimodel.LookupVMSize("Standard_D4s_v5")
	*size.MaxNICs, size.Generations[0] = 99, "V9"
	again, _ := apimodel.LookupVMSize("Standard_D4s_v5")
	require.Equal(t, 2, *again.MaxNICs)
	require.Equal(t, "V1", again.Generations[0])
}

func TestVMSizesAsOf(t *testing.T) {
	t.Parallel()
	require.Regexp(t, regexp.MustCompile(`^20\d\d-\d\d-\d\d$`), apimodel.VMSizesAsOf())
}

func FuzzLookupVMSize(f *testing.F) {
	f.Add("Standard_D2_v3")
	f.Add("standard_zzz")
	f.Fuzz(func(t *testing.T, name string) {
		size, found := apimodel.LookupVMSize(name)
		require.Equal(t, found, size.Name != "" && strings.EqualFold(size.Name, name))
	})
}
