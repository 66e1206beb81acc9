package azure

import (
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func fillPlacementGroup(op *operation) error {
	op.setDefault("proximityPlacementGroupType", "Standard")
	return nil
}

// validatePlacementGroup: https://learn.microsoft.com/azure/virtual-machines/co-location
func validatePlacementGroup(op *operation) error {
	if kind := tree.String(op.outputs, "proximityPlacementGroupType"); kind != "Standard" && kind != "Ultra" {
		return badRequest("InvalidParameter", "The value '%s' of parameter proximityPlacementGroupType is not allowed. "+
			"Allowed values are Standard and Ultra.", kind)
	}
	return op.checkZones(1)
}

func guardPlacementGroup(w *world.World, r *world.Resource) error {
	if uses := usesOf(w, r.ID, setType, machineType, scaleSetType); len(uses) > 0 {
		return conflict("OperationNotAllowed", "Proximity Placement Group '%s' cannot be deleted. Before deleting a Proximity Placement Group "+
			"please ensure that it does not contain any resource. It contains %s.", r.Name, uses[0].by.ID)
	}
	return nil
}

// withoutZones are the regions that have no availability zones: https://learn.microsoft.com/azure/reliability/regions-list
func withoutZones() []string {
	return []string{
		"australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast", "francesouth", "germanynorth",
		"jioindiacentral", "jioindiawest", "koreasouth", "northcentralus", "norwaywest", "southafricawest", "southindia", "swedensouth",
		"switzerlandwest", "uaecentral", "ukwest", "westcentralus", "westindia", "westus",
	}
}

// checkZones: zones are called 1 to 3, each once, at most so many of them.
func (op *operation) checkZones(most int) error {
	zones := tree.Strings(op.outputs, "zones")
	supported := []string{"1", "2", "3"}
	if slices.Contains(withoutZones(), op.location()) {
		supported = nil
	}
	for i, zone := range zones {
		if !slices.Contains(supported, zone) || slices.Contains(zones[:i], zone) {
			return badRequest("AvailabilityZoneNotSupported", "The zone(s) '%s' for resource '%s/%s' is not supported. "+
				"The supported zones for location '%s' are '%s'.", strings.Join(zones, ","), op.kind.armType, op.name, op.location(),
				strings.Join(supported, ","))
		}
	}
	if len(zones) > most {
		return badRequest("InvalidParameter", "Resource '%s' has %d zones; it can be in %d at most.", op.name, len(zones), most)
	}
	return nil
}

// checkSpot: https://learn.microsoft.com/azure/virtual-machines/spot-vms. profile is a machine, or the profile of a scale
// set's machines. The code that Azure answers with is not known to us.
func checkSpot(profile map[string]any) error {
	priority, policy := tree.String(profile, "priority"), tree.String(profile, "evictionPolicy")
	price, priced := tree.Get(profile, "billingProfile", "maxPrice").(float64)
	switch spot := priority == "Spot" || priority == "Low"; {
	case priority != "" && priority != "Regular" && !spot:
		return badRequest("InvalidParameter", "The value '%s' of parameter priority is not allowed. Allowed values are Regular, Low, Spot.", priority)
	case policy != "" && !spot:
		return badRequest("InvalidParameter", "The parameter evictionPolicy can only be set when priority is Spot.")
	case policy != "" && policy != "Deallocate" && policy != "Delete":
		return badRequest("InvalidParameter", "The value '%s' of parameter evictionPolicy is not allowed. Allowed values are Deallocate, Delete.", policy)
	case priced && priority != "Spot":
		return badRequest("InvalidParameter", "The parameter billingProfile.maxPrice can only be set when priority is Spot.")
	case priced && price != -1 && price <= 0:
		return badRequest("InvalidParameter", "The value %g of parameter billingProfile.maxPrice is not allowed: it must be -1 or more than 0.", price)
	}
	return nil
}
