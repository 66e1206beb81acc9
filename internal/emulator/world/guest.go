package world

// Guest is the operating system of a virtual machine and how far its first boot got.
type Guest struct {
	// VMID is the ARM id of the virtual machine.
	VMID string `json:"vmId"`
	// OS is linux or windows.
	OS string `json:"os"`
	// Plan is what the machine's custom data tells it to do at first boot.
	Plan Plan `json:"plan"`
	// State is one of the Guest... constants.
	State GuestState `json:"state"`
	// Log is what a bootstrap that ended said.
	Log string `json:"log,omitempty"`
}

// GuestState is how far a first boot got.
type GuestState string

// The states of a first boot.
const (
	// GuestIdle is a machine that runs and has nothing to do, or was not told to start yet.
	GuestIdle GuestState = "idle"
	// GuestBooting is a machine whose bootstrap runs or waits for the control plane.
	GuestBooting GuestState = "booting"
	// GuestReady is a machine whose bootstrap ended well.
	GuestReady GuestState = "ready"
	// GuestFailed is a machine whose bootstrap failed; Log says why.
	GuestFailed GuestState = "failed"
)

// Plan is a machine's custom data as its guest understands it, without the secrets in it.
type Plan struct {
	// Action is one of the Plan... constants.
	Action PlanAction `json:"action"`
	// Problem says why the custom data cannot work, for PlanBroken.
	Problem string `json:"problem,omitempty"`
	// NodeName is nodeRegistration.name.
	NodeName string `json:"nodeName,omitempty"`
	// Endpoint is host:port of the control plane, as the node knows it.
	Endpoint string `json:"endpoint,omitempty"`
	// CertificateNames are the DNS names and addresses in the API server's certificate.
	CertificateNames []string `json:"certificateNames,omitempty"`
	// TokenDigests are the bootstrap tokens made (init) or used (join).
	TokenDigests []string `json:"tokenDigests,omitempty"`
	// TokenIDs are the public halves of the tokens.
	TokenIDs []string `json:"tokenIds,omitempty"`
	// CACert is the certificate authority that a control plane brings, PEM.
	CACert string `json:"caCert,omitempty"`
	// CAHashes are the pins of a joining node, sha256:...
	CAHashes    []string `json:"caHashes,omitempty"`
	ClusterName string   `json:"clusterName,omitempty"`
	Version     string   `json:"version,omitempty"`
	PodCIDR     string   `json:"podCIDR,omitempty"`
	ServiceCIDR string   `json:"serviceCIDR,omitempty"`
	// AdvertiseAddress is localAPIEndpoint.advertiseAddress, if given.
	AdvertiseAddress string `json:"advertiseAddress,omitempty"`
	// BindPort is the API server's port on the machine.
	BindPort int `json:"bindPort,omitempty"`
	// Hosts are the names in the machine's hosts file, in lower case, and their addresses.
	Hosts map[string]string `json:"hosts,omitempty"`
	// Shared is the digest of what all control planes have in common beside the CA: the authorities of etcd and of the
	// front proxy, and the key of service accounts. Empty if kubeadm makes any of them.
	Shared string `json:"shared,omitempty"`
	// VMType is vmType of the cloud provider's configuration on the machine.
	VMType string `json:"vmType,omitempty"`
	// ClientID is aadClientId there: the service principal that the cloud provider acts as, empty with an identity.
	ClientID string `json:"clientId,omitempty"`
	// SecretURL is where the machine reads the cloud provider's client secret, with the identity that has the client id.
	SecretURL      string `json:"secretUrl,omitempty"`
	SecretIdentity string `json:"secretIdentity,omitempty"`
	// Rejoin is what a machine that is to make a cluster does if others of its masters have made it already: it is a
	// replacement, and joins them. Nil if it makes one all the same.
	Rejoin *Plan `json:"rejoin,omitempty"`
	// KubeletArgs are nodeRegistration.kubeletExtraArgs.
	KubeletArgs map[string]string `json:"kubeletArgs,omitempty"`
	Taints      []Taint           `json:"taints,omitempty"`
}

// PlanAction is what a guest does with its custom data.
type PlanAction string

// What custom data can ask of a guest.
const (
	PlanNone             PlanAction = "none"
	PlanInit             PlanAction = "init"
	PlanJoin             PlanAction = "join"
	PlanJoinControlPlane PlanAction = "join-control-plane"
	PlanBroken           PlanAction = "broken"
)
