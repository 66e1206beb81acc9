package bootstrap_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

const (
	fakeSignature  = "sig=fake-signature"
	fakeParameters = "--password fake-parameter"
)

// threeMasters is a private cluster: no DNS knows its endpoint.
func threeMasters() bootstrap.Cluster {
	c := cluster()
	c.MasterIPs = []string{"10.240.255.5", "10.240.255.6", "10.240.255.7"}
	c.EndpointIP = "10.240.255.100"
	return c
}

func secondMaster() bootstrap.Node {
	return bootstrap.Node{Name: "demo-control-plane-1", PrivateIP: "10.240.255.6"}
}

func scripts(names ...string) []bootstrap.Script {
	var list []bootstrap.Script
	for i, name := range names {
		list = append(list, bootstrap.Script{
			Name: name, URL: "https://example.com/" + name + ".sh?" + fakeSignature, SHA256: strings.Repeat("CD", 32),
			Parameters: fakeParameters, BeforeJoin: i%2 == 0,
		})
	}
	return list
}

// everythingNode has each option of a node.
func everythingNode() bootstrap.Node {
	n := linuxNode()
	n.HostKey = hostKey()
	n.Taints = []string{"example.com/gpu=true:NoSchedule", "spot:PreferNoSchedule"}
	n.KubeletArgs = map[string]string{"max-pods": "60", "image-gc-high-threshold": "80", "cloud-provider": "azure"}
	n.Sysctls = map[string]string{"net.core.somaxconn": "16384", "net.ipv4.tcp_rmem": "4096 87380 6291456"}
	n.DNSServer, n.SearchDomain = "10.1.0.53", "corp.example.com"
	n.AuditD, n.UpgradeAtBoot, n.NoUnattendedUpgrades, n.HasIdentity = true, true, true, true
	n.Files = []bootstrap.NodeFile{{Path: "/etc/motd", Content: "Ours: $(id) 'quoted' \"twice\"\n\ttabs\n"},
		{Path: "/etc/kubernetes/audit/policy.yaml", Content: "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n"}}
	n.Scripts = scripts("early", "late")
	return n
}

// everythingCluster has each option of a cluster.
func everythingCluster() bootstrap.Cluster {
	c := threeMasters()
	c.APIServerArgs = map[string]string{
		"audit-log-maxage": "30", "cloud-provider": "azure",
		"audit-policy-file": "/etc/kubernetes/audit/policy.yaml", "audit-log-path": "/var/log/kubeaudit/audit.log",
	}
	c.ControllerManagerArgs = map[string]string{"node-monitor-period": "10s", "cluster-name": "other"}
	c.SchedulerArgs = map[string]string{"v": "2"}
	c.ProxyMode = "ipvs"
	c.Registries = registryLogin()
	return c
}

// registryLogin is a login to registries with a program for each system.
func registryLogin() *bootstrap.RegistryLogin {
	program := func(system apimodel.OSType) bootstrap.Artifact {
		a := bootstrap.CredentialProvider(release(), system)
		a.SHA256 = strings.Repeat("ab", 32)
		return a
	}
	return &bootstrap.RegistryLogin{
		LoginServers: []string{"acme1.azurecr.io", "other-x1.azurecr.io"},
		TenantID:     "11111111-1111-1111-1111-111111111111", IdentityClientID: "66666666-6666-6666-6666-666666666666",
		Linux: program(apimodel.Linux), Windows: program(apimodel.Windows),
	}
}

func vaulted() bootstrap.CloudConfig {
	c := principal()
	c.ClientSecret = ""
	c.ClientSecretRef = &bootstrap.KeyVaultSecret{
		VaultURL: "https://demo-vault.vault.azure.net", Name: "sp-secret", Version: strings.Repeat("0a", 16),
		IdentityClientID: "55555555-5555-5555-5555-555555555555",
	}
	c.ScaleSets, c.PrimaryScaleSet = true, "demo-pool-vmss"
	return c
}

