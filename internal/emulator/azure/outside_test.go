package azure_test

import (
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	hub        = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/hub/providers/"
	hubSubnet  = hub + "Microsoft.Network/virtualNetworks/hub/subnets/nodes"
	sharedPath = subscription + "/resourceGroups/shared/providers/"
	sharedID   = sharedPath + "Microsoft.ManagedIdentity/userAssignedIdentities/cluster"
)

func TestResourcesOfOthers(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{
		ResourceGroups: map[string]string{"shared": "westeurope"},
		Resources: []string{
			hubSubnet + "=10.50.0.0/24", hub + "Microsoft.Network/virtualNetworks/hub/subnets/more=10.50.1.0/24",
			sharedPath + "Microsoft.Compute/galleries/gallery/images/ubuntu/versions/1.2.3", sharedID,
			sharedPath + "Microsoft.Compute/diskEncryptionSets/keys", sharedPath + "Microsoft.Network/publicIPAddresses/out",
		},
	})
	b.group()
	nic := func(name, subnet string) m {
		return with(nicInputs(name), "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": subnet}}})
	}
	_, out := b.create(nicToken, "nic", nic("vm-nic", hubSubnet))
	require.Equal(t, "10.50.0.4", tree.String(tree.List(out, "ipConfigurations")[0], "privateIPAddress"))
	requireCode(t, b.createError(nicToken, nic("x", hubSubnet+"x")), "InvalidResourceReference")

	vm := with(linuxInputs("vm"), "identity", m{"type": "UserAssigned", "userAssignedIdentities": l{sharedID}})
	vm = with(vm, "storageProfile.osDisk.managedDisk", m{"diskEncryptionSet": m{"id": sharedPath + "Microsoft.Compute/diskEncryptionSets/keys"}})
	image := func(id string) m {
		return with(vm, "storageProfile.imageReference", m{"id": sharedPath + "Microsoft.Compute/galleries/" + id})
	}
	requireCode(t, b.createError(vmToken, image("gallery/images/windows")), "GalleryImageNotFound")
	requireCode(t, b.createError(vmToken, image("gallery/images/ubuntu/versions/1.2.4")), "GalleryImageNotFound")
	requireCode(t, b.createError(vmToken, with(image("gallery/images/ubuntu"), "storageProfile.osDisk.managedDisk.diskEncryptionSet.id",
		sharedPath+"Microsoft.Compute/diskEncryptionSets/none")), "InvalidResourceReference")
	b.create(vmToken, "vm", image("gallery/images/ubuntu"))

	requireCode(t, b.createError(natToken, m{"resourceGroupName": "rg", "natGatewayName": "nat",
		"publicIpAddresses": l{m{"id": sharedPath + "Microsoft.Network/publicIPAddresses/out"}}}), "")
	requireCode(t, b.delete(vnetToken, hub+"Microsoft.Network/virtualNetworks/hub"), "InUseSubnetCannotBeDeleted")
	b.look(func(w *world.World) {
		vnet := w.Find(hub + "Microsoft.Network/virtualNetworks/hub")
		require.Equal(t, world.OwnerOutside, vnet.Owner)
		require.Equal(t, []string{"10.50.0.0/24", "10.50.1.0/24"}, tree.Strings(vnet.Outputs, "addressSpace", "addressPrefixes"))
	})
}

func TestLookUpAnIdentityOfOthers(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{Resources: []string{sharedID}})
	get := func(name string) (m, error) {
		response, err := b.provider.Invoke(t.Context(), p.InvokeRequest{
			Token: tokens.Type("azure-native:managedidentity:getUserAssignedIdentity"),
			Args:  props.FromPlainMap(m{"resourceGroupName": "shared", "resourceName": name}),
		})
		return props.PlainMap(response.Return), err
	}
	out, err := get("cluster")
	require.NoError(t, err)
	require.Equal(t, sharedID, out["id"])
	require.Equal(t, azure.TenantID, out["tenantId"])
	require.Len(t, out["clientId"], 36)
	b.create(roleToken, "role", with(roleInputs(guidOne, tree.String(out, "principalId")), "scope", subscription+"/resourceGroups/shared"))
	_, err = get("other")
	requireCode(t, err, "ResourceNotFound")
}

func TestOutsideIsThereOnce(t *testing.T) {
	t.Parallel()
	store, err := world.Open(t.TempDir())
	require.NoError(t, err)
	o := azure.Options{BootTimeout: time.Millisecond, Resources: []string{hubSubnet + "=10.50.0.0/24", sharedID}}
	var seen []string
	for range 2 {
		_, err = azure.New(t.Context(), store, o)
		require.NoError(t, err)
		require.NoError(t, store.View(t.Context(), func(w *world.World) error {
			require.Len(t, w.Resources, 4, "two groups, a network and an identity")
			require.Len(t, tree.List(w.Find(hub+"Microsoft.Network/virtualNetworks/hub").Outputs, "subnets"), 1)
			seen = append(seen, tree.String(w.Find(sharedID).Outputs, "principalId"))
			return nil
		}))
	}
	require.Equal(t, seen[0], seen[1])
	o.Resources = append(o.Resources, hub+"Microsoft.Network/virtualNetworks/hub/subnets/other=10.50.0.128/25")
	_, err = azure.New(t.Context(), store, o)
	require.ErrorContains(t, err, "overlaps")
}

func TestCheckResource(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		hubSubnet + "=10.50.0.0/24":      "",
		sharedID:                         "",
		hubSubnet:                        "has the form <id>=<range>",
		sharedID + "=10.0.0.0/8":         "has the form <id>=<range>",
		hubSubnet + "=10.50.0.1/24":      "is not a range",
		hubSubnet + "=all":               "is not a range",
		"nodes":                          "no ARM id",
		hub + "Microsoft.Web/sites/shop": "of type Microsoft.Web/sites",
		sharedPath + "Microsoft.KeyVault/vaults/kv/secrets/s": "",
	} {
		err := azure.CheckResource(text)
		if says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, says)
	}
}

// TestBootInTheNetworkOfOthers: such a network has a way out of its own.
func TestBootInTheNetworkOfOthers(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	b := newLab(t, azure.Options{Resources: []string{hubSubnet + "=10.50.0.0/24"}})
	b.group()
	inHub := func(name string) m {
		return with(nicInputs(name), "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": hubSubnet}}})
	}
	b.create(nicToken, "master", inHub("master-nic"))
	b.create(nicToken, "linux1", inHub("linux1-nic"))
	b.boot("master", k.node(node{name: "master", endpoint: "10.50.0.4:6443", action: "init"}))
	b.boot("linux1", k.node(node{name: "linux1", endpoint: "10.50.0.4:6443", action: "join"}))
	require.NoError(t, b.awaitError("master"))
	require.NoError(t, b.awaitError("linux1"))
}
