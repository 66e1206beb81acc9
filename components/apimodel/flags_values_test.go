package apimodel

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A limit of a flag that no release has, or a type without a form, would be a slip of
// the pen.
func TestLimitTableIsOrderly(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, row := range factRows(flagLimitsCSV, 5) {
		require.Contains(t, components(), component(row[0]), row)
		require.NotEmpty(t, flagTables().kinds[component(row[0])][row[1]], "no such flag: %v", row)
		require.Regexp(t, `^(any|1\.[0-9]{2}( 1\.[0-9]{2})*)$`, row[2], row)
		require.Contains(t, []string{"one", "each", "range", "apis", "signals", "resources"}, row[3])
		require.Equal(t, row[4] == "", row[3] == "signals" || row[3] == "resources", row)
		keys = append(keys, row[0]+" "+row[1]+" "+row[2])
	}
	requireSortedOnce(t, keys)
}

func TestEachTypeOfAFlagHasAForm(t *testing.T) {
	t.Parallel()
	free := []string{"string", "stringArray", "[]v1.Taint", "reserved-memory"}
	for of, kinds := range flagTables().kinds {
		for flag, kind := range kinds {
			_, known := flagForms[kind]
			require.True(t, known || slices.Contains(free, kind), "%s of %s is a %s", flag, of, kind)
		}
	}
}

// Kubernetes' own examples of each type, and what its parsers refuse.
func TestFormsOfFlags(t *testing.T) {
	t.Parallel()
	for kind, test := range map[string]struct{ good, bad []string }{
		"bool":            {[]string{"true", "false", "1", "T"}, []string{"", "yes", "maybe"}},
		"duration":        {[]string{"40s", "5m0s", "0", "1h30m"}, []string{"", "40", "5 minutes"}},
		"int32":           {[]string{"0", "-1", "0x10"}, []string{"", "x", "1.5", "3000000000"}},
		"uint":            {[]string{"0", "8"}, []string{"-1", "x"}},
		"float32":         {[]string{"50", "0.1"}, []string{"", "x"}},
		"ip":              {[]string{"10.0.0.1", "::"}, []string{"10.0.0", "host"}},
		"portRange":       {[]string{"30000-32767", "0", "30000+10"}, []string{"abc", "1-99999", "20-10"}},
		"quantity":        {[]string{"1Gi", "500m"}, []string{"", "much"}},
		"mapStringString": {[]string{"", "a=b", "memory.available<750Mi,nodefs.available<10%"}, []string{"garbage", "=x"}},
		"mapStringBool":   {[]string{"", "A=true,B=false"}, []string{"A", "A=maybe"}},
		"int32Slice":      {[]string{"", "1,2"}, []string{"a"}},
		"namedCertKey":    {[]string{"/a.crt,/a.key", "/a.crt,/a.key:example.com"}, []string{"/a.crt"}},
		"version":         {[]string{"1.36"}, []string{"latest"}},
	} {
		for _, value := range test.good {
			require.True(t, flagForms[kind].fits(value), "%s %q", kind, value)
		}
		for _, value := range test.bad {
			require.False(t, flagForms[kind].fits(value), "%s %q", kind, value)
		}
	}
}
