package azure

import (
	"regexp"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// offers are the offers of two publishers' marketplace images, with the SKUs that
// each has, as of 2026-11-30. Images of other publishers are taken as they are.
//
// Windows Server 2022 left the offer of the other releases on 2026-06-09:
// https://github.com/kubernetes-sigs/image-builder/issues/2037
var offers = map[string]map[string]*regexp.Regexp{
	"microsoftwindowsserver": {
		"windowsserver":     windowsSKUs(`2016|2019|2025`),
		"windowsserver2022": windowsSKUs(`2022`),
	},
	"canonical": {
		"ubuntu-24_04-lts":             regexp.MustCompile(`^(server|server-gen1|server-arm64|minimal|minimal-gen1|minimal-arm64|cvm|ubuntu-pro|ubuntu-pro-gen1)$`),
		"0001-com-ubuntu-server-jammy": regexp.MustCompile(`^22_04-lts(-gen2|-arm64|-cvm)?$`),
	},
}

func windowsSKUs(years string) *regexp.Regexp {
	return regexp.MustCompile(`^(` + years + `)-datacenter(-azure-edition)?(-core)?(-with-containers)?(-smalldisk)?(-g2|-gs|-gensecond)?$`)
}

// checkMarketplace refuses an image that the marketplace does not have. What runs
// already is not asked again.
func (op *operation) checkMarketplace(storage map[string]any) error {
	image := tree.Map(storage, "imageReference")
	publisher, offer, sku := tree.String(image, "publisher"), tree.String(image, "offer"), tree.String(image, "sku")
	known, ours := offers[strings.ToLower(publisher)]
	if op.old != nil || !ours {
		return nil
	}
	if skus := known[strings.ToLower(offer)]; skus != nil && skus.MatchString(strings.ToLower(sku)) {
		return nil
	}
	return notFound("PlatformImageNotFound",
		"The platform image '%s:%s:%s:%s' is not available. Verify that all fields in the storage profile are correct. "+
			"For more details about storage profile information, please refer to https://aka.ms/storageprofile.",
		publisher, offer, sku, tree.String(image, "version"))
}
