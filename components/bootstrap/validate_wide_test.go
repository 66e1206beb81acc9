package bootstrap_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

func matchesAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

func TestOptionsThatAreNotPlainAreRefused(t *testing.T) {
	t.Parallel()
	type change func(*bootstrap.Cluster, *bootstrap.Node)
	script := func(change func(*bootstrap.Script)) change {
		return func(_ *bootstrap.Cluster, n *bootstrap.Node) {
			n.Scripts = scripts("one")
			change(&n.Scripts[0])
		}
	}
	for name, c := range map[string]struct {
		change change
		want   string
	}{
		"endpoint address":        {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.EndpointIP = "10.0.0.4 evil" }, "endpoint address"},
		"endpoint without a name": {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.EndpointIP, c.Endpoint = "10.0.0.4", "10.0.0.4" }, "endpoint address"},
		"masters of one address":  {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.MasterIPs = []string{"10.0.0.4", "10.0.0.4"} }, "two masters"},
		"proxy mode":              {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.ProxyMode = "userspace" }, "proxy mode"},
		"API server's flag":       {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.APIServerArgs = map[string]string{"--v": "2"} }, `API server: flag "--v"`},
		"controller's value":      {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.ControllerManagerArgs = map[string]string{"v": "2\n"} }, "controller manager: the value of flag v"},
		"scheduler's value":       {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.SchedulerArgs = map[string]string{"v": "ü"} }, "scheduler: the value of flag v"},
		"kubelet's flag":          {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.KubeletArgs = map[string]string{"max pods": "2"} }, "kubelet: flag"},
		"kubelet's value, space":  {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.KubeletArgs = map[string]string{"v": "2 --x"} }, "kubelet: the value of flag v"},
		"kubelet's value, quote":  {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.KubeletArgs = map[string]string{"v": `2"`} }, "kubelet: the value of flag v"},
		"kubelet's value, escape": {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.KubeletArgs = map[string]string{"v": `2\`} }, "kubelet: the value of flag v"},
		"taint without an effect": {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Taints = []string{"a=b"} }, "is not a taint"},
		"taint's effect":          {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Taints = []string{"a=b:Never"} }, "is not a taint"},
		"taint's key":             {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Taints = []string{"a'b:NoSchedule"} }, "is not a taint"},
		"taint's value":           {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Taints = []string{"a=b c:NoSchedule"} }, "is not a taint"},
		"the cloud's taint": {func(_ *bootstrap.Cluster, n *bootstrap.Node) {
			n.Taints = []string{"node.cloudprovider.kubernetes.io/uninitialized:NoSchedule"}
		}, "is the cloud provider's"},
		"two taints":               {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Taints = []string{"a=b:NoSchedule", "a=c:NoSchedule"} }, "differ in their value only"},
		"script's name":            {script(func(s *bootstrap.Script) { s.Name = "../evil" }), "its name must be"},
		"script over http":         {script(func(s *bootstrap.Script) { s.URL = "http://example.com/x?" + fakeSignature }), "not an https URL"},
		"script's URL, quote":      {script(func(s *bootstrap.Script) { s.URL = `https://example.com/x"?` + fakeSignature }), "not an https URL"},
		"script's URL, new line":   {script(func(s *bootstrap.Script) { s.URL = "https://example.com/x\noutput=/etc/passwd?" + fakeSignature }), "not an https URL"},
		"script without a digest":  {script(func(s *bootstrap.Script) { s.SHA256 = "" }), "nobody has pinned"},
		"script's parameters":      {script(func(s *bootstrap.Script) { s.Parameters = fakeParameters + "\nevil" }), "not one line"},
		"more scripts than digits": {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Scripts = make([]bootstrap.Script, 101) }, "101 scripts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl, node := cluster(), windowsNode()
			c.change(&cl, &node)
			_, linux := bootstrap.LinuxNode(cl, node)
			_, windows := bootstrap.WindowsNode(cl, node, windowsOptions())
			for _, err := range []error{linux, windows} {
				require.ErrorContains(t, err, c.want)
				require.False(t, matchesAny(err.Error(), fakeSignature, "fake-parameter", fakeToken), "a message shows a secret")
			}
		})
	}
}

