package apimodel

// MasterProfile describes the control plane.
type MasterProfile struct {
	// Count is 1, 3 or 5.
	Count int `json:"count"`
	// DNSPrefix is the label of the API server's public name:
	// <dnsPrefix>.<location>.cloudapp.azure.com.
	DNSPrefix string `json:"dnsPrefix"`
	VMSize    string `json:"vmSize"`
	// AvailabilityProfile is AvailabilitySet. Masters of a scale set become
	// machines of their own: each has an etcd member with a fixed address.
	AvailabilityProfile string `json:"availabilityProfile,omitempty"`
	// VnetCIDR is the address space of the virtual network.
	VnetCIDR string `json:"vnetCidr,omitempty"`
	// VnetSubnetID is an existing subnet for the masters, by resource id. Then
	// each pool names one too.
	VnetSubnetID string `json:"vnetSubnetID,omitempty"`
	// AgentVnetSubnetID is an existing subnet for the pools that name none.
	AgentVnetSubnetID string `json:"agentVnetSubnetID,omitempty"`
	// FirstConsecutiveStaticIP is the private address of the first master; the
	// others follow it.
	FirstConsecutiveStaticIP string `json:"firstConsecutiveStaticIP,omitempty"`
	// SubjectAltNames are further names of the API server's certificate.
	SubjectAltNames []string `json:"subjectAltNames,omitempty"`
	// HTTPSourceAddressPrefix is a CIDR that may reach the API server, or "*".
	HTTPSourceAddressPrefix string `json:"HTTPSourceAddressPrefix,omitempty"`
	// CustomFiles are put on each master.
	CustomFiles []CustomFile `json:"customFiles,omitempty"`

	MachineProfile
}

// AgentPoolProfile describes one pool of nodes.
type AgentPoolProfile struct {
	// Name is 1 to 12 characters, a letter and then letters and digits, all
	// lower case, and unique in the definition. The nodes are named after it.
	Name   string `json:"name"`
	Count  int    `json:"count"`
	VMSize string `json:"vmSize"`
	OSType OSType `json:"osType,omitempty"`
	// AvailabilityProfile is VirtualMachineScaleSets (the default) or
	// AvailabilitySet. Pools may differ.
	AvailabilityProfile string `json:"availabilityProfile,omitempty"`
	// VnetSubnetID is an existing subnet, by resource id.
	VnetSubnetID     string            `json:"vnetSubnetID,omitempty"`
	CustomNodeLabels map[string]string `json:"customNodeLabels,omitempty"`
	// Taints is a field of ours: "key=value:Effect" or "key:Effect", where the
	// effect is NoSchedule, PreferNoSchedule or NoExecute.
	Taints []string `json:"taints,omitempty"`
	// DiskSizesGB adds data disks, in GiB.
	DiskSizesGB []int `json:"diskSizesGB,omitempty"`
	// DataDiskCachingType is None, ReadOnly or ReadWrite; ReadOnly by default, and
	// None with a disk above 4095 GiB, which no host caches.
	DataDiskCachingType string `json:"dataDiskCachingType,omitempty"`
	// DiskEncryptionSetID encrypts the disks with a customer's key, by resource id.
	DiskEncryptionSetID string `json:"diskEncryptionSetID,omitempty"`
	// AcceleratedNetworkingEnabled is for Linux pools, the other for Windows
	// pools. Both follow the VM size where they say nothing.
	AcceleratedNetworkingEnabled        *bool `json:"acceleratedNetworkingEnabled,omitempty"`
	AcceleratedNetworkingEnabledWindows *bool `json:"acceleratedNetworkingEnabledWindows,omitempty"`
	// ScaleSetPriority is Regular (the default) or Spot, ScaleSetEvictionPolicy
	// Delete (the default) or Deallocate, SpotMaxPrice in US dollars an hour; -1
	// pays up to the regular price. They are for scale sets.
	ScaleSetPriority       string   `json:"scaleSetPriority,omitempty"`
	ScaleSetEvictionPolicy string   `json:"scaleSetEvictionPolicy,omitempty"`
	SpotMaxPrice           *float64 `json:"spotMaxPrice,omitempty"`
	// SinglePlacementGroup limits a scale set to 100 machines; false by default.
	SinglePlacementGroup *bool `json:"singlePlacementGroup,omitempty"`
	// WindowsRelease is a field of ours: 2019, 2022 (the default) or 2025.
	WindowsRelease string `json:"windowsRelease,omitempty"`
	// WindowsImage is a field of ours: a marketplace image for this pool alone.
	WindowsImage *MarketplaceImage `json:"windowsImage,omitempty"`

	MachineProfile
}

