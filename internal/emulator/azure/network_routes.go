package azure

import (
	"net/netip"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// validateRouteTable: https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
// The codes that Azure answers with are not known to us.
func validateRouteTable(op *operation) error {
	seen := map[string]string{}
	for _, route := range tree.List(op.outputs, "routes") {
		name, prefix := tree.String(route, "name"), tree.String(route, "addressPrefix")
		if _, err := prefixes([]string{prefix}); err != nil && !serviceTag.MatchString(prefix) {
			return err
		}
		if other := seen[prefix]; other != "" {
			return badRequest("RouteConflict", "Routes %s and %s of route table %s have the same address prefix %s.", other, name, op.name, prefix)
		}
		seen[prefix] = name
		hop, address := tree.String(route, "nextHopType"), tree.String(route, "nextHopIpAddress")
		switch hop {
		case "VirtualAppliance":
			if _, err := netip.ParseAddr(address); err != nil {
				return badRequest("InvalidRequestFormat", "Route %s leads to a virtual appliance and needs its address in nextHopIpAddress, not '%s'.", name, address)
			}
		case "VirtualNetworkGateway", "VnetLocal", "Internet", "None":
			if address != "" {
				return badRequest("InvalidRequestFormat", "Route %s has nextHopIpAddress %s, which only nextHopType VirtualAppliance can have.", name, address)
			}
		default:
			return badRequest("InvalidRequestFormat", "Value '%s' of nextHopType in route %s is none of VirtualAppliance, VirtualNetworkGateway, "+
				"VnetLocal, Internet, None.", hop, name)
		}
	}
	return nil
}

func guardRouteTable(w *world.World, r *world.Resource) error {
	if uses := usesOf(w, r.ID, vnetType); len(uses) > 0 {
		return badRequest("InUseRouteTableCannotBeDeleted", "Route table %s is in use and cannot be deleted. "+
			"It is associated with %s.", r.Name, uses[0].part)
	}
	return nil
}
