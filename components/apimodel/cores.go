package apimodel

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// CoreUse is what the machines of one series take of a subscription's quota,
// which counts cores by region and series:
// https://learn.microsoft.com/azure/virtual-machines/quotas
type CoreUse struct {
	// Series is the size without its number of cores, "DSv5" of Standard_D2s_v5;
	// Azure's names of quotas are made of it.
	Series string `json:"series"`
	// Machines is their number, Cores how many cores they have together. Known is
	// false where the cores of one of them are not known, and Cores lacks them.
	Machines int  `json:"machines"`
	Cores    int  `json:"cores"`
	Known    bool `json:"known"`
}

// Cores returns what the cluster's machines take of the quotas, by series,
// sorted. The jumpbox is among them. The definition must be defaulted.
func (d *Definition) Cores() []CoreUse {
	use := map[string]CoreUse{}
	add := func(name string, machines int) {
		if machines <= 0 || name == "" {
			return
		}
		size, found := LookupVMSize(name)
		u, seen := use[seriesOf(name)]
		u.Series = seriesOf(name)
		u.Machines += machines
		u.Cores += size.Cores * machines
		u.Known = (u.Known || !seen) && found
		use[u.Series] = u
	}
	if m := d.Properties.MasterProfile; m != nil {
		add(m.VMSize, m.Count)
	}
	for _, p := range d.Properties.AgentPoolProfiles {
		if p != nil {
			add(p.VMSize, p.Count)
		}
	}
	if j := d.Jumpbox(); j != nil {
		add(j.VMSize, 1)
	}
	return slices.SortedFunc(maps.Values(use), func(a, b CoreUse) int { return cmp.Compare(a.Series, b.Series) })
}

// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
var sizeParts = regexp.MustCompile(`(?i)^Standard_([a-z]+)[0-9]+(?:-[0-9]+)?([a-z]*)((?:_.*)?)$`)

func seriesOf(size string) string {
	m := sizeParts.FindStringSubmatch(size)
	if m == nil {
		return size
	}
	return strings.ToUpper(m[1]+m[2]) + strings.ReplaceAll(m[3], "_", "")
}
