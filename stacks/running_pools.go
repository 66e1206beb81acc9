package stacks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// runningPools says what the machines of running pools, and of the control plane,
// cannot follow: what Azure refuses to change on a machine, and what would replace
// all machines of a pool at once. has says whether the control plane's machines have
// a switch on in Azure, whatever the definition said.
func runningPools(before, now *apimodel.Definition, has func(property string) bool) apimodel.Faults {
	c := comparison{}
	c.masters(before, now, has)
	for i, pool := range now.Properties.AgentPoolProfiles {
		for _, old := range before.Properties.AgentPoolProfiles {
			if old != nil && pool != nil && old.Name == pool.Name {
				c.pool(fmt.Sprintf("properties.agentPoolProfiles[%d]", i), pool.Name, poolOf{before, old}, poolOf{now, pool})
			}
		}
	}
	c.logins(before, now)
	return c.faults
}

type poolOf struct {
	definition *apimodel.Definition
	*apimodel.AgentPoolProfile
}

// comparison collects faults.
type comparison struct{ faults apimodel.Faults }

// differs adds a fault where a setting is another one.
func (c *comparison) differs(path, what string, was, is any, remedy string) {
	if text(was) != text(is) {
		c.faults = append(c.faults, apimodel.Fault{
			Path: path, Message: fmt.Sprintf("%s is %s, and running machines cannot get %s", what, text(was), text(is)), Remedy: remedy,
		})
	}
}

// newPool is the way out for a pool.
func newPool(name string) string {
	return fmt.Sprintf("keep it, or add a pool of another name with the new setting, drain the nodes of %s, and then take %s out of the definition",
		name, name)
}

func (c *comparison) pool(at, name string, was, is poolOf) {
	out := newPool(name)
	c.differs(at+".osType", "the pool's system", was.OSType, is.OSType, out)
	c.differs(at+".availabilityProfile", "the pool's availability profile", was.AvailabilityProfile, is.AvailabilityProfile, out)
	if was.OSType != is.OSType || was.AvailabilityProfile != is.AvailabilityProfile {
		return
	}
	c.image(at, was, is, out)
	c.disks(at, was, is, out)
	c.place(at, was, is, out)
	if is.IsScaleSet() {
		c.scaleSet(at, was, is, out)
		return
	}
	c.size(at+".vmSize", was.VMSize, is.VMSize, out)
	c.differs(at+".encryptionAtHost", "encryption at host", on(was.EncryptionAtHost), on(is.EncryptionAtHost), out)
	c.differs(at+".diskSizesGB", "the list of data disks", was.DiskSizesGB, is.DiskSizesGB, out)
}

// image is what the machines were made from.
func (c *comparison) image(at string, was, is poolOf, out string) {
	if is.OSType == apimodel.Windows {
		c.differs(at+".windowsRelease", "the Windows release", was.WindowsRelease, is.WindowsRelease, out)
		c.differs(at+".windowsImage", "the Windows image", was.definition.WindowsImage(was.AgentPoolProfile), is.definition.WindowsImage(is.AgentPoolProfile), out)
	} else {
		c.differs(at+".distro", "the Ubuntu release", was.Ubuntu(), is.Ubuntu(), out)
	}
	c.differs(at+".imageReference", "the image", was.definition.OwnImage(was.AgentPoolProfile), is.definition.OwnImage(is.AgentPoolProfile), out)
}

func (c *comparison) disks(at string, was, is poolOf, out string) {
	c.differs(at+".osDiskSizeGB", "the size of the OS disk", was.OSDiskSizeGB, is.OSDiskSizeGB, out)
	c.differs(at+".osDiskCachingType", "the caching of the OS disk", was.OSDiskCachingType, is.OSDiskCachingType, out)
	c.differs(at+".storageProfile", "the kind of OS disk", was.StorageProfile, is.StorageProfile, out)
	c.differs(at+".diskEncryptionSetID", "the disk encryption set", lower(was.DiskEncryptionSetID), lower(is.DiskEncryptionSetID), out)
}

// place is where machines stand. An availability set cannot change while machines
// are in it, and they cannot leave it.
func (c *comparison) place(at string, was, is poolOf, out string) {
	c.differs(at+".availabilityZones", "the list of zones", was.AvailabilityZones, is.AvailabilityZones, out)
	c.differs(at+".platformFaultDomainCount", "the number of fault domains", was.PlatformFaultDomainCount, is.PlatformFaultDomainCount, out)
	c.differs(at+".platformUpdateDomainCount", "the number of update domains", was.PlatformUpdateDomainCount, is.PlatformUpdateDomainCount, out)
	c.differs(at+".proximityPlacementGroupID", "the placement group", lower(was.ProximityPlacementGroupID), lower(is.ProximityPlacementGroupID), out)
	c.differs(at+".ultraSSDEnabled", "the use of ultra disks", on(was.UltraSSDEnabled), on(is.UltraSSDEnabled), out)
}

