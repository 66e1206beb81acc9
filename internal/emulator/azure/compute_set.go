package azure

import (
	"errors"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// scaleSetKind is a scale set of uniform orchestration:
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-orchestration-modes
func scaleSetKind() *kind {
	return &kind{
		pulumi: "azure-native:compute:VirtualMachineScaleSet", armType: scaleSetType,
		path: computePath + "virtualMachineScaleSets/{vmScaleSetName}",
		args: compute.VirtualMachineScaleSetArgs{}, outputs: compute.VirtualMachineScaleSet{},
		name: machineName("vmScaleSetName"),
		hidden: []string{
			"virtualMachineProfile.osProfile.customData", "virtualMachineProfile.osProfile.adminPassword",
			"virtualMachineProfile.extensionProfile.extensions[].protectedSettings",
		},
		// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-upgrade-policy and Azure/aks-engine#1530,
		// MicrosoftDocs/azure-docs#108952. Custom data, sizes and keys change for the instances to come.
		frozen: []string{
			"orchestrationMode", "platformFaultDomainCount", "additionalCapabilities.ultraSSDEnabled", "proximityPlacementGroup", "zoneBalance",
			"virtualMachineProfile.osProfile.computerNamePrefix", "virtualMachineProfile.osProfile.adminUsername",
			"virtualMachineProfile.priority", "virtualMachineProfile.storageProfile.imageReference.publisher",
			"virtualMachineProfile.storageProfile.imageReference.offer", "virtualMachineProfile.storageProfile.osDisk.createOption",
			"virtualMachineProfile.storageProfile.osDisk.diffDiskSettings", "virtualMachineProfile.storageProfile.osDisk.managedDisk.storageAccountType",
		},
		fill: fillScaleSet, validate: validateScaleSet, gone: leaveScaleSet, watch: watchScaleSet,
	}
}

func fillScaleSet(op *operation) error {
	op.set("uniqueId", op.guid("scale set"))
	op.setDefault("orchestrationMode", "Uniform")
	op.setDefault("overprovision", true)
	op.setDefault("singlePlacementGroup", true)
	if sku := tree.Map(op.outputs, "sku"); sku != nil {
		defaultTo(sku, "tier", "Standard")
	}
	profile := tree.Map(op.outputs, "virtualMachineProfile")
	if profile == nil {
		return nil
	}
	if system := tree.Map(profile, "osProfile"); system != nil {
		defaultTo(system, "allowExtensionOperations", true)
		defaultTo(system, "requireGuestProvisionSignal", true)
	}
	if disk := tree.Map(profile, "storageProfile", "osDisk"); disk != nil {
		defaultTo(disk, "osType", map[string]string{guest.Linux: "Linux", guest.Windows: "Windows"}[systemOf(profile)])
		defaultTo(disk, "managedDisk", map[string]any{"storageAccountType": "Standard_LRS"})
	}
	return nil
}

// validateScaleSet checks the model, and then makes the instances that it asks for.
func validateScaleSet(op *operation) error {
	profile := tree.Map(op.inputs, "virtualMachineProfile")
	if profile == nil {
		return badRequest("InvalidParameter", "Required parameter 'virtualMachineProfile' is missing (null).")
	}
	for _, check := range []func(map[string]any) error{
		op.checkMode, op.checkCapacity, op.checkSetSystem, op.checkSetNetwork, op.checkSetExtensions, op.checkSetPlacement, op.checkSetChange, op.checkSetCores,
	} {
		if err := check(profile); err != nil {
			return err
		}
	}
	return op.scale(profile)
}

// checkMode refuses what is not emulated, in so many words, and what Azure refuses.
func (op *operation) checkMode(map[string]any) error {
	switch mode := tree.String(op.outputs, "orchestrationMode"); mode {
	case "Uniform":
	case "Flexible":
		return errors.New("the emulator knows scale sets of orchestrationMode Uniform only")
	default:
		return badRequest("InvalidParameter", "The value '%s' of parameter orchestrationMode is not allowed. Allowed values are Uniform, Flexible.", mode)
	}
	switch mode := tree.String(op.outputs, "upgradePolicy", "mode"); mode {
	case "Manual":
		return nil
	case "":
		return badRequest("InvalidParameter", "Required parameter 'upgradePolicy' is missing (null).")
	case "Automatic", "Rolling":
		return errors.New("the emulator knows scale sets of upgradePolicy.mode Manual only: with the others Azure changes running instances")
	default:
		return badRequest("InvalidParameter", "The value '%s' of parameter upgradePolicy.mode is not allowed. "+
			"Allowed values are Manual, Automatic, Rolling.", mode)
	}
}

// checkCapacity: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-placement-groups.
// The code that Azure answers with is not known to us.
func (op *operation) checkCapacity(profile map[string]any) error {
	if err := op.checkSize("sku", "name"); err != nil {
		return err
	}
	capacity, ok := tree.Int(op.outputs, "sku", "capacity")
	if !ok {
		return badRequest("InvalidParameter", "Required parameter 'sku.capacity' is missing (null).")
	}
	most, why := 1000, "a scale set"
	if id := tree.String(profile, "storageProfile", "imageReference", "id"); strings.Contains(strings.ToLower(id), "/providers/microsoft.compute/images/") {
		most, why = 600, "a scale set of a managed image"
	}
	if tree.Bool(op.outputs, "singlePlacementGroup") {
		most, why = 100, "a scale set with singlePlacementGroup true"
	}
	if capacity < 0 || capacity > most {
		return badRequest("InvalidParameter", "The value '%d' of parameter sku.capacity is out of range. The value for %s must be between '0' and '%d'.",
			capacity, why, most)
	}
	return nil
}

// checkSetSystem is what a scale set has in common with machines.
func (op *operation) checkSetSystem(profile map[string]any) error {
	ultra := tree.Bool(op.outputs, "additionalCapabilities", "ultraSSDEnabled")
	if err := checkStorage(tree.Map(profile, "storageProfile"), tree.String(op.outputs, "sku", "name"), ultra); err != nil {
		return err
	}
	if err := op.checkMarketplace(tree.Map(profile, "storageProfile")); err != nil {
		return err
	}
	windows := systemOf(profile) == guest.Windows
	system := tree.Map(profile, "osProfile")
	if err := op.checkProfile(system, tree.String(profile, "licenseType"), windows); err != nil {
		return err
	}
	return checkNamePrefix(tree.String(system, "computerNamePrefix"), windows)
}

// checkNamePrefix: the instances' numbers take six more characters of a computer's name.
func checkNamePrefix(prefix string, windows bool) error {
	const longestWindows, longestLinux = 9, 58
	longest := longestLinux
	if windows {
		longest = longestWindows
	}
	if prefix == "" || len(prefix) > longest || checkComputerName(computerName(prefix, 0), windows) != nil || onlyDigits.MatchString(prefix) {
		return badRequest("InvalidParameter", "Computer name prefix '%s' is not valid: it has 1 to %d letters, digits and hyphens, "+
			"and is not entirely numeric.", prefix, longest)
	}
	return nil
}

func (op *operation) checkSetPlacement(profile map[string]any) error {
	const mostZones = 3
	if err := op.checkZones(mostZones); err != nil {
		return err
	}
	zonal := len(tree.List(op.outputs, "zones")) > 0
	if tree.Bool(op.outputs, "additionalCapabilities", "ultraSSDEnabled") && !zonal {
		// hashicorp/terraform-provider-azurerm#5597
		return badRequest("InvalidParameter", "The property 'additionalCapabilities.ultraSSDEnabled' is not valid because the scale set '%s' is "+
			"not in an availability zone.", op.name)
	}
	if n, ok := tree.Int(op.outputs, "platformFaultDomainCount"); ok {
		allowed := []int{1, 2, 3, 5}
		if zonal {
			allowed = []int{1, 5}
		}
		if !slices.Contains(allowed, n) {
			return badRequest("InvalidParameter", "The value '%d' of parameter platformFaultDomainCount is not allowed. Allowed values are %v.", n, allowed)
		}
	}
	if tree.Bool(op.outputs, "zoneBalance") && !zonal {
		return badRequest("InvalidParameter", "Parameter zoneBalance is for scale sets with zones.")
	}
	return checkSpot(profile)
}

// checkSetChange is what the table of frozen properties cannot say.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-upgrade-policy: zones may be added.
func (op *operation) checkSetChange(profile map[string]any) error {
	if op.old == nil {
		return nil
	}
	before := tree.Strings(op.old.Outputs, "zones")
	now := tree.Strings(op.outputs, "zones")
	lost := slices.ContainsFunc(before, func(zone string) bool { return !slices.Contains(now, zone) })
	if lost || len(before) == 0 && len(now) > 0 {
		return conflict("PropertyChangeNotAllowed", "Changing property 'zones' is not allowed.")
	}
	if !tree.Bool(op.old.Outputs, "singlePlacementGroup") && tree.Bool(op.outputs, "singlePlacementGroup") {
		return conflict("OperationNotAllowed", "Changing property 'singlePlacementGroup' from false to true is not allowed.")
	}
	if tree.Map(op.old.Outputs, "proximityPlacementGroup") != nil && tree.Map(op.outputs, "proximityPlacementGroup") == nil {
		return conflict("PropertyChangeNotAllowed", "Changing property 'proximityPlacementGroup' is not allowed.")
	}
	was, is := setVnet(tree.Map(op.old.Outputs, "virtualMachineProfile")), setVnet(profile)
	if !strings.EqualFold(was, is) {
		return conflict("PropertyChangeNotAllowed", "Changing property 'ipConfigurations.subnet' to one of another virtual network is not allowed.")
	}
	return nil
}

// checkSetCores counts the instances of this scale set as they are to be.
func (op *operation) checkSetCores(profile map[string]any) error {
	if tree.String(profile, "priority") == "Spot" {
		return nil
	}
	each, _ := cores(tree.String(op.outputs, "sku", "name"))
	capacity, _ := tree.Int(op.outputs, "sku", "capacity")
	return op.checkCores(each * capacity)
}

// leaveScaleSet takes everything along that the scale set made, but for interfaces, which go later.
func leaveScaleSet(w *world.World, set *world.Resource) {
	for _, instance := range instancesOf(w, set.ID) {
		delete(w.Resources, world.Key(instance.ID))
		guest.Gone(w, instance.ID)
	}
	keepInterfaces(w, set)
	delete(w.Made, numbersKey(set.ID))
}
