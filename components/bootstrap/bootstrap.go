// Package bootstrap renders what a node runs at its first boot: cloud-init for
// Linux, PowerShell for Windows, and the kubeadm documents inside them.
//
// Everything here is a pure function of its arguments. The package knows
// nothing of Pulumi, so each document can be read, tested and run without a
// cloud.
package bootstrap

import "github.com/hybridcluster/hybridcluster/components/apimodel"

// Cluster is what every node of a cluster is told.
type Cluster struct {
	// Name is the cluster's name in kubeadm and in the cloud provider.
	Name string
	// Endpoint is the API server's DNS name, without scheme and port.
	Endpoint string
	// Release carries the version of every component.
	Release apimodel.Release
	// PodCIDR, ServiceCIDR and DNSServiceIP are the cluster's own networks.
	PodCIDR, ServiceCIDR, DNSServiceIP string
	// SubjectAltNames are further names and addresses in the API server's
	// certificate, beside the endpoint and the masters' addresses.
	SubjectAltNames []string
	// MasterIPs are the private addresses of all masters, in order.
	MasterIPs []string
	// EndpointIP is the address of Endpoint where no DNS knows it: the internal
	// load balancer of a private cluster. Nodes get it in their hosts file. Empty
	// where the endpoint has a public name.
	EndpointIP string
	// APIServerArgs, ControllerManagerArgs and SchedulerArgs are further flags by
	// their bare names. They win over what is set here by default, but for what
	// the cloud provider and the CNI rely on: cloud-provider, cluster-name and
	// allocate-node-cidrs.
	APIServerArgs, ControllerManagerArgs, SchedulerArgs map[string]string
	// ProxyMode is kube-proxy's on Linux nodes: iptables, ipvs or nftables. Empty
	// is iptables.
	ProxyMode string
	// Mirrors are where nodes fetch from in place of the publishers.
	Mirrors Mirrors
	// Registries are those of Azure's that nodes pull from as a managed identity; nil
	// for none.
	Registries *RegistryLogin
	// CACertHash pins the cluster CA: "sha256:" and the hex digest of its
	// SubjectPublicKeyInfo.
	CACertHash string
	// Token is the bootstrap token, "[a-z0-9]{6}.[a-z0-9]{16}". It is a secret.
	Token string
}

// Node is what one node is told about itself.
type Node struct {
	// Name is the VM's name, its computer name and the node's name: the cloud
	// provider finds the VM by the node's name. Empty in a scale set, whose
	// instances share one document: then the node takes its computer's name, in
	// lower case.
	Name string
	// PrivateIP is the node's static address. Only masters have one.
	PrivateIP string
	// HasIdentity tells that the machine has a managed identity. Then pods with a
	// network of their own do not reach the metadata service, which hands out its
	// token. Every master is taken to have one.
	HasIdentity bool
	// HostKey is the SSH host key of the machine; a Windows machine uses it where
	// it runs OpenSSH.
	HostKey HostKey
	// Labels are put on the node when it registers. Keys that the kubelet may
	// not set on itself are refused by the definition's validation.
	Labels map[string]string
	// Taints are what the node registers with, "key=value:Effect" or
	// "key:Effect", beside those of Kubernetes' own: a master's, and the one that
	// the cloud provider takes away.
	Taints []string
	// KubeletArgs are further flags of the kubelet by their bare names. They win
	// over what is set here by default, but for the flags that say who the node
	// is and where it finds its files; those are left out without a word.
	KubeletArgs map[string]string
	// Sysctls are kernel parameters of a Linux node. They win over ours. One that
	// the kernel does not know fails the bootstrap.
	Sysctls map[string]string
	// DNSServer is an IPv4 address that a Linux node asks in place of Azure's
	// DNS, and SearchDomain is appended to bare names. Empty leaves Azure's.
	DNSServer, SearchDomain string
	// AuditD installs auditd on a Linux node.
	AuditD bool
	// UpgradeAtBoot installs the updates that Ubuntu's unattended-upgrades would
	// install before a Linux node joins. It does not restart the machine, so a new
	// kernel waits for the next start; the log says so.
	// NoUnattendedUpgrades switches its daily updates off for good.
	UpgradeAtBoot, NoUnattendedUpgrades bool
	// Files are put on a Linux node before anything else runs, for root to write
	// and for all to read.
	Files []NodeFile
	// Scripts run in their order: those with BeforeJoin before the node is set
	// up, the others after it has joined. If one fails, so does the bootstrap.
	Scripts []Script
}

