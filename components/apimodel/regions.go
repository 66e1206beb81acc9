package apimodel

import (
	_ "embed" // for the table
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Region is what is known of an Azure region.
type Region struct {
	// Name is the name in API calls, for example "westeurope", DisplayName the
	// one that people read, "West Europe". Azure takes both.
	Name, DisplayName string
	// Geography is the country or area whose rules hold, for example "Europe".
	Geography string
	// Zones are the availability zones, for example "1", "2", "3"; empty if there
	// are none or if ZonesKnown is false.
	Zones []string
	// ZonesKnown is false for regions of whose zones nothing is known.
	ZonesKnown bool
	// Restricted regions are open on request only; nil if that is unknown:
	// https://learn.microsoft.com/troubleshoot/azure/general/region-access-request-process
	Restricted *bool
}

//go:embed data/regions.csv
var regionsCSV string

var regionsTable = sync.OnceValue(func() table {
	return builtIn(readTable(regionsCSV, "name", "display_name", "geography", "zones", "restricted"))
})

// LookupRegion finds a region of the public cloud by its name or its display
// name, in any case. New regions may be missing: see RegionsAsOf.
func LookupRegion(name string) (Region, bool) {
	row, found := regionsTable().find(strings.ReplaceAll(name, " ", ""))
	if !found {
		return Region{}, false
	}
	return builtIn(regionOf(row)), true
}

// RegionsAsOf returns the day that the regions were listed, as YYYY-MM-DD.
func RegionsAsOf() string { return regionsTable().asOf }

func regionOf(row []string) (Region, error) {
	f := fields{rest: row}
	r := Region{Name: f.text(), DisplayName: f.text(), Geography: f.text()}
	zones := f.text()
	r.ZonesKnown = zones != ""
	if zones != "none" {
		r.Zones = strings.Fields(zones)
	}
	r.Restricted = f.flag()
	return r, f.err
}

// regions are the names of those of the public cloud that run virtual machines.
func regions() []string {
	rows := regionsTable().rows
	names := make([]string, 0, len(rows))
	for _, row := range rows {
		names = append(names, row[0])
	}
	return names
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
	if name == "" {
		c.missing(path)
		return
	}
	// Default has turned a display name into the name.
	if region, found := LookupRegion(name); found && region.Name == name {
		return
	}
	remedy := "use a region such as westeurope; `az account list-locations` lists them"
	if near := closest(name, regions()); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	switch {
	case sovereign.MatchString(name):
		c.fault(path, fmt.Sprintf("%q is in a sovereign cloud, which is not supported yet", name), "use a region of the public cloud, such as westeurope")
	case regionShape.MatchString(name) && strings.Trim(name, "0123456789") != "":
		c.warn(path, fmt.Sprintf("%q is no region that is known here", name), remedy)
	default:
		c.fault(path, fmt.Sprintf("%q is no Azure region", name), remedy)
	}
}
