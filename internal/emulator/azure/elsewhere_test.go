package azure

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// A real cluster's resources are not gone because the emulator has none of them.
func TestResourcesOfARealSubscriptionAreLeftAlone(t *testing.T) {
	t.Parallel()
	const theirs, shared = "/subscriptions/0b1f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b", "/subscriptions/aaaaaaaa-9a4c-4d0e-8f6b-1c7d2e3f4a5b"
	w := &world.World{Resources: map[string]*world.Resource{"x": {ID: shared + "/resourceGroups/net"}}}
	for id, refused := range map[string]bool{
		theirs + "/resourceGroups/demo":                             true,
		theirs + "/resourceGroups/demo/providers/Microsoft.A/b/c":   true,
		"/subscriptions/" + SubscriptionID + "/resourceGroups/gone": false,
		shared + "/resourceGroups/net/providers/Microsoft.A/b/gone": false,
		"no id": false,
	} {
		err := ofSomebody(w, id)
		if refused {
			require.ErrorContains(t, err, "SubscriptionNotFound", id)
		} else {
			require.NoError(t, err, id)
		}
	}
}
