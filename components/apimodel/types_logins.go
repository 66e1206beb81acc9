package apimodel

// Extension names an extension profile that applies to a pool.
type Extension struct {
	Name string `json:"name"`
	// SingleOrAll is "all" (the default) or "single": only the first machine.
	SingleOrAll string `json:"singleOrAll,omitempty"`
}

// LinuxProfile describes the login on Linux nodes.
type LinuxProfile struct {
	AdminUsername string    `json:"adminUsername,omitempty"`
	SSH           SSHConfig `json:"ssh,omitzero"`
	// Secrets are certificates of a key vault that Azure puts on the machines.
	Secrets []KeyVaultSecrets `json:"secrets,omitempty"`
	// CustomNodesDNS replaces Azure's DNS servers on Linux nodes.
	CustomNodesDNS *CustomNodesDNS `json:"customNodesDNS,omitempty"`
	// CustomSearchDomain is the DNS search domain of Linux nodes.
	CustomSearchDomain *CustomSearchDomain `json:"customSearchDomain,omitempty"`
	// RunUnattendedUpgradesOnBootstrap installs all updates before the node
	// joins; false by default. EnableUnattendedUpgrades leaves the daily
	// security updates on; true by default.
	RunUnattendedUpgradesOnBootstrap *bool `json:"runUnattendedUpgradesOnBootstrap,omitempty"`
	EnableUnattendedUpgrades         *bool `json:"enableUnattendedUpgrades,omitempty"`
}

// CustomNodesDNS names the DNS server of Linux nodes.
type CustomNodesDNS struct {
	// DNSServer is an IPv4 address.
	DNSServer string `json:"dnsServer,omitempty"`
}

// CustomSearchDomain names the DNS search domain of Linux nodes.
type CustomSearchDomain struct {
	// Name is a DNS name, such as "corp.example.com".
	Name string `json:"name,omitempty"`
}

// KeyVaultSecrets are certificates of one key vault.
type KeyVaultSecrets struct {
	SourceVault       *KeyVaultID           `json:"sourceVault,omitempty"`
	VaultCertificates []KeyVaultCertificate `json:"vaultCertificates,omitempty"`
}

// KeyVaultID names a key vault by resource id.
type KeyVaultID struct {
	ID string `json:"id,omitempty"`
}

// KeyVaultCertificate is one certificate.
type KeyVaultCertificate struct {
	// CertificateURL is the secret's URL with its version.
	CertificateURL string `json:"certificateUrl,omitempty"`
	// CertificateStore is the store of the LocalMachine account; Windows only.
	CertificateStore string `json:"certificateStore,omitempty"`
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
	// EnableAHUB uses Windows licences that the user has (Azure Hybrid Benefit).
	EnableAHUB *bool `json:"enableAHUB,omitempty"`
	// EnableCSIProxy installs CSIProxyURL as a service. CSIProxySHA256 is a field
	// of ours: the file's digest in hex.
	EnableCSIProxy *bool  `json:"enableCSIProxy,omitempty"`
	CSIProxyURL    string `json:"csiProxyURL,omitempty"`
	CSIProxySHA256 string `json:"csiProxySHA256,omitempty"`
	// WindowsSecureTLSEnabled switches TLS 1.0 and 1.1 off; false by default.
	WindowsSecureTLSEnabled *bool `json:"windowsSecureTLSEnabled,omitempty"`
	// WindowsPublisher, WindowsOffer, WindowsSku and ImageVersion name a
	// marketplace image for all pools that name none of their own.
	WindowsPublisher string `json:"windowsPublisher,omitempty"`
	WindowsOffer     string `json:"windowsOffer,omitempty"`
	WindowsSku       string `json:"windowsSku,omitempty"`
	ImageVersion     string `json:"imageVersion,omitempty"`
	// ImageReference is an image of one's own for all Windows pools.
	ImageReference *ImageReference `json:"imageReference,omitempty"`
	// Secrets are certificates of a key vault that Azure puts on the machines.
	Secrets []KeyVaultSecrets `json:"secrets,omitempty"`
}

// ServicePrincipalProfile is the service principal that the cloud provider uses.
type ServicePrincipalProfile struct {
	ClientID string `json:"clientId,omitempty"`
	// Secret is a secret.
	Secret string `json:"secret,omitempty"`
	// KeyvaultSecretRef names the secret in a key vault instead. The masters
	// read it at their first boot.
	KeyvaultSecretRef *KeyvaultSecretRef `json:"keyvaultSecretRef,omitempty"`
}

// KeyvaultSecretRef names a secret of a key vault.
type KeyvaultSecretRef struct {
	// VaultID is the vault's resource id.
	VaultID    string `json:"vaultID"`
	SecretName string `json:"secretName"`
	// Version is the secret's; empty for the newest.
	Version string `json:"version,omitempty"`
}

// ExtensionProfile declares an extension that pools can name.
type ExtensionProfile struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	// RootURL, Script and URLQuery say where the script is:
	// <rootURL>extensions/<name>/<version>/<script>?<urlQuery>. A query may hold
	// a signature, so it is a secret.
	RootURL  string `json:"rootURL,omitempty"`
	Script   string `json:"script,omitempty"`
	URLQuery string `json:"urlQuery,omitempty"`
	// ScriptSHA256 is a field of ours: the script's digest in hex. A script that
	// has changed is not run.
	ScriptSHA256 string `json:"scriptSHA256,omitempty"`
	// ExtensionParameters is what the script is called with. It is a secret.
	ExtensionParameters string `json:"extensionParameters,omitempty"`
}
