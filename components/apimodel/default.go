package apimodel

import (
	"net/netip"
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
	d.defaultNetworks(made(&orchestrator.KubernetesConfig))
	d.defaultKubernetes(orchestrator.KubernetesConfig)
	setDefault(&made(&p.LinuxProfile).AdminUsername, defaultAdminUsername)
	if p.WindowsProfile != nil || d.hasPool(Windows) {
		w := made(&p.WindowsProfile)
		setDefault(&w.AdminUsername, defaultAdminUsername)
		setDefault(&w.SSHEnabled, new(true))
		setDefault(&w.EnableAutomaticUpdates, new(false))
	}
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
	setDefault(&m.VnetCIDR, defaultVnetCIDR)
	if vnet, err := netip.ParsePrefix(m.VnetCIDR); err == nil && plannable(vnet) {
		setDefault(&m.FirstConsecutiveStaticIP, firstStaticIP(vnet).String())
	}
}

func (p *AgentPoolProfile) setDefaults() {
	setDefault(&p.OSType, Linux)
	setDefault(&p.AvailabilityProfile, AvailabilitySet)
	if p.OSType == Windows {
		setDefault(&p.OSDiskSizeGB, defaultWindowsDiskGB)
		setDefault(&p.WindowsRelease, defaultWindowsRelease)
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

// defaultNetworks picks networks that do not overlap those which are given.
func (d *Definition) defaultNetworks(k *KubernetesConfig) {
	vnet := defaultVnetCIDR
	if m := d.Properties.MasterProfile; m != nil {
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
	principal := d.Properties.ServicePrincipalProfile
	setDefault(&k.UseManagedIdentity, new(principal == nil || principal.ClientID == ""))
	for _, a := range k.Addons {
		if a != nil {
			setDefault(&a.Enabled, new(true))
		}
	}
}
