package emulator_test

import (
	"bytes"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
	"github.com/hybridcluster/hybridcluster/internal/groups"
)

// The Azure SDK's own client lists, tags and deletes the groups of the world.
func TestResourceGroupsThroughTheSDK(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var log bytes.Buffer
	e := start(t, emulator.Options{
		ResourceGroups: map[string]string{"one": "westeurope", "two": "westeurope"}, Log: &log,
		Faults: []emulator.Fault{{Op: "delete", Type: "ResourceGroup", Name: "two", Code: "AuthorizationFailed", Count: 1}},
	})
	subscription, transport := e.Azure()
	c, err := groups.New(subscription, &fake.TokenCredential{}, transport)
	require.NoError(t, err)

	found, err := c.Tagged(ctx, "expires-at")
	require.NoError(t, err)
	require.Empty(t, found)
	require.NoError(t, c.SetTags(ctx, "one", map[string]string{"expires-at": "then", "owner": "me"}))
	require.NoError(t, c.SetTags(ctx, "ONE", map[string]string{"Expires-At": "later"}))
	require.NoError(t, c.SetTags(ctx, "two", map[string]string{"owner": "you"}))
	found, err = c.Tagged(ctx, "EXPIRES-AT")
	require.NoError(t, err)
	require.Equal(t, []groups.Group{{
		ID: "/subscriptions/" + subscription + "/resourceGroups/one", Name: "one", Tags: map[string]string{"Expires-At": "later", "owner": "me"},
	}}, found)
	require.NoError(t, c.SetTags(ctx, "one", map[string]string{"expires-at": ""}))
	found, err = c.Tagged(ctx, "expires-at")
	require.NoError(t, err)
	require.Empty(t, found)

	g, err := c.Find(ctx, "TWO")
	require.NoError(t, err)
	require.Equal(t, &groups.Group{ID: "/subscriptions/" + subscription + "/resourceGroups/two", Name: "two", Tags: map[string]string{"owner": "you"}}, g)
	g, err = c.Find(ctx, "three")
	require.NoError(t, err)
	require.Nil(t, g)
	held, err := c.Resources(ctx, "two")
	require.NoError(t, err)
	require.Empty(t, held)
	vnet := "/subscriptions/" + subscription + "/resourceGroups/two/providers/Microsoft.Network/virtualNetworks/vnet"
	require.NoError(t, e.Store().Update(ctx, func(w *world.World) error {
		for _, id := range []string{vnet, vnet + "/subnets/one"} {
			w.Resources[world.Key(id)] = &world.Resource{ID: id}
		}
		return nil
	}))
	held, err = c.Resources(ctx, "Two")
	require.NoError(t, err)
	require.Equal(t, []string{vnet}, held, "a subnet is the network's")
	held, err = c.Resources(ctx, "one")
	require.NoError(t, err)
	require.Empty(t, held)
	_, err = c.Resources(ctx, "three")
	require.ErrorContains(t, err, "404 ResourceGroupNotFound")

	require.ErrorContains(t, c.SetTags(ctx, "three", map[string]string{"a": "b"}), "404 ResourceGroupNotFound")
	require.NoError(t, c.Delete(ctx, "three"), "what is not there need not be deleted")
	require.ErrorContains(t, c.Delete(ctx, "two"), "403 AuthorizationFailed")
	require.NoError(t, c.Delete(ctx, "two"))
	require.ErrorContains(t, c.SetTags(ctx, "two", nil), "404")
	require.Contains(t, log.String(), "delete azure-native:resources:ResourceGroup two")
}
