package target

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A name is checked before the engine is asked.
func TestNamesOfStacks(t *testing.T) {
	t.Parallel()
	const cloud, folder = "https://api.pulumi.com", "file:///state"
	for name, tc := range map[string]struct{ backend, want string }{
		"dev":                            {folder, ""},
		"organization/hybridcluster/dev": {folder, ""},
		"me/hybridcluster/dev":           {folder, "only Pulumi Cloud has: name dev"},
		"me/dev":                         {folder, "only Pulumi Cloud has: name dev"},
		"me/prod":                        {cloud, ""},
		"me/hybridcluster/prod":          {cloud, ""},
		"me/other/prod":                  {cloud, "project other, and these are of hybridcluster: name prod"},
	} {
		err := checkName(name, tc.backend)
		if tc.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, tc.want, name)
	}
}
