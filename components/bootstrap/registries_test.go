package bootstrap_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// withRegistries is the usual cluster, whose nodes pull from registries.
func withRegistries(change func(*bootstrap.RegistryLogin)) bootstrap.Cluster {
	c := cluster()
	c.Registries = registryLogin()
	change(c.Registries)
	return c
}

func unchanged(*bootstrap.RegistryLogin) {}

// providerConfig is the kubelet's configuration of credential providers; the kubelet
// refuses keys that it does not know.
type providerConfig struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Providers  []struct {
		Name                 string   `yaml:"name"`
		APIVersion           string   `yaml:"apiVersion"`
		MatchImages          []string `yaml:"matchImages"`
		DefaultCacheDuration string   `yaml:"defaultCacheDuration"`
		Args                 []string `yaml:"args"`
	} `yaml:"providers"`
}

// holdTogether follows the kubelet's way: its flags, the configuration that they name,
// the settings that this names, with the files of a node.
func holdTogether(t *testing.T, flags map[string]string, read func(path string) string) (program string) {
	t.Helper()
	var config providerConfig
	decoder := yaml.NewDecoder(strings.NewReader(read(flags["image-credential-provider-config"])))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&config))
	require.Equal(t, []string{"kubelet.config.k8s.io/v1", "CredentialProviderConfig"}, []string{config.APIVersion, config.Kind})
	require.Len(t, config.Providers, 1)
	provider := config.Providers[0]
	require.Equal(t, "credentialprovider.kubelet.k8s.io/v1", provider.APIVersion)
	require.Equal(t, []string{"acme1.azurecr.io", "other-x1.azurecr.io"}, provider.MatchImages, "no registry of anybody else's is asked")
	require.Len(t, provider.Args, 1, "the program takes its settings and nothing else")
	require.NotContains(t, provider.Args[0], "azure.json", "storage drivers would take it for the cloud provider's")
	var settings map[string]any
	require.NoError(t, json.Unmarshal([]byte(read(provider.Args[0])), &settings))
	require.Equal(t, map[string]any{
		"cloud": "AzurePublicCloud", "tenantId": "11111111-1111-1111-1111-111111111111",
		"useManagedIdentityExtension": true, "userAssignedIdentityID": "66666666-6666-6666-6666-666666666666",
	}, settings)
	return flags["image-credential-provider-bin-dir"] + "/" + provider.Name
}

// kubeletFlagsOf are the flags that kubeadm's documents have for the kubelet.
func kubeletFlagsOf(t *testing.T, documents string) map[string]string {
	t.Helper()
	flags := map[string]string{}
	for _, m := range regexp.MustCompile(`- name: (\S+)\n\s+value: (\S+)`).FindAllStringSubmatch(documents, -1) {
		flags[m[1]] = m[2]
	}
	return flags
}

func TestKubeletsOfLinuxFindTheProgram(t *testing.T) {
	t.Parallel()
	c := withRegistries(unchanged)
	node, err := bootstrap.LinuxNode(c, linuxNode())
	require.NoError(t, err)
	first, err := bootstrap.ControlPlane(c, master(), pki(), cloud())
	require.NoError(t, err)
	for name, document := range map[string]string{"a worker": node, "a master": first} {
		_, files := parse(t, document)
		flags := kubeletFlagsOf(t, files[bootstrap.KubeadmConfigPath].Content)
		program := holdTogether(t, flags, func(path string) string { return files[path].Content })
		require.Equal(t, "/usr/local/lib/hybridcluster/credential-providers/acr-credential-provider", program, name)
		require.Contains(t, files, "/usr/local/lib/hybridcluster/registries.sh")
	}
}

func TestKubeletsOfWindowsFindTheProgram(t *testing.T) {
	t.Parallel()
	script, err := bootstrap.WindowsNode(withRegistries(unchanged), windowsNode(), windowsOptions())
	require.NoError(t, err)
	document := func(name string) string {
		_, rest, ok := strings.Cut(script, "\n$"+name+" = @'\n")
		require.True(t, ok, name)
		text, _, _ := strings.Cut(rest, "'@\n")
		return text
	}
	join := kubeletFlagsOf(t, document("JoinConfiguration"))
	program := holdTogether(t, join, func(file string) string {
		name := map[string]string{"credential-providers.yaml": "CredentialProviderConfiguration", "registry-login.json": "RegistryLogin"}[path.Base(file)]
		// The script writes each to the place that its reader is told.
		require.Contains(t, script, `[IO.File]::WriteAllText("$KubernetesDir\`+path.Base(file)+`", $`+name+")")
		require.Equal(t, "C:/k", path.Dir(file))
		return document(name)
	})
	require.Equal(t, "C:/k/credential-providers/acr-credential-provider", program)
	require.Contains(t, script, `"$directory\acr-credential-provider.exe"`)
	for _, flag := range []string{"image-credential-provider-config", "image-credential-provider-bin-dir"} {
		require.Contains(t, script, "    '--"+flag+"="+join[flag]+"'\n", "the service does not read what kubeadm writes")
	}
}

