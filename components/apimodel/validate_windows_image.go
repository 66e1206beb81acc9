package apimodel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// windowsProfileImage checks the image that the windowsProfile names for all
// Windows pools.
func (c *checker) windowsProfileImage(w *WindowsProfile) {
	const sku, version = pathWindows + ".windowsSku", pathWindows + ".imageVersion"
	if w.ImageReference != nil {
		c.ownImage(pathWindows+".imageReference", w.ImageReference)
		if w.WindowsSku != "" {
			c.fault(sku, "names an image of the marketplace, and imageReference names another image", "remove one of the two")
			return
		}
	}
	if w.WindowsSku == "" {
		for _, f := range []struct{ path, value string }{{pathWindows + ".windowsPublisher", w.WindowsPublisher}, {pathWindows + ".windowsOffer", w.WindowsOffer}} {
			if f.value != "" {
				c.fault(sku, "is missing: the image has a publisher or an offer, and no SKU", "add it, or remove windowsPublisher and windowsOffer")
				break
			}
		}
		if w.ImageVersion != "" && w.ImageVersion != latestVersion && w.WindowsPublisher == "" && w.WindowsOffer == "" {
			c.substitute(version, fmt.Sprintf("has no effect: %q is the version of an image, and windowsSku names none", w.ImageVersion), "remove it, or name the image")
		}
		return
	}
	image := MarketplaceImage{Publisher: w.WindowsPublisher, Offer: w.WindowsOffer, SKU: w.WindowsSku, Version: w.ImageVersion}
	c.marketplaceImage(pathWindows+".windowsPublisher", pathWindows+".windowsOffer", sku, version, image)
}

// marketplaceImage checks an image of the marketplace. The parts of it have other
// names in a pool.
func (c *checker) marketplaceImage(publisher, offer, sku, version string, image MarketplaceImage) {
	for _, f := range []struct{ path, value, example string }{
		{publisher, image.Publisher, "MicrosoftWindowsServer"}, {offer, image.Offer, "WindowsServer"}, {sku, image.SKU, "2022-datacenter-core-g2"},
	} {
		if f.value == "" {
			c.fault(f.path, "is missing: an image of the marketplace has a publisher, an offer and a SKU", fmt.Sprintf("add it, for example %q, or remove the others", f.example))
		}
	}
	c.windowsSKU(sku, image)
	if current := image.Current(); current.Offer != image.Offer {
		c.substitute(offer, fmt.Sprintf("the marketplace has moved %s out of the offer %s: new machines take it from %s, and running ones keep theirs", image.SKU, image.Offer, current.Offer),
			fmt.Sprintf("write %q to say so", current.Offer))
	}
	if image.Version != "" && image.Version != latestVersion && !marketplaceVersion.MatchString(image.Version) {
		c.fault(version, fmt.Sprintf("%q is no version of an image", image.Version), fmt.Sprintf("write numbers such as 20348.2113.231109, or %q", latestVersion))
	}
}

var (
	marketplaceVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+){1,3}$`)
	// Releases between those of the long-term channel had names of four
	// characters: "datacenter-core-1903-with-containers-smalldisk".
	// https://learn.microsoft.com/windows-server/get-started/servicing-channels-comparison
	semiAnnual = regexp.MustCompile(`(?i)(?:^|-)(1709|1803|1809|1903|1909|2004|20h2)(?:-|$)`)
)

// windowsSKU refuses images of releases whose containers nobody makes any more.
func (c *checker) windowsSKU(path string, image MarketplaceImage) {
	release := windowsReleaseOf(image.SKU)
	switch old := semiAnnual.FindStringSubmatch(image.SKU); {
	case release != "" && !slices.Contains(WindowsReleases(), release):
		c.fault(path, fmt.Sprintf("%q is Windows Server %s, which is not supported", image.SKU, release), "use a SKU of Windows Server "+strings.Join(WindowsReleases(), ", "))
	case release == "" && old != nil:
		c.fault(path, fmt.Sprintf("%q is Windows Server, version %s, which is past its end of life", image.SKU, strings.ToUpper(old[1])),
			"use a SKU of Windows Server "+strings.Join(WindowsReleases(), ", ")+", or remove the image")
	case image.Retired():
		c.substitute(path, fmt.Sprintf("%q is an image of AKS Engine's own, which is retired; the nodes run Microsoft's image of Windows Server %s", image.SKU, orElse(release, defaultWindowsRelease)),
			"remove the image, and set windowsRelease of the pools")
	}
}

// windowsPoolImage checks a Windows pool's release and image.
func (c *checker) windowsPoolImage(path string, p *AgentPoolProfile) {
	if image := p.WindowsImage; image != nil {
		at := path + ".windowsImage"
		if p.ImageReference != nil {
			c.fault(at, "names an image of the marketplace, and imageReference names another image", "remove one of the two")
		} else {
			c.marketplaceImage(at+".publisher", at+".offer", at+".sku", at+".version", *image)
		}
	}
	at, release := path+".windowsRelease", p.WindowsRelease
	named := ""
	if image := c.d.WindowsImage(p); image != nil && p.ImageReference == nil {
		named = windowsReleaseOf(image.SKU)
	}
	supported := slices.Contains(WindowsReleases(), release)
	switch {
	case release == named && !supported: // the SKU's own fault says it
	case !supported:
		c.fault(at, fmt.Sprintf("%q is no Windows Server release that is supported", release), "use one of: "+strings.Join(WindowsReleases(), ", "))
	case named != "" && named != release && slices.Contains(WindowsReleases(), named):
		c.fault(at, fmt.Sprintf("is %s, and the pool's image %q is Windows Server %s: its nodes would run no container", release, c.d.WindowsImage(p).SKU, named),
			"remove one of the two, or give the pool a windowsImage of its own")
	}
}
