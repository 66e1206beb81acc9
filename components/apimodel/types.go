package apimodel

// Definition is a cluster definition in AKS Engine's format (its "apimodel"),
// apiVersion vlabs. The JSON keys are AKS Engine's; they match in any case.
//
// Load makes one from a file, Default fills in what the file leaves out and
// Validate says everything that is wrong with it.
type Definition struct {
	// APIVersion is always "vlabs".
	APIVersion string `json:"apiVersion"`
	// Location is the Azure region, for example "westeurope".
	Location   string     `json:"location,omitempty"`
	Properties Properties `json:"properties"`

	// source remembers where each value stood, for messages. It is nil for a
	// definition that was written as a Go literal.
	source *source
}

// Properties holds the profiles of a definition.
type Properties struct {
	OrchestratorProfile     *OrchestratorProfile     `json:"orchestratorProfile,omitempty"`
	MasterProfile           *MasterProfile           `json:"masterProfile,omitempty"`
	AgentPoolProfiles       []*AgentPoolProfile      `json:"agentPoolProfiles,omitempty"`
	LinuxProfile            *LinuxProfile            `json:"linuxProfile,omitempty"`
	WindowsProfile          *WindowsProfile          `json:"windowsProfile,omitempty"`
	ServicePrincipalProfile *ServicePrincipalProfile `json:"servicePrincipalProfile,omitempty"`
	ExtensionProfiles       []*ExtensionProfile      `json:"extensionProfiles,omitempty"`
}

// OrchestratorProfile says which orchestrator runs and how. Only Kubernetes is left.
type OrchestratorProfile struct {
	OrchestratorType string `json:"orchestratorType,omitempty"`
	// OrchestratorRelease is a minor release, for example "1.36".
	OrchestratorRelease string `json:"orchestratorRelease,omitempty"`
	// OrchestratorVersion is a full version, for example "1.36.5". It must be
	// of the release.
	OrchestratorVersion string            `json:"orchestratorVersion,omitempty"`
	KubernetesConfig    *KubernetesConfig `json:"kubernetesConfig,omitempty"`
}

// KubernetesConfig tunes Kubernetes.
type KubernetesConfig struct {
	// ClusterSubnet is the pods' CIDR.
	ClusterSubnet string `json:"clusterSubnet,omitempty"`
	// ServiceCIDR and DNSServiceIP are the Services' CIDR and the cluster DNS
	// address in it. AKS Engine wants both or none.
	ServiceCIDR  string   `json:"serviceCidr,omitempty"`
	DNSServiceIP string   `json:"dnsServiceIP,omitempty"`
	Addons       []*Addon `json:"addons,omitempty"`
	// UseManagedIdentity picks a managed identity (the default when there is no
	// service principal) or the service principal (false) for the cloud provider.
	UseManagedIdentity *bool `json:"useManagedIdentity,omitempty"`
	// EtcdDiskSizeGB is the size in GiB of the etcd data disk of each master.
	// AKS Engine writes the number in quotes; both forms are read.
	EtcdDiskSizeGB int `json:"etcdDiskSizeGB,omitempty" apimodel:"quoted"`
}

// Addon switches one add-on by name.
type Addon struct {
	Name    string            `json:"name"`
	Enabled *bool             `json:"enabled,omitempty"`
	Config  map[string]string `json:"config,omitempty"`
}

// MasterProfile describes the control plane.
type MasterProfile struct {
	Count int `json:"count"`
	// DNSPrefix is the label of the API server's public name:
	// <dnsPrefix>.<location>.cloudapp.azure.com.
	DNSPrefix string `json:"dnsPrefix"`
	VMSize    string `json:"vmSize"`
	// AvailabilityProfile is AvailabilitySet.
	AvailabilityProfile string `json:"availabilityProfile,omitempty"`
	OSDiskSizeGB        int    `json:"osDiskSizeGB,omitempty"`
	// VnetCIDR is the address space of the virtual network.
	VnetCIDR string `json:"vnetCidr,omitempty"`
	// FirstConsecutiveStaticIP is the private address of the first master; the
	// others follow it.
	FirstConsecutiveStaticIP string `json:"firstConsecutiveStaticIP,omitempty"`
	// SubjectAltNames are further names of the API server's certificate.
	SubjectAltNames []string `json:"subjectAltNames,omitempty"`
}

// OSType is the operating system of a pool, exactly "Linux" or "Windows".
type OSType string

// The operating systems.
const (
	Linux   OSType = "Linux"
	Windows OSType = "Windows"
)

// AgentPoolProfile describes one pool of nodes.
type AgentPoolProfile struct {
	// Name is 1 to 12 characters, a letter and then letters and digits, all
	// lower case, and unique in the definition. The nodes are named after it.
	Name   string `json:"name"`
	Count  int    `json:"count"`
	VMSize string `json:"vmSize"`
	OSType OSType `json:"osType,omitempty"`
	// AvailabilityProfile is AvailabilitySet.
	AvailabilityProfile string `json:"availabilityProfile,omitempty"`
	// OSDiskSizeGB is in GiB; 0 takes the image's own size.
	OSDiskSizeGB     int               `json:"osDiskSizeGB,omitempty"`
	CustomNodeLabels map[string]string `json:"customNodeLabels,omitempty"`
	Extensions       []Extension       `json:"extensions,omitempty"`
	// WindowsRelease is a field of ours: 2019, 2022 (the default) or 2025.
	WindowsRelease string `json:"windowsRelease,omitempty"`
}

// Extension names an extension profile that applies to a pool.
type Extension struct {
	Name string `json:"name"`
}

// LinuxProfile describes the login on Linux nodes.
type LinuxProfile struct {
	AdminUsername string    `json:"adminUsername,omitempty"`
	SSH           SSHConfig `json:"ssh,omitzero"`
}

// SSHConfig holds the keys that may log in.
type SSHConfig struct {
	PublicKeys []PublicKey `json:"publicKeys,omitempty"`
}

// PublicKey is one key in authorized_keys form.
type PublicKey struct {
	KeyData string `json:"keyData"`
}

// WindowsProfile describes the login on Windows nodes.
type WindowsProfile struct {
	AdminUsername string `json:"adminUsername,omitempty"`
	// AdminPassword is a secret. Empty means: generate one.
	AdminPassword string `json:"adminPassword,omitempty"`
	// SSHEnabled installs OpenSSH on the nodes. The default is true.
	SSHEnabled *bool `json:"sshEnabled,omitempty"`
	// EnableAutomaticUpdates lets Windows Update run. The default is false.
	EnableAutomaticUpdates *bool `json:"enableAutomaticUpdates,omitempty"`
}

// ServicePrincipalProfile is the service principal that the cloud provider uses.
type ServicePrincipalProfile struct {
	ClientID string `json:"clientId,omitempty"`
	// Secret is a secret.
	Secret string `json:"secret,omitempty"`
}

// ExtensionProfile declares an extension that pools can name.
type ExtensionProfile struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}