// MachineProfile is what the machines of the control plane and of a pool have
// in common.
type MachineProfile struct {
	// OSDiskSizeGB is in GiB; 0 takes the image's own size.
	OSDiskSizeGB int `json:"osDiskSizeGB,omitempty"`
	// OSDiskCachingType is None, ReadOnly or ReadWrite (the default).
	OSDiskCachingType string `json:"osDiskCachingType,omitempty"`
	// StorageProfile is ManagedDisks (the default) or, for pools, Ephemeral: the
	// OS disk lies on the host and is lost when the machine stops.
	StorageProfile string `json:"storageProfile,omitempty"`
	// AvailabilityZones spreads the machines: "1", "2", "3".
	AvailabilityZones []string `json:"availabilityZones,omitempty"`
	// PlatformFaultDomainCount and PlatformUpdateDomainCount are those of the
	// availability set or scale set.
	PlatformFaultDomainCount  *int `json:"platformFaultDomainCount,omitempty"`
	PlatformUpdateDomainCount *int `json:"platformUpdateDomainCount,omitempty"`
	// ProximityPlacementGroupID keeps machines close together, by resource id.
	ProximityPlacementGroupID string `json:"proximityPlacementGroupID,omitempty"`
	// Distro is ubuntu-24.04 (the default) or ubuntu-22.04, fields of ours.
	// Everything of AKS Engine's is substituted by the default.
	Distro string `json:"distro,omitempty"`
	// ImageReference is a managed image or an image of a gallery.
	ImageReference *ImageReference `json:"imageReference,omitempty"`
	// CustomVMTags are put on the machines only.
	CustomVMTags map[string]string `json:"customVMTags,omitempty"`
	// EncryptionAtHost encrypts caches and temporary disks too.
	EncryptionAtHost *bool `json:"encryptionAtHost,omitempty"`
	// UltraSSDEnabled lets ultra disks be attached.
	UltraSSDEnabled *bool `json:"ultraSSDEnabled,omitempty"`
	// AuditDEnabled installs auditd on Linux machines.
	AuditDEnabled *bool `json:"auditDEnabled,omitempty"`
	// SysctldConfig sets kernel parameters of Linux machines.
	SysctldConfig map[string]string `json:"sysctldConfig,omitempty"`
	// KubernetesConfig tunes the kubelet of these machines.
	KubernetesConfig *NodeKubernetesConfig `json:"kubernetesConfig,omitempty"`
	// PreProvisionExtension runs before the node is set up, Extensions after it
	// has joined.
	PreProvisionExtension *Extension  `json:"preProvisionExtension,omitempty"`
	Extensions            []Extension `json:"extensions,omitempty"`
}

// ImageReference names an image that is not in the marketplace: a managed image
// by name and resource group, or an image of a gallery with the gallery, and a
// version.
type ImageReference struct {
	Name           string `json:"name,omitempty"`
	ResourceGroup  string `json:"resourceGroup,omitempty"`
	SubscriptionID string `json:"subscriptionId,omitempty"`
	Gallery        string `json:"gallery,omitempty"`
	Version        string `json:"version,omitempty"`
}

// MarketplaceImage names an image of the marketplace. An empty version is "latest".
type MarketplaceImage struct {
	Publisher string `json:"publisher"`
	Offer     string `json:"offer"`
	SKU       string `json:"sku"`
	Version   string `json:"version,omitempty"`
}

// CustomFile is a file that masters get.
type CustomFile struct {
	// Source is a path on the machine that loads the definition, relative to
	// the definition's own folder.
	Source string `json:"source,omitempty"`
	// Dest is an absolute path on the master.
	Dest string `json:"dest"`
	// Content is a field of ours: the text itself, in place of Source. Load
	// fills it in from Source.
	Content string `json:"content,omitempty"`
}

// OSType is the operating system of a pool, exactly "Linux" or "Windows".
type OSType string

// The operating systems.
const (
	Linux   OSType = "Linux"
	Windows OSType = "Windows"
)
