package bootstrap_test

import (
	"compress/gzip"
	"encoding/pem"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

var update = flag.Bool("update", false, "rewrite the golden files; the run still fails")

const (
	fakeToken  = "faketo.ken0123456789abc"
	fakeSecret = "fake-client-secret"
)

func release() apimodel.Release {
	return apimodel.Release{
		Minor: "1.36", Kubernetes: "1.36.5", Containerd: "2.3.2", Runc: "1.4.3", Crictl: "1.36.0",
		LinuxPause:   "registry.k8s.io/pause:3.10.2",
		WindowsPause: "mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1-3",

		CloudProviderImage: "v1.36.5",
	}
}

func cluster() bootstrap.Cluster {
	return bootstrap.Cluster{
		Name: "demo", Endpoint: "demo.westeurope.cloudapp.azure.com", Release: release(),
		PodCIDR: "192.168.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10",
		SubjectAltNames: []string{"api.example.com", "10.1.0.4", "localhost"},
		MasterIPs:       []string{"10.240.255.5"},
		CACertHash:      "sha256:" + strings.Repeat("ab", 32),
		Token:           fakeToken,
	}
}

func master() bootstrap.Node {
	return bootstrap.Node{Name: "demo-control-plane-0", PrivateIP: "10.240.255.5"}
}

func linuxNode() bootstrap.Node {
	return bootstrap.Node{Name: "linuxpool1000", Labels: map[string]string{
		"example.com/pool": "linuxpool1", "storage": "fast", "empty": "", "tier": "back.end_2",
	}}
}

func windowsNode() bootstrap.Node {
	return bootstrap.Node{Name: "windowspool2000", Labels: map[string]string{"example.com/pool": "windowspool2"}}
}

// fakePEM has the size of the real thing and can be told from it at a glance.
func fakePEM(blockType, name string, size int) string {
	text := strings.Repeat("FAKE "+name+" ", size)[:size]
	return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: []byte(text)}))
}

func pki() bootstrap.PKI {
	const cert, key, public = 800, 1192, 294 // RSA-2048 in DER
	return bootstrap.PKI{
		CACert: fakePEM("CERTIFICATE", "ca", cert), CAKey: fakePEM("RSA PRIVATE KEY", "ca", key),
		FrontProxyCACert: fakePEM("CERTIFICATE", "front-proxy", cert), FrontProxyCAKey: fakePEM("RSA PRIVATE KEY", "front-proxy", key),
		EtcdCACert: fakePEM("CERTIFICATE", "etcd", cert), EtcdCAKey: fakePEM("RSA PRIVATE KEY", "etcd", key),
		ServiceAccountPublicKey: fakePEM("PUBLIC KEY", "sa", public), ServiceAccountKey: fakePEM("RSA PRIVATE KEY", "sa", key),
	}
}

func cloud() bootstrap.CloudConfig {
	return bootstrap.CloudConfig{
		TenantID: "11111111-1111-1111-1111-111111111111", SubscriptionID: "22222222-2222-2222-2222-222222222222",
		ResourceGroup: "demo-rg", Location: "westeurope", VnetName: "demo-vnet", VnetResourceGroup: "network-rg",
		SubnetName: "nodes", SecurityGroupName: "demo-nsg", LoadBalancerName: "demo",
		PrimaryAvailabilitySet: "linuxpool1-as",
		IdentityClientID:       "33333333-3333-3333-3333-333333333333",
	}
}

func principal() bootstrap.CloudConfig {
	c := cloud()
	c.IdentityClientID, c.ClientID, c.ClientSecret = "", "44444444-4444-4444-4444-444444444444", fakeSecret
	return c
}

// fakeKey is a real key's form: 32 bytes of zeros as an ed25519 key.
const fakeKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// hostKey has the size of a real one, and is none.
func hostKey() bootstrap.HostKey {
	return bootstrap.HostKey{Private: fakePEM("OPENSSH PRIVATE KEY", "host", 230), Public: fakeKey + " host key\n"}
}

func windowsOptions() bootstrap.WindowsOptions {
	return bootstrap.WindowsOptions{OpenSSH: true, AuthorizedKeys: []string{fakeKey + " someone@example.com"}, WinRM: true}
}

// documents are the documents of the three kinds of node, as they are read. A
// master's is compressed where it is sent.
func documents(t *testing.T) map[string]string {
	t.Helper()
	control, err := bootstrap.ControlPlane(cluster(), master(), pki(), cloud())
	require.NoError(t, err)
	linux, err := bootstrap.LinuxNode(cluster(), linuxNode())
	require.NoError(t, err)
	windows, err := bootstrap.WindowsNode(cluster(), windowsNode(), windowsOptions())
	require.NoError(t, err)
	return map[string]string{"control-plane.yaml": unpacked(t, control), "linux-node.yaml": linux, "windows-node.ps1": windows}
}

type file struct{ Path, Owner, Permissions, Content string }

type userData struct {
	SSHDeleteKeys bool              `yaml:"ssh_deletekeys"`
	SSHKeys       map[string]string `yaml:"ssh_keys"`
	Files         []file            `yaml:"write_files"`
	RunCmd        [][]string        `yaml:"runcmd"`
}

func parse(t *testing.T, document string) (userData, map[string]file) {
	t.Helper()
	document = unpacked(t, document)
	require.True(t, strings.HasPrefix(document, "#cloud-config\n"))
	var data userData
	dec := yaml.NewDecoder(strings.NewReader(document))
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&data))
	files := map[string]file{}
	for _, f := range data.Files {
		require.NotContains(t, files, f.Path, "written twice")
		files[f.Path] = f
	}
	return data, files
}

// unpacked undoes the compression of large documents, as cloud-init does.
func unpacked(t *testing.T, document string) string {
	t.Helper()
	if !strings.HasPrefix(document, "\x1f\x8b") {
		return document
	}
	r, err := gzip.NewReader(strings.NewReader(document))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(plain)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		t.Errorf("%s rewritten; run again without -update", path)
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the test with -update")
	require.Equal(t, string(want), got)
}
