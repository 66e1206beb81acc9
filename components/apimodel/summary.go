package apimodel

import (
	"cmp"
	"slices"
	"strings"
)

// RoleJumpbox is the way into a private cluster. It is a machine, and no node.
const RoleJumpbox = "jumpbox"

// Summary says what becomes of a definition, before anything is created.
type Summary struct {
	// Release is the Kubernetes version, for example "1.36.5".
	Release string `json:"kubernetes"`
	// Machines are the control plane, the pools in the order of their names, and
	// the jumpbox.
	Machines []MachineGroup `json:"machines"`
	// Nodes counts the machines that join; a jumpbox does not.
	Nodes int `json:"nodes"`
	// Cores and MemoryGiB are those of all machines whose size is known; the
	// region's quota of cores must have room for them.
	Cores     int     `json:"cores"`
	MemoryGiB float64 `json:"memoryGiB"`
	// UnknownSizes are not in the table of VM sizes, so they are not counted.
	UnknownSizes []string `json:"unknownSizes,omitempty"`
	// Addresses says how full the networks are.
	Addresses []AddressUse `json:"addresses"`
	// Resources counts the Azure resources that are declared.
	Resources ResourceCount `json:"resources"`
	// Calls is the least number of requests to Azure that create them. While
	// Azure works, polling comes on top.
	Calls int `json:"calls"`
}

// MachineGroup is machines of one kind.
type MachineGroup struct {
	Role string `json:"role"`
	// Name is the pool's or the jumpbox's, or RoleControlPlane.
	Name   string `json:"name"`
	Count  int    `json:"count"`
	VMSize string `json:"vmSize"`
	OSType OSType `json:"osType"`
	// System is for example "Ubuntu 24.04", "Windows Server 2022" or "own image".
	System string `json:"system"`
	// Availability says how the machines are spread: "availability set",
	// "scale set", "zones 1, 2, 3", "scale set in zones 1, 2, 3", or "" for one
	// that stands alone.
	Availability string `json:"availability,omitempty"`
	// Spot machines can be taken back.
	Spot bool `json:"spot,omitempty"`
	// OwnLicence is for Windows machines that run on licences that the user has.
	OwnLicence bool `json:"ownLicence,omitempty"`
	// Cores and MemoryGiB are those of one machine; 0 for an unknown size.
	Cores     int     `json:"cores,omitempty"`
	MemoryGiB float64 `json:"memoryGiB,omitempty"`
}

// SummaryOptions are what stands beside a definition and changes its summary.
type SummaryOptions struct {
	// ExistingResourceGroup: the resource group is there, and is looked up.
	ExistingResourceGroup bool
	// SSH tells whether ranges may reach SSH.
	SSH bool
}

// Summary works out what becomes of the definition, which must be defaulted and
// valid.
func (d *Definition) Summary(o SummaryOptions) Summary {
	s := Summary{
		Release: d.Release().Kubernetes, Machines: d.machineGroups(),
		Addresses: d.addressUse(), Resources: d.ResourceCount(o), Calls: d.apiCalls(o),
	}
	for _, g := range s.Machines {
		if g.Role != RoleJumpbox {
			s.Nodes += g.Count
		}
		if g.Cores == 0 && !slices.Contains(s.UnknownSizes, g.VMSize) {
			s.UnknownSizes = append(s.UnknownSizes, g.VMSize)
		}
		s.Cores += g.Count * g.Cores
		s.MemoryGiB += float64(g.Count) * g.MemoryGiB
	}
	return s
}

func (d *Definition) machineGroups() []MachineGroup {
	var groups []MachineGroup
	if m := d.Properties.MasterProfile; m != nil {
		groups = append(groups, MachineGroup{
			Role: RoleControlPlane, Name: RoleControlPlane, Count: m.Count, VMSize: m.VMSize, OSType: Linux,
			System: m.ubuntuSystem(), Availability: m.spread(false),
		})
	}
	for _, p := range d.sortedPools() {
		groups = append(groups, MachineGroup{
			Role: RoleAgent, Name: p.Name, Count: p.Count, VMSize: p.VMSize, OSType: p.OSType,
			System: d.system(p), Availability: p.spread(p.IsScaleSet()), Spot: p.IsScaleSet() && p.IsSpot(),
			OwnLicence: d.OwnLicence(p),
		})
	}
	if j := d.Jumpbox(); j != nil {
		groups = append(groups, MachineGroup{
			Role: RoleJumpbox, Name: j.Name, Count: 1, VMSize: j.VMSize, OSType: Linux,
			System: new(MachineProfile).ubuntuSystem(),
		})
	}
	for i := range groups {
		if size, known := LookupVMSize(groups[i].VMSize); known {
			groups[i].Cores, groups[i].MemoryGiB = size.Cores, size.MemoryGiB
		}
	}
	return groups
}

// sortedPools are the pools by name: their order in the definition means nothing.
func (d *Definition) sortedPools() []*AgentPoolProfile {
	pools := slices.DeleteFunc(slices.Clone(d.Properties.AgentPoolProfiles), func(p *AgentPoolProfile) bool { return p == nil })
	slices.SortStableFunc(pools, func(a, b *AgentPoolProfile) int { return cmp.Compare(a.Name, b.Name) })
	return pools
}

// OwnLicence says whether the pool's machines run on Windows licences that the user
// has (Azure Hybrid Benefit).
func (d *Definition) OwnLicence(p *AgentPoolProfile) bool {
	w := d.Properties.WindowsProfile
	return p.OSType == Windows && w != nil && w.EnableAHUB != nil && *w.EnableAHUB
}

const ownImage = "own image"

func (m *MachineProfile) ubuntuSystem() string {
	if m.ImageReference != nil {
		return ownImage
	}
	return "Ubuntu " + strings.TrimPrefix(m.Ubuntu(), "ubuntu-")
}

// system names what a pool's machines boot.
func (d *Definition) system(p *AgentPoolProfile) string {
	switch {
	case d.OwnImage(p) != nil:
		return ownImage
	case p.OSType == Windows:
		return "Windows Server " + p.WindowsRelease
	default:
		return p.ubuntuSystem()
	}
}

// spread says how machines are spread over a region's hardware.
func (m *MachineProfile) spread(scaleSet bool) string {
	zones := strings.Join(m.AvailabilityZones, ", ")
	switch {
	case scaleSet && zones != "":
		return "scale set in zones " + zones
	case scaleSet:
		return "scale set"
	case zones != "":
		return "zones " + zones
	default:
		return "availability set"
	}
}
