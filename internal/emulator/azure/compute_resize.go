package azure

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// shape is what a size's name says of a machine's disks and images:
// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
type shape struct {
	tempDisk, nvme, premium, gen1, gen2 bool
	version                             int
}

var sizeParts = regexp.MustCompile(`^(?:Standard|Basic)_([A-Z]{1,3})\d{1,3}(?:-\d{1,3})?([a-z]*)(?:_[A-Za-z0-9]+)*?(?:_v(\d+))?$`)

// shapeOf reads a size: those of the sixth version and later attach disks by NVMe alone, and boot images of the second
// generation; up to the third version every size has a temporary disk, later ones where the name has a "d"; those with an
// "s" take Premium SSDs.
func shapeOf(size string) shape {
	parts := sizeParts.FindStringSubmatch(size)
	if parts == nil {
		return shape{}
	}
	version, _ := strconv.Atoi(parts[3])
	premium := strings.Contains(parts[2], "s") || len(parts[1]) > 1 && strings.HasSuffix(parts[1], "S")
	const lastWithTempDisk, firstNVMe = 3, 6
	return shape{
		tempDisk: version <= lastWithTempDisk && parts[1] != "B" || strings.Contains(parts[2], "d") || parts[1] == "B" && version == 0,
		nvme:     version >= firstNVMe, premium: premium,
		gen1: version < firstNVMe, gen2: premium || version > lastWithTempDisk, version: version,
	}
}

// validateResize refuses sizes that a machine cannot get with the disks and the image that it has.
// https://learn.microsoft.com/azure/virtual-machines/resize-vm. The answers: MicrosoftDocs/azure-docs#76920 (temporary disk),
// Azure/SAP-on-Azure-Scripts-and-Utilities#130 (controller), microsoft/lisa#689 (Premium SSDs); that of generations is not known to us.
func validateResize(op *operation) error {
	if op.old == nil {
		return nil
	}
	was, is := tree.String(op.old.Outputs, "hardwareProfile", "vmSize"), tree.String(op.outputs, "hardwareProfile", "vmSize")
	if strings.EqualFold(was, is) {
		return nil
	}
	before, now := shapeOf(was), shapeOf(is)
	switch {
	case before.nvme != now.nvme:
		return conflict("OperationNotAllowed", "Cannot resize the VM '%s' from %s to %s: the VM size does not support the disk controller type "+
			"of the OS disk.", op.name, was, is)
	case before.tempDisk != now.tempDisk:
		return conflict("OperationNotAllowed", "Unable to resize the VM '%s' since changing from resource disk to non-resource disk VM size and "+
			"vice-versa is not allowed.", op.name)
	case !now.premium && hasPremium(op.outputs):
		return conflict("OperationNotAllowed", "Unable to resize the VM '%s': requested size %s does not support Premium storage, which its disks "+
			"are of.", op.name, is)
	case before.gen2 && !now.gen2 || !before.gen2 && !now.gen1:
		return badRequest("BadRequest", "The selected VM size '%s' cannot boot Hypervisor Generation of the OS disk of '%s'. If this was a Create "+
			"operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size.", is, op.name)
	}
	return nil
}

func hasPremium(machine map[string]any) bool {
	disks := append([]any{tree.Get(machine, "storageProfile", "osDisk")}, tree.List(machine, "storageProfile", "dataDisks")...)
	for _, disk := range disks {
		if strings.HasPrefix(tree.String(disk, "managedDisk", "storageAccountType"), "Premium") {
			return true
		}
	}
	return false
}

// checkDiskChange: a data disk grows while the machine runs, but on older sizes.
// https://learn.microsoft.com/azure/virtual-machines/windows/expand-disks#expand-without-downtime, MicrosoftDocs/azure-docs#111328
func (op *operation) checkDiskChange(before, now int) error {
	const lastThatStops = 3
	size := tree.String(op.outputs, "hardwareProfile", "vmSize")
	if now > before && shapeOf(size).version <= lastThatStops {
		return conflict("OperationNotAllowed", "Change in disk property of VM of size %s while it is running is not supported.", size)
	}
	return nil
}
