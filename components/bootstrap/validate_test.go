package bootstrap_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// What could break out of a document is refused, not carried.
func TestHostileValuesAreRefused(t *testing.T) {
	t.Parallel()
	type change func(*bootstrap.Cluster, *bootstrap.Node)
	for name, c := range map[string]struct {
		change change
		want   string
	}{
		"cluster name with a quote":  {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.Name = "demo'; reboot" }, "name"},
		"endpoint with a scheme":     {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.Endpoint = "https://demo" }, "endpoint"},
		"endpoint with a new line":   {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.Endpoint = "demo\nevil" }, "endpoint"},
		"endpoint ends in new line":  {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.Endpoint = "demo\n" }, "endpoint"},
		"token with a here-string":   {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.Token = "abcdef.0123456789abcdef\n'@" }, "token"},
		"CA hash":                    {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.CACertHash = "sha256:12" }, "CA hash"},
		"address with a zone":        {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.MasterIPs = []string{"fe80::1%'@"} }, "not an IP"},
		"subject alternative name":   {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.SubjectAltNames = []string{"a b"} }, "subject alternative"},
		"service CIDR":               {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.ServiceCIDR = "10.0.0.0" }, "service CIDR"},
		"pod CIDR":                   {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.PodCIDR = "x" }, "pod CIDR"},
		"DNS address kubeadm cannot": {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.DNSServiceIP = "10.0.0.11" }, "tenth address of 10.0.0.0/16, which is 10.0.0.10"},
		"Kubernetes version":         {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.Release.Kubernetes = "1.36.5 evil" }, "Kubernetes version"},
		"pause image with a quote":   {func(c *bootstrap.Cluster, _ *bootstrap.Node) { c.Release.WindowsPause = `x" evil = "` }, "pause image"},
		"node name with a quote":     {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Name = "a'b" }, "name"},
		"node name in capitals":      {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Name = "Node" }, "lower-case"},
		"label value":                {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Labels = map[string]string{"a": "b,c=d"} }, "label"},
		"label value, new line":      {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Labels = map[string]string{"a": "b\n'@\nevil"} }, "label"},
		"label key":                  {func(_ *bootstrap.Cluster, n *bootstrap.Node) { n.Labels = map[string]string{"a b": "c"} }, "label"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl, node := cluster(), windowsNode()
			c.change(&cl, &node)
			_, err := bootstrap.LinuxNode(cl, node)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), fakeToken)
			_, err = bootstrap.WindowsNode(cl, node, windowsOptions())
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestMasterFaults(t *testing.T) {
	t.Parallel()
	three := cluster()
	three.MasterIPs = []string{"10.240.255.5", "10.240.255.6", "10.240.255.7"}
	stranger := bootstrap.Node{Name: "demo-control-plane-9", PrivateIP: "10.240.255.9"}
	broken := pki()
	broken.CAKey, broken.ServiceAccountPublicKey, broken.EtcdCACert = "top secret", broken.CACert, broken.EtcdCACert+broken.CACert

	_, err := bootstrap.ControlPlane(three, bootstrap.Node{PrivateIP: "10.240.255.6"}, pki(), cloud())
	require.ErrorContains(t, err, "its name is missing")
	_, err = bootstrap.ControlPlane(three, stranger, pki(), cloud())
	require.ErrorContains(t, err, "not among the masters'")
	_, err = bootstrap.ControlPlane(cluster(), master(), broken, cloud())
	for _, want := range []string{"PKI: ca.key", "PKI: sa.pub", "PKI: etcd/ca.crt"} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "top secret")
	_, err = bootstrap.ControlPlane(cluster(), master(), pki(), bootstrap.CloudConfig{})
	require.ErrorContains(t, err, "cloud config")

	doc, err := bootstrap.ControlPlane(three, master(), pki(), cloud())
	require.NoError(t, err)
	require.Contains(t, unpacked(t, doc), "- 10.240.255.7\n")
}

func TestWindowsFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		node    string
		options bootstrap.WindowsOptions
		want    string
	}{
		"long name":         {"windowspool20000", bootstrap.WindowsOptions{}, "at most 15"},
		"digits":            {"12345", bootstrap.WindowsOptions{}, "not only digits"},
		"OpenSSH, no key":   {"win", bootstrap.WindowsOptions{OpenSSH: true}, "give a key"},
		"not a key":         {"win", bootstrap.WindowsOptions{OpenSSH: true, AuthorizedKeys: []string{"'; evil"}}, "authorized key 0"},
		"two keys in one":   {"win", bootstrap.WindowsOptions{OpenSSH: true, AuthorizedKeys: []string{fakeKey + "\n" + fakeKey}}, "authorized key 0"},
		"a key with option": {"win", bootstrap.WindowsOptions{OpenSSH: true, AuthorizedKeys: []string{`command="x" ` + fakeKey}}, "without options"},
	} {
		_, err := bootstrap.WindowsNode(cluster(), bootstrap.Node{Name: c.node}, c.options)
		require.ErrorContains(t, err, c.want, name)
	}
	hostile := bootstrap.WindowsOptions{OpenSSH: true, AuthorizedKeys: []string{fakeKey + " it’s '@ me"}}
	script, err := bootstrap.WindowsNode(cluster(), windowsNode(), hostile)
	require.NoError(t, err)
	require.NotContains(t, script, "it’s", "comments are dropped")
}

// Whatever is accepted comes out of the document as it went in.
func FuzzLinuxNode(f *testing.F) {
	f.Add("linuxpool1000", "pool", "a", "demo.example.com", "demo")
	f.Add("n", "example.com/x", "", "1", "1")
	f.Add("yes", "null", "0600", "true", "no")
	f.Add("'", "\n", "'@", "$(id)", "`id`")
	f.Fuzz(func(t *testing.T, name, key, value, host, clusterName string) {
		c, n := cluster(), bootstrap.Node{Name: name, Labels: map[string]string{key: value}}
		c.Endpoint, c.Name = host, clusterName
		document, err := bootstrap.LinuxNode(c, n)
		if err != nil {
			return
		}
		_, files := parse(t, document)
		join := kubeadmDocuments(t, files[bootstrap.KubeadmConfigPath].Content)["JoinConfiguration"]
		require.Equal(t, name, join.NodeRegistration.Name)
		require.Equal(t, key+"="+value, join.NodeRegistration.KubeletExtraArgs[1].Value)
		require.Equal(t, host+":6443", join.Discovery.BootstrapToken.APIServerEndpoint)
		env := files["/etc/hybridcluster/bootstrap.env"].Content
		require.Contains(t, env, "NODE_NAME='"+name+"'\n")
		require.Equal(t, strings.Count(env, "\n")*2, strings.Count(env, "'"))
	})
}