// NodeFile is a text file of a node.
type NodeFile struct {
	// Path is absolute and none of the bootstrap's own. Content is UTF-8.
	Path, Content string
}

// Script is an extension of the user's: a bash script on Linux, a PowerShell
// script on Windows.
type Script struct {
	// Name is for messages and for the file's name: letters, digits, '-', '_', '.'.
	Name string
	// URL is where the script is fetched from, by https. It may hold a signature,
	// so it is a secret.
	URL string
	// SHA256 is the script's digest in hex. Another script is not run.
	SHA256 string
	// Parameters is what stands behind the script's name where it is called: one
	// line, which bash or PowerShell splits into words and expands. It is a secret.
	Parameters string
	// BeforeJoin runs the script before the node is set up.
	BeforeJoin bool
}

// PKI is the cluster's root material, in PEM. The masters alone get it. Every
// field that ends in Key is a secret.
type PKI struct {
	CACert, CAKey                              string
	FrontProxyCACert, FrontProxyCAKey          string
	EtcdCACert, EtcdCAKey                      string
	ServiceAccountPublicKey, ServiceAccountKey string
}

// CloudConfig is what the Azure cloud provider reads from azure.json.
type CloudConfig struct {
	TenantID, SubscriptionID    string
	ResourceGroup, Location     string
	VnetName, VnetResourceGroup string
	SubnetName                  string
	SecurityGroupName           string
	LoadBalancerName            string
	// PrimaryAvailabilitySet is the workers' availability set whose VMs back
	// the Services' load balancer.
	PrimaryAvailabilitySet string
	// ScaleSets tells that some workers are instances of scale sets;
	// PrimaryScaleSet names the first of them. With it the cloud provider finds
	// single machines too.
	ScaleSets       bool
	PrimaryScaleSet string
	// IdentityClientID is the client id of the user-assigned identity. Empty
	// when a service principal is used.
	IdentityClientID string
	// ClientID and ClientSecret are the service principal; the secret is a
	// secret.
	ClientID, ClientSecret string
	// ClientSecretRef says where a master reads the secret at its first boot, in
	// place of ClientSecret.
	ClientSecretRef *KeyVaultSecret
}

// KeyVaultSecret is a secret that a machine reads with its managed identity.
type KeyVaultSecret struct {
	// VaultURL is "https://<vault>.vault.azure.net".
	VaultURL string
	// Name and Version name the secret; an empty version is the newest.
	Name, Version string
	// IdentityClientID is the client id of the identity that may read it.
	IdentityClientID string
}

// WindowsOptions is what a Windows node gets beside Kubernetes.
type WindowsOptions struct {
	// OpenSSH installs the OpenSSH server, with AuthorizedKeys for administrators.
	OpenSSH        bool
	AuthorizedKeys []string
	// WinRM opens an HTTPS WinRM listener with a certificate of the node's own.
	WinRM bool
	// AutomaticUpdates leaves Windows Update on.
	AutomaticUpdates bool
	// SecureTLS switches TLS 1.0 and 1.1 off.
	SecureTLS bool
	// CSIProxyURL is a csi-proxy to install as a service, as a program or as a
	// tar.gz that holds one, and CSIProxySHA256 the download's digest in hex; both
	// empty for none. It is not among [Artifacts]: it is the node's, not the
	// release's.
	CSIProxyURL, CSIProxySHA256 string
	// DataDisks is the number of data disks to format: each becomes an NTFS volume
	// with the next drive letter.
	DataDisks int
}

// MaxCustomData is the most custom data Azure takes, in bytes before base64. It is one
// less than 64 KiB, whose base64 would have more than the 87380 characters that the
// service allows:
// https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update#osprofile
// https://github.com/Azure/aks-engine/issues/1663
const MaxCustomData = 64*1024 - 1

// APIServerPort is the port of the API server on the masters and on the load
// balancer.
const APIServerPort = 6443
