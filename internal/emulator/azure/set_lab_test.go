package azure_test

import (
	"maps"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const setID = computeID + "virtualMachineScaleSets/pool"

// setInputs are a scale set of the machines that linuxInputs or windowsInputs give.
func setInputs(machine m, prefix string, capacity float64) m {
	system := with(with(tree.Map(machine, "osProfile"), "computerName", nil), "computerNamePrefix", prefix)
	return m{
		"resourceGroupName": "rg", "vmScaleSetName": "pool", "location": "westeurope",
		"sku": m{"name": "Standard_D2s_v5", "tier": "Standard", "capacity": capacity}, "overprovision": false, "singlePlacementGroup": false,
		"upgradePolicy": m{"mode": "Manual"}, "orchestrationMode": "Uniform",
		"virtualMachineProfile": m{
			"osProfile": system, "storageProfile": machine["storageProfile"],
			"networkProfile": m{"networkInterfaceConfigurations": l{m{
				"name": "nic", "primary": true, "ipConfigurations": l{m{"name": "ip", "primary": true, "subnet": m{"id": subnetOne}}},
			}}},
		},
	}
}

const profile = "virtualMachineProfile."

// linuxScript and windowsScript are extensions that watch the bootstrap.
func linuxScript() l {
	return l{m{"name": "boot", "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript", "typeHandlerVersion": "2.1",
		"settings": m{"commandToExecute": "true"}}}
}

func windowsScript() l {
	return l{m{"name": "boot", "publisher": "Microsoft.Compute", "type": "CustomScriptExtension", "typeHandlerVersion": "1.10",
		"protectedSettings": m{"commandToExecute": `powershell -Command "Copy-Item C:\AzureData\CustomData.bin setup.ps1; .\setup.ps1"`}}}
}

// instances gives the numbers and private addresses of the scale set's machines.
func (b *lab) instances() map[string]string {
	b.t.Helper()
	found := map[string]string{}
	b.look(func(w *world.World) {
		for _, r := range w.Resources {
			if r.Type == "Microsoft.Compute/virtualMachineScaleSets/virtualMachines" {
				nic := w.Find(r.ID + "/networkInterfaces/nic")
				require.NotNil(b.t, nic)
				found[tree.String(r.Outputs, "instanceId")] = tree.String(tree.List(nic.Outputs, "ipConfigurations")[0], "privateIPAddress")
			}
		}
	})
	return found
}

func (b *lab) numbers() []string { return slices.Sorted(maps.Keys(b.instances())) }

func nodeNames(nodes map[string]*world.Node) []string { return slices.Sorted(maps.Keys(nodes)) }
