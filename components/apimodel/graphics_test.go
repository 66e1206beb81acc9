package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// AKS Engine brought drivers; whoever moves from it would look for the card in vain.
func TestGraphicsCardsComeWithoutADriver(t *testing.T) {
	t.Parallel()
	for size, want := range map[string]bool{"Standard_NC6s_v3": true, "Standard_NV12s_v3": true, "Standard_D2s_v3": false} {
		d, err := apimodel.Load(apimodel.Source{Data: []byte(`{"apiVersion": "vlabs", "location": "westeurope", "properties": {
			"orchestratorProfile": {}, "masterProfile": {"count": 1, "dnsPrefix": "demo", "vmSize": "Standard_D2s_v3"},
			"agentPoolProfiles": [{"name": "pool", "count": 1, "vmSize": "` + size + `"}]}}`)})
		require.NoError(t, err)
		d.Default()
		found := false
		for _, w := range d.Validate(apimodel.Given{}).Warnings {
			found = found || w.Path == "properties.agentPoolProfiles[0].vmSize" && w.Message == size+" has a graphics card, and no driver for it is installed"
		}
		require.Equal(t, want, found, size)
	}
}
