package azure

import (
	"regexp"
	"strconv"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// vmSize is the shape of a size name: family, cores, constrained cores, features, version. See
// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
var vmSize = regexp.MustCompile(`^(Standard|Basic)_[A-Z]{1,3}(\d{1,3})(?:-(\d{1,3}))?[a-z]*(_[A-Za-z0-9]+)*$`)

// oddSizes are sizes whose number is not their cores.
func oddSizes() map[string]int {
	return map[string]int{
		"Standard_D1_v2": 1, "Standard_D2_v2": 2, "Standard_D3_v2": 4, "Standard_D4_v2": 8, "Standard_D5_v2": 16,
		"Standard_DS1_v2": 1, "Standard_DS2_v2": 2, "Standard_DS3_v2": 4, "Standard_DS4_v2": 8, "Standard_DS5_v2": 16,
		"Standard_D11_v2": 2, "Standard_D12_v2": 4, "Standard_D13_v2": 8, "Standard_D14_v2": 16,
		"Standard_DS11_v2": 2, "Standard_DS12_v2": 4, "Standard_DS13_v2": 8, "Standard_DS14_v2": 16,
		"Standard_D1": 1, "Standard_D2": 2, "Standard_D3": 4, "Standard_D4": 8,
		"Standard_A0": 1, "Standard_A1": 1, "Standard_A2": 2, "Standard_A3": 4, "Standard_A4": 8,
		"Standard_G1": 2, "Standard_G2": 4, "Standard_GS1": 2, "Standard_GS2": 4, "Standard_F1": 1,
	}
}

// cores gives the virtual CPUs of a size, and whether it looks like one.
func cores(size string) (int, bool) {
	if n, ok := oddSizes()[size]; ok {
		return n, true
	}
	match := vmSize.FindStringSubmatch(size)
	if match == nil {
		return 0, false
	}
	n, err := strconv.Atoi(match[2])
	return n, err == nil && n > 0
}

func validateCores(op *operation) error {
	if tree.String(op.outputs, "priority") == "Spot" {
		return nil
	}
	needed, _ := cores(tree.String(op.outputs, "hardwareProfile", "vmSize"))
	return op.checkCores(needed)
}

// checkCores says whether the region has the cores that the resource and everything below it need. Spot machines have a
// quota of their own, which is not counted.
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-resource-quota
func (op *operation) checkCores(needed int) error {
	used := 0
	for _, vm := range ofType(op.world, machineType, instanceType) {
		spot := tree.String(vm.Outputs, "priority") == "Spot"
		if !spot && !arm.Under(vm.ID, op.id) && tree.String(vm.Outputs, "location") == op.location() {
			used += coresOf(vm)
		}
	}
	if limit := op.cloud.options.CoreQuota; used+needed > limit {
		return conflict("OperationNotAllowed", "Operation could not be completed as it results in exceeding approved Total Regional Cores quota. "+
			"Additional details - Deployment Model: Resource Manager, Location: %s, Current Limit: %d, Current Usage: %d, Additional Required: %d, "+
			"(Minimum) New Limit Required: %d.", op.location(), limit, used, needed, used+needed)
	}
	return nil
}

func coresOf(vm *world.Resource) int {
	n, _ := cores(tree.String(vm.Outputs, "hardwareProfile", "vmSize"))
	return n
}
