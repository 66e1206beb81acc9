package bootstrap_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

func TestGoldenDocuments(t *testing.T) {
	t.Parallel()
	for name, document := range documents(t) {
		golden(t, name, document)
	}
	for name, document := range wideDocuments(t) {
		golden(t, name, ownPart(t, name, document))
	}
	golden(t, "linux-extension.sh", bootstrap.LinuxExtensionCommand()+"\n")
	golden(t, "windows-extension.cmd", bootstrap.WindowsExtensionCommand()+"\n")
	for name, config := range map[string]bootstrap.CloudConfig{"azure-identity.json": cloud(), "azure-principal.json": principal(), "azure-vault.json": vaulted()} {
		got, err := bootstrap.AzureJSON(config)
		require.NoError(t, err)
		golden(t, name, got)
	}
}

func TestDocumentsAreDeterministic(t *testing.T) {
	t.Parallel()
	first := documents(t)
	for range 20 {
		require.Equal(t, first, documents(t))
	}
}

// The usual workers' documents can be read; large ones are compressed and hold
// the same.
func TestOnlyLargeDocumentsAreCompressed(t *testing.T) {
	t.Parallel()
	linux, err := bootstrap.LinuxNode(cluster(), linuxNode())
	require.NoError(t, err)
	require.False(t, bootstrap.IsCompressed(linux))
	document := largest(t)["first of 5 masters"]
	plain := unpacked(t, document)
	require.Greater(t, len(plain), comfortable)
	require.Less(t, len(document), 32*1024)
	_, small := parse(t, documents(t)["control-plane.yaml"])
	_, large := parse(t, document)
	for path, f := range small {
		if strings.HasPrefix(path, "/usr/local/lib/hybridcluster/") {
			require.Equal(t, f, large[path])
		}
	}
}

func TestControlPlaneFiles(t *testing.T) {
	t.Parallel()
	data, files := parse(t, documents(t)["control-plane.yaml"])
	p := pki()
	for path, want := range map[string]string{
		"ca.crt": p.CACert, "ca.key": p.CAKey,
		"front-proxy-ca.crt": p.FrontProxyCACert, "front-proxy-ca.key": p.FrontProxyCAKey,
		"etcd/ca.crt": p.EtcdCACert, "etcd/ca.key": p.EtcdCAKey,
		"sa.pub": p.ServiceAccountPublicKey, "sa.key": p.ServiceAccountKey,
	} {
		require.Equal(t, want, files["/etc/kubernetes/pki/"+path].Content, path)
	}
	require.Equal(t, [][]string{startsBootstrap}, data.RunCmd)
	require.Contains(t, files["/etc/hybridcluster/bootstrap.env"].Content, "ROLE='control-plane-init'\n")
}

func TestLinuxNodeTouchesNoDisk(t *testing.T) {
	t.Parallel()
	_, files := parse(t, documents(t)["linux-node.yaml"])
	require.Contains(t, files["/etc/hybridcluster/bootstrap.env"].Content, "ROLE='node'\n")
}

// Only these files may hold secrets, and only root may read them.
func TestFilesWithSecretsArePrivate(t *testing.T) {
	t.Parallel()
	secrets := []string{fakeToken, "PRIVATE KEY", fakeSecret}
	config, err := bootstrap.ControlPlane(cluster(), master(), pki(), principal())
	require.NoError(t, err)
	for name, document := range map[string]string{"master": config, "node": documents(t)["linux-node.yaml"]} {
		var holders []string
		_, files := parse(t, document)
		for path, f := range files {
			require.Equal(t, "root:root", f.Owner, path)
			secret := slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(f.Content, s) })
			if secret {
				holders = append(holders, path)
			}
			require.Equal(t, secret, f.Permissions == "0600", path)
		}
		slices.Sort(holders)
		want := []string{"/etc/hybridcluster/kubeadm.yaml"}
		if name == "master" {
			want = []string{
				"/etc/hybridcluster/kubeadm.yaml", "/etc/kubernetes/azure.json",
				"/etc/kubernetes/pki/ca.key", "/etc/kubernetes/pki/etcd/ca.key",
				"/etc/kubernetes/pki/front-proxy-ca.key", "/etc/kubernetes/pki/sa.key",
			}
		}
		require.Equal(t, want, holders)
	}
}

