package apimodel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ContainerRegistries are registries of Azure's that nodes pull from as a managed
// identity. It is a field of ours: AKS Engine's kubelets had this built in, which
// Kubernetes gave up in release 1.30 for programs beside them.
// https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/
type ContainerRegistries struct {
	// Registries are resource ids, at each of which the identity gets the role AcrPull;
	// or login servers of registries at which somebody else gives it.
	Registries []string `json:"registries,omitempty"`
	// UserAssignedID is an identity that is there already, by resource id; empty makes
	// one. Its rights are its owner's business.
	UserAssignedID string `json:"userAssignedID,omitempty"`
	// LinuxProviderSHA256 and WindowsProviderSHA256 are the digests in hex of the program
	// that gets nodes their logins, and the URLs where it lies; an empty one is the
	// publisher's.
	LinuxProviderURL      string `json:"linuxProviderURL,omitempty"`
	LinuxProviderSHA256   string `json:"linuxProviderSHA256,omitempty"`
	WindowsProviderURL    string `json:"windowsProviderURL,omitempty"`
	WindowsProviderSHA256 string `json:"windowsProviderSHA256,omitempty"`
}

// registryDomain is that of all registries of Azure's public cloud.
const registryDomain = ".azurecr.io"

var (
	registryIDShape = regexp.MustCompile(
		`(?i)^/subscriptions/([^/\s]+)/resourceGroups/([^/\s]+)/providers/Microsoft\.ContainerRegistry/registries/([^/\s]+)$`)
	// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcontainerregistry
	registryNameShape = regexp.MustCompile(`^[A-Za-z0-9]{5,50}$`)
	// A login server may have more behind the registry's name, after a hyphen.
	loginServerShape = regexp.MustCompile(`^[a-z0-9]{5,50}(-[a-z0-9-]*[a-z0-9])?\.azurecr\.io$`)
)

// ParseRegistryID takes the resource id of a container registry apart.
func ParseRegistryID(id string) (ResourceID, error) {
	m := registryIDShape.FindStringSubmatch(id)
	if m == nil {
		return ResourceID{}, fmt.Errorf("%q is no resource id of a container registry", id)
	}
	return ResourceID{SubscriptionID: m[1], ResourceGroup: m[2], Name: m[3]}, nil
}

// PullRegistries are the registries that nodes pull from as an identity; nil for none.
func (d *Definition) PullRegistries() *ContainerRegistries {
	if k := d.kubernetes(); k != nil && k.ContainerRegistries != nil && len(k.ContainerRegistries.Registries) > 0 {
		return k.ContainerRegistries
	}
	return nil
}

// IDs are the registries at which the identity needs a role of ours, sorted by name.
func (r *ContainerRegistries) IDs() []string {
	ids := slices.DeleteFunc(slices.Clone(r.Registries), func(entry string) bool { return !strings.HasPrefix(entry, "/") })
	slices.SortFunc(ids, func(a, b string) int {
		return strings.Compare(strings.ToLower(lastPart(a)), strings.ToLower(lastPart(b)))
	})
	return ids
}

// LoginServers are the hosts of all the registries, sorted.
func (r *ContainerRegistries) LoginServers() []string {
	hosts := make([]string, len(r.Registries))
	for i, entry := range r.Registries {
		hosts[i] = loginServer(entry)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

func loginServer(entry string) string {
	if strings.HasPrefix(entry, "/") {
		return strings.ToLower(lastPart(entry)) + registryDomain
	}
	return entry
}

// Provider is where nodes of a system find the program, and its digest in small
// letters. An empty URL is the publisher's.
func (r *ContainerRegistries) Provider(system OSType) (url, sha256 string) {
	if system == Windows {
		return r.WindowsProviderURL, strings.ToLower(r.WindowsProviderSHA256)
	}
	return r.LinuxProviderURL, strings.ToLower(r.LinuxProviderSHA256)
}

// CredentialProviderName is the name that the program has among the files of a release
// of Azure's cloud provider.
func CredentialProviderName(system OSType) string {
	if system == Windows {
		return "azure-acr-credential-provider-windows-amd64.exe"
	}
	return "azure-acr-credential-provider-linux-amd64"
}
