package firstboot_test

import (
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// definition has a scale set and single machines of both systems, and a secret of
// each kind that a definition can hold.
const definition = `{
  "apiVersion": "vlabs",
  "location": "westeurope",
  "properties": {
    "masterProfile": {"count": 3, "dnsPrefix": "demo", "vmSize": "Standard_D2s_v3", "extensions": [{"name": "agent"}]},
    "agentPoolProfiles": [
      {"name": "winvm", "count": 1, "vmSize": "Standard_D4s_v3", "osType": "Windows", "availabilityProfile": "AvailabilitySet",
        "preProvisionExtension": {"name": "choco"}},
      {"name": "lin", "count": 3, "vmSize": "Standard_D2s_v3", "extensions": [{"name": "agent"}]},
      {"name": "vms", "count": 2, "vmSize": "Standard_D2s_v3", "availabilityProfile": "AvailabilitySet",
        "extensions": [{"name": "agent", "singleOrAll": "single"}]},
      {"name": "win", "count": 2, "vmSize": "Standard_D4s_v3", "osType": "Windows"}
    ],
    "linuxProfile": {"adminUsername": "azureuser"},
    "windowsProfile": {"adminUsername": "operator1", "adminPassword": "Planted-passw0rd-1", "enableCSIProxy": true,
      "csiProxyURL": "https://files.example.com/csi-proxy.tar.gz?sig=planted-csi",
      "csiProxySHA256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    "servicePrincipalProfile": {"clientId": "00000000-0000-0000-0000-0000000000ee", "secret": "planted-principal"},
    "extensionProfiles": [
      {"name": "agent", "version": "v2", "rootURL": "https://files.example.com/", "script": "agent.sh", "urlQuery": "sig=planted-query",
        "extensionParameters": "--key planted-parameter",
        "scriptSHA256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"name": "choco", "version": "v1", "rootURL": "https://files.example.com/", "script": "choco.ps1", "urlQuery": "?sv=1&sig=planted-windows",
        "extensionParameters": "-Key planted-argument",
        "scriptSHA256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
    ]
  }
}`

func load(t *testing.T, text string) firstboot.Cluster {
	t.Helper()
	d, err := apimodel.Load(apimodel.Source{Name: "cluster.json", Data: []byte(text)})
	require.NoError(t, err)
	d.Default()
	report := d.Validate(apimodel.Given{})
	require.NoError(t, report.Err())
	return firstboot.Cluster{Definition: d}
}

func preview(t *testing.T, c firstboot.Cluster, name string) firstboot.Preview {
	t.Helper()
	m, err := c.Find(name)
	require.NoError(t, err)
	p, err := c.Preview(m, "")
	require.NoError(t, err)
	return p
}

func TestMachines(t *testing.T) {
	t.Parallel()
	c := load(t, definition)
	var lines []string
	for _, m := range c.Machines() {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %d", m.Name, m.OS, m.Role, m.Pool, m.Instances))
	}
	require.Equal(t, []string{
		"demo-control-plane-0 linux control-plane  1", "demo-control-plane-1 linux control-plane  1", "demo-control-plane-2 linux control-plane  1",
		"lin linux agent lin 3", "vms000 linux agent vms 1", "vms001 linux agent vms 1",
		"win windows agent win 2", "winvm000 windows agent winvm 1",
	}, lines)
	m, err := c.Find("lin-00000a")
	require.NoError(t, err)
	require.Equal(t, "lin", m.Name)
	_, err = c.Find("lin-00000")
	require.EqualError(t, err, `the definition has no node "lin-00000"; it has demo-control-plane-0, demo-control-plane-1, demo-control-plane-2, lin, vms000, vms001, win, winvm000`)
}

// No secret of the definition is in anything that a preview has, in any form.
func TestPreviewsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	c := load(t, definition)
	c.Mirrors = bootstrap.Mirrors{"github.com": "mirror.example.com/github"}
	for _, m := range c.Machines() {
		p, err := c.Preview(m, "")
		require.NoError(t, err)
		data, err := json.Marshal(p)
		require.NoError(t, err)
		for _, text := range []string{string(data), fmt.Sprintf("%+v", p), p.Document} {
			require.NotContains(t, strings.ToLower(text), "planted", m.Name)
			require.NotContains(t, text, "secret.of", "a stand-in is left")
			require.NotContains(t, text, ".invalid", "a stand-in is left")
			require.Contains(t, text, "[secret]")
		}
	}
}

func TestPreviewSaysWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	c := load(t, definition)
	master := preview(t, c, "demo-control-plane-0")
	content := func(p firstboot.Preview, path string) string {
		i := slices.IndexFunc(p.Files, func(f bootstrap.DocumentFile) bool { return f.Path == path })
		require.GreaterOrEqual(t, i, 0, path)
		return p.Files[i].Content
	}
	kubeadm := content(master, bootstrap.KubeadmConfigPath)
	require.Contains(t, kubeadm, "token: [secret]\n")
	require.Contains(t, kubeadm, "- [known after up: the address of the API server]\n")
	require.Contains(t, content(master, "/etc/kubernetes/pki/ca.key"), "-----BEGIN RSA PRIVATE KEY-----\n[secret]\n-----END")
	require.Contains(t, content(master, "/etc/kubernetes/pki/etcd/ca.crt"), "-----BEGIN CERTIFICATE-----\n[known after up: the certificate of the CA of etcd]\n-----END")
	azure := content(master, "/etc/kubernetes/azure.json")
	require.True(t, json.Valid([]byte(azure)))
	for _, want := range []string{
		`"aadClientSecret": "[secret]"`, `"aadClientId": "00000000-0000-0000-0000-0000000000ee"`, `"resourceGroup": "demo"`,
		`"tenantId": "[known after up: the tenant id]"`, `"primaryScaleSetName": "demo-lin"`, `"subnetName": "nodes"`,
	} {
		require.Contains(t, azure, want)
	}
	require.Contains(t, content(master, "/etc/hybridcluster/scripts/after/00-agent.env"),
		"SCRIPT_URL='https://files.example.com/extensions/agent/v2/agent.sh?[secret]'\n")
	require.Contains(t, content(master, "/etc/hybridcluster/scripts/after/00-agent.env"), "SCRIPT_PARAMETERS='[secret]'\n")
	require.Equal(t, bootstrap.LinuxExtensionCommand(), master.Extension)
	require.Contains(t, content(preview(t, c, "lin"), bootstrap.KubeadmConfigPath), "- sha256:[known after up: the hash of the CA key]\n")

	windows := preview(t, c, "winvm000")
	require.Empty(t, windows.Files)
	require.Equal(t, bootstrap.WindowsExtensionCommand(), windows.Extension)
	for _, want := range []string{
		"    token: [secret]\n", "'CSIProxyURL' = 'https://files.example.com/csi-proxy.tar.gz?[secret]'", "Parameters = '[secret]'; BeforeJoin = $true",
		"    '[known after up: the generated SSH key]'\n",
	} {
		require.Contains(t, windows.Document, want)
	}
}

func TestPreviewOfOtherIdentities(t *testing.T) {
	t.Parallel()
	principal := `"servicePrincipalProfile": {"clientId": "00000000-0000-0000-0000-0000000000ee", "secret": "planted-principal"},`
	managed := preview(t, load(t, strings.Replace(definition, principal, "", 1)), "demo-control-plane-0").Document
	require.Contains(t, managed, `"userAssignedIdentityID": "[known after up: the client id of the identity]"`)
	vault := `"servicePrincipalProfile": {"clientId": "00000000-0000-0000-0000-0000000000ee", "keyvaultSecretRef": {
		"vaultID": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/a/providers/Microsoft.KeyVault/vaults/demo-vault", "secretName": "sp"}},`
	vaulted := preview(t, load(t, strings.Replace(definition, principal, vault, 1)), "demo-control-plane-0").Document
	require.Contains(t, vaulted, "CLIENT_SECRET_URL='https://demo-vault.vault.azure.net/secrets/sp?api-version=7.4'")
	require.Contains(t, vaulted, "CLIENT_SECRET_IDENTITY='[known after up: the client id of the identity]'")
	require.NotContains(t, vaulted, `"aadClientSecret":`)

	c := load(t, definition)
	m, err := c.Find("demo-control-plane-1")
	require.NoError(t, err)
	p, err := c.Preview(m, "my-group")
	require.NoError(t, err)
	require.Contains(t, p.Document, `"resourceGroup": "my-group"`)
}

