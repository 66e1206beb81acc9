package hybridcluster

import (
	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// placement is how single machines are spread over a region's hardware: over its
// zones, or over the fault domains of an availability set.
type placement struct {
	set   *compute.AvailabilitySet
	zones []string
	group string
}

// newPlacement declares the availability set of machines that have no zones.
func (b *builder) newPlacement(suffix string, profile apimodel.MachineProfile, opts ...pulumi.ResourceOption) (placement, error) {
	p := placement{zones: profile.AvailabilityZones, group: profile.ProximityPlacementGroupID}
	if len(p.zones) > 0 {
		return p, nil
	}
	var err error
	p.set, err = b.newAvailabilitySet(suffix, profile, opts...)
	return p, err
}

// domains are what Azure does not change on an availability set.
func domains() []string {
	return []string{"platformFaultDomainCount", "platformUpdateDomainCount", "proximityPlacementGroup"}
}

// zone is that of the machine with that number.
func (p placement) zone(i int) string {
	if len(p.zones) == 0 {
		return ""
	}
	return p.zones[i%len(p.zones)]
}

// newAvailabilitySet spreads a pool over a region's hardware. Two fault domains
// are there in every region.
func (b *builder) newAvailabilitySet(
	suffix string, profile apimodel.MachineProfile, opts ...pulumi.ResourceOption,
) (*compute.AvailabilitySet, error) {
	count := func(given *int, byDefault int) pulumi.Int {
		if given != nil {
			return pulumi.Int(*given)
		}
		return pulumi.Int(byDefault)
	}
	args := &compute.AvailabilitySetArgs{
		ResourceGroupName:         b.group.name,
		AvailabilitySetName:       pulumi.String(b.prefix + "-" + suffix),
		Location:                  pulumi.String(b.location),
		Sku:                       compute.SkuArgs{Name: pulumi.String("Aligned")},
		PlatformFaultDomainCount:  count(profile.PlatformFaultDomainCount, 2),
		PlatformUpdateDomainCount: count(profile.PlatformUpdateDomainCount, 5),
		Tags:                      b.tags(),
	}
	if group := profile.ProximityPlacementGroupID; group != "" {
		args.ProximityPlacementGroup = compute.SubResourceArgs{Id: pulumi.String(group)}
	}
	return compute.NewAvailabilitySet(b.ctx, b.child(suffix), args, b.options(
		append(opts,
			pulumi.DeleteBeforeReplace(true),
			// Azure lists the set's machines by itself.
			pulumi.IgnoreChanges([]string{"virtualMachines"}),
		)...)...)
}