// Nodes that pull with nothing but pull secrets have none of it.
func TestKubeletsWithoutRegistriesHaveNoProgram(t *testing.T) {
	t.Parallel()
	for name, document := range documents(t) {
		require.NotContains(t, document, "image-credential-provider", name)
		require.NotContains(t, document, "registries.sh:", name)
	}
	require.Contains(t, documents(t)["windows-node.ps1"], "$CredentialProvider = @{\n    'Sha256' = ''\n    'Url' = ''\n}\n")
}

func TestTheProgramIsInstalledBeforeTheKubeletNeedsIt(t *testing.T) {
	t.Parallel()
	// The stand-in for curl serves a URL's own name.
	sum := sha256.Sum256([]byte(path.Base(registryLogin().Linux.URL)))
	document, err := bootstrap.LinuxNode(withRegistries(func(l *bootstrap.RegistryLogin) { l.Linux.SHA256 = hex.EncodeToString(sum[:]) }), linuxNode())
	require.NoError(t, err)
	m := newMachine(t, document, nil)
	require.Equal(t, 0, m.boot(t))
	order(t, m.read(t, "/calls"), "kubelet=", "install -m 0755 "+m.path("/var/lib/hybridcluster/download/credential-provider")+
		" "+m.path("/usr/local/lib/hybridcluster/credential-providers/acr-credential-provider"), "kubeadm join")
	require.DirExists(t, m.path("/usr/local/lib/hybridcluster/credential-providers"), "the kubelet does not start without it")
}

func TestAnotherProgramIsNotInstalled(t *testing.T) {
	t.Parallel()
	document, err := bootstrap.LinuxNode(withRegistries(unchanged), linuxNode())
	require.NoError(t, err)
	m := newMachine(t, document, nil)
	require.NotEqual(t, 0, m.boot(t))
	require.Contains(t, m.read(t, failure), "step install_credential_provider failed")
	require.Contains(t, m.read(t, logFile), "and "+strings.Repeat("ab", 32)+" is expected")
	for _, call := range m.calls(t, "install") {
		require.NotContains(t, call, "acr-credential-provider")
	}
	require.Empty(t, m.calls(t, "kubeadm"))
}

func TestLoginsThatNoNodeCanUse(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*bootstrap.RegistryLogin){
		"no login server":                      func(l *bootstrap.RegistryLogin) { l.LoginServers = nil },
		`"a b" is not a login server`:          func(l *bootstrap.RegistryLogin) { l.LoginServers = []string{"a b"} },
		"the login servers are not sorted":     func(l *bootstrap.RegistryLogin) { l.LoginServers = []string{"b.azurecr.io", "a.azurecr.io"} },
		"the identity's client id is missing":  func(l *bootstrap.RegistryLogin) { l.IdentityClientID = "" },
		"URL is not an https URL":              func(l *bootstrap.RegistryLogin) { l.Linux.URL, l.Windows.URL = "http://a/b", "https://a/b?c" },
		"a download that nobody has pinned is": func(l *bootstrap.RegistryLogin) { l.Linux.SHA256, l.Windows.SHA256 = "", "ab" },
	} {
		c := withRegistries(change)
		_, err := bootstrap.LinuxNode(c, linuxNode())
		require.ErrorContains(t, err, want)
		_, err = bootstrap.ControlPlane(c, master(), pki(), cloud())
		require.ErrorContains(t, err, want)
		_, err = bootstrap.WindowsNode(c, windowsNode(), windowsOptions())
		require.ErrorContains(t, err, want)
	}
	c := withRegistries(func(l *bootstrap.RegistryLogin) { l.Windows = bootstrap.Artifact{} })
	_, err := bootstrap.LinuxNode(c, linuxNode())
	require.NoError(t, err, "a cluster without Windows needs no program for it")
}

// The files of a release, by the names that its publisher gives them:
// https://github.com/kubernetes-sigs/cloud-provider-azure/releases/tag/v1.36.5
func TestWhereThePublisherHasTheProgram(t *testing.T) {
	t.Parallel()
	const base = "https://github.com/kubernetes-sigs/cloud-provider-azure/releases/download/v1.36.5/"
	require.Equal(t, base+"azure-acr-credential-provider-linux-amd64", bootstrap.CredentialProvider(release(), apimodel.Linux).URL)
	require.Equal(t, base+"azure-acr-credential-provider-windows-amd64.exe", bootstrap.CredentialProvider(release(), apimodel.Windows).URL)
}