func everythingWindows() (bootstrap.Node, bootstrap.WindowsOptions) {
	n, o := windowsNode(), windowsOptions()
	n.HostKey = hostKey()
	n.Taints = []string{"os=windows:NoSchedule"}
	n.KubeletArgs = map[string]string{"max-pods": "30", "resolv-conf": "C:/k/resolv.conf", "config": "C:/evil.yaml"}
	n.Scripts = scripts("early", "late")
	o.SecureTLS, o.DataDisks = true, 2
	o.CSIProxyURL, o.CSIProxySHA256 = "https://example.com/csi-proxy.tar.gz", strings.Repeat("EF", 32)
	return n, o
}

// wideDocuments are documents with the options of definitions.
func wideDocuments(t *testing.T) map[string]string {
	t.Helper()
	scaleSet, windowsScaleSet := linuxNode(), windowsNode()
	scaleSet.Name, windowsScaleSet.Name = "", ""
	full, options := everythingWindows()
	first := everythingNode()
	first.Name, first.PrivateIP = master().Name, master().PrivateIP
	mirrored := threeMasters()
	mirrored.Mirrors = mirrors()
	documents := map[string]string{}
	for name, render := range map[string]func() (string, error){
		"control-plane-join.yaml":       func() (string, error) { return bootstrap.ControlPlane(threeMasters(), secondMaster(), pki(), cloud()) },
		"control-plane-everything.yaml": func() (string, error) { return bootstrap.ControlPlane(everythingCluster(), first, pki(), vaulted()) },
		"linux-scale-set.yaml":          func() (string, error) { return bootstrap.LinuxNode(cluster(), scaleSet) },
		"private-linux-node.yaml":       func() (string, error) { return bootstrap.LinuxNode(threeMasters(), linuxNode()) },
		"linux-mirrors.yaml":            func() (string, error) { return bootstrap.LinuxNode(mirrored, linuxNode()) },
		"windows-mirrors.ps1":           func() (string, error) { return bootstrap.WindowsNode(mirrored, windowsNode(), windowsOptions()) },
		"linux-everything.yaml":         func() (string, error) { return bootstrap.LinuxNode(everythingCluster(), everythingNode()) },
		"windows-scale-set.ps1":         func() (string, error) { return bootstrap.WindowsNode(cluster(), windowsScaleSet, windowsOptions()) },
		"windows-everything.ps1":        func() (string, error) { return bootstrap.WindowsNode(everythingCluster(), full, options) },
	} {
		document, err := render()
		require.NoError(t, err, name)
		documents[name] = unpacked(t, document)
	}
	return documents
}

// ownPart is what a document has to itself: the programs and the root material
// are in the goldens of whole documents.
func ownPart(t *testing.T, name, document string) string {
	t.Helper()
	if strings.HasSuffix(name, ".ps1") {
		head, _, ok := strings.Cut(document, "\n# --- where things are")
		require.True(t, ok)
		return head
	}
	var out strings.Builder
	data, _ := parse(t, document)
	for _, f := range data.Files {
		fmt.Fprintf(&out, "### %s %s %s\n", f.Path, f.Owner, f.Permissions)
		switch {
		case strings.HasPrefix(f.Path, "/usr/local/lib/hybridcluster/"), strings.HasPrefix(f.Path, "/etc/kubernetes/pki/"):
			out.WriteString("(not shown)\n")
		default:
			out.WriteString(f.Content)
		}
	}
	fmt.Fprintf(&out, "### runs %v\n", data.RunCmd)
	return out.String()
}

// changedNode renders a Linux worker that differs from the usual one.
func changedNode(t *testing.T, change func(*bootstrap.Node)) string {
	t.Helper()
	n := linuxNode()
	change(&n)
	document, err := bootstrap.LinuxNode(cluster(), n)
	require.NoError(t, err)
	return document
}

func changedMaster(t *testing.T, change func(*bootstrap.Node)) string {
	t.Helper()
	n := master()
	change(&n)
	document, err := bootstrap.ControlPlane(cluster(), n, pki(), cloud())
	require.NoError(t, err)
	return document
}

func windowsScript(t *testing.T, n bootstrap.Node, o bootstrap.WindowsOptions) string {
	t.Helper()
	script, err := bootstrap.WindowsNode(everythingCluster(), n, o)
	require.NoError(t, err)
	return script
}
