package apimodel_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// base is a definition without faults or warnings.
const base = `{
  "apiVersion": "vlabs",
  "location": "westeurope",
  "properties": {
    "orchestratorProfile": {"orchestratorRelease": "1.36"},
    "masterProfile": {"count": 1, "dnsPrefix": "demo", "vmSize": "Standard_D2_v3"},
    "agentPoolProfiles": [
      {"name": "lin", "count": 2, "vmSize": "Standard_D2_v3"},
      {"name": "win", "count": 2, "vmSize": "Standard_D2_v3", "osType": "Windows", "extensions": [{"name": "winrm"}]}
    ],
    "extensionProfiles": [{"name": "winrm", "version": "v1"}]
  }
}
`

// with is base with assignments laid over it.
func with(set ...string) apimodel.Source {
	return apimodel.Source{Name: "base.json", Data: []byte(base), Set: set}
}

// loaded loads a source that must load, and defaults it.
func loaded(t *testing.T, s apimodel.Source) *apimodel.Definition {
	t.Helper()
	d, err := apimodel.Load(s)
	require.NoError(t, err)
	d.Default()
	return d
}

// loadFaults loads a source that must not load.
func loadFaults(t *testing.T, s apimodel.Source) apimodel.Faults {
	t.Helper()
	_, err := apimodel.Load(s)
	var faults apimodel.Faults
	require.True(t, errors.As(err, &faults), "not faults: %v", err)
	require.NotEmpty(t, faults)
	return faults
}

// requireFault finds the one fault of a path, holding all the texts.
func requireFault(t *testing.T, faults apimodel.Faults, path string, texts ...string) {
	t.Helper()
	var found []string
	for _, f := range faults {
		if f.Path == path {
			found = append(found, f.String())
		}
	}
	require.Len(t, found, 1, "faults at %q in:\n%s", path, faults.Error())
	for _, text := range texts {
		require.Contains(t, found[0], text)
	}
}

func replace(old, replacement string) []byte {
	if !strings.Contains(base, old) {
		panic("base does not hold " + old)
	}
	return []byte(strings.Replace(base, old, replacement, 1))
}
