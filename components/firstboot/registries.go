package firstboot

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// registryLogin is how nodes log in to registries of Azure's; nil where they do not.
func (c Cluster) registryLogin(f Facts) *bootstrap.RegistryLogin {
	registries := c.Definition.PullRegistries()
	if registries == nil {
		return nil
	}
	return &bootstrap.RegistryLogin{
		LoginServers: registries.LoginServers(), TenantID: f.TenantID, IdentityClientID: f.PullClientID,
		Linux: c.credentialProvider(registries, apimodel.Linux), Windows: c.credentialProvider(registries, apimodel.Windows),
	}
}

// credentialProvider is the program of a system's nodes: the publisher's, from where the
// mirrors have it, or the user's own copy, which no mirror stands in for.
func (c Cluster) credentialProvider(registries *apimodel.ContainerRegistries, system apimodel.OSType) bootstrap.Artifact {
	own, digest := registries.Provider(system)
	program := bootstrap.CredentialProvider(c.Definition.Release(), system)
	program.SHA256 = digest
	if own == "" {
		return c.Mirrors.Redirect(program)
	}
	program.URL, program.Origin = own, program.URL
	return program
}
