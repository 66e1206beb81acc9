package apimodel

import (
	"net/netip"
	"slices"
	"strings"
)

// What a definition gets where it says nothing. Most values are AKS Engine's:
// https://github.com/Azure/aks-engine/blob/master/pkg/api/defaults.go
const (
	// AvailabilitySet and ScaleSets are the availability profiles. ScaleSets is
	// the default of pools.
	AvailabilitySet = "AvailabilitySet"
	ScaleSets       = "VirtualMachineScaleSets"

	defaultOrchestrator   = "Kubernetes"
	defaultAdminUsername  = "azureuser"
	defaultVnetCIDR       = "10.240.0.0/12"
	defaultWindowsRelease = "2022"
	// defaultWindowsDiskGB leaves room for images; the 30 GB of the small images
	// fill up with the first workload.
	defaultWindowsDiskGB = 128
	// defaultEtcdDiskGB is AKS Engine's size for small clusters. It does not
	// grow with the number of nodes as AKS Engine's does: scaling a pool must
	// not change the control plane's disk.
	defaultEtcdDiskGB = 256

	defaultMaxPods = 110
	// defaultIdleTimeout is how long a NAT gateway remembers a quiet flow, in
	// minutes; Azure's own default.
	defaultIdleTimeout = 4
	// MaxWindowsPods is the most pods of a Windows node. It has one block of pod
	// addresses, of which Calico keeps four.
	MaxWindowsPods = 1<<(32-podBlockBits) - 4

	cachingReadOnly, cachingReadWrite, cachingNone = "ReadOnly", "ReadWrite", "None"

	priorityRegular, prioritySpot, priorityLow = "Regular", "Spot", "Low"
	evictionDelete, evictionDeallocate         = "Delete", "Deallocate"

	// ManagedDisks is the default storage profile.
	ManagedDisks = "ManagedDisks"
	// EphemeralDisks puts the OS disk on the host.
	EphemeralDisks = "Ephemeral"

	// WinRM is the extension that opens WinRM on Windows nodes.
	WinRM            = "winrm"
	extensionVersion = "v1"
)

// Default fills in what the definition leaves out. Calling it twice changes
// nothing more. It does not make up what only the user can know: the location,
// the dnsPrefix, VM sizes and counts.
func (d *Definition) Default() {
	p := &d.Properties
	if d.APIVersion == "" {
		d.APIVersion = APIVersion
	}
	// Azure takes a region's display name too ("West Europe").
	d.Location = strings.ToLower(strings.ReplaceAll(d.Location, " ", ""))
	if p.MasterProfile != nil {
		p.MasterProfile.setDefaults()
	}
	for _, pool := range p.AgentPoolProfiles {
		if pool != nil {
			pool.setDefaults()
		}
	}
	orchestrator := made(&p.OrchestratorProfile)
	orchestrator.setDefaults()
	d.podsOutOfTheNetwork(made(&orchestrator.KubernetesConfig))
	d.defaultNetworks(orchestrator.KubernetesConfig)
	d.defaultKubernetes(orchestrator.KubernetesConfig)
	setDefault(&made(&p.LinuxProfile).AdminUsername, defaultAdminUsername)
	setDefault(&p.LinuxProfile.EnableUnattendedUpgrades, new(true))
	setDefault(&p.LinuxProfile.RunUnattendedUpgradesOnBootstrap, new(false))
	if p.WindowsProfile != nil || d.hasPool(Windows) {
		made(&p.WindowsProfile).setDefaults()
	}
	d.defaultWindowsPools()
	for _, e := range p.ExtensionProfiles {
		if e != nil {
			setDefault(&e.Version, extensionVersion)
		}
	}
}

// setDefault sets a value that is not set.
func setDefault[T comparable](target *T, value T) {
	var zero T
	if *target == zero {
		*target = value
	}
}

// hasPool tells whether any pool runs the operating system.
func (d *Definition) hasPool(os OSType) bool {
	for _, p := range d.Properties.AgentPoolProfiles {
		if p != nil && p.OSType == os {
			return true
		}
	}
	return false
}

func (m *MasterProfile) setDefaults() {
	setDefault(&m.AvailabilityProfile, AvailabilitySet)
	m.MachineProfile.setDefaults()
	if m.VnetSubnetID != "" {
		// The network is somebody else's: nothing about it can be known.
		return
	}
	setDefault(&m.VnetCIDR, defaultVnetCIDR)
	if vnet, err := netip.ParsePrefix(m.VnetCIDR); err == nil && plannable(vnet) {
		setDefault(&m.FirstConsecutiveStaticIP, firstStaticIP(vnet).String())
	}
}

func (p *AgentPoolProfile) setDefaults() {
	setDefault(&p.OSType, Linux)
	setDefault(&p.AvailabilityProfile, ScaleSets)
	p.MachineProfile.setDefaults()
	if p.OSType == Windows {
		setDefault(&p.OSDiskSizeGB, defaultWindowsDiskGB)
	}
	if len(p.DiskSizesGB) > 0 {
		caching := cachingReadOnly
		if slices.Max(p.DiskSizesGB) > maxCachedDisk {
			caching = cachingNone
		}
		setDefault(&p.DataDiskCachingType, caching)
	}
	if !p.IsScaleSet() {
		return
	}
	setDefault(&p.SinglePlacementGroup, new(false))
	setDefault(&p.ScaleSetPriority, priorityRegular)
	if p.IsSpot() {
		setDefault(&p.ScaleSetEvictionPolicy, evictionDelete)
		setDefault(&p.SpotMaxPrice, new(-1.0))
	}
}

