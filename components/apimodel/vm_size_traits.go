package apimodel

import (
	"regexp"
	"strconv"
	"strings"
)

// SizeTraits are what decides whether a running machine can get another size.
type SizeTraits struct {
	// TempDisk: the machine has a temporary disk on its host.
	TempDisk bool
	// NVMe: disks are attached by NVMe alone, as it is from the sixth version on.
	NVMe bool
	// Premium: it takes Premium SSDs.
	Premium bool
	// Gen1 and Gen2 are the generations of images that boot.
	Gen1, Gen2 bool
}

// sizeName splits a size's name: family, features, version.
// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
var sizeName = regexp.MustCompile(`(?i)^Standard_([A-Z]+)\d+(?:-\d+)?([a-z]*)(?:_[A-Za-z0-9]+)*?(?:_v(\d+))?$`)

const (
	// nvmeVersion is the first version of sizes that attach disks by NVMe alone.
	nvmeVersion = 6
	// lastWithTempDisk is the last version of which all sizes have a temporary disk;
	// later ones have it where the name has a "d".
	lastWithTempDisk = 3
)

// Traits looks a size up, and goes by the conventions of names for what the table
// does not know.
func Traits(name string) SizeTraits {
	var t SizeTraits
	if m := sizeName.FindStringSubmatch(name); m != nil {
		features := strings.ToLower(m[2])
		version, _ := strconv.Atoi(m[3])
		t.Premium = strings.Contains(features, "s") || len(m[1]) > 1 && strings.HasSuffix(strings.ToUpper(m[1]), "S")
		t.TempDisk = version <= lastWithTempDisk || strings.Contains(features, "d")
		t.NVMe = version >= nvmeVersion
		t.Gen1, t.Gen2 = version < nvmeVersion, t.Premium || version > lastWithTempDisk
	}
	known, ok := LookupVMSize(name)
	if !ok {
		return t
	}
	if known.TempDiskGiB != nil && !t.NVMe {
		t.TempDisk = *known.TempDiskGiB > 0
	}
	if known.PremiumStorage != nil {
		t.Premium = *known.PremiumStorage
	}
	if len(known.Generations) > 0 {
		t.Gen1, _ = known.Boots(GenerationV1)
		t.Gen2, _ = known.Boots(GenerationV2)
	}
	return t
}
