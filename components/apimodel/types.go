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
	Location string `json:"location,omitempty"`
	// Tags are put on every Azure resource that takes tags.
	Tags       map[string]string `json:"tags,omitempty"`
	Properties Properties        `json:"properties"`

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