// IsSpot tells whether Azure may take the pool's machines back. Low is the name
// that Spot had before.
func (p *AgentPoolProfile) IsSpot() bool {
	return p.ScaleSetPriority == prioritySpot || p.ScaleSetPriority == priorityLow
}

func (m *MachineProfile) setDefaults() {
	setDefault(&m.StorageProfile, ManagedDisks)
	setDefault(&m.Distro, Ubuntu2404)
	caching := cachingReadWrite
	if m.StorageProfile == EphemeralDisks {
		caching = cachingReadOnly // Azure takes no other for a disk on the host
	}
	setDefault(&m.OSDiskCachingType, caching)
}

func (w *WindowsProfile) setDefaults() {
	setDefault(&w.AdminUsername, defaultAdminUsername)
	setDefault(&w.SSHEnabled, new(true))
	setDefault(&w.EnableAutomaticUpdates, new(false))
	setDefault(&w.EnableAHUB, new(false))
	setDefault(&w.EnableCSIProxy, new(false))
	setDefault(&w.WindowsSecureTLSEnabled, new(false))
}

// defaultWindowsPools gives each Windows pool the release of its image, and no
// more pods than a Windows node has addresses for.
func (d *Definition) defaultWindowsPools() {
	for _, p := range d.Properties.AgentPoolProfiles {
		if p == nil || p.OSType != Windows {
			continue
		}
		release := defaultWindowsRelease
		if image := d.WindowsImage(p); image != nil {
			if named := windowsReleaseOf(image.SKU); named != "" {
				release = named
			}
		}
		setDefault(&p.WindowsRelease, release)
		setDefault(&made(&p.KubernetesConfig).MaxPods, min(d.maxPods(), MaxWindowsPods))
	}
}

func (o *OrchestratorProfile) setDefaults() {
	if o.OrchestratorType == "" || strings.EqualFold(o.OrchestratorType, defaultOrchestrator) {
		o.OrchestratorType = defaultOrchestrator
	}
	if o.OrchestratorRelease == "" && o.OrchestratorVersion != "" {
		o.OrchestratorRelease = minorOf(o.OrchestratorVersion)
	}
	setDefault(&o.OrchestratorRelease, DefaultRelease)
}

// podsOutOfTheNetwork: with Azure's own network plugin, AKS Engine's default, the
// pods' network is the virtual network, and files say so. The overlay needs one of
// its own, which the defaults pick.
func (d *Definition) podsOutOfTheNetwork(k *KubernetesConfig) {
	m := d.Properties.MasterProfile
	if m == nil || m.VnetCIDR == "" || k.ClusterSubnet != m.VnetCIDR {
		return
	}
	k.ClusterSubnet = ""
	at := d.source.locate(pathPods)
	// Clones share the source, so it is not changed itself.
	noted := source{}
	if d.source != nil {
		noted = *d.source
	}
	noted.substitutions = append(slices.Clone(noted.substitutions), Fault{
		Path: pathPods, File: at.file, Line: at.line,
		Message: m.VnetCIDR + " is the virtual network, as Azure's network plugin had it; the overlay's pods get a network of their own",
		Remedy:  "leave it out, or name a network outside of vnetCidr",
	})
	d.source = &noted
}

// defaultNetworks picks networks that do not overlap those which are given.
func (d *Definition) defaultNetworks(k *KubernetesConfig) {
	vnet := defaultVnetCIDR
	if m := d.Properties.MasterProfile; m != nil && m.VnetCIDR != "" {
		vnet = m.VnetCIDR
	}
	if k.ServiceCIDR == "" {
		k.ServiceCIDR = firstFree([]string{"10.0.0.0/16", "172.16.0.0/16", "192.168.0.0/16"}, vnet, k.ClusterSubnet)
	}
	if k.ClusterSubnet == "" {
		k.ClusterSubnet = firstFree([]string{"192.168.0.0/16", "10.244.0.0/16", "172.20.0.0/16"}, vnet, k.ServiceCIDR)
	}
	if services, err := netip.ParsePrefix(k.ServiceCIDR); err == nil && services.Addr().Is4() && k.DNSServiceIP == "" {
		k.DNSServiceIP = nth(services.Masked().Addr(), 10).String()
	}
}

func (d *Definition) defaultKubernetes(k *KubernetesConfig) {
	setDefault(&k.EtcdDiskSizeGB, defaultEtcdDiskGB)
	setDefault(&k.KubeProxyMode, "iptables")
	setDefault(&k.MaxPods, defaultMaxPods)
	if !d.HasExistingSubnets() {
		setDefault(&k.LoadBalancerOutboundIPs, 1)
		setDefault(&k.OutboundRuleIdleTimeoutInMinutes, defaultIdleTimeout)
	}
	if p := k.PrivateCluster; p != nil && p.JumpboxProfile != nil {
		setDefault(&p.JumpboxProfile.Username, defaultAdminUsername)
	}
	principal := d.Properties.ServicePrincipalProfile
	setDefault(&k.UseManagedIdentity, new(principal == nil || principal.ClientID == ""))
	for _, a := range k.Addons {
		if a != nil {
			setDefault(&a.Enabled, new(true))
		}
	}
}
