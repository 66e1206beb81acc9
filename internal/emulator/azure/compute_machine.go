package azure

import (
	"cmp"
	"encoding/base64"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// mostInSet is how many machines an availability set takes:
// https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
const mostInSet = 200

func fillMachine(op *operation) error {
	op.set("vmId", op.guid("machine"))
	op.setDefault("priority", "Regular")
	profile := tree.Map(op.outputs, "osProfile")
	if profile != nil {
		defaultTo(profile, "computerName", op.name)
		defaultTo(profile, "allowExtensionOperations", true)
		defaultTo(profile, "requireGuestProvisionSignal", true)
	}
	if disk := tree.Map(op.outputs, "storageProfile", "osDisk"); disk != nil {
		defaultTo(disk, "name", op.name+"_OsDisk_1_"+op.hash()[:32])
		defaultTo(disk, "deleteOption", "Detach")
		defaultTo(disk, "osType", map[string]string{guest.Linux: "Linux", guest.Windows: "Windows"}[systemOf(op.inputs)])
		if _, ok := disk["managedDisk"]; !ok {
			disk["managedDisk"] = map[string]any{"storageAccountType": "Standard_LRS"}
			if op.old != nil {
				disk["managedDisk"] = tree.Clone(tree.Get(op.old.Outputs, "storageProfile", "osDisk", "managedDisk"))
			}
		}
	}
	return nil
}

func validateMachine(op *operation) error {
	for _, check := range []func(*operation) error{
		validateSize, validateResize, validateStorage, validateDisks, validateProfile, validateInterfaces, validatePlacement, validateCores,
	} {
		if err := check(op); err != nil {
			return err
		}
	}
	if err := op.checkOSDisk(); err != nil {
		return err
	}
	if op.old == nil {
		op.takeInterfaces()
		data, _ := base64.StdEncoding.DecodeString(tree.String(op.inputs, "osProfile", "customData"))
		guest.Created(op.world, op.id, systemOf(op.inputs), tree.String(op.outputs, "osProfile", "computerName"), data)
		op.begin(op.id, op.name)
		if keep := op.cloud.options.KeepDisk; keep != nil && systemOf(op.inputs) == guest.Linux {
			return keep(op.id, data)
		}
	}
	return nil
}

func validateStorage(op *operation) error {
	ultra := tree.Bool(op.outputs, "additionalCapabilities", "ultraSSDEnabled")
	size := tree.String(op.outputs, "hardwareProfile", "vmSize")
	if err := checkStorage(tree.Map(op.outputs, "storageProfile"), size, ultra); err != nil {
		return err
	}
	return op.checkMarketplace(tree.Map(op.outputs, "storageProfile"))
}

// checkImage is for the storage profile of a machine or of a scale set. Whether an image of one's own is there is seen
// where references are.
func checkImage(storage map[string]any) error {
	image := tree.Map(storage, "imageReference")
	if image == nil {
		return badRequest("InvalidParameter", "Required parameter 'storageProfile.imageReference' is missing (null).")
	}
	for _, own := range []string{"id", "communityGalleryImageId", "sharedGalleryImageId"} {
		if tree.String(image, own) != "" {
			return nil
		}
	}
	for _, name := range []string{"publisher", "offer", "sku", "version"} {
		if tree.String(image, name) == "" {
			return badRequest("InvalidParameter", "Required parameter 'imageReference.%s' is missing (null).", name)
		}
	}
	return nil
}

// checkCustomData: https://learn.microsoft.com/azure/virtual-machines/custom-data
func checkCustomData(profile map[string]any) error {
	const longest = 87380 // 64 KiB in base64
	text := tree.String(profile, "customData")
	if _, err := base64.StdEncoding.DecodeString(text); err != nil || len(text) > longest {
		return badRequest("InvalidParameter", "Custom data in OSProfile must be in Base64 encoding and with a maximum length of %d characters.", longest)
	}
	return nil
}

func validateInterfaces(op *operation) error {
	nics := tree.List(op.outputs, "networkProfile", "networkInterfaces")
	if len(nics) == 0 {
		return badRequest("NetworkProfileEmpty", "Virtual machine %s must have at least one network interface.", op.name)
	}
	primaries := 0
	for _, nic := range nics {
		id := tree.String(nic, "id")
		if tree.Bool(nic, "primary") {
			primaries++
		}
		if err := checkReserved(op.world.Find(id), op.id); err != nil {
			return err
		}
		for _, u := range usesOf(op.world, id, machineType) {
			if !strings.EqualFold(u.by.ID, op.id) {
				return nicInUse(id, u.by.ID)
			}
		}
	}
	if len(nics) > 1 && primaries != 1 {
		return badRequest("VirtualMachineMustHaveOneNetworkInterfaceAsPrimary", "Virtual machine %s must have one network interface set as the primary.", op.id)
	}
	return op.checkAccelerated(tree.String(op.outputs, "hardwareProfile", "vmSize"), nics)
}

func validatePlacement(op *operation) error {
	if err := cmp.Or(op.checkZones(1), checkSpot(op.inputs)); err != nil {
		return err
	}
	set := op.world.Find(tree.String(op.outputs, "availabilitySet", "id"))
	if set == nil {
		return nil
	}
	if len(tree.List(op.outputs, "zones")) > 0 {
		return badRequest("InvalidParameter", "Virtual machine %s cannot be in an availability set and in an availability zone.", op.name)
	}
	if tree.String(set.Outputs, "sku", "name") != "Aligned" {
		return conflict("OperationNotAllowed", "Addition of a managed disk to a VM with blob based disks is not supported: "+
			"availability set %s must have the SKU Aligned.", set.Name)
	}
	if uses := usesOf(op.world, set.ID, machineType); op.old == nil && len(uses) >= mostInSet {
		return conflict("OperationNotAllowed", "The maximum number of %d virtual machines in availability set %s is reached.", mostInSet, set.Name)
	}
	return nil
}

// leaveMachine takes the machine's extensions along, and the interfaces and the disk that are to go with it.
func leaveMachine(w *world.World, vm *world.Resource) {
	leaveDisk(w, vm)
	for key, r := range w.Resources {
		if r.Type == extensionType && strings.HasPrefix(key, world.Key(vm.ID)+"/") {
			delete(w.Resources, key)
		}
	}
	for _, nic := range tree.List(vm.Outputs, "networkProfile", "networkInterfaces") {
		if strings.EqualFold(tree.String(nic, "deleteOption"), "Delete") {
			delete(w.Resources, world.Key(tree.String(nic, "id")))
		}
	}
	guest.Gone(w, vm.ID)
}
