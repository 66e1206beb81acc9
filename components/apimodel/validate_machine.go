package apimodel

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// machine checks what the machines of the masters and of a pool have in common.
func (c *checker) machine(at string, system OSType, m *MachineProfile) {
	c.tags(at+".customVMTags", m.CustomVMTags, c.d.Tags)
	c.image(at, system, m)
	c.sysctls(at+".sysctldConfig", system, m.SysctldConfig)
	if isTrue(m.AuditDEnabled) && system == Windows {
		c.fault(at+".auditDEnabled", "installs auditd, which is for Linux, and this pool is Windows", "remove it")
	}
}

// graphicsSize is a size of the series that have graphics cards:
// https://learn.microsoft.com/azure/virtual-machines/sizes/overview#gpu-accelerated
var graphicsSize = regexp.MustCompile(`(?i)^standard_N[CDGV]`)

// graphics says that pods cannot use the card of such a size as it comes: AKS Engine
// installed drivers, and nothing here does.
func (c *checker) graphics(at, size string) {
	if graphicsSize.MatchString(size) {
		c.warn(at, size+" has a graphics card, and no driver for it is installed",
			"install the driver and a device plugin yourself, for example with NVIDIA's GPU operator")
	}
}

// ultraDisks checks the switch for ultra disks. Machines may have them outside of zones
// in some regions, scale sets nowhere (Azure: InvalidParameter).
// https://learn.microsoft.com/azure/virtual-machines/disks-enable-ultra-ssd
// https://github.com/hashicorp/terraform-provider-azurerm/issues/5597
func (c *checker) ultraDisks(at string, scaleSet bool, m *MachineProfile) {
	if !isTrue(m.UltraSSDEnabled) || len(m.AvailabilityZones) > 0 {
		return
	}
	region, known := LookupRegion(c.d.Location)
	switch {
	case scaleSet:
		c.fault(at+".ultraSSDEnabled", "is true, and a scale set has ultra disks in availability zones only", "add availabilityZones, or use availabilityProfile AvailabilitySet")
	case !known || len(region.Zones) > 0:
		c.warn(at+".ultraSSDEnabled", "is true, and the machines are in no availability zone: most regions have ultra disks in zones only", "add availabilityZones")
	}
}

// sysctlShape is the name of a kernel parameter, with dots or slashes.
var sysctlShape = regexp.MustCompile(`^[a-z0-9_]+([./][A-Za-z0-9_-]+)+$`)

// neededSysctls are those that pods do not work without:
// https://kubernetes.io/docs/setup/production-environment/container-runtimes/#network-configuration
func neededSysctls() []string {
	return []string{"net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables", "net.bridge.bridge-nf-call-ip6tables"}
}

func (c *checker) sysctls(at string, system OSType, values map[string]string) {
	if len(values) > 0 && system == Windows {
		c.fault(at, "sets kernel parameters of Linux, and this pool is Windows", "remove it")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, where := values[name], mapPath(at, name)
		switch dotted := strings.ReplaceAll(name, "/", "."); {
		case !sysctlShape.MatchString(name):
			c.fault(where, fmt.Sprintf("%q is no kernel parameter", name), "write a name such as net.core.somaxconn")
		case strings.TrimSpace(value) == "" || strings.ContainsFunc(value, unicode.IsControl) && strings.Trim(value, "\t") != value || strings.ContainsAny(value, "\r\n"):
			c.fault(where, fmt.Sprintf("%q is no value for a kernel parameter", value), "write the value on one line, such as \"4096\"")
		case slices.Contains(neededSysctls(), dotted) && value != "1":
			c.fault(where, fmt.Sprintf("is %q, and Kubernetes needs 1: pods would have no network", value), "remove it")
		}
	}
}

// Custom data has at most 64 KiB, in base64 and with everything else in it:
// https://learn.microsoft.com/azure/virtual-machines/custom-data
const maxCustomFile = 48 << 10

// ownPaths are what the bootstrap and kubeadm write on a master. A path that ends
// in a slash stands for all below it.
func ownPaths() []string {
	return []string{
		"/etc/kubernetes/pki/", "/etc/kubernetes/manifests/", "/etc/kubernetes/azure.json", "/etc/kubernetes/admin.conf",
		"/etc/kubernetes/super-admin.conf", "/etc/kubernetes/kubelet.conf", "/etc/kubernetes/bootstrap-kubelet.conf",
		"/etc/kubernetes/controller-manager.conf", "/etc/kubernetes/scheduler.conf", "/etc/hybridcluster/",
		"/usr/local/lib/hybridcluster/", "/var/lib/hybridcluster/", "/var/log/hybridcluster/", "/var/lib/etcddisk/",
		"/var/lib/etcd/", "/var/lib/kubelet/", "/var/lib/cloud/", "/var/lib/waagent/", "/etc/containerd/config.toml",
		"/etc/crictl.yaml", "/etc/sysctl.d/90-hybridcluster.conf", "/etc/modules-load.d/hybridcluster.conf", "/etc/fstab",
		"/etc/hosts", "/proc/", "/sys/", "/dev/", "/run/", "/tmp/",
	}
}

func (c *checker) customFiles(at string, files []CustomFile) {
	seen := map[string]int{}
	for i, f := range files {
		where := indexPath(at, i)
		c.customFileDest(where+".dest", f.Dest)
		if earlier, taken := seen[path.Clean(f.Dest)]; taken && f.Dest != "" {
			c.fault(where+".dest", fmt.Sprintf("%q is the dest of %s already", f.Dest, indexPath(at, earlier)), "give each file a path of its own")
		} else {
			seen[path.Clean(f.Dest)] = i
		}
		switch {
		case f.Source == "" && f.Content == "":
			c.fault(where, "has neither source nor content", "name a file as source, or write its text as content")
		case f.Content == "" && c.d.source == nil:
			c.fault(where+".source", fmt.Sprintf("%q was not read", f.Source), "fill content in: only Load reads files")
		case len(f.Content) > maxCustomFile:
			c.fault(where, fmt.Sprintf("is a file of %d bytes, more than the %d that go into a machine's custom data", len(f.Content), maxCustomFile), "let a script of your own fetch it (extensions)")
		}
	}
}

func (c *checker) customFileDest(at, dest string) {
	switch {
	case dest == "":
		c.fault(at, "is missing", "add the file's path on the masters")
		return
	case !path.IsAbs(dest) || strings.HasSuffix(dest, "/") || strings.ContainsFunc(dest, unicode.IsControl):
		c.fault(at, fmt.Sprintf("%q is no absolute path of a file", dest), "write a path such as /etc/kubernetes/podnodeselector.yaml")
		return
	case path.Clean(dest) != dest:
		c.fault(at, fmt.Sprintf("%q is no clean path", dest), fmt.Sprintf("write %q", path.Clean(dest)))
		return
	}
	for _, own := range ownPaths() {
		if dest == own || strings.HasSuffix(own, "/") && strings.HasPrefix(dest+"/", own) {
			c.fault(at, fmt.Sprintf("%q is in %s, which is written by the system, kubeadm or the bootstrap", dest, own), "choose another path, for example below /etc/kubernetes")
			return
		}
	}
}