func TestLinuxOptionsThatAreNotPlainAreRefused(t *testing.T) {
	t.Parallel()
	file := func(path, content string) func(*bootstrap.Node) {
		return func(n *bootstrap.Node) { n.Files = []bootstrap.NodeFile{{Path: path, Content: content}} }
	}
	for name, c := range map[string]struct {
		change func(*bootstrap.Node)
		want   string
	}{
		"sysctl's name":           {func(n *bootstrap.Node) { n.Sysctls = map[string]string{"net": "1"} }, "is not a kernel parameter"},
		"sysctl's value":          {func(n *bootstrap.Node) { n.Sysctls = map[string]string{"net.x": "1\nnet.y = 2"} }, "is not a kernel parameter"},
		"sysctl without a value":  {func(n *bootstrap.Node) { n.Sysctls = map[string]string{"net.x": ""} }, "is not a kernel parameter"},
		"DNS server's name":       {func(n *bootstrap.Node) { n.DNSServer = "dns.example.com" }, "is not an IPv4 address"},
		"DNS server of version 6": {func(n *bootstrap.Node) { n.DNSServer = "fd00::1" }, "is not an IPv4 address"},
		"search domain":           {func(n *bootstrap.Node) { n.SearchDomain = "a b" }, "search domain"},
		"relative path":           {file("etc/x", ""), "is not an absolute path"},
		"path that climbs":        {file("/etc/../x", ""), "is not an absolute path"},
		"path with a space":       {file("/etc/a b", ""), "is not an absolute path"},
		"directory":               {file("/etc/", ""), "is not an absolute path"},
		"our program":             {file("/usr/local/lib/hybridcluster/bootstrap.sh", ""), "belongs to the bootstrap"},
		"our setting":             {file("/etc/sysctl.d/90-hybridcluster.conf", ""), "belongs to the bootstrap"},
		"root material":           {file("/etc/kubernetes/pki/ca.crt", ""), "belongs to the bootstrap"},
		"no text":                 {file("/etc/x", "\xff"), "is not text in UTF-8"},
		"a file twice": {func(n *bootstrap.Node) {
			n.Files = []bootstrap.NodeFile{{Path: "/etc/x"}, {Path: "/etc/x"}}
		}, "given twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			worker, first := linuxNode(), master()
			c.change(&worker)
			c.change(&first)
			_, err := bootstrap.LinuxNode(cluster(), worker)
			require.ErrorContains(t, err, c.want)
			_, err = bootstrap.ControlPlane(cluster(), first, pki(), cloud())
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestWindowsOptionsThatAreNotPlainAreRefused(t *testing.T) {
	t.Parallel()
	digest := strings.Repeat("ab", 32)
	for want, o := range map[string]bootstrap.WindowsOptions{
		"csi-proxy's URL":         {CSIProxyURL: "http://example.com/csi-proxy.exe", CSIProxySHA256: digest},
		"is not an https URL":     {CSIProxySHA256: digest},
		"csi-proxy's SHA-256":     {CSIProxyURL: "https://example.com/csi-proxy.exe"},
		"-1 data disks":           {DataDisks: -1},
		"65 data disks":           {DataDisks: 65},
		"without spaces, quotes ": {CSIProxyURL: "https://example.com/'x", CSIProxySHA256: digest},
	} {
		_, err := bootstrap.WindowsNode(cluster(), windowsNode(), o)
		require.ErrorContains(t, err, want)
	}
}

func TestKeyVaultReferenceFaults(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*bootstrap.CloudConfig){
		"vault's URL":           func(c *bootstrap.CloudConfig) { c.ClientSecretRef.VaultURL = "https://evil.example.com" },
		"the name":              func(c *bootstrap.CloudConfig) { c.ClientSecretRef.Name = "a/b" },
		"the version":           func(c *bootstrap.CloudConfig) { c.ClientSecretRef.Version = "latest" },
		"identity's client id":  func(c *bootstrap.CloudConfig) { c.ClientSecretRef.IdentityClientID = "" },
		"key vault, not both":   func(c *bootstrap.CloudConfig) { c.ClientSecret = fakeSecret },
		"principal, not both":   func(c *bootstrap.CloudConfig) { c.ClientID, c.IdentityClientID = "", "id" },
		"client id and secret":  func(c *bootstrap.CloudConfig) { c.ClientID = "" },
		"name of the first one": func(c *bootstrap.CloudConfig) { c.PrimaryScaleSet = "" },
	} {
		c := vaulted()
		change(&c)
		_, err := bootstrap.AzureJSON(c)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), fakeSecret)
	}
}

// Whatever is accepted of files, flags and scripts comes out as it went in.
func FuzzNodeOptions(f *testing.F) {
	f.Add("/etc/x", "text\n", "v", "2", "script", "--a 'b'", "net.core.somaxconn", "16384")
	f.Add("/a", " leading\n\n", "max-pods", "", "x", "$(id)", "a/b", "a b")
	f.Add("/yes", "no", "a", "yes", "0", "'", "a.b", "#")
	f.Add("/a", "\x01\r\n\u2028", "a", "0x1", "null", "\\", "a.b", "'")
	f.Fuzz(func(t *testing.T, path, content, flag, value, name, parameters, sysctl, setting string) {
		n := linuxNode()
		n.Files = []bootstrap.NodeFile{{Path: path, Content: content}}
		n.KubeletArgs, n.Sysctls = map[string]string{flag: value}, map[string]string{sysctl: setting}
		n.Scripts = scripts("x")
		n.Scripts[0].Name, n.Scripts[0].Parameters = name, parameters
		document, err := bootstrap.LinuxNode(cluster(), n)
		if err != nil {
			return
		}
		_, files := parse(t, document)
		require.Equal(t, content, files[path].Content)
		require.Equal(t, sysctl+" = "+setting+"\n", files["/etc/sysctl.d/95-hybridcluster.conf"].Content)
		require.Contains(t, files["/etc/hybridcluster/scripts/before/00-"+name+".env"].Content,
			"SCRIPT_PARAMETERS='"+strings.ReplaceAll(parameters, "'", `'\''`)+"'\n")
		join := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)["JoinConfiguration"]
		ours := []string{"cloud-provider", "node-labels"}
		for _, arg := range join.NodeRegistration.KubeletExtraArgs {
			if arg.Name == flag && !slices.Contains(ours, flag) {
				require.Equal(t, value, arg.Value)
			}
		}
	})
}
