package apimodel

import (
	"fmt"
	"regexp"
	"slices"
)

// image checks the distribution and the image of a profile's machines.
func (c *checker) image(at string, system OSType, m *MachineProfile) {
	if m.ImageReference != nil {
		c.ownImage(at+".imageReference", m.ImageReference)
	}
	path := at + ".distro"
	known := []string{Ubuntu2404, Ubuntu2204}
	switch {
	case system == Windows && m.Distro != Ubuntu2404 && m.Distro != "":
		c.substitute(path, "has no effect on a Windows pool", "remove it; windowsRelease picks the release")
	case m.Distro == "", slices.Contains(known, m.Distro):
	case slices.Contains(engineUbuntus, m.Distro):
		c.substitute(path, fmt.Sprintf("the nodes run %s: %q is an image of AKS Engine's, which is retired", Ubuntu2404, m.Distro), fmt.Sprintf("write %q to say so", Ubuntu2404))
	default:
		c.fault(path, fmt.Sprintf("%q is not supported: the bootstrap is for Ubuntu", m.Distro), valueRemedy(m.Distro, known))
	}
}

// Azure's names of images and galleries, and versions of images:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute
var (
	imageNameShape    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?$`)
	galleryNameShape  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._]{0,78}[A-Za-z0-9])?$`)
	groupNameShape    = regexp.MustCompile(`^[\pL\pN_.()-]{0,89}[\pL\pN_()-]$`)
	imageVersionShape = regexp.MustCompile(`^[0-9]{1,10}(\.[0-9]{1,10}){2}$`)
)

const latestVersion = "latest"

// ownImage checks an image that is not in the marketplace.
func (c *checker) ownImage(path string, r *ImageReference) {
	inGallery := r.Gallery != ""
	c.named(path+".name", r.Name, "an image", imageNameShape)
	switch {
	case r.ResourceGroup != "" && !groupNameShape.MatchString(r.ResourceGroup):
		c.fault(path+".resourceGroup", fmt.Sprintf("%q is no name of a resource group", r.ResourceGroup), "correct it")
	case r.ResourceGroup == "" && !inGallery:
		c.fault(path+".resourceGroup", "is missing", "add the resource group of the image")
	}
	if r.SubscriptionID != "" && !isUUID(r.SubscriptionID) {
		c.fault(path+".subscriptionId", fmt.Sprintf("%q is no UUID", r.SubscriptionID), "use the subscription's id; `az account show --query id` prints it")
	}
	if inGallery {
		c.named(path+".gallery", r.Gallery, "a gallery", galleryNameShape)
	}
	switch {
	case r.Version == "" || inGallery && r.Version == latestVersion:
	case !inGallery:
		c.fault(path+".version", fmt.Sprintf("%q is the version of an image in a gallery, and no gallery is named", r.Version), "add gallery, or remove version")
	case !imageVersionShape.MatchString(r.Version):
		c.fault(path+".version", fmt.Sprintf("%q is no version of an image", r.Version), "write three numbers such as 1.0.0, or leave it out for the latest")
	}
}

func (c *checker) named(path, name, what string, shape *regexp.Regexp) {
	switch {
	case name == "":
		c.fault(path, "is missing", "add the name of "+what)
	case !shape.MatchString(name):
		c.fault(path, fmt.Sprintf("%q is no name of %s", name, what), "use up to 80 letters, digits, periods, hyphens and underscores; a gallery has no hyphens")
	}
}
