package azure

import (
	"regexp"
	"slices"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// families are the letters that names of VM sizes begin with, as the Resource SKUs API had them on 2026-08-01:
// https://github.com/DarrenJohns/djtools-azure-vm-sku-locator, and H, which was retired before. A version that is newer than
// that day is taken.
var families = []string{
	"A", "B", "D", "DC", "DS", "E", "EC", "F", "FX", "G", "GS", "H", "HB", "HC", "HX", "L", "M", "NC", "NCC", "ND", "NG", "NP", "NV", "PB",
}

var familyOf = regexp.MustCompile(`^(?:Standard|Basic)_([A-Z]+)`)

// retiredSizes are series that Azure had retired on 2026-11-30, and makes no machines of. The API for SKUs may list them
// all the same:
// https://learn.microsoft.com/azure/virtual-machines/sizes/retirement/retired-sizes-list, and for older ones the pages
// below https://github.com/MicrosoftDocs/azure-docs/tree/main/articles/virtual-machines/sizes/migration-guides
var retiredSizes = []*regexp.Regexp{
	regexp.MustCompile(`^(Basic|Standard)_A\d+$`),
	regexp.MustCompile(`^Standard_H\d+m?r?(_Promo)?$`),
	regexp.MustCompile(`^Standard_HB60`),
	regexp.MustCompile(`^Standard_N[CV]\d+r?(_Promo)?$`),
	regexp.MustCompile(`^Standard_NC\d+r?s_v[23]$`),
	regexp.MustCompile(`^Standard_ND\d+r?s$`),
	regexp.MustCompile(`^Standard_NV\d+(s_v3|as_v4)$`),
	regexp.MustCompile(`^Standard_DC\d+s?_v2$`),
	regexp.MustCompile(`^Standard_(DC|EC)\d+ad?s_cc_v5$`),
}

func validateSize(op *operation) error {
	return op.checkSize("hardwareProfile", "vmSize")
}

// checkSize refuses a size that there is not, and new machines of one that is retired.
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-sku-not-available
func (op *operation) checkSize(path ...string) error {
	size := tree.String(op.outputs, path...)
	_, shaped := cores(size)
	if family := familyOf.FindStringSubmatch(size); !shaped || family == nil || !slices.Contains(families, family[1]) {
		return badRequest("InvalidParameter", "The value %s provided for the VM size is not valid. "+
			"The valid sizes in the current region are named like Standard_D2s_v5.", size)
	}
	if op.cloud.options.RetiredSizes || op.old != nil && tree.String(op.old.Outputs, path...) == size {
		return nil
	}
	if slices.ContainsFunc(retiredSizes, func(series *regexp.Regexp) bool { return series.MatchString(size) }) {
		return conflict("SkuNotAvailable", "The requested VM size %s is currently not available in location '%s'. "+
			"Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.",
			size, op.location())
	}
	return nil
}
