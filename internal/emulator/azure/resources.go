package azure

import (
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/resources/v2"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const groupType = "Microsoft.Resources/resourceGroups"

func resourceKinds() []*kind {
	return []*kind{{
		pulumi: "azure-native:resources:ResourceGroup", armType: groupType,
		path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}",
		args: resources.ResourceGroupArgs{}, outputs: resources.ResourceGroup{},
		name: groupName(), movable: true, fill: fillGroup, gone: leaveGroup,
	}}
}

func fillGroup(op *operation) error {
	op.outputs["properties"] = map[string]any{"provisioningState": "Succeeded"}
	return nil
}

// leaveGroup deletes everything in the group, in whatever order, and the rights that were given at it or below.
func leaveGroup(w *world.World, group *world.Resource) {
	for key, r := range w.Resources {
		scope := r.ID
		if r.Type == assignmentType {
			scope = tree.String(r.Outputs, "scope")
		}
		if !arm.Under(scope, group.ID) {
			continue
		}
		delete(w.Resources, key)
		if strings.EqualFold(r.Type, machineType) || strings.EqualFold(r.Type, instanceType) {
			guest.Gone(w, r.ID)
		}
		delete(w.Made, numbersKey(r.ID))
	}
}
