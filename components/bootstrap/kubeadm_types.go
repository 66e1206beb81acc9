package bootstrap

// The types below are the parts of kubeadm's v1beta4 documents that the nodes
// need, in the order in which they are written:
// https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
//
// They are our own because kubeadm's types live in k8s.io/kubernetes, which is
// not meant to be imported.

type typeMeta struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
}

type argument struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
}

type apiEndpoint struct {
	AdvertiseAddress string `yaml:"advertiseAddress"`
	BindPort         int    `yaml:"bindPort"`
}

// taint is a taint that kubeadm gives to the node.
type taint struct {
	Key    string `yaml:"key"`
	Value  string `yaml:"value,omitempty"`
	Effect string `yaml:"effect"`
}

// nodeRegistration without a name lets kubeadm take the host's.
type nodeRegistration struct {
	Name             string     `yaml:"name,omitempty"`
	CRISocket        string     `yaml:"criSocket"`
	Taints           []taint    `yaml:"taints,omitempty"`
	ImagePullPolicy  string     `yaml:"imagePullPolicy,omitempty"`
	KubeletExtraArgs []argument `yaml:"kubeletExtraArgs,omitempty"`
}

// timeouts are durations in Go's form, for example "10m0s". What is left out
// is kubeadm's default.
type timeouts struct {
	ControlPlaneComponentHealthCheck string `yaml:"controlPlaneComponentHealthCheck,omitempty"`
	KubeletHealthCheck               string `yaml:"kubeletHealthCheck,omitempty"`
	KubernetesAPICall                string `yaml:"kubernetesAPICall,omitempty"`
	EtcdAPICall                      string `yaml:"etcdAPICall,omitempty"`
	TLSBootstrap                     string `yaml:"tlsBootstrap,omitempty"`
	Discovery                        string `yaml:"discovery,omitempty"`
}

type bootstrapToken struct {
	Token       string   `yaml:"token"`
	Description string   `yaml:"description"`
	TTL         string   `yaml:"ttl"`
	Usages      []string `yaml:"usages"`
	Groups      []string `yaml:"groups"`
}

type initConfiguration struct {
	typeMeta         `yaml:",inline"`
	BootstrapTokens  []bootstrapToken `yaml:"bootstrapTokens"`
	LocalAPIEndpoint apiEndpoint      `yaml:"localAPIEndpoint"`
	NodeRegistration nodeRegistration `yaml:"nodeRegistration"`
	Patches          *patches         `yaml:"patches,omitempty"`
	Timeouts         timeouts         `yaml:"timeouts"`
}

// patches is where kubeadm finds changes to what it writes on this node alone:
// https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/control-plane-flags/#patches
type patches struct {
	Directory string `yaml:"directory"`
}

type clusterConfiguration struct {
	typeMeta             `yaml:",inline"`
	ClusterName          string           `yaml:"clusterName"`
	KubernetesVersion    string           `yaml:"kubernetesVersion"`
	ControlPlaneEndpoint string           `yaml:"controlPlaneEndpoint"`
	CertificatesDir      string           `yaml:"certificatesDir"`
	ImageRepository      string           `yaml:"imageRepository"`
	EncryptionAlgorithm  string           `yaml:"encryptionAlgorithm"`
	Networking           networking       `yaml:"networking"`
	APIServer            apiServer        `yaml:"apiServer"`
	ControllerManager    controlComponent `yaml:"controllerManager"`
	Scheduler            controlComponent `yaml:"scheduler,omitempty"`
	Etcd                 etcd             `yaml:"etcd"`
}

type networking struct {
	ServiceSubnet string `yaml:"serviceSubnet"`
	PodSubnet     string `yaml:"podSubnet"`
	DNSDomain     string `yaml:"dnsDomain"`
}

type apiServer struct {
	CertSANs     []string        `yaml:"certSANs"`
	ExtraArgs    []argument      `yaml:"extraArgs,omitempty"`
	ExtraVolumes []hostPathMount `yaml:"extraVolumes,omitempty"`
}

type controlComponent struct {
	ExtraArgs    []argument      `yaml:"extraArgs,omitempty"`
	ExtraVolumes []hostPathMount `yaml:"extraVolumes,omitempty"`
}

type etcd struct {
	Local localEtcd `yaml:"local"`
}

type localEtcd struct {
	DataDir   string     `yaml:"dataDir"`
	ExtraArgs []argument `yaml:"extraArgs"`
}

type kubeletConfiguration struct {
	typeMeta           `yaml:",inline"`
	CgroupDriver       string `yaml:"cgroupDriver"`
	RotateCertificates bool   `yaml:"rotateCertificates"`
}

type kubeProxyConfiguration struct {
	typeMeta `yaml:",inline"`
	Mode     string `yaml:"mode"`
}

type joinConfiguration struct {
	typeMeta         `yaml:",inline"`
	Discovery        discovery         `yaml:"discovery"`
	ControlPlane     *joinControlPlane `yaml:"controlPlane,omitempty"`
	NodeRegistration nodeRegistration  `yaml:"nodeRegistration"`
	Patches          *patches          `yaml:"patches,omitempty"`
	Timeouts         timeouts          `yaml:"timeouts"`
}

type discovery struct {
	BootstrapToken    tokenDiscovery `yaml:"bootstrapToken"`
	TLSBootstrapToken string         `yaml:"tlsBootstrapToken"`
}

type tokenDiscovery struct {
	APIServerEndpoint string   `yaml:"apiServerEndpoint"`
	Token             string   `yaml:"token"`
	CACertHashes      []string `yaml:"caCertHashes"`
}

// joinControlPlane makes a join one of the control plane. It names no
// certificate key: the PKI is on the disk already.
type joinControlPlane struct {
	LocalAPIEndpoint apiEndpoint `yaml:"localAPIEndpoint"`
}