func TestWorkersGetNoRootMaterial(t *testing.T) {
	t.Parallel()
	all := documents(t)
	for _, name := range []string{"linux-node.yaml", "windows-node.ps1"} {
		require.NotContains(t, all[name], "PRIVATE KEY")
		require.NotContains(t, all[name], "-----BEGIN")
		require.NotContains(t, all[name], "azure.json")
		require.Equal(t, 2, strings.Count(all[name], fakeToken), "discovery and TLS bootstrap only")
	}
	require.Equal(t, 1, strings.Count(all["control-plane.yaml"], fakeToken))
}

func TestAzureJSON(t *testing.T) {
	t.Parallel()
	read := func(c bootstrap.CloudConfig) map[string]any {
		text, err := bootstrap.AzureJSON(c)
		require.NoError(t, err)
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &got))
		return got
	}
	managed, sp := read(cloud()), read(principal())
	require.Equal(t, "Standard", managed["loadBalancerSku"])
	require.Equal(t, "standard", managed["vmType"])
	require.Equal(t, true, managed["useManagedIdentityExtension"])
	require.NotContains(t, managed, "aadClientSecret")
	require.Equal(t, false, sp["useManagedIdentityExtension"])
	require.Equal(t, fakeSecret, sp["aadClientSecret"])
	require.NotContains(t, sp, "userAssignedIdentityID")
}

func TestAzureJSONFaults(t *testing.T) {
	t.Parallel()
	both := principal()
	both.IdentityClientID = "id"
	half := principal()
	half.ClientID = ""
	bare := cloud()
	bare.VnetName, bare.Location = "", ""
	for want, config := range map[string]bootstrap.CloudConfig{
		"not both": both, "client id and secret": half, "the virtual network is missing": bare, "the location is missing": bare,
	} {
		_, err := bootstrap.AzureJSON(config)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), fakeSecret)
	}
}

func TestArtifactsAreWhatTheDocumentsName(t *testing.T) {
	t.Parallel()
	all := documents(t)
	for _, a := range bootstrap.Artifacts(release()) {
		document := all["linux-node.yaml"]
		if a.OS == "Windows" {
			document = all["windows-node.ps1"]
		}
		switch {
		case a.Name == "ubuntu-packages" || a.Name == "windows-update":
			continue // the systems' own sources
		case a.Kind == bootstrap.Image && a.Name != "pause":
			document = all["control-plane.yaml"]
			require.Contains(t, document, "imageRepository: registry.k8s.io\n")
			require.Contains(t, document, "kubernetesVersion: v"+release().Kubernetes+"\n")
			continue
		}
		require.Contains(t, document, a.URL, a.Name)
		require.Contains(t, document, a.Checksum, a.Name)
		if a.Kind == bootstrap.File {
			require.NotEmpty(t, a.Checksum, a.Name)
			require.True(t, strings.HasPrefix(a.URL, "https://") && strings.HasPrefix(a.Checksum, "https://"), a.Name)
		}
	}
	// And the other way round: no address stands in a document but the table's.
	// Comments may name manuals, and the masters speak to each other.
	comment := regexp.MustCompile(`(?m)^\s*#.*$`)
	for name, document := range all {
		document = comment.ReplaceAllString(document, "")
		for _, word := range strings.FieldsFunc(document, func(r rune) bool { return strings.ContainsRune(" '\"\n;", r) }) {
			known := !strings.HasPrefix(word, "https://") || word == "https://containerd.io" || strings.HasPrefix(word, "https://$") ||
				slices.ContainsFunc(bootstrap.Artifacts(release()), func(a bootstrap.Artifact) bool { return word == a.URL || word == a.Checksum })
			require.True(t, known, "%s names %s", name, word)
		}
	}
}

func TestEverySupportedReleaseRenders(t *testing.T) {
	t.Parallel()
	for _, r := range apimodel.Releases() {
		c := cluster()
		c.Release = r
		for _, render := range []func() (string, error){
			func() (string, error) { return bootstrap.ControlPlane(c, master(), pki(), cloud()) },
			func() (string, error) { return bootstrap.LinuxNode(c, linuxNode()) },
			func() (string, error) { return bootstrap.WindowsNode(c, windowsNode(), windowsOptions()) },
		} {
			document, err := render()
			require.NoError(t, err, r.Minor)
			require.Contains(t, unpacked(t, document), r.Kubernetes)
		}
	}
}
