package addons_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/addons"
)

func volumes(change func(*addons.Options)) func(*addons.Args) {
	return func(a *addons.Args) {
		a.Options = addons.Options{AzureDiskCSI: true, AzureFileCSI: true}
		if change != nil {
			change(&a.Options)
		}
	}
}

// The driver on a Windows node ends without a cloud's settings, and takes none from a
// machine that has no rights. They must not look like the cloud provider's own.
func TestDiskDriverOnNodesKnowsTheCloudWithoutCredentials(t *testing.T) {
	t.Parallel()
	r := declare(t, volumes(nil))
	name := r.at("azuredisk-csi-driver", "node", "cloudConfigSecretName").StringValue()
	secret := r.inputs["addons-azuredisk-node-config"]
	require.Equal(t, name, secret["metadata"].ObjectValue()["name"].StringValue())
	require.NotEqual(t, "azure-cloud-provider", name, "controllers look for that one first")
	text := secret["stringData"].SecretValue().Element.ObjectValue()["cloud-config"]
	var config map[string]any
	require.NoError(t, json.Unmarshal([]byte(text.StringValue()), &config))
	require.Equal(t, map[string]any{
		"cloud": "AzurePublicCloud", "location": "westeurope", "vmType": "vmss", "useInstanceMetadata": true,
	}, config)
	require.NotContains(t, r.at("azurefile-csi-driver", "node").ObjectValue(), resource.PropertyKey("cloudConfigSecretName"),
		"with settings and without rights the file driver would ask Azure")
}

// The chart's defaults install packages and a service on each Linux host, unchecked.
func TestFileDriverInstallsNothingOnHosts(t *testing.T) {
	t.Parallel()
	node := declare(t, volumes(nil)).at("azurefile-csi-driver", "node").ObjectValue()
	for _, key := range []resource.PropertyKey{"enabled", "installAznfsMount"} {
		value := node["azurefileProxy"].ObjectValue()[key]
		require.True(t, value.IsBool() && !value.BoolValue(), key)
	}
	require.True(t, node["enableManagedIdentityAuth"].IsBool() && !node["enableManagedIdentityAuth"].BoolValue())
	require.False(t, declare(t, volumes(nil)).at("azurefile-csi-driver", "controller", "allowEmptyCloudConfig").BoolValue())
}

// Two pods with the same port of the host do not fit on one master, and a Deployment
// that rolls starts the new one first.
func TestWhatHasAPortOfTheOnlyMasterIsNotRolled(t *testing.T) {
	t.Parallel()
	one := installWith(t, true, 1, everything(managed()))
	require.Equal(t, "Recreate", one.at("cluster-autoscaler", "updateStrategy", "type").StringValue())
	require.Equal(t, "Recreate", one.at("azurefile-csi-driver", "controller", "strategyType").StringValue())
	require.Equal(t, "Recreate", one.at("cloud-controller-manager", "cloudControllerManager", "updateStrategy", "type").StringValue())
	require.Contains(t, one.requests["addons-azuredisk-csi-driver"].GetReplaceOnChanges(), "values", "its chart knows no other strategy")
	require.True(t, one.requests["addons-azuredisk-csi-driver"].GetDeleteBeforeReplace())

	three := installWith(t, true, 3, everything(managed()))
	require.Empty(t, three.requests["addons-azuredisk-csi-driver"].GetReplaceOnChanges())
	require.NotContains(t, three.at("azurefile-csi-driver", "controller").ObjectValue(), resource.PropertyKey("strategyType"))
}

func TestDisksFromTheStartTakeSlotsFromVolumes(t *testing.T) {
	t.Parallel()
	r := declare(t, volumes(func(o *addons.Options) { o.DataDisks = 3 }))
	require.InDelta(t, 3, r.at("azuredisk-csi-driver", "node", "reservedDataDiskSlotNum").NumberValue(), 0)
}

func TestClaimsWithoutAClassGetADisk(t *testing.T) {
	t.Parallel()
	isDefault := func(r *recorder, class string) bool {
		annotations := r.inputs["addons-"+class]["metadata"].ObjectValue()["annotations"]
		return annotations.IsObject() && annotations.ObjectValue()["storageclass.kubernetes.io/is-default-class"].StringValue() == "true"
	}
	r := declare(t, volumes(nil))
	require.True(t, isDefault(r, "managed-csi"))
	require.False(t, isDefault(r, "azurefile-csi"), "there is one default class")
	require.Equal(t, "WaitForFirstConsumer", r.inputs["addons-managed-csi"]["volumeBindingMode"].StringValue(), "a disk is in its machine's zone")
	require.True(t, r.inputs["addons-managed-csi"]["allowVolumeExpansion"].BoolValue())

	none := declare(t, volumes(func(o *addons.Options) { o.NoDefaultClass = true }))
	require.False(t, isDefault(none, "managed-csi"))
	require.NotContains(t, declare(t, func(*addons.Args) {}).inputs, "addons-managed-csi")
}

// A Windows machine takes longer than Cluster Autoscaler waits by itself, and would
// be given up while it comes up.
func TestAutoscalerWaitsForWindowsMachines(t *testing.T) {
	t.Parallel()
	flags := installWith(t, true, 1, everything(managed())).at("cluster-autoscaler", "extraArgs").ObjectValue()
	require.Equal(t, "45m", flags["max-node-provision-time"].StringValue())
	require.Equal(t, "45m", flags["max-node-startup-time"].StringValue())
	require.Equal(t, "disk.csi.azure.com/agent-not-ready", flags["startup-taint"].StringValue())
	linux := installWith(t, false, 1, everything(managed())).at("cluster-autoscaler", "extraArgs").ObjectValue()
	require.NotContains(t, linux, resource.PropertyKey("max-node-provision-time"))
}

// The service that the agents report to is retired: it may keep them from being ready
// for ever, and the cluster must come up all the same.
func TestAClusterDoesNotWaitForARetiredService(t *testing.T) {
	t.Parallel()
	r := installWith(t, true, 1, everything(managed()))
	require.True(t, r.inputs["addons-container-monitoring"]["skipAwait"].BoolValue())
	require.NotContains(t, r.inputs["addons-calico"], resource.PropertyKey("skipAwait"))
}
