package apimodel_test

import "strings"

const (
	registryID = "/subscriptions/6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/acme1"
	pinned     = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func wrongRegistries() []wrong {
	const in = inConfig + "containerRegistries."
	// with are registries with both programs, and with more fields, which win.
	with := func(registries, more string) string {
		return kubernetes + `containerRegistries={"registries": ` + registries + `, "linuxProviderSHA256": "` + pinned + `", "windowsProviderSHA256": "` + pinned + `"` + more + `}`
	}
	one := `["` + registryID + `"]`
	field := func(key, value string) []string {
		return []string{with(one, ""), kubernetes + "containerRegistries." + key + "=" + value}
	}
	const command = "curl -s https://api.github.com/repos/kubernetes-sigs/cloud-provider-azure/releases/tags/v1.36.5 | jq -r '.assets[] | select(.name == \"azure-acr-credential-provider-"
	return []wrong{
		{name: "no registry", set: []string{with("[]", "")}, path: in + "registries", want: "names no registry"},
		{name: "a registry's name", set: []string{with(`["acme1"]`, "")}, path: in + "registries[0]", want: `"acme1" is neither the resource id of a container registry nor a login server such as name.azurecr.io`},
		{name: "a registry of somebody else's", set: []string{with(`["docker.io"]`, "")}, path: in + "registries[0]", want: "for registries of others than Azure use a pull secret (--pull-secret)"},
		{name: "a registry of another cloud", set: []string{with(`["acme1.azurecr.cn"]`, "")}, path: in + "registries[0]", want: "is neither the resource id"},
		{name: "a registry's id", set: []string{with(`["`+subID+`Microsoft.KeyVault/vaults/kv1"]`, "")}, path: in + "registries[0]", want: "is no resource id of a container registry"},
		{name: "a name that no registry has", set: []string{with(`["`+registryID+`-2"]`, "")}, path: in + "registries[0]", want: `"acme1-2" is no name of a registry`},
		{name: "a registry twice", set: []string{with(`["`+registryID+`", "`+strings.ToUpper(registryID)+`"]`, "")}, path: in + "registries[1]", want: "acme1.azurecr.io is named twice"},
		{name: "a registry by both its names", set: []string{with(`["`+registryID+`", "acme1.azurecr.io"]`, "")}, path: in + "registries[1]", want: "acme1.azurecr.io is named twice"},
		{name: "a registry at which nobody gives a role", set: []string{with(`["other1.azurecr.io"]`, "")}, path: in + "registries[0]", want: "no role is given at a registry that is named by its login server", as: aWarning},
		{name: "an identity to pull as by its name", set: field("userAssignedID", "mine"), path: in + "userAssignedID", want: `"mine" is no resource id of a user-assigned identity`},
		{name: "the cloud provider's identity", set: append(field("userAssignedID", subID+"Microsoft.ManagedIdentity/userAssignedIdentities/mine"),
			kubernetes+"userAssignedID="+subID+"Microsoft.ManagedIdentity/userAssignedIdentities/Mine"), path: in + "userAssignedID", want: "is the cloud provider's identity"},
		{name: "a program without a digest", set: field("linuxProviderSHA256", ""), path: in + "linuxProviderSHA256", want: command + `linux-amd64") | .digest'`},
		{name: "a program of Windows without a digest", set: field("windowsProviderSHA256", ""), path: in + "windowsProviderSHA256", want: command + `windows-amd64.exe") | .digest'`},
		{name: "a program with GitHub's own form of a digest", set: field("linuxProviderSHA256", "sha256:"+pinned), path: in + "linuxProviderSHA256", want: "is no SHA-256 digest. Write its 64 hexadecimal digits"},
		{name: "a program in clear", set: field("linuxProviderURL", "http://example.com/a"), path: in + "linuxProviderURL", want: "is no https:// URL"},
		{name: "a program behind a signature", set: field("windowsProviderURL", "https://example.com/a?sig=x"), path: in + "windowsProviderURL", want: "example.com/a has a login, a query or a fragment"},
		{name: "another credential provider", set: []string{with(one, ""), kubernetes + "kubeletConfig.--image-credential-provider-config=/etc/mine.yaml"},
			path: inConfig + `kubeletConfig["--image-credential-provider-config"]`, want: "names a credential provider, and containerRegistries brings another"},
		{name: "another credential provider of a pool", set: []string{with(one, ""), linux + "kubernetesConfig.kubeletConfig.image-credential-provider-bin-dir=/opt"},
			path: inLinux + `kubernetesConfig.kubeletConfig["image-credential-provider-bin-dir"]`, want: "names a credential provider"},
	}
}
