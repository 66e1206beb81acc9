package apimodel

import (
	"fmt"
	"slices"
)

// Azure's sizes of disks, in GiB.
// https://learn.microsoft.com/azure/virtual-machines/disks-scalability-targets
const (
	maxOSDisk, maxDataDisk = 4095, 32767
	// maxCachedDisk is the largest disk that the host can cache:
	// https://learn.microsoft.com/azure/virtual-machines/disks-performance#virtual-machine-uncached-vs-cached-limits
	maxCachedDisk = 4095
	// maxDataDisks is the most that any size took when AKS Engine's format was
	// made; larger ones are in the table of sizes.
	maxDataDisks = 64
	// A disk is not smaller than its image, which has 30 GiB for Linux and 127
	// for Windows Server.
	// https://learn.microsoft.com/azure/virtual-machines/managed-disks-overview
	// https://learn.microsoft.com/azure/virtual-machines/windows/expand-disks
	linuxImageGB, windowsImageGB = 30, 127

	storageAccounts = "StorageAccount"
)

func cachings() []string { return []string{cachingNone, cachingReadOnly, cachingReadWrite} }

// diskSize holds an OS disk, in GiB, against its image and Azure's largest.
func (c *checker) diskSize(path string, system OSType, size int) {
	smallest, remedy := linuxImageGB, "leave it out to take the image's own size"
	if system == Windows {
		smallest, remedy = windowsImageGB, fmt.Sprintf("leave it out to take %d", defaultWindowsDiskGB)
	}
	if size != 0 && (size < smallest || size > maxOSDisk) {
		c.fault(path, fmt.Sprintf("must be %d to %d GiB, is %d", smallest, maxOSDisk, size), remedy)
	}
}

// storage checks the OS disk of the masters or of a pool.
func (c *checker) storage(path, size string, system OSType, m *MachineProfile) {
	c.diskSize(path+".osDiskSizeGB", system, m.OSDiskSizeGB)
	at := path + ".storageProfile"
	switch m.StorageProfile {
	case ManagedDisks:
	case EphemeralDisks:
		c.ephemeral(path, size, system, m)
	case storageAccounts:
		c.substitute(at, "the disks are managed disks: Azure retired unmanaged disks in March 2026", fmt.Sprintf("write %q to say so", ManagedDisks))
	default:
		c.fault(at, fmt.Sprintf("%q is no storage profile", m.StorageProfile), valueRemedy(m.StorageProfile, []string{ManagedDisks, EphemeralDisks}))
	}
	c.caching(path+".osDiskCachingType", m.OSDiskCachingType)
}

func (c *checker) caching(path, caching string) {
	if caching != "" && !slices.Contains(cachings(), caching) {
		c.fault(path, fmt.Sprintf("%q is no caching of a disk", caching), valueRemedy(caching, cachings()))
	}
}

// ephemeral checks an OS disk that lies on the host.
// https://learn.microsoft.com/azure/virtual-machines/ephemeral-os-disks
func (c *checker) ephemeral(path, size string, system OSType, m *MachineProfile) {
	at := path + ".storageProfile"
	if path == pathMaster {
		c.fault(at, "is Ephemeral, and the masters would lose their certificates whenever Azure moves them to another host", fmt.Sprintf("use %q", ManagedDisks))
		return
	}
	if m.OSDiskCachingType != cachingReadOnly && slices.Contains(cachings(), m.OSDiskCachingType) {
		c.fault(path+".osDiskCachingType", fmt.Sprintf("is %s; an ephemeral OS disk must be cached %s", m.OSDiskCachingType, cachingReadOnly), "leave it out")
	}
	if Traits(size).NVMe {
		// Their local disks are NVMe disks. The version of Azure's API that is spoken here
		// knows no such place for an OS disk (NvmeDisk), and its default fails.
		c.fault(at, fmt.Sprintf("is Ephemeral, and %s has its local disks by NVMe alone, where an OS disk cannot be placed yet", size),
			fmt.Sprintf("use %q, or a size of the fifth version, such as Standard_D4ds_v5", ManagedDisks))
		return
	}
	known, found := LookupVMSize(size)
	if !found || known.EphemeralOSDisk == nil {
		return
	}
	needs := m.OSDiskSizeGB
	if needs == 0 {
		needs = linuxImageGB
		if system == Windows {
			needs = windowsImageGB
		}
	}
	const remedy = "use ManagedDisks, or a size with a larger local disk, for example Standard_D4ds_v5 (150 GiB)"
	switch {
	case !*known.EphemeralOSDisk:
		c.fault(at, fmt.Sprintf("is Ephemeral, and %s has no local disk for an OS disk", known.Name), remedy)
	case known.MaxEphemeralOSDiskGiB != nil && needs > *known.MaxEphemeralOSDiskGiB:
		c.fault(at, fmt.Sprintf("is Ephemeral, and the OS disk of %d GiB does not fit the %d GiB that %s has for it", needs, *known.MaxEphemeralOSDiskGiB, known.Name), remedy)
	}
}

// dataDisks checks a pool's data disks.
func (c *checker) dataDisks(path string, p *AgentPoolProfile) {
	at := path + ".diskSizesGB"
	c.caching(path+".dataDiskCachingType", p.DataDiskCachingType)
	if len(p.DiskSizesGB) == 0 {
		if p.DataDiskCachingType != "" {
			c.fault(path+".dataDiskCachingType", "is set, and the pool has no data disks", "remove it, or add diskSizesGB")
		}
		return
	}
	limit, of := maxDataDisks, "Azure attaches to a machine"
	if size, found := LookupVMSize(p.VMSize); found && size.MaxDataDisks != nil {
		limit, of = *size.MaxDataDisks, size.Name+" takes"
	}
	if len(p.DiskSizesGB) > limit {
		c.fault(at, fmt.Sprintf("has %d disks, more than the %d that %s", len(p.DiskSizesGB), limit, of), "remove some, or use a larger size")
	}
	uncached := 0
	for i, size := range p.DiskSizesGB {
		if size < 1 || size > maxDataDisk {
			c.fault(indexPath(at, i), fmt.Sprintf("must be 1 to %d GiB, is %d", maxDataDisk, size), "correct it, or remove the disk")
		} else if size > maxCachedDisk {
			uncached = max(uncached, size)
		}
	}
	if uncached > 0 && (p.DataDiskCachingType == cachingReadOnly || p.DataDiskCachingType == cachingReadWrite) {
		c.fault(path+".dataDiskCachingType", fmt.Sprintf("is %s, and the host caches no disk above %d GiB; one has %d", p.DataDiskCachingType, maxCachedDisk, uncached),
			fmt.Sprintf("leave it out, or write %q", cachingNone))
	}
}
