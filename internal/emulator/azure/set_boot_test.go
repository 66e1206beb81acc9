package azure_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// clusterOf builds the infrastructure and its master, and gives the CA's pin.
func clusterOf(t *testing.T) (b *lab, pin string) {
	t.Helper()
	b = newLab(t, azure.Options{})
	b.build(goodPlan())
	cert, key := authority(t)
	pin, err := guest.Pin(cert)
	require.NoError(t, err)
	b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master")))
	return b, pin
}

// linuxSet is a scale set whose machines join with the token.
func linuxSet(pin, token string, capacity float64) m {
	nodes := joiner{"", token, pin, endpoint + ":6443", "  - {name: node-labels, value: pool=linux}\n"}
	inputs := with(setInputs(linuxInputs("vm"), "Pool-", capacity), profile+"osProfile.customData", nodes.linux())
	return with(inputs, profile+"extensionProfile.extensions", linuxScript())
}

func TestScaleSetJoins(t *testing.T) {
	t.Parallel()
	b, pin := clusterOf(t)
	inputs := linuxSet(pin, joinToken, 2)
	id, _ := b.create(vmssToken, "pool", inputs)
	nodes := b.nodes()
	require.Equal(t, []string{"master", "pool-000000", "pool-000001"}, nodeNames(nodes))
	node := nodes["pool-000001"]
	require.Equal(t, id+"/virtualMachines/1", node.VMID)
	require.Equal(t, "linux", node.Labels["pool"])
	require.Equal(t, "Ubuntu 24.04 LTS", node.OSImage)
	require.Equal(t, b.instances()["1"], node.PrivateIP)

	_, err := b.update(vmssToken, id, inputs, with(inputs, "sku.capacity", 1.0))
	require.NoError(t, err)
	require.Equal(t, []string{"master", "pool-000000"}, nodeNames(b.nodes()))
	_, err = b.update(vmssToken, id, inputs, inputs)
	require.NoError(t, err)
	require.Equal(t, []string{"master", "pool-000000", "pool-000002"}, nodeNames(b.nodes()))
	require.NoError(t, b.delete(vmssToken, id))
	require.Equal(t, []string{"master"}, nodeNames(b.nodes()))
}

func TestWindowsScaleSetRunsCustomDataByItsExtension(t *testing.T) {
	t.Parallel()
	b, pin := clusterOf(t)
	windows := joiner{"", joinToken, pin, endpoint + ":6443", ""}
	inputs := with(setInputs(windowsInputs("vm"), "win", 1), profile+"osProfile.customData", windows.windows())
	id, _ := b.create(vmssToken, "pool", inputs)
	require.NotContains(t, b.nodes(), "win000000", "custom data is only a file on Windows")
	_, err := b.update(vmssToken, id, inputs, with(with(inputs, profile+"extensionProfile.extensions", windowsScript()), "sku.capacity", 2.0))
	require.NoError(t, err)
	require.Equal(t, []string{"master", "win000001"}, nodeNames(b.nodes()), "a manual upgrade leaves running machines alone")
	require.Equal(t, "10.0.20348", b.nodes()["win000001"].Build)
}

func TestScaleSetReportsTheMachineThatFails(t *testing.T) {
	t.Parallel()
	b, pin := clusterOf(t)
	good := linuxSet(pin, joinToken, 1)
	id, _ := b.create(vmssToken, "pool", good)
	bad := with(linuxSet(pin, "abcdef.ffffffffffffffff", 2), "tags", m{"second": "model"})
	_, err := b.update(vmssToken, id, good, bad)
	requireCode(t, err, "VMExtensionProvisioningError")
	require.ErrorContains(t, err, "VM 'pool_1' (Pool-000001)")
	require.ErrorContains(t, err, "could not find a JWS signature")
	require.NotContains(t, err.Error(), "ffffffffffffffff")
	require.Equal(t, []string{"master", "pool-000000"}, nodeNames(b.nodes()))
	b.look(func(w *world.World) { require.Equal(t, "Failed", tree.String(w.Find(id).Outputs, "provisioningState")) })

	_, err = b.update(vmssToken, id, bad, with(good, "sku.capacity", 1.0))
	require.NoError(t, err, "without the machine that failed")
	_, err = b.update(vmssToken, id, good, with(good, "sku.capacity", 2.0))
	require.NoError(t, err)
	require.Equal(t, []string{"master", "pool-000000", "pool-000002"}, nodeNames(b.nodes()))
}

func TestScaleSetWaitsForTheControlPlane(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.build(goodPlan())
	cert, key := authority(t)
	pin, err := guest.Pin(cert)
	require.NoError(t, err)
	err = b.createError(vmssToken, linuxSet(pin, joinToken, 2))
	requireCode(t, err, "VMExtensionProvisioningError")
	require.ErrorContains(t, err, "did not end within")
	b.create(vmToken, "master", with(linuxInputs("master"), "osProfile.customData", masterData(cert, key, "master")))
	require.Len(t, b.nodes(), 3, "its machines went on trying")
}

func TestNodeNamesHave63Characters(t *testing.T) {
	t.Parallel()
	b, pin := clusterOf(t)
	err := b.createError(vmssToken, with(linuxSet(pin, joinToken, 1), profile+"osProfile.computerNamePrefix", strings.Repeat("p", 58)))
	requireCode(t, err, "VMExtensionProvisioningError")
	require.ErrorContains(t, err, "no more than 63 characters")
}

func TestNodeOfAScaleSetHasItsComputersName(t *testing.T) {
	t.Parallel()
	b, pin := clusterOf(t)
	nodes := joiner{"pool", joinToken, pin, endpoint + ":6443", ""}
	inputs := with(linuxSet(pin, joinToken, 1), profile+"osProfile.customData", nodes.linux())
	err := b.createError(vmssToken, inputs)
	require.ErrorContains(t, err, "instance not found")
	require.True(t, strings.Contains(err.Error(), "Pool-000000"), err)
}
