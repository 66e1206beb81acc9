package apimodel

// KubernetesConfig tunes Kubernetes.
type KubernetesConfig struct {
	// ClusterSubnet is the pods' CIDR.
	ClusterSubnet string `json:"clusterSubnet,omitempty"`
	// ServiceCIDR and DNSServiceIP are the Services' CIDR and the cluster DNS
	// address in it. AKS Engine wants both or none.
	ServiceCIDR  string `json:"serviceCidr,omitempty"`
	DNSServiceIP string `json:"dnsServiceIP,omitempty"`
	// KubeProxyMode is iptables (the default), ipvs or nftables, on Linux nodes.
	KubeProxyMode string `json:"kubeProxyMode,omitempty"`
	// MaxPods is the most pods of a node; 110 by default.
	MaxPods int      `json:"maxPods,omitempty"`
	Addons  []*Addon `json:"addons,omitempty"`
	// UseManagedIdentity picks a managed identity (the default when there is no
	// service principal) or the service principal (false) for the cloud provider.
	UseManagedIdentity *bool `json:"useManagedIdentity,omitempty"`
	// UserAssignedID is an existing user-assigned identity, by resource id or by
	// its name in the cluster's resource group. Its rights are its owner's business.
	UserAssignedID string `json:"userAssignedID,omitempty"`
	// ContainerRegistries is a field of ours: registries that nodes pull from as a
	// managed identity.
	ContainerRegistries *ContainerRegistries `json:"containerRegistries,omitempty"`
	// EtcdDiskSizeGB is the size in GiB of the etcd data disk of each master.
	// AKS Engine writes the number in quotes; both forms are read.
	EtcdDiskSizeGB int `json:"etcdDiskSizeGB,omitempty" apimodel:"quoted"`
	// PrivateCluster keeps the API server off the internet.
	PrivateCluster *PrivateCluster `json:"privateCluster,omitempty"`
	// LoadBalancerOutboundIPs is the number of public addresses, 1 to 16, that
	// the nodes' traffic leaves from.
	LoadBalancerOutboundIPs int `json:"loadBalancerOutboundIPs,omitempty"`
	// OutboundRuleIdleTimeoutInMinutes is when an outbound flow without traffic
	// is forgotten: 4 to 120 minutes.
	OutboundRuleIdleTimeoutInMinutes int `json:"outboundRuleIdleTimeoutInMinutes,omitempty"`
	// GCHighThreshold and GCLowThreshold are the per cent of disk usage at which
	// the kubelet starts and stops deleting images.
	GCHighThreshold int `json:"gchighthreshold,omitempty"`
	GCLowThreshold  int `json:"gclowthreshold,omitempty"`
	// KubeletConfig, APIServerConfig, ControllerManagerConfig and
	// SchedulerConfig are command-line flags by name, with or without dashes:
	// {"--max-pods": "50"}.
	KubeletConfig           map[string]string `json:"kubeletConfig,omitempty"`
	APIServerConfig         map[string]string `json:"apiServerConfig,omitempty"`
	ControllerManagerConfig map[string]string `json:"controllerManagerConfig,omitempty"`
	SchedulerConfig         map[string]string `json:"schedulerConfig,omitempty"`
}

// NodeKubernetesConfig tunes Kubernetes on the masters or on one pool. It wins
// over the cluster's own.
type NodeKubernetesConfig struct {
	MaxPods         int               `json:"maxPods,omitempty"`
	GCHighThreshold int               `json:"gchighthreshold,omitempty"`
	GCLowThreshold  int               `json:"gclowthreshold,omitempty"`
	KubeletConfig   map[string]string `json:"kubeletConfig,omitempty"`
}

// PrivateCluster describes a cluster whose API server has a private address only.
type PrivateCluster struct {
	Enabled *bool `json:"enabled,omitempty"`
	// JumpboxProfile adds a machine from which the cluster can be reached.
	JumpboxProfile *JumpboxProfile `json:"jumpboxProfile,omitempty"`
}

// JumpboxProfile describes the way into a private cluster: a Linux machine with
// a public address and SSH.
type JumpboxProfile struct {
	// Name is the machine's name.
	Name         string `json:"name"`
	VMSize       string `json:"vmSize"`
	OSDiskSizeGB int    `json:"osDiskSizeGB,omitempty"`
	// Username is the login; azureuser by default.
	Username string `json:"username,omitempty"`
	// PublicKey may log in. Without one, the keys of the linuxProfile may.
	PublicKey string `json:"publicKey,omitempty"`
}

// Addon switches one add-on by name.
type Addon struct {
	Name    string `json:"name"`
	Enabled *bool  `json:"enabled,omitempty"`
	// Config are the add-on's settings. Which keys it takes, AddonVerdicts says.
	Config map[string]string `json:"config,omitempty"`
	// Pools are settings of one pool each.
	Pools []*AddonPool `json:"pools,omitempty"`
}

// AddonPool is what an add-on is told about one pool.
type AddonPool struct {
	Name   string            `json:"name"`
	Config map[string]string `json:"config,omitempty"`
}
