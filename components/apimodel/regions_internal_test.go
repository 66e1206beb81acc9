package apimodel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRegionsTableIsWellFormed(t *testing.T) {
	t.Parallel()
	rows := regionsTable().rows
	require.Greater(t, len(rows), 55)
	require.Equal(t, len(rows), len(regions()))
	for i, row := range rows {
		region, err := regionOf(row)
		require.NoError(t, err)
		if i > 0 {
			require.Less(t, rows[i-1][0], region.Name, "sorted, and once each")
		}
		require.Equal(t, region.Name, strings.ToLower(strings.ReplaceAll(region.DisplayName, " ", "")))
		require.NotEmpty(t, region.Geography, region.Name)
		// An unknown region of this shape is a warning, so known ones have it too.
		require.Regexp(t, regionShape, region.Name)
		require.NotRegexp(t, sovereign, region.Name)
		if len(region.Zones) > 0 {
			require.Equal(t, []string{"1", "2", "3"}, region.Zones, region.Name)
		}
		found, ok := LookupRegion(region.DisplayName)
		require.True(t, ok, region.DisplayName)
		require.Equal(t, region, found)
	}
	_, err := regionOf([]string{"a", "A", "B", "none", "perhaps"})
	require.ErrorContains(t, err, `"perhaps" is no yes or no`)
}
