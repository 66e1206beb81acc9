package hybridcluster

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// sizePattern splits a size name: family letters, cores (perhaps constrained),
// features, version. https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
var sizePattern = regexp.MustCompile(`^Standard_([A-Z]+)(\d+)(?:-\d+)?([a-z]*)(?:_[A-Za-z0-9]+)*?(?:_v(\d+))?$`)

// vmSize is what a size's name says about the machine.
type vmSize struct {
	// premiumStorage: the size takes Premium SSDs.
	premiumStorage bool
	// generation2: the size boots second-generation images.
	generation2 bool
}

// parseVMSize looks a size up, and reads the name of one that is not known. Sizes
// without "s" take no Premium SSD, and of those up to the third version none boots
// a second-generation image:
// https://learn.microsoft.com/azure/virtual-machines/generation-2#generation-2-vm-sizes
func parseVMSize(name string) vmSize {
	size := sizeByName(name)
	known, ok := apimodel.LookupVMSize(name)
	if !ok {
		return size
	}
	if known.PremiumStorage != nil {
		size.premiumStorage = *known.PremiumStorage
	}
	if boots, known := known.Boots(apimodel.GenerationV2); known {
		size.generation2 = boots
	}
	return size
}

// sizeByName goes by the conventions of the sizes' names.
func sizeByName(name string) vmSize {
	m := sizePattern.FindStringSubmatch(name)
	if m == nil {
		return vmSize{}
	}
	family, features := m[1], m[3]
	version, _ := strconv.Atoi(m[4])
	// The second version of the D family writes its "s" in front: DS2_v2.
	premium := strings.Contains(features, "s") || (len(family) > 1 && strings.HasSuffix(family, "S"))
	return vmSize{premiumStorage: premium, generation2: premium || version > 3}
}

// diskType is the kind of managed disk that fits the size.
func (s vmSize) diskType() string {
	if s.premiumStorage {
		return "Premium_LRS"
	}
	return "StandardSSD_LRS"
}
