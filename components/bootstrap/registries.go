package bootstrap

import (
	_ "embed" // the step of Linux nodes
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

//go:embed files/linux/registries.sh
var registriesScript string

// RegistryLogin is how kubelets log in to registries of Azure's: a program beside the
// kubelet exchanges a token of the machine's identity for one of the registry.
// https://github.com/kubernetes-sigs/cloud-provider-azure/tree/v1.36.5/cmd/acr-credential-provider
type RegistryLogin struct {
	// LoginServers are the registries' hosts. The program is asked for images of no other.
	LoginServers []string
	// TenantID is the directory, and IdentityClientID the client id of the identity, which
	// the machine must have.
	TenantID, IdentityClientID string
	// Linux and Windows are the programs, each with URL and SHA256. One may be empty where
	// there is no such node.
	Linux, Windows Artifact
}

// CredentialProvider is the program of a system as its publisher has it, without a
// digest: no checksum file lies beside it.
func CredentialProvider(r apimodel.Release, system apimodel.OSType) Artifact {
	return Artifact{
		Name: credentialProvider, OS: system, Kind: File,
		URL: "https://github.com/kubernetes-sigs/cloud-provider-azure/releases/download/" + r.CloudProviderImage + "/" + apimodel.CredentialProviderName(system),
	}
}

// credentialProvider is the program's name on a node, by which the kubelet's
// configuration finds it; Windows adds its extension.
const credentialProvider = "acr-credential-provider" //nolint:gosec // a program's name

// Where a node has it. Its settings must not be an azure.json: Azure's storage drivers
// take a file of that name for leave to act as the cloud provider, which it is not.
const (
	credentialProviderDir    = libDir + "/credential-providers"
	credentialProviderConfig = "/etc/hybridcluster/credential-providers.yaml" //nolint:gosec // a path
	registryLoginPath        = "/etc/hybridcluster/registry-login.json"

	windowsCredentialProviderDir    = "C:/k/credential-providers"      //nolint:gosec // a path
	windowsCredentialProviderConfig = "C:/k/credential-providers.yaml" //nolint:gosec // a path
	windowsRegistryLoginPath        = "C:/k/registry-login.json"
)

// settings are what the program reads, of the many that it shares with the cloud
// provider:
// https://github.com/kubernetes-sigs/cloud-provider-azure/blob/v1.36.5/pkg/credentialprovider/azure_credentials.go
func (l *RegistryLogin) settings() (string, error) {
	data, err := json.MarshalIndent(struct {
		Cloud                       string `json:"cloud"`
		TenantID                    string `json:"tenantId"`
		UseManagedIdentityExtension bool   `json:"useManagedIdentityExtension"`
		UserAssignedIdentityID      string `json:"userAssignedIdentityID"`
	}{"AzurePublicCloud", l.TenantID, true, l.IdentityClientID}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the login to registries: %w", err)
	}
	return string(data) + "\n", nil
}

// kubeletConfig tells the kubelet when to run the program, and with which file:
// https://kubernetes.io/docs/reference/config-api/kubelet-config.v1/
func (l *RegistryLogin) kubeletConfig(settings string) (string, error) {
	type provider struct {
		Name                 string   `yaml:"name"`
		APIVersion           string   `yaml:"apiVersion"`
		MatchImages          []string `yaml:"matchImages"`
		DefaultCacheDuration string   `yaml:"defaultCacheDuration"`
		Args                 []string `yaml:"args"`
	}
	return marshalYAML(struct {
		typeMeta  `yaml:",inline"`
		Providers []provider `yaml:"providers"`
	}{typeMeta{"kubelet.config.k8s.io/v1", "CredentialProviderConfig"}, []provider{{
		Name: credentialProvider, APIVersion: "credentialprovider.kubelet.k8s.io/v1", MatchImages: l.LoginServers,
		// The program says itself how long its answer holds.
		DefaultCacheDuration: "10m", Args: []string{settings},
	}}})
}

// registryFiles are what a Linux node needs; none without registries.
func (c Cluster) registryFiles() ([]writeFile, error) {
	if c.Registries == nil {
		return nil, nil
	}
	settings, err := c.Registries.settings()
	if err != nil {
		return nil, err
	}
	config, err := c.Registries.kubeletConfig(registryLoginPath)
	if err != nil {
		return nil, err
	}
	return []writeFile{
		rootFile(libDir+"/registries.sh", modePublic, registriesScript),
		rootFile(registryLoginPath, modePublic, settings),
		rootFile(credentialProviderConfig, modePublic, config),
	}, nil
}

// credentialProviderArgs lead a kubelet to the program; none without registries.
func (c Cluster) credentialProviderArgs(config, directory string) []argument {
	if c.Registries == nil {
		return nil
	}
	return []argument{{"image-credential-provider-config", config}, {"image-credential-provider-bin-dir", directory}}
}

// registryLogin writes what a Windows node needs; empty texts without registries.
func (p *powershell) registryLogin(c Cluster) {
	var settings, config string
	var program Artifact
	if l := c.Registries; l != nil {
		var err error
		if settings, err = l.settings(); err == nil {
			config, err = l.kubeletConfig(windowsRegistryLoginPath)
		}
		if err != nil && p.err == nil {
			p.err = err
		}
		program = l.Windows
	}
	p.table("CredentialProvider", map[string]string{"Url": powershellQuote(program.URL), "Sha256": powershellQuote(program.SHA256)})
	p.document("CredentialProviderConfiguration", config)
	p.document("RegistryLogin", settings)
}

// check holds the login to what its files and scripts can carry, for nodes of a system.
func (l *RegistryLogin) check(system apimodel.OSType) error {
	if l == nil {
		return nil
	}
	var faults []error
	refuse := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("registries: "+format, args...))
	}
	if len(l.LoginServers) == 0 {
		refuse("there is a login and no login server")
	}
	for _, host := range l.LoginServers {
		if !isHost(host) || host != strings.ToLower(host) {
			refuse("%q is not a login server", host)
		}
	}
	if !slices.IsSorted(l.LoginServers) {
		refuse("the login servers are not sorted")
	}
	if l.TenantID == "" || l.IdentityClientID == "" {
		refuse("the tenant id or the identity's client id is missing")
	}
	program := l.Linux
	if system == apimodel.Windows {
		program = l.Windows
	}
	if u, err := url.Parse(program.URL); err != nil || !isPlainURL(program.URL) || u.RawQuery != "" {
		refuse("the credential provider's URL is not an https URL without login, query, spaces and quotes")
	}
	if !isDigest(program.SHA256) {
		refuse("the credential provider's SHA-256 is not 64 hex digits: a download that nobody has pinned is not installed")
	}
	return errors.Join(faults...)
}
