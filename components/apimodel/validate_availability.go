package apimodel

import (
	"fmt"
	"slices"
	"strings"
)

// Azure's limits of machines:
// https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-placement-groups
const (
	// maxPoolNodes is that of a scale set, and AKS Engine's of a pool.
	maxPoolNodes       = 1000
	maxAvailabilitySet = 200
	maxPlacementGroup  = 100
	maxOwnImage        = 600
)

// count checks the number of a pool's nodes, which stands at a path.
func (c *checker) count(path string, p *AgentPoolProfile) {
	const remedy = "spread the nodes over several pools"
	switch {
	case p.Count < 1 || p.Count > maxPoolNodes:
		c.fault(path, fmt.Sprintf("must be 1 to %d, is %d", maxPoolNodes, p.Count), "set it, or remove the pool")
	case p.AvailabilityProfile == AvailabilitySet && len(p.AvailabilityZones) == 0 && p.Count > maxAvailabilitySet:
		c.fault(path, fmt.Sprintf("%d is more than the %d machines that Azure allows in an availability set", p.Count, maxAvailabilitySet),
			fmt.Sprintf("set availabilityProfile to %s, or %s", ScaleSets, remedy))
	case p.IsScaleSet() && isTrue(p.SinglePlacementGroup) && p.Count > maxPlacementGroup:
		c.fault(path, fmt.Sprintf("%d is more than the %d machines of a placement group, and singlePlacementGroup is true", p.Count, maxPlacementGroup),
			"set singlePlacementGroup to false, or "+remedy)
	case p.IsScaleSet() && c.d.OwnImage(p) != nil && p.Count > maxOwnImage:
		c.fault(path, fmt.Sprintf("%d is more than the %d machines of a scale set with an image of one's own", p.Count, maxOwnImage), remedy)
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// availability checks what spreads a pool's machines.
func (c *checker) availability(path string, p *AgentPoolProfile) {
	switch p.AvailabilityProfile {
	case AvailabilitySet, ScaleSets:
	default:
		c.fault(path+".availabilityProfile", fmt.Sprintf("%q is no availability profile", p.AvailabilityProfile),
			valueRemedy(p.AvailabilityProfile, []string{AvailabilitySet, ScaleSets}))
		return
	}
	c.spread(path, &p.MachineProfile, p.IsScaleSet())
	if p.IsScaleSet() {
		c.spot(path, p)
		return
	}
	if isTrue(p.SinglePlacementGroup) {
		c.fault(path+".singlePlacementGroup", "is for scale sets, and this pool is an availability set", "remove it, or set availabilityProfile to "+ScaleSets)
	}
	const onlySets = "Spot machines are for scale sets: Azure takes none in an availability set"
	switch {
	case p.ScaleSetPriority != "" && p.ScaleSetPriority != priorityRegular:
		c.fault(path+".scaleSetPriority", onlySets, "remove it, or set availabilityProfile to "+ScaleSets)
	case p.ScaleSetEvictionPolicy != "":
		c.fault(path+".scaleSetEvictionPolicy", onlySets, "remove it")
	case p.SpotMaxPrice != nil:
		c.fault(path+".spotMaxPrice", onlySets, "remove it")
	}
}

// spread checks zones, fault domains and update domains.
func (c *checker) spread(path string, m *MachineProfile, scaleSet bool) {
	c.zones(path+".availabilityZones", m.AvailabilityZones)
	zoned := len(m.AvailabilityZones) > 0
	c.faultDomains(path+".platformFaultDomainCount", m.PlatformFaultDomainCount, scaleSet, zoned)
	at := path + ".platformUpdateDomainCount"
	switch n := m.PlatformUpdateDomainCount; {
	case n == nil:
	case *n < 1 || *n > 20:
		// https://learn.microsoft.com/azure/virtual-machines/availability-set-overview
		c.fault(at, fmt.Sprintf("must be 1 to 20, is %d", *n), "leave it out to take 5")
	case scaleSet:
		c.substitute(at, "has no effect: a scale set has as many update domains as fault domains", "remove it")
	case zoned:
		c.fault(at, "is of availability sets, and machines in availability zones are in none", "remove it or availabilityZones")
	}
	if id := m.ProximityPlacementGroupID; id != "" && c.resourceID(path+".proximityPlacementGroupID", id, placementGroupKind()) && len(m.AvailabilityZones) > 1 {
		// https://learn.microsoft.com/azure/virtual-machines/co-location
		c.fault(path+".proximityPlacementGroupID", "a proximity placement group is in one data centre, and the machines are in zones "+strings.Join(m.AvailabilityZones, ", "),
			"keep one zone, or remove the group")
	}
}

// faultDomains holds a number against what Azure takes:
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-manage-fault-domains
// https://learn.microsoft.com/azure/virtual-machines/availability-set-overview
func (c *checker) faultDomains(path string, n *int, scaleSet, zoned bool) {
	switch {
	case n == nil:
	case !scaleSet && (*n < 1 || *n > 3):
		c.fault(path, fmt.Sprintf("must be 1 to 3 in an availability set, is %d", *n), "use 2, which every region has")
	case !scaleSet && zoned:
		c.fault(path, "is of availability sets, and machines in availability zones are in none", "remove it or availabilityZones")
	case scaleSet && (*n < 1 || *n > 5):
		c.fault(path, fmt.Sprintf("must be 1 to 5 in a scale set, is %d", *n), "leave it out, or use 1, which spreads as far as Azure can")
	case scaleSet && zoned && *n != 1 && *n != 5:
		c.fault(path, fmt.Sprintf("must be 1 or 5 in availability zones, is %d", *n), "use 1, which spreads as far as Azure can")
	}
}

func (c *checker) zones(path string, zones []string) {
	if len(zones) == 0 {
		return
	}
	region, known := LookupRegion(c.d.Location)
	known = known && region.ZonesKnown
	if known && len(region.Zones) == 0 {
		c.fault(path, fmt.Sprintf("the region %s has no availability zones", region.Name), "remove it, or use a region with zones, such as westeurope")
		return
	}
	for i, zone := range zones {
		at := indexPath(path, i)
		switch {
		case !slices.Contains([]string{"1", "2", "3"}, zone):
			c.fault(at, fmt.Sprintf("%q is no availability zone", zone), `use "1", "2" and "3"`)
		case slices.Index(zones, zone) < i:
			c.fault(at, fmt.Sprintf("zone %q is listed twice", zone), "remove one of them")
		case known && !slices.Contains(region.Zones, zone):
			c.fault(at, fmt.Sprintf("the region %s has no zone %q", region.Name, zone), "use "+strings.Join(region.Zones, ", "))
		}
	}
}

// spot checks what a scale set says of machines that Azure may take back:
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/use-spot
func (c *checker) spot(path string, p *AgentPoolProfile) {
	at := path + ".scaleSetPriority"
	switch p.ScaleSetPriority {
	case "", priorityRegular, prioritySpot:
	case priorityLow:
		c.substitute(at, "the machines are Spot machines: Azure retired low-priority machines for them", fmt.Sprintf("write %q to say so", prioritySpot))
	default:
		c.fault(at, fmt.Sprintf("%q is no priority", p.ScaleSetPriority), valueRemedy(p.ScaleSetPriority, []string{priorityRegular, prioritySpot}))
		return
	}
	const onlySpot = "is for Spot machines, and scaleSetPriority is not Spot"
	policy, price := path+".scaleSetEvictionPolicy", path+".spotMaxPrice"
	policies := []string{evictionDelete, evictionDeallocate}
	if !p.IsSpot() {
		if p.ScaleSetEvictionPolicy != "" {
			c.fault(policy, onlySpot, "remove it, or set scaleSetPriority to Spot")
		}
		if p.SpotMaxPrice != nil {
			c.fault(price, onlySpot, "remove it, or set scaleSetPriority to Spot")
		}
		return
	}
	if p.ScaleSetEvictionPolicy != "" && !slices.Contains(policies, p.ScaleSetEvictionPolicy) {
		c.fault(policy, fmt.Sprintf("%q is no eviction policy", p.ScaleSetEvictionPolicy), valueRemedy(p.ScaleSetEvictionPolicy, policies))
	}
	if p.SpotMaxPrice != nil && *p.SpotMaxPrice != -1 && *p.SpotMaxPrice <= 0 {
		c.fault(price, fmt.Sprintf("must be above 0 US dollars an hour, or -1 for the regular price, is %g", *p.SpotMaxPrice), "correct it, or leave it out")
	}
}