// scaleSet is what replaces a scale set with all of its machines.
func (c *comparison) scaleSet(at string, was, is poolOf, out string) {
	c.differs(at+".vmSize", "the VM size of the scale set", lower(was.VMSize), lower(is.VMSize), out)
	c.differs(at+".singlePlacementGroup", "the single placement group", on(was.SinglePlacementGroup), on(is.SinglePlacementGroup), out)
	c.differs(at+".scaleSetPriority", "the priority", was.ScaleSetPriority, is.ScaleSetPriority, out)
	if is.IsSpot() && was.IsSpot() {
		c.differs(at+".scaleSetEvictionPolicy", "the eviction policy", was.ScaleSetEvictionPolicy, is.ScaleSetEvictionPolicy, out)
	}
}

// size says why a single machine cannot get another size while it keeps its image
// and disks. Others are given with a restart.
// https://learn.microsoft.com/azure/virtual-machines/resize-vm
func (c *comparison) size(path, was, is, out string) {
	if was == "" || lower(was) == lower(is) {
		return
	}
	old, next := apimodel.Traits(was), apimodel.Traits(is)
	why := ""
	switch {
	case old.NVMe != next.NVMe:
		why = "they attach disks in different ways, one by SCSI and one by NVMe"
	case old.TempDisk != next.TempDisk:
		why = "one has a temporary disk and the other has none"
	case old.Premium != next.Premium:
		why = "only one of them takes Premium SSDs, and the disks stay as they are"
	case old.Gen2 != next.Gen2:
		why = "they boot images of different generations, and the OS disk stays as it is"
	default:
		return
	}
	c.faults = append(c.faults, apimodel.Fault{
		Path: path, Message: fmt.Sprintf("running machines of size %s cannot become %s: %s", was, is, why), Remedy: out,
	})
}

// masters are changed in place or not at all: a replaced one comes back without its
// data.
func (c *comparison) masters(before, now *apimodel.Definition, has func(property string) bool) {
	was, is := before.Properties.MasterProfile, now.Properties.MasterProfile
	if was == nil || is == nil {
		return
	}
	c.size(mastersPath+".vmSize", was.VMSize, is.VMSize,
		"keep it, or take a size with the same disks: of the same generation, with or without a temporary disk and Premium SSDs as now")
	for _, setting := range []struct {
		name, what, property string
		was, is              *bool
	}{
		{"encryptionAtHost", "encryption at host", "securityProfile.encryptionAtHost", was.EncryptionAtHost, is.EncryptionAtHost},
		{"ultraSSDEnabled", "the use of ultra disks", "additionalCapabilities.ultraSSDEnabled", was.UltraSSDEnabled, is.UltraSSDEnabled},
	} {
		if on(setting.is) == has(setting.property) {
			continue
		}
		c.differs(mastersPath+"."+setting.name, setting.what, on(setting.was), on(setting.is), fmt.Sprintf(
			"keep it; or, one machine of the control plane after the other, `az vm deallocate`, `az vm update --set %s=%t` and `az vm start`, "+
				"then `hybridctl up --refresh` with the definition as it was, and then change it", setting.property, on(setting.is)))
	}
}

// logins are made at the first boot, with the machine.
func (c *comparison) logins(before, now *apimodel.Definition) {
	const out = "keep it: a login of another name is made with a new cluster"
	if was, is := before.Properties.LinuxProfile, now.Properties.LinuxProfile; was != nil && is != nil && was.AdminUsername != "" {
		c.differs("properties.linuxProfile.adminUsername", "the login's name", was.AdminUsername, is.AdminUsername, out)
	}
	if was, is := before.Properties.WindowsProfile, now.Properties.WindowsProfile; was != nil && is != nil && was.AdminUsername != "" {
		c.differs("properties.windowsProfile.adminUsername", "the login's name", was.AdminUsername, is.AdminUsername, out)
	}
}

func on(setting *bool) bool { return setting != nil && *setting }

// text is a value as a message shows it.
func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	switch s := string(data); s {
	case "null", `""`, "[]", "{}":
		return "none"
	case "true":
		return "on"
	case "false":
		return "off"
	default:
		var plain string
		if json.Unmarshal(data, &plain) == nil {
			return plain
		}
		return s
	}
}

// lower makes ids and sizes comparable: Azure ignores their case.
func lower(s string) string { return strings.ToLower(s) }
