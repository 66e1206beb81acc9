package azure

import (
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	setType       = "Microsoft.Compute/availabilitySets"
	machineType   = "Microsoft.Compute/virtualMachines"
	extensionType = "Microsoft.Compute/virtualMachines/extensions"
	scaleSetType  = "Microsoft.Compute/virtualMachineScaleSets"
	// instanceType and setInterfaceType are what a scale set makes by itself.
	instanceType       = scaleSetType + "/virtualMachines"
	setInterfaceType   = instanceType + "/networkInterfaces"
	placementGroupType = "Microsoft.Compute/proximityPlacementGroups"

	computePath = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/"
)

func computeKinds() []*kind {
	return []*kind{
		{
			pulumi: "azure-native:compute:AvailabilitySet", armType: setType,
			path: computePath + "availabilitySets/{availabilitySetName}",
			args: compute.AvailabilitySetArgs{}, outputs: compute.AvailabilitySet{},
			name: computeName("availabilitySetName"), frozen: []string{"platformFaultDomainCount", "platformUpdateDomainCount", "sku.name"},
			fill: fillAvailabilitySet, validate: validateAvailabilitySet, guard: guardAvailabilitySet, shown: showAvailabilitySet,
		},
		{
			pulumi: "azure-native:compute:VirtualMachine", armType: machineType,
			path: computePath + "virtualMachines/{vmName}",
			args: compute.VirtualMachineArgs{}, outputs: compute.VirtualMachine{},
			name: machineName("vmName"), hidden: []string{"osProfile.customData", "osProfile.adminPassword"},
			// The same that Terraform's azurerm replaces a machine for.
			frozen: []string{
				"osProfile.customData", "osProfile.adminUsername", "osProfile.adminPassword", "osProfile.computerName",
				"osProfile.linuxConfiguration.ssh", "osProfile.linuxConfiguration.disablePasswordAuthentication",
				"osProfile.windowsConfiguration.provisionVMAgent", "osProfile.linuxConfiguration.provisionVMAgent",
				"osProfile.windowsConfiguration.enableAutomaticUpdates", // MicrosoftDocs/azure-docs#112633
				"storageProfile.imageReference", "storageProfile.osDisk.name", "storageProfile.osDisk.createOption",
				"availabilitySet", "zones", "priority", "platformFaultDomain", "securityProfile.securityType",
				"storageProfile.osDisk.diffDiskSettings",
				// These change only while a machine is deallocated.
				"proximityPlacementGroup", "securityProfile.encryptionAtHost", "additionalCapabilities.ultraSSDEnabled",
			},
			fill: fillMachine, validate: validateMachine, gone: leaveMachine,
		},
		{
			pulumi: "azure-native:compute:VirtualMachineExtension", armType: extensionType,
			path: computePath + "virtualMachines/{vmName}/extensions/{vmExtensionName}",
			args: compute.VirtualMachineExtensionArgs{}, outputs: compute.VirtualMachineExtension{},
			hidden: []string{"protectedSettings"}, frozen: []string{"publisher", "type"},
			validate: validateExtension, watch: watchExtension,
		},
		scaleSetKind(),
		{
			pulumi: "azure-native:compute:ProximityPlacementGroup", armType: placementGroupType,
			path: computePath + "proximityPlacementGroups/{proximityPlacementGroupName}",
			args: compute.ProximityPlacementGroupArgs{}, outputs: compute.ProximityPlacementGroup{},
			name: computeName("proximityPlacementGroupName"), frozen: []string{"proximityPlacementGroupType", "zones"},
			fill: fillPlacementGroup, validate: validatePlacementGroup, guard: guardPlacementGroup,
		},
	}
}

func fillAvailabilitySet(op *operation) error {
	op.setDefault("platformFaultDomainCount", 2.0)
	op.setDefault("platformUpdateDomainCount", 5.0)
	op.setDefault("sku", map[string]any{"name": "Classic"})
	return nil
}

// validateAvailabilitySet: https://learn.microsoft.com/azure/virtual-machines/availability-set-overview
func validateAvailabilitySet(op *operation) error {
	if n, _ := tree.Int(op.outputs, "platformFaultDomainCount"); n < 1 || n > 3 {
		return badRequest("InvalidParameter", "The specified fault domain count %d must fall in the range 1 to 3.", n)
	}
	if n, _ := tree.Int(op.outputs, "platformUpdateDomainCount"); n < 1 || n > 20 {
		return badRequest("InvalidParameter", "The specified update domain count %d must fall in the range 1 to 20.", n)
	}
	if sku := tree.String(op.outputs, "sku", "name"); sku != "Aligned" && sku != "Classic" {
		return badRequest("InvalidParameter", "The value '%s' of parameter sku.name is not allowed. Allowed values are Aligned and Classic.", sku)
	}
	return nil
}

func guardAvailabilitySet(w *world.World, r *world.Resource) error {
	if uses := usesOf(w, r.ID, machineType); len(uses) > 0 {
		return conflict("OperationNotAllowed", "Availability Set '%s' cannot be deleted. Before deleting an Availability Set please ensure "+
			"that it does not contain any VM. It contains %s.", r.Name, uses[0].by.Name)
	}
	return nil
}

// systemOf is the operating system of a machine: by what is configured for it, else by the image's publisher.
func systemOf(v map[string]any) string {
	windows := tree.Map(v, "osProfile", "windowsConfiguration") != nil ||
		strings.EqualFold(tree.String(v, "storageProfile", "osDisk", "osType"), "Windows") ||
		strings.Contains(strings.ToLower(tree.String(v, "storageProfile", "imageReference", "publisher")), "windows")
	if windows {
		return "windows"
	}
	return "linux"
}
