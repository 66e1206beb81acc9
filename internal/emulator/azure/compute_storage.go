package azure

import (
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// checkStorage is for the storage profile of a machine or of a scale set. ultra says whether ultra disks are enabled for it.
// How many data disks a size takes is not known here; no size takes more than 64.
func checkStorage(storage map[string]any, size string, ultra bool) error {
	disk := tree.Map(storage, "osDisk")
	if disk == nil {
		return badRequest("InvalidParameter", "Required parameter 'storageProfile.osDisk' is missing (null).")
	}
	if err := checkImage(storage); err != nil {
		return err
	}
	if err := checkDisk("osDisk", disk, ultra); err != nil {
		return err
	}
	if err := checkEphemeral(disk, size); err != nil {
		return err
	}
	const most = 64
	disks := tree.List(storage, "dataDisks")
	if len(disks) > most {
		return conflict("OperationNotAllowed", "The maximum number of data disks allowed to be attached to a VM of this size is %d.", most)
	}
	taken := map[int]bool{}
	for _, d := range disks {
		lun, ok := tree.Int(d, "lun")
		if !ok || lun < 0 || lun >= most {
			return badRequest("InvalidParameter", "The value '%d' of parameter dataDisk.lun is out of range. The value must be between '0' and '%d'.",
				lun, most-1)
		}
		if taken[lun] {
			return badRequest("InvalidParameter", "A disk at LUN %d already exists.", lun)
		}
		taken[lun] = true
		if err := checkDisk("dataDisk", tree.Map(d), ultra); err != nil {
			return err
		}
	}
	return nil
}

// checkDisk: https://learn.microsoft.com/azure/virtual-machines/disks-types. The answer about ultra disks is that of
// ansible-collections/azure#1356.
func checkDisk(what string, disk map[string]any, ultra bool) error {
	const largest = 65536 // GiB, of an ultra disk; others are smaller
	caching, kind := tree.String(disk, "caching"), tree.String(disk, "managedDisk", "storageAccountType")
	if caching != "" && !slices.Contains([]string{"None", "ReadOnly", "ReadWrite"}, caching) {
		return badRequest("InvalidParameter", "The value '%s' of parameter %s.caching is not allowed. Allowed values are None, ReadOnly, ReadWrite.",
			caching, what)
	}
	option := tree.String(disk, "createOption")
	if !slices.Contains([]string{"Empty", "FromImage", "Attach", "Copy", "Restore"}, option) || what == "osDisk" && option == "Empty" {
		return badRequest("InvalidParameter", "The value '%s' of parameter %s.createOption is not allowed.", option, what)
	}
	size, sized := tree.Int(disk, "diskSizeGB")
	if sized && (size < 1 || size > largest) || !sized && option == "Empty" {
		return badRequest("InvalidParameter", "The value '%d' of parameter %s.diskSizeGB is out of range.", size, what)
	}
	switch {
	case strings.EqualFold(kind, "UltraSSD_LRS") && !ultra:
		return badRequest("InvalidParameter", "StorageAccountType UltraSSD_LRS can be used only when additionalCapabilities.ultraSSDEnabled is set.")
	case strings.EqualFold(kind, "UltraSSD_LRS") || strings.EqualFold(kind, "PremiumV2_LRS"):
		if caching != "" && caching != "None" || what == "osDisk" {
			return badRequest("InvalidParameter", "A disk of type %s can only be a data disk with caching None.", kind)
		}
	}
	return nil
}

// checkEphemeral: https://learn.microsoft.com/azure/virtual-machines/ephemeral-os-disks. Whether the size has room for it is
// not known here.
func checkEphemeral(disk map[string]any, size string) error {
	settings := tree.Map(disk, "diffDiskSettings")
	if settings == nil {
		return nil
	}
	placement := tree.String(settings, "placement")
	switch {
	case tree.String(settings, "option") != "Local":
		return badRequest("InvalidParameter", "The value '%s' of parameter diffDiskSettings.option is not allowed. Allowed values are Local.",
			tree.String(settings, "option"))
	case placement != "" && !slices.Contains([]string{"CacheDisk", "ResourceDisk"}, placement):
		// NvmeDisk came with a later version of the API than azure-native sends, which is 2023-03-01.
		return badRequest("InvalidParameter", "The value '%s' of parameter diffDiskSettings.placement is not allowed. "+
			"Allowed values are CacheDisk, ResourceDisk.", placement)
	case tree.String(disk, "caching") != "ReadOnly":
		return badRequest("InvalidParameter", "Parameter osDisk.caching must be ReadOnly when diffDiskSettings is set.")
	case tree.String(disk, "createOption") != "FromImage":
		return badRequest("InvalidParameter", "An ephemeral OS disk must be created from an image.")
	case shapeOf(size).nvme:
		return badRequest("InvalidParameter", "OS disk of Ephemeral VM with size %s has to be placed on NvmeDisk, which this version of the API "+
			"does not know.", size)
	}
	return nil
}

// checkLicense: https://learn.microsoft.com/azure/virtual-machines/windows/hybrid-use-benefit-licensing and .../linux/azure-hybrid-benefit-linux
func checkLicense(license string, windows bool) error {
	allowed := []string{"None", "RHEL_BYOS", "SLES_BYOS", "RHEL_BASE", "RHEL_SAPAPPS", "RHEL_SAPHA", "RHEL_EUS", "SLES", "SLES_SAP", "UBUNTU", "UBUNTU_PRO"}
	if windows {
		allowed = []string{"None", "Windows_Server", "Windows_Client"}
	}
	if license != "" && !slices.ContainsFunc(allowed, func(s string) bool { return strings.EqualFold(s, license) }) {
		return badRequest("InvalidParameter", "The value '%s' of parameter licenseType is not allowed. Allowed values are %s.",
			license, strings.Join(allowed, ", "))
	}
	return nil
}
