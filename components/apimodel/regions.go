package apimodel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// regions are those of the public cloud that run virtual machines:
// https://learn.microsoft.com/azure/reliability/regions-list
func regions() []string {
	return []string{
		"australiacentral", "australiacentral2", "australiaeast", "australiasoutheast", "austriaeast",
		"belgiumcentral", "brazilsouth", "brazilsoutheast", "canadacentral", "canadaeast", "centralindia",
		"centralus", "chilecentral", "eastasia", "eastus", "eastus2", "francecentral", "francesouth",
		"germanynorth", "germanywestcentral", "indonesiacentral", "israelcentral", "italynorth", "japaneast",
		"japanwest", "jioindiacentral", "jioindiawest", "koreacentral", "koreasouth", "malaysiawest",
		"mexicocentral", "newzealandnorth", "northcentralus", "northeurope", "norwayeast", "norwaywest",
		"polandcentral", "qatarcentral", "southafricanorth", "southafricawest", "southcentralus",
		"southeastasia", "southindia", "spaincentral", "swedencentral", "swedensouth", "switzerlandnorth",
		"switzerlandwest", "uaecentral", "uaenorth", "uksouth", "ukwest", "westcentralus", "westeurope",
		"westindia", "westus", "westus2", "westus3",
	}
}

var (
	// Every region of the public cloud has a direction in its name. New ones do
	// too, so an unknown name of this shape may be one of them.
	regionShape = regexp.MustCompile(`^[a-z]*(north|south|east|west|central)[a-z]*[0-9]?(euap|stg)?$`)
	sovereign   = regexp.MustCompile(`^(usgov|usdod|usnat|ussec|china)`)
)

func (c *checker) location() {
	const path = "location"
	name := c.d.Location
	remedy := "use a region such as westeurope; `az account list-locations` lists them"
	if near := closest(name, regions()); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	switch {
	case name == "":
		c.missing(path)
	case slices.Contains(regions(), name):
	case sovereign.MatchString(name):
		c.fault(path, fmt.Sprintf("%q is in a sovereign cloud, which is not supported yet", name), "use a region of the public cloud, such as westeurope")
	case regionShape.MatchString(name) && strings.Trim(name, "0123456789") != "":
		c.warn(path, fmt.Sprintf("%q is no region that is known here", name), remedy)
	default:
		c.fault(path, fmt.Sprintf("%q is no Azure region", name), remedy)
	}
}
