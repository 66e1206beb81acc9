package hybridcluster

import (
	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// linuxImage is Ubuntu 24.04 in the generation that the size boots.
func linuxImage(size vmSize) compute.ImageReferenceArgs {
	if !size.generation2 {
		return marketplaceImage("Canonical", "ubuntu-24_04-lts", "server-gen1")
	}
	return marketplaceImage("Canonical", "ubuntu-24_04-lts", "server")
}

// windowsImage is Windows Server core of a release (2019, 2022 or 2025) in the
// generation that the size boots.
func windowsImage(release string, size vmSize) compute.ImageReferenceArgs {
	sku := release + "-datacenter-core"
	if size.generation2 {
		sku += "-g2"
	}
	return marketplaceImage("MicrosoftWindowsServer", "WindowsServer", sku)
}

// marketplaceImage takes the newest version, so new nodes start patched. Azure
// resolves it once, when the machine is made.
func marketplaceImage(publisher, offer, sku string) compute.ImageReferenceArgs {
	return compute.ImageReferenceArgs{
		Publisher: pulumi.String(publisher),
		Offer:     pulumi.String(offer),
		Sku:       pulumi.String(sku),
		Version:   pulumi.String("latest"),
	}
}
