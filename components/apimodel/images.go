package apimodel

import (
	"fmt"
	"regexp"
	"strings"
)

// The Linux distributions.
const (
	// Ubuntu2404 is the default.
	Ubuntu2404 = "ubuntu-24.04"
	Ubuntu2204 = "ubuntu-22.04"
)

// engineUbuntus are AKS Engine's names of its Ubuntu images, the oldest among them:
// https://github.com/Azure/aks-engine/blob/master/pkg/api/vlabs/const.go
//
// Its image for confidential computing, acc-16.04, is not: what it was chosen for,
// drivers for SGX, would be missing.
var engineUbuntus = []string{
	"ubuntu", "ubuntu-16.04", "ubuntu-18.04", "ubuntu-18.04-gen2", "ubuntu-20.04", "ubuntu-20.04-gen2",
	"aks-ubuntu-16.04", "aks-ubuntu-18.04", "aks-ubuntu-20.04", "aks", "aks-1804", "aks-docker-engine",
}

// Ubuntu is the release of Ubuntu that the machines run: AKS Engine's Ubuntu
// images, which are retired, become the default.
func (m *MachineProfile) Ubuntu() string {
	if m.Distro == Ubuntu2204 {
		return Ubuntu2204
	}
	return Ubuntu2404
}

// aksPublisher published AKS Engine's own images. They are no longer kept up to
// date: https://github.com/Azure/aks-engine#readme
const aksPublisher = "microsoft-aks"

// WindowsImage is the marketplace image that a Windows pool names or that the
// windowsProfile names for all of them; nil for the one of its release.
func (d *Definition) WindowsImage(p *AgentPoolProfile) *MarketplaceImage {
	if p.WindowsImage != nil {
		return p.WindowsImage
	}
	w := d.Properties.WindowsProfile
	if w == nil || w.WindowsSku == "" {
		return nil
	}
	return &MarketplaceImage{Publisher: w.WindowsPublisher, Offer: w.WindowsOffer, SKU: w.WindowsSku, Version: w.ImageVersion}
}

// OwnImage is the image that is not in the marketplace, or nil: the pool's own,
// or the windowsProfile's for a Windows pool.
func (d *Definition) OwnImage(p *AgentPoolProfile) *ImageReference {
	if p.ImageReference != nil {
		return p.ImageReference
	}
	if w := d.Properties.WindowsProfile; p.OSType == Windows && w != nil && p.WindowsImage == nil {
		return w.ImageReference
	}
	return nil
}

// Retired tells whether the image is one of AKS Engine's own. The image of the
// same Windows release takes its place.
func (m MarketplaceImage) Retired() bool { return strings.EqualFold(m.Publisher, aksPublisher) }

// AKS Engine's own images have the prefix "aks-".
var windowsYear = regexp.MustCompile(`(?i)^(?:aks-)?(?:windows-?)?(2016|2019|2022|2025)-`)

// windowsReleaseOf reads the release out of a SKU's name, such as
// "2019-datacenter-core-smalldisk"; "" where it says none.
func windowsReleaseOf(sku string) string {
	m := windowsYear.FindStringSubmatch(sku)
	if m == nil {
		return ""
	}
	return m[1]
}

// ID is the image's resource id. The subscription and the resource group are the
// cluster's where the definition names none.
//
// https://learn.microsoft.com/rest/api/compute/images and
// https://learn.microsoft.com/rest/api/compute/gallery-image-versions
func (r ImageReference) ID(subscription, group string) string {
	if r.SubscriptionID != "" {
		subscription = r.SubscriptionID
	}
	if r.ResourceGroup != "" {
		group = r.ResourceGroup
	}
	base := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute/", subscription, group)
	if r.Gallery == "" {
		return base + "images/" + r.Name
	}
	id := base + "galleries/" + r.Gallery + "/images/" + r.Name
	if r.Version != "" && r.Version != latestVersion {
		id += "/versions/" + r.Version
	}
	return id
}
