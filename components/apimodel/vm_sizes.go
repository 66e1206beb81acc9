package apimodel

import (
	_ "embed" // for the table
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Architectures and generations, as Azure's Resource SKUs API names them.
const (
	// ArchitectureX64 and ArchitectureArm64 are the architectures of VM sizes.
	ArchitectureX64   = "x64"
	ArchitectureArm64 = "Arm64"
	// GenerationV1 and GenerationV2 are the Hyper-V generations of images:
	// https://learn.microsoft.com/azure/virtual-machines/generation-2
	GenerationV1 = "V1"
	GenerationV2 = "V2"
)

// VMSize is what is known of a VM size. A nil pointer means that the fact is
// unknown, which is so for some retired sizes and for many local disks.
type VMSize struct {
	// Name is the size as Azure writes it, for example "Standard_D2_v3".
	Name string
	// Cores is the number of virtual CPUs, which is what quotas count.
	Cores int
	// MemoryGiB is the memory in GiB (1024³ bytes).
	MemoryGiB float64
	// MaxDataDisks is how many data disks can be attached.
	MaxDataDisks *int
	// MaxNICs is how many network interfaces the VM can have.
	MaxNICs *int
	// PremiumStorage: the size takes Premium SSDs.
	PremiumStorage *bool
	// AcceleratedNetworking: network interfaces may ask for it:
	// https://learn.microsoft.com/azure/virtual-network/accelerated-networking-overview
	AcceleratedNetworking *bool
	// EphemeralOSDisk: the OS disk may live on the host's local disks.
	EphemeralOSDisk *bool
	// MaxEphemeralOSDiskGiB is the largest such OS disk, which is the largest of
	// the cache, the temporary disk and the NVMe disks, and at most 2040 GiB.
	// Azure may have to be told where to place the disk (diffDiskPlacement):
	// https://learn.microsoft.com/azure/virtual-machines/ephemeral-os-disks
	MaxEphemeralOSDiskGiB *int
	// TempDiskGiB is the formatted temporary disk, 0 if the size has none. Raw
	// local NVMe disks do not count.
	TempDiskGiB *int
	// Architecture is ArchitectureX64 or ArchitectureArm64.
	Architecture string
	// Generations are those whose images boot, oldest first; empty if unknown.
	Generations []string
	// Offered is true if a region listed the size on the day of VMSizesAsOf. The
	// others are retired, or given to few customers.
	Offered bool
}

// Boots says whether the size boots images of a Hyper-V generation. It does not
// know for sizes without Generations.
func (s VMSize) Boots(generation string) (boots, known bool) {
	return slices.Contains(s.Generations, generation), len(s.Generations) > 0
}

//go:embed data/vm_sizes.csv
var vmSizesCSV string

var vmSizesTable = sync.OnceValue(func() table {
	return builtIn(readTable(vmSizesCSV, "name", "vcpus", "memory_gib", "max_data_disks", "max_nics",
		"premium_storage", "accelerated_networking", "ephemeral_os_disk", "max_ephemeral_os_disk_gib",
		"temp_disk_gib", "architecture", "generations", "offered"))
})

// LookupVMSize finds a size of the public cloud, in any case. A size that it
// does not find may be newer than the table: see VMSizesAsOf. Which of the
// sizes a subscription gets differs by region.
func LookupVMSize(name string) (VMSize, bool) {
	row, found := vmSizesTable().find(name)
	if !found {
		return VMSize{}, false
	}
	return builtIn(vmSizeOf(row)), true
}

// VMSizesAsOf returns the day that the sizes were listed, as YYYY-MM-DD.
func VMSizesAsOf() string { return vmSizesTable().asOf }

func vmSizeOf(row []string) (VMSize, error) {
	f := fields{rest: row}
	s := VMSize{Name: f.text()}
	if cores := f.number(); cores != nil {
		s.Cores = *cores
	}
	memory := f.text()
	gib, err := strconv.ParseFloat(memory, 64)
	if err != nil {
		f.fail(memory, "amount of memory")
	}
	s.MemoryGiB = gib
	s.MaxDataDisks = f.number()
	s.MaxNICs = f.number()
	s.PremiumStorage = f.flag()
	s.AcceleratedNetworking = f.flag()
	s.EphemeralOSDisk = f.flag()
	s.MaxEphemeralOSDiskGiB = f.number()
	s.TempDiskGiB = f.number()
	s.Architecture = f.text()
	s.Generations = strings.Fields(f.text())
	if offered := f.flag(); offered != nil {
		s.Offered = *offered
	}
	if f.err != nil {
		return VMSize{}, fmt.Errorf("%s: %w", s.Name, f.err)
	}
	return s, nil
}
