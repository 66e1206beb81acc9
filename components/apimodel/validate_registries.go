package apimodel

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

const pathRegistries = pathKubernetes + ".containerRegistries"

func registryKind() resourceKind {
	return resourceKind{"a container registry", "Microsoft.ContainerRegistry", "registries/NAME", "az acr show"}
}

// registries checks what nodes pull from as an identity.
func (c *checker) registries(r *ContainerRegistries) {
	if r == nil {
		return
	}
	if len(r.Registries) == 0 {
		c.fault(pathRegistries+".registries", "names no registry", "add one by its resource id, which `az acr show --query id` prints, or remove containerRegistries")
		return
	}
	given := map[string]bool{}
	for i, entry := range r.Registries {
		at := indexPath(pathRegistries+".registries", i)
		if !c.registry(at, entry) {
			continue
		}
		// Names of registries are unique in the world.
		if host := loginServer(entry); given[host] {
			c.fault(at, host+" is named twice", "remove one of the two")
		} else {
			given[host] = true
		}
		c.ownerGivesRole(at, entry, r)
	}
	if id := r.UserAssignedID; id != "" && c.resourceID(pathRegistries+".userAssignedID", id, identityKind()) &&
		strings.EqualFold(id, c.d.kubernetes().UserAssignedID) {
		c.fault(pathRegistries+".userAssignedID", "is the cloud provider's identity, and whoever has a worker would have its rights",
			"bring another identity that may pull and nothing else, or leave it out")
	}
	c.credentialProvider(Linux, "linuxProvider", r)
	if c.d.HasWindows() {
		c.credentialProvider(Windows, "windowsProvider", r)
	}
	c.ownCredentialProvider()
}

// registry checks one entry of the list.
func (c *checker) registry(at, entry string) bool {
	switch {
	case strings.HasPrefix(entry, "/"):
		if !c.resourceID(at, entry, registryKind()) {
			return false
		}
		if name := lastPart(entry); !registryNameShape.MatchString(name) {
			c.fault(at, fmt.Sprintf("%q is no name of a registry", name), "use 5 to 50 letters and digits")
			return false
		}
	case !loginServerShape.MatchString(entry):
		c.fault(at, fmt.Sprintf("%q is neither the resource id of a container registry nor a login server such as name%s", entry, registryDomain),
			"`az acr show --query id` prints the id; for registries of others than Azure use a pull secret (--pull-secret)")
		return false
	}
	return !c.blank[at]
}

// ownerGivesRole says of a login server that nothing is given there. One of a registry
// whose id is in the list is only another name of it.
func (c *checker) ownerGivesRole(at, entry string, r *ContainerRegistries) {
	if strings.HasPrefix(entry, "/") || r.UserAssignedID != "" {
		return
	}
	name, _, _ := strings.Cut(strings.TrimSuffix(entry, registryDomain), "-")
	for _, id := range r.IDs() {
		if strings.EqualFold(lastPart(id), name) {
			return
		}
	}
	c.warn(at, "no role is given at a registry that is named by its login server",
		"give the cluster's pull identity the role AcrPull there, or write the registry's resource id")
}

// credentialProvider checks the program of one system. Its publisher has no checksum
// file, so the digest is the definition's:
// https://github.com/kubernetes-sigs/cloud-provider-azure/releases
func (c *checker) credentialProvider(system OSType, key string, r *ContainerRegistries) {
	address, digest := r.Provider(system)
	if address != "" {
		at := pathRegistries + "." + key + "URL"
		u, err := url.Parse(address)
		switch {
		case err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsAny(address, " \t\r\n\"'\\"):
			c.fault(at, "is no https:// URL", "host the file, or remove it for the publisher's")
		case u.User != nil || u.RawQuery != "" || u.Fragment != "":
			c.fault(at, u.Host+u.Path+" has a login, a query or a fragment, which every node would hold in the clear",
				"host the file where the nodes' network reaches it without")
		}
	}
	at, program := pathRegistries+"."+key+"SHA256", CredentialProviderName(system)
	switch {
	case digest == "":
		c.fault(at, "is missing: the publisher of "+program+" has no checksum file, and a program that nobody has pinned is not installed",
			"add the digest, which `"+c.digestCommand(program)+"` prints, without its sha256:")
	case !sha256Shape.MatchString(digest):
		c.fault(at, fmt.Sprintf("%q is no SHA-256 digest", digest), "write its 64 hexadecimal digits; `"+c.digestCommand(program)+"` prints that of the publisher's file")
	}
}

// digestCommand asks GitHub, which computes the digest of each file of a release:
// https://docs.github.com/rest/releases/releases#get-a-release-by-tag-name
func (c *checker) digestCommand(program string) string {
	release := c.d.Release()
	if release.CloudProviderImage == "" {
		release, _ = findRelease(DefaultRelease)
	}
	return "curl -s https://api.github.com/repos/kubernetes-sigs/cloud-provider-azure/releases/tags/" + release.CloudProviderImage +
		` | jq -r '.assets[] | select(.name == "` + program + `") | .digest'`
}

// ownCredentialProvider refuses kubelet flags that lead to another program: a kubelet
// has one configuration.
func (c *checker) ownCredentialProvider() {
	refuse := func(path string, config map[string]string) {
		for name := range config {
			if slices.Contains(credentialProviderFlags, flagName(name)) {
				c.fault(mapPath(path+".kubeletConfig", name), "names a credential provider, and containerRegistries brings another", "remove one of the two")
			}
		}
	}
	refuse(pathKubernetes, c.d.kubernetes().KubeletConfig)
	if own := c.d.ownKubernetes(nil); own != nil {
		refuse(pathMaster+".kubernetesConfig", own.KubeletConfig)
	}
	for i, p := range c.d.Properties.AgentPoolProfiles {
		if p != nil && p.KubernetesConfig != nil {
			refuse(poolPath(i)+".kubernetesConfig", p.KubernetesConfig.KubeletConfig)
		}
	}
}

var credentialProviderFlags = []string{"image-credential-provider-config", "image-credential-provider-bin-dir"}
