package emulator_test

import (
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator"
	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
)

// TestRefusedMachineReservesItsInterface: a fault that is asked for leaves behind what
// one of Azure's does, until time has passed.
func TestRefusedMachineReservesItsInterface(t *testing.T) {
	t.Parallel()
	fault, err := emulator.ParseFault("create:VirtualMachine:vm:SkuNotAvailable:1")
	require.NoError(t, err)
	e := start(t, emulator.Options{Faults: []emulator.Fault{fault}})
	client := attach(t, e, "azure-native")
	create := func(kind, name string, inputs map[string]any) error {
		inputs["resourceGroupName"], inputs["location"] = "rg", "westeurope"
		_, err := client.Create(t.Context(), &pulumirpc.CreateRequest{
			Urn: "urn:pulumi:dev::test::azure-native:" + kind + "::" + name, Properties: properties(t, inputs),
		})
		return err
	}
	const network = "/subscriptions/" + azure.SubscriptionID + "/resourceGroups/rg/providers/Microsoft.Network/"
	require.NoError(t, createGroup(t.Context(), t, client, "rg"))
	require.NoError(t, create("network:VirtualNetwork", "vnet", map[string]any{
		"virtualNetworkName": "vnet", "addressSpace": map[string]any{"addressPrefixes": []any{"10.0.0.0/16"}},
		"subnets": []any{map[string]any{"name": "one", "addressPrefix": "10.0.1.0/24"}},
	}))
	require.NoError(t, create("network:NetworkInterface", "nic", map[string]any{
		"networkInterfaceName": "nic",
		"ipConfigurations":     []any{map[string]any{"name": "ip", "subnet": map[string]any{"id": network + "virtualNetworks/vnet/subnets/one"}}},
	}))
	require.ErrorContains(t, create("compute:VirtualMachine", "vm", map[string]any{
		"vmName":         "vm",
		"networkProfile": map[string]any{"networkInterfaces": []any{map[string]any{"id": network + "networkInterfaces/nic"}}},
	}), "SkuNotAvailable")
	remove := func() error {
		_, err := client.Delete(t.Context(), &pulumirpc.DeleteRequest{
			Id: network + "networkInterfaces/nic", Urn: "urn:pulumi:dev::test::azure-native:network:NetworkInterface::nic",
		})
		return err
	}
	require.ErrorContains(t, remove(), "NicReservedForAnotherVm")
	require.NoError(t, e.Pass(t.Context(), 190*time.Second))
	require.NoError(t, remove())
}
