package azure

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// validateDisks: a machine's disks grow, and keep their type, unless the disks themselves are changed, which are
// resources of their own. A disk that the declaration says nothing more about stays as it is.
func validateDisks(op *operation) error {
	if op.old == nil {
		return nil
	}
	before := op.old.Outputs
	if err := op.validateDisk(tree.Map(before, "storageProfile", "osDisk"), tree.Map(op.inputs, "storageProfile", "osDisk"), imageGB(before)); err != nil {
		return err
	}
	for _, disk := range tree.List(op.inputs, "storageProfile", "dataDisks") {
		now := tree.Map(disk)
		for _, other := range tree.List(before, "storageProfile", "dataDisks") {
			if !sameLun(now, other) {
				continue
			}
			if err := op.validateDisk(tree.Map(other), now, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameLun: a data disk is known by its logical unit number, which every one has.
func sameLun(a, b any) bool {
	mine, _ := tree.Int(a, "lun")
	theirs, _ := tree.Int(b, "lun")
	return mine == theirs
}

// imageGB is the size in GiB of the OS disk that an image brings along.
func imageGB(machine map[string]any) int {
	if systemOf(machine) == guest.Windows {
		return 127 // https://learn.microsoft.com/azure/virtual-machines/windows/expand-disks
	}
	return 30
}

// validateDisk compares a disk with what it was, whose size was defaultGB if it was not declared.
// The answers are those of hashicorp/terraform-provider-azurerm#921 and MicrosoftDocs/azure-docs#57951.
func (op *operation) validateDisk(old, now map[string]any, defaultGB int) error {
	name := tree.String(old, "name")
	if name == "" {
		name = tree.String(now, "name")
	}
	id := strings.TrimSuffix(op.id, "virtualMachines/"+op.name) + "disks/" + name
	before, after := tree.String(old, "managedDisk", "storageAccountType"), tree.String(now, "managedDisk", "storageAccountType")
	if before != "" && after != "" && !strings.EqualFold(before, after) {
		return conflict("OperationNotAllowed", "Managed disk storage account type change through Virtual Machine '%s' is not allowed. "+
			"Please update disk resource at %s.", op.name, id)
	}
	was, declared := tree.Int(old, "diskSizeGB")
	if !declared {
		was = defaultGB
	}
	size, sized := tree.Int(now, "diskSizeGB")
	if !sized {
		return nil
	}
	if size < was {
		return conflict("OperationNotAllowed", "The disk/snapshot resource with id %s cannot be resized down. Reducing disk/snapshot size is not "+
			"supported in Azure to prevent data loss. If you do need to reduce the size of the disk, please create new snapshot/disks with the "+
			"appropriate size. More information is available at https://aka.ms/AzureDisksFAQ.", id)
	}
	if defaultGB > 0 { // of an OS disk it is refused by more than this
		return nil
	}
	return op.checkDiskChange(was, size)
}
