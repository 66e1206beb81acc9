package hybridcluster

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// disks are what a machine or each machine of a scale set has.
type disks struct {
	osSizeGB      int
	osCaching     string
	ephemeral     bool
	kind          string
	encryptionSet string
	dataSizesGB   []int
	dataCaching   string
	dataNames     []string
}

func (b *builder) poolDisks(pool *apimodel.AgentPoolProfile) disks {
	return disks{
		osSizeGB:      pool.OSDiskSizeGB,
		osCaching:     pool.OSDiskCachingType,
		ephemeral:     pool.StorageProfile == apimodel.EphemeralDisks,
		kind:          parseVMSize(pool.VMSize).diskType(),
		encryptionSet: pool.DiskEncryptionSetID,
		dataSizesGB:   pool.DiskSizesGB,
		dataCaching:   pool.DataDiskCachingType,
	}
}

// named gives the data disks of a single machine names of their own.
func (d disks) named(machine string) disks {
	d.dataNames = make([]string, len(d.dataSizesGB))
	for i := range d.dataSizesGB {
		d.dataNames[i] = fmt.Sprintf("%s-data-%d", machine, i)
	}
	return d
}

// ephemeralKind is the only kind of disk that Azure takes beside the host's own:
// the OS disk's content comes from the image.
// https://learn.microsoft.com/azure/virtual-machines/ephemeral-os-disks
const ephemeralKind = "Standard_LRS"

// managed is a managed disk's kind and key. An ephemeral disk is not one.
func (d disks) managed(kind string) compute.ManagedDiskParametersArgs {
	args := compute.ManagedDiskParametersArgs{StorageAccountType: pulumi.String(kind)}
	if d.encryptionSet != "" {
		args.DiskEncryptionSet = compute.DiskEncryptionSetParametersArgs{Id: pulumi.String(d.encryptionSet)}
	}
	return args
}

// osDisk is a single machine's OS disk.
//
// It has no name of ours: Azure makes one for each machine. The disk of a machine that
// failed may be there still when it is made anew, and would be in the way by its name:
// https://github.com/kubernetes-sigs/cluster-api-provider-azure/issues/1008
func (d disks) osDisk() compute.OSDiskArgs {
	disk := compute.OSDiskArgs{
		CreateOption: pulumi.String("FromImage"),
		// Disks outlive their VM unless told otherwise.
		DeleteOption: pulumi.String("Delete"),
		Caching:      caching(d.osCaching),
		ManagedDisk:  d.managed(d.kind),
	}
	if d.osSizeGB > 0 {
		disk.DiskSizeGB = pulumi.Int(d.osSizeGB)
	}
	if d.ephemeral {
		disk.DiffDiskSettings = compute.DiffDiskSettingsArgs{Option: pulumi.String("Local")}
		disk.ManagedDisk = d.managed(ephemeralKind)
	}
	return disk
}

// dataDisks are a single machine's.
func (d disks) dataDisks() compute.DataDiskArray {
	var list compute.DataDiskArray
	for i, size := range d.dataSizesGB {
		list = append(list, compute.DataDiskArgs{
			Name:         pulumi.String(d.dataNames[i]),
			Lun:          pulumi.Int(i),
			CreateOption: pulumi.String("Empty"),
			DeleteOption: pulumi.String("Delete"),
			Caching:      caching(d.dataCaching),
			DiskSizeGB:   pulumi.Int(size),
			ManagedDisk:  d.managed(d.kind),
		})
	}
	return list
}

// setOSDisk and setDataDisks are the same for the machines of a scale set, whose
// disks go with them.
func (d disks) setOSDisk(system apimodel.OSType) compute.VirtualMachineScaleSetOSDiskArgs {
	disk := compute.VirtualMachineScaleSetOSDiskArgs{
		CreateOption: pulumi.String("FromImage"),
		OsType:       compute.OperatingSystemTypes(system),
		Caching:      caching(d.osCaching),
		ManagedDisk:  d.setManaged(d.kind),
	}
	if d.osSizeGB > 0 {
		disk.DiskSizeGB = pulumi.Int(d.osSizeGB)
	}
	if d.ephemeral {
		disk.DiffDiskSettings = compute.DiffDiskSettingsArgs{Option: pulumi.String("Local")}
		disk.ManagedDisk = d.setManaged(ephemeralKind)
	}
	return disk
}

func (d disks) setDataDisks() compute.VirtualMachineScaleSetDataDiskArray {
	var list compute.VirtualMachineScaleSetDataDiskArray
	for i, size := range d.dataSizesGB {
		list = append(list, compute.VirtualMachineScaleSetDataDiskArgs{
			Lun:          pulumi.Int(i),
			CreateOption: pulumi.String("Empty"),
			Caching:      caching(d.dataCaching),
			DiskSizeGB:   pulumi.Int(size),
			ManagedDisk:  d.setManaged(d.kind),
		})
	}
	return list
}

func (d disks) setManaged(kind string) compute.VirtualMachineScaleSetManagedDiskParametersArgs {
	args := compute.VirtualMachineScaleSetManagedDiskParametersArgs{StorageAccountType: pulumi.String(kind)}
	if d.encryptionSet != "" {
		args.DiskEncryptionSet = compute.DiskEncryptionSetParametersArgs{Id: pulumi.String(d.encryptionSet)}
	}
	return args
}

func caching(kind string) compute.CachingTypes { return compute.CachingTypes(kind) }