// What is shown is what is run, but for what a definition does not know.
// realHostKey is one as the tls provider makes it.
func realHostKey(t *testing.T) bootstrap.HostKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	return bootstrap.HostKey{
		Private: string(pem.EncodeToMemory(block)), Public: strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))),
	}
}

func TestPreviewIsTheDocument(t *testing.T) {
	t.Parallel()
	c := load(t, definition)
	pool := c.Definition.Properties.AgentPoolProfiles[2]
	key := realHostKey(t)
	lines := strings.SplitAfter(key.Private, "\n")
	hidden := strings.Join(lines[1:len(lines)-2], "    ")
	document, err := c.Worker(pool, 1, firstboot.Facts{
		Token: "abcdef.0123456789abcdef", CACertHash: "sha256:" + strings.Repeat("ab", 32), APIAddress: "203.0.113.9",
		HostKey: key,
	}, nil)
	require.NoError(t, err)
	p := preview(t, c, "vms001")
	want := strings.NewReplacer(
		"abcdef.0123456789abcdef", "[secret]", strings.Repeat("ab", 32), "[known after up: the hash of the CA key]",
		hidden, "[secret]\n", key.Public, "[known after up: the SSH host key]",
	).Replace(document)
	require.Equal(t, want, p.Document)
	require.Equal(t, firstboot.Size{Bytes: len(document)}, p.CustomData)
	require.NotContains(t, p.Document, "agent.sh", "it is for the first machine alone")
	require.Contains(t, preview(t, c, "vms000").Document, "agent.sh")
}

// A document that cloud-init unpacks is shown unpacked, and counted as it is.
func TestLargeDocuments(t *testing.T) {
	t.Parallel()
	c := load(t, definition)
	for i := range 4 {
		c.Definition.Properties.MasterProfile.CustomFiles = append(c.Definition.Properties.MasterProfile.CustomFiles, apimodel.CustomFile{
			Dest: fmt.Sprintf("/etc/example/%d.conf", i), Content: strings.Repeat("setting = of no importance\n", 100),
		})
	}
	p := preview(t, c, "demo-control-plane-0")
	require.True(t, p.CustomData.Compressed)
	require.Less(t, p.CustomData.Bytes, 32*1024)
	require.True(t, strings.HasPrefix(p.Document, "#cloud-config\n"))
	require.True(t, slices.ContainsFunc(p.Files, func(f bootstrap.DocumentFile) bool { return f.Path == "/etc/example/3.conf" }))

	c.Definition.Properties.MasterProfile.CustomFiles[0].Dest = "/etc/crictl.yaml"
	m, err := c.Find("demo-control-plane-0")
	require.NoError(t, err)
	_, err = c.Preview(m, "")
	require.ErrorContains(t, err, "belongs to the bootstrap")
}

// Every definition that is tested elsewhere has a preview of each machine.
func TestEveryScenarioHasPreviews(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "hybridcluster", "testdata", "scenarios", "*", "definition.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		d, err := apimodel.Load(apimodel.Source{Name: file, Data: data, ReadFile: func(path string) ([]byte, error) {
			return os.ReadFile(filepath.Join(filepath.Dir(file), path))
		}})
		require.NoError(t, err)
		d.Default()
		c := firstboot.Cluster{Definition: d}
		for _, m := range c.Machines() {
			p, err := c.Preview(m, "")
			require.NoError(t, err, "%s: %s", file, m.Name)
			require.LessOrEqual(t, p.CustomData.Bytes, 48*1024, "%s: %s", file, m.Name)
			require.NotContains(t, p.Document, "planted")
		}
	}
}
