package apimodel_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestLookupRegion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"westeurope", "West Europe", "WESTEUROPE", "west europe"} {
		region, found := apimodel.LookupRegion(name)
		require.True(t, found, name)
		require.Equal(t, apimodel.Region{
			Name: "westeurope", DisplayName: "West Europe", Geography: "Europe",
			Zones: []string{"1", "2", "3"}, ZonesKnown: true, Restricted: new(false),
		}, region)
	}
	for _, name := range []string{"", "mars", "marswest", "usgovvirginia", "chinaeast2", "none"} {
		region, found := apimodel.LookupRegion(name)
		require.False(t, found, name)
		require.Empty(t, region)
	}
}

func TestRegionsTellZones(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		zones int
		known bool
	}{
		"eastus":       {3, true},
		"westus":       {0, true},
		"japanwest":    {3, true},
		"jioindiawest": {0, false},
	} {
		region, found := apimodel.LookupRegion(name)
		require.True(t, found, name)
		require.Len(t, region.Zones, want.zones, name)
		require.Equal(t, want.known, region.ZonesKnown, name)
	}
	region, _ := apimodel.LookupRegion("francesouth")
	require.True(t, *region.Restricted)
}

func TestRegionsAsOf(t *testing.T) {
	t.Parallel()
	require.Regexp(t, regexp.MustCompile(`^20\d\d-\d\d-\d\d$`), apimodel.RegionsAsOf())
}
