package hybridcluster

import (
	"cmp"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// latestVersion is resolved by Azure once, when a machine is made. New nodes
// start patched.
const latestVersion = "latest"

// poolImage is what a pool's machines start from.
func (b *builder) poolImage(pool *apimodel.AgentPoolProfile) compute.ImageReferenceArgs {
	size := parseVMSize(pool.VMSize)
	own := b.def.OwnImage(pool)
	if pool.OSType != apimodel.Windows {
		return b.linuxImage(pool.MachineProfile, own, size)
	}
	if own != nil {
		return b.ownImage(*own)
	}
	if image := b.def.WindowsImage(pool); image != nil && !image.Retired() {
		current := image.Current()
		return marketplaceImage(current.Publisher, current.Offer, current.SKU, current.Version)
	}
	return windowsImage(pool.WindowsRelease, size)
}

// linuxImage is the user's own image, or Ubuntu in the generation that the size
// boots.
func (b *builder) linuxImage(profile apimodel.MachineProfile, own *apimodel.ImageReference, size vmSize) compute.ImageReferenceArgs {
	if own != nil {
		return b.ownImage(*own)
	}
	offer, first, second := "ubuntu-24_04-lts", "server-gen1", "server"
	if profile.Ubuntu() == apimodel.Ubuntu2204 {
		offer, first, second = "0001-com-ubuntu-server-jammy", "22_04-lts", "22_04-lts-gen2"
	}
	if !size.generation2 {
		return marketplaceImage("Canonical", offer, first, latestVersion)
	}
	return marketplaceImage("Canonical", offer, second, latestVersion)
}

// windowsImage is Windows Server core of a release (2019, 2022 or 2025) in the
// generation that the size boots.
func windowsImage(release string, size vmSize) compute.ImageReferenceArgs {
	sku := release + "-datacenter-core"
	if size.generation2 {
		sku += "-g2"
	}
	return marketplaceImage("MicrosoftWindowsServer", apimodel.WindowsServerOffer(release), sku, latestVersion)
}

// keepsOffer tells whether the images of a pool have moved to another offer of the
// marketplace. What runs keeps the offer that it was made with: another one would
// replace it, and Azure takes none for a machine that is there.
func (b *builder) keepsOffer(pool *apimodel.AgentPoolProfile) bool {
	if pool == nil || pool.OSType != apimodel.Windows || b.def.OwnImage(pool) != nil {
		return false
	}
	release := pool.WindowsRelease
	return apimodel.WindowsServerOffer(release) != apimodel.WindowsServerOffer("")
}

func marketplaceImage(publisher, offer, sku, version string) compute.ImageReferenceArgs {
	return compute.ImageReferenceArgs{
		Publisher: pulumi.String(publisher),
		Offer:     pulumi.String(offer),
		Sku:       pulumi.String(sku),
		Version:   pulumi.String(cmp.Or(version, latestVersion)),
	}
}

// ownImage refers to a managed image or an image of a gallery.
func (b *builder) ownImage(image apimodel.ImageReference) compute.ImageReferenceArgs {
	id := pulumi.All(b.group.subscriptionID(), b.group.name).ApplyT(func(v []any) string {
		return image.ID(v[0].(string), v[1].(string))
	}).(pulumi.StringOutput)
	return compute.ImageReferenceArgs{Id: id.ToStringPtrOutput()}
}
