package provisioning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/provisioning"
)

func TestFailedMachinesAreNotTakenForWell(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"VirtualMachine", "VirtualMachineExtension", "VirtualMachineScaleSet"} {
		for state, broken := range map[string]bool{
			"Failed": true, "Canceled": true, "Creating": true, "Succeeded": false, "Updating": false, "Deleting": false, "": false,
		} {
			said := provisioning.Broken("azure-native:compute:"+kind, map[string]any{"provisioningState": state})
			require.Equal(t, broken, said != "", "%s %s", kind, state)
		}
		require.Empty(t, provisioning.Broken("azure-native:compute:"+kind, nil))
	}
	require.Empty(t, provisioning.Broken("azure-native:network:LoadBalancer", map[string]any{"provisioningState": "Failed"}))
}

const setURN = "urn:pulumi:dev::hybridcluster::azure-native:compute:VirtualMachineScaleSet::cluster-lin"

// state has the scale set under its names in Azure.
const state = `{"deployment":{"resources":[{"urn":"` + setURN + `","inputs":{"resourceGroupName":"demo-rg","vmScaleSetName":"demo-lin"}}]}}`

func TestFailedInstancesAreNamedWithTheWayOut(t *testing.T) {
	t.Parallel()
	complaint := func(message string) []engine.Diagnostic {
		return []engine.Diagnostic{{URN: setURN, Type: "azure-native:compute:VirtualMachineScaleSet", Name: "cluster-lin", Message: message}}
	}
	for name, tt := range map[string]struct {
		message string
		want    []string
	}{
		"two named": {
			`Code="VMExtensionProvisioningError" Message="VM 'demo-lin_4' has reported a failure. VM 'demo-lin_12' has reported a failure."`,
			[]string{
				"az vmss reimage --resource-group demo-rg --name demo-lin --instance-ids 12 4",
				"az vmss delete-instances --resource-group demo-rg --name demo-lin --instance-ids 12 4",
			},
		},
		"none named": {
			`Code="VMExtensionProvisioningError" Message="VM has reported a failure when processing extension 'bootstrap'."`,
			[]string{"az vmss list-instances --resource-group demo-rg --name demo-lin", "--instance-ids NUMBER"},
		},
		"after a refresh":            {"Azure has it in provisioning state Failed", []string{"--instance-ids NUMBER"}},
		"tried again by the next up": {`Code="SkuNotAvailable" Message="no"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sets, err := provisioning.FailedSets(complaint(tt.message), []byte(state))
			require.NoError(t, err)
			require.Equal(t, len(tt.want) > 0, provisioning.ConcernsSets(complaint(tt.message)))
			if len(tt.want) == 0 {
				require.Empty(t, sets)
				return
			}
			require.Len(t, sets, 1)
			for _, line := range tt.want {
				require.Contains(t, sets[0].Advice(), line)
			}
			require.NotContains(t, sets[0].Rehearsed(), "az ", "a rehearsal names no command of a real Azure")
		})
	}
	_, err := provisioning.FailedSets(nil, []byte("{"))
	require.Error(t, err)
}
