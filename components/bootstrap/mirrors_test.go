package bootstrap_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// mirrors has a mirror for each host of the release that can have one, and for a
// registry of the user's.
func mirrors() bootstrap.Mirrors {
	return bootstrap.Mirrors{
		"github.com": "mirror.example.com/github", "pkgs.k8s.io": "https://mirror.example.com/packages/k8s/", "dl.k8s.io": "dl.example.com",
		"registry.k8s.io": "images.example.com/k8s", "mcr.microsoft.com": "mcr.example.com:8443", "docker.io": "images.example.com/hub/proxy",
		"azure.archive.ubuntu.com": "mirror.example.com/azure", "registry.example.org:5000": "images.example.com/ours",
	}
}

func TestEveryHostOfEveryArtifactIsRedirected(t *testing.T) {
	t.Parallel()
	for _, r := range apimodel.Releases() {
		for _, a := range bootstrap.Artifacts(r) {
			got := mirrors().Redirect(a)
			if a.Name == "windows-update" {
				require.Equal(t, a, got)
				continue
			}
			require.Equal(t, a.URL, got.Origin, a.Name)
			require.True(t, strings.HasSuffix(got.Host(), "example.com") || got.Host() == "mcr.example.com:8443", got.URL)
			require.True(t, a.Kind == bootstrap.Image || strings.HasPrefix(got.URL, "https://"), got.URL)
			if a.Checksum != "" {
				require.Equal(t, got.URL[strings.LastIndex(got.URL, "/"):], a.URL[strings.LastIndex(a.URL, "/"):], "the checksum file has the name in it")
				require.Regexp(t, `^https://[a-z]+\.example\.com/`, got.Checksum)
			}
			require.Equal(t, a, bootstrap.Mirrors{"ghcr.io": "mirror.example.com"}.Redirect(a), "hosts without a mirror stay")
		}
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://github.com/a/b":            "https://mirror.example.com/github/a/b",
		"https://github.com.example.org/a":  "",
		"https://pkgs.k8s.io/core:/deb/":    "https://mirror.example.com/packages/k8s/core:/deb/",
		"https://dl.k8s.io":                 "https://dl.example.com",
		"http://azure.archive.ubuntu.com/u": "https://mirror.example.com/azure/u",
	} {
		got := mirrors().Redirect(bootstrap.Artifact{Kind: bootstrap.File, URL: url})
		if want == "" {
			require.Equal(t, bootstrap.Artifact{Kind: bootstrap.File, URL: url}, got)
			continue
		}
		require.Equal(t, bootstrap.Artifact{Kind: bootstrap.File, URL: want, Origin: url}, got)
	}
	for reference, want := range map[string]string{
		"registry.k8s.io/coredns/coredns":  "images.example.com/k8s/coredns/coredns",
		"docker.io/sigwindowstools/x:v1":   "images.example.com/hub/proxy/sigwindowstools/x:v1",
		"sigwindowstools/x":                "images.example.com/hub/proxy/sigwindowstools/x",
		"registry.example.org:5000/a/b:v1": "images.example.com/ours/a/b:v1",
	} {
		require.Equal(t, want, mirrors().Redirect(bootstrap.Artifact{Kind: bootstrap.Image, URL: reference}).URL)
	}
}

// With a mirror for each host, no document names a publisher any more, but where
// the name of an image is what containerd looks its mirror up by.
func TestDocumentsWithMirrorsNameNoPublisher(t *testing.T) {
	t.Parallel()
	all := wideDocuments(t)
	_, files := parse(t, all["linux-mirrors.yaml"])
	told := files["/etc/hybridcluster/bootstrap.env"].Content
	script, _, _ := strings.Cut(all["windows-mirrors.ps1"], "\n$RegistryHosts")
	for _, a := range bootstrap.Artifacts(release()) {
		if a.Kind == bootstrap.Image {
			continue
		}
		require.NotContains(t, told, a.Host())
		require.NotContains(t, script, a.Host())
		got := mirrors().Redirect(a)
		switch {
		case a.Name == "ubuntu-packages" || a.Name == "windows-update":
		case a.OS == apimodel.Linux:
			require.Contains(t, told, got.URL)
			require.Contains(t, told, got.Checksum)
		default:
			require.Contains(t, script, "'"+got.URL+"'")
			require.Contains(t, script, "'"+got.Checksum+"'")
		}
	}
}

func TestHostsOfRegistries(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"registry.k8s.io": "server = \"https://images.example.com/v2/k8s\"\ncapabilities = [\"pull\", \"resolve\"]\noverride_path = true\n",
		"docker.io":       "server = \"https://images.example.com/v2/hub/proxy\"\ncapabilities = [\"pull\", \"resolve\"]\noverride_path = true\n",
		// Without a path containerd finds the API's root by itself.
		"mcr.microsoft.com": "server = \"https://mcr.example.com:8443\"\ncapabilities = [\"pull\", \"resolve\"]\n",
		// A name for both systems: Windows has no colon in names.
		"registry.example.org_5000_": "server = \"https://images.example.com/v2/ours\"\ncapabilities = [\"pull\", \"resolve\"]\noverride_path = true\n",
	}
	all := wideDocuments(t)
	_, files := parse(t, all["linux-mirrors.yaml"])
	var hosts []string
	for path, f := range files {
		if host, ok := strings.CutPrefix(path, "/etc/containerd/certs.d/"); ok {
			host = strings.TrimSuffix(host, "/hosts.toml")
			require.Equal(t, want[host], f.Content, host)
			hosts = append(hosts, host)
		}
	}
	require.Len(t, hosts, len(want), "hosts of files are no registries: %v", hosts)
	_, table, _ := strings.Cut(all["windows-mirrors.ps1"], "\n$RegistryHosts = @{\n")
	table, _, _ = strings.Cut(table, "\n}\n")
	require.Equal(t, len(want), strings.Count(table, "server = "))
	for host, config := range want {
		require.Contains(t, table, "    '"+host+"' = @'\n"+config+"'@")
	}
	require.NoError(t, balance(all["windows-mirrors.ps1"]))
}

func TestNodesWithoutMirrorsHaveNothingOfThem(t *testing.T) {
	t.Parallel()
	_, files := parse(t, documents(t)["linux-node.yaml"])
	for path := range files {
		require.NotContains(t, path, "mirror")
		require.NotContains(t, path, "certs.d")
	}
	require.Contains(t, documents(t)["windows-node.ps1"], "$RegistryHosts = @{\n}\n")
}

func TestPackageSourcesGoToTheMirror(t *testing.T) {
	t.Parallel()
	m := newMachine(t, wideDocuments(t)["linux-mirrors.yaml"], map[string]string{
		// The sources are right before anything is fetched from them.
		"apt-get": `! grep -rE '^[^#]*http://azure[.]archive[.]ubuntu[.]com(/|\s|$)' "$APT_DIR"`,
	})
	m.write(t, "/etc/apt/sources.list", "# http://azure.archive.ubuntu.com/ubuntu/ is Azure's\n"+
		"deb http://azure.archive.ubuntu.com/ubuntu/ jammy main restricted\n"+
		"deb-src [arch=amd64] https://azure.archive.ubuntu.com/ubuntu jammy main\n"+
		"deb http://security.ubuntu.com/ubuntu/ jammy-security main\n")
	m.write(t, "/etc/apt/sources.list.d/ubuntu.sources", "Types: deb\n"+
		"URIs: http://azure.archive.ubuntu.com/ubuntu/ http://azure.archive.ubuntu.com\n"+
		"Suites: noble noble-updates\nSigned-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n")
	m.write(t, "/etc/apt/sources.list.d/other.list", "deb http://azure.archive.ubuntu.com.example.org/x ./\n"+
		"deb http://azureXarchive.ubuntu.com/x ./\n")
	require.Equal(t, 0, m.boot(t))
	check := func() {
		require.Equal(t, "# http://azure.archive.ubuntu.com/ubuntu/ is Azure's\n"+
			"deb https://mirror.example.com/azure/ubuntu/ jammy main restricted\n"+
			"deb-src [arch=amd64] https://mirror.example.com/azure/ubuntu jammy main\n"+
			"deb http://security.ubuntu.com/ubuntu/ jammy-security main\n", m.read(t, "/etc/apt/sources.list"))
		require.Equal(t, "Types: deb\n"+
			"URIs: https://mirror.example.com/azure/ubuntu/ https://mirror.example.com/azure\n"+
			"Suites: noble noble-updates\nSigned-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n", m.read(t, "/etc/apt/sources.list.d/ubuntu.sources"))
		require.Equal(t, "deb http://azure.archive.ubuntu.com.example.org/x ./\ndeb http://azureXarchive.ubuntu.com/x ./\n",
			m.read(t, "/etc/apt/sources.list.d/other.list"))
	}
	check()
	order(t, m.read(t, logFile), "step use_package_mirrors", "step install_packages")
	require.Contains(t, m.read(t, "/etc/apt/sources.list.d/kubernetes.list"), " https://mirror.example.com/packages/k8s/core:/stable:/v1.36/deb/ /\n")

	// A second try after a failure finds nothing to do.
	cmd := exec.CommandContext(t.Context(), "bash", "-c", `source "$LIB_DIR/bootstrap.sh"; use_package_mirrors`)
	cmd.Env = append(m.realEnv(), m.env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	check()
}

func TestImageWithoutTheUsualSourcesBoots(t *testing.T) {
	t.Parallel()
	m := newMachine(t, wideDocuments(t)["linux-mirrors.yaml"], nil)
	require.Equal(t, 0, m.boot(t))
}

func TestDownloadsFromAMirrorAreChecked(t *testing.T) {
	t.Parallel()
	m := newMachine(t, wideDocuments(t)["linux-mirrors.yaml"], map[string]string{
		"curl": curlFake + "\n[[ $url == *runc.amd64 ]] && echo evil >>\"$out\"; true",
	})
	require.NotEqual(t, 0, m.boot(t))
	require.Contains(t, m.read(t, logFile), "checksum of https://mirror.example.com/github/opencontainers/runc/")
	for _, call := range m.calls(t, "curl") {
		require.NotContains(t, call, "https://github.com")
	}
}

func TestMirrorFaults(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for name, c := range map[string]struct {
		mirrors bootstrap.Mirrors
		want    string // empty for none
	}{
		"all of them":        {mirrors(), ""},
		"a user's registry":  {bootstrap.Mirrors{"registry.example.org": "mirror.example.com"}, ""},
		"files in capitals":  {bootstrap.Mirrors{"github.com": "mirror.example.com/GitHub"}, ""},
		"addresses":          {bootstrap.Mirrors{"10.0.0.9:5000": "10.0.0.10/x"}, ""},
		"no host":            {bootstrap.Mirrors{"": "mirror.example.com"}, "without the host that it stands in for. Write it as HOST=PREFIX"},
		"no mirror":          {bootstrap.Mirrors{"github.com": ""}, "github.com has no mirror behind it. Write it as HOST=PREFIX"},
		"alias":              {bootstrap.Mirrors{"registry-1.docker.io": "mirror.example.com"}, `another name. Write docker.io`},
		"image in capitals":  {bootstrap.Mirrors{"docker.io": "mirror.example.com/Hub"}, `has capitals in its path`},
		"unknown registry":   {bootstrap.Mirrors{"quay.io": "mirror.example.com/Quay"}, `has capitals in its path`},
		"capitals":           {bootstrap.Mirrors{"GitHub.com": "mirror.example.com"}, `has capitals. Write it as github.com`},
		"a URL for a host":   {bootstrap.Mirrors{"https://github.com": "mirror.example.com"}, `"https://github.com" is not the name of a host`},
		"a path for a host":  {bootstrap.Mirrors{"github.com/a": "mirror.example.com"}, "is not the name of a host"},
		"a word for a host":  {bootstrap.Mirrors{"github": "mirror.example.com"}, "is not the name of a host"},
		"a port of nothing":  {bootstrap.Mirrors{"github.com:0": "mirror.example.com"}, "is not the name of a host"},
		"a login in front":   {bootstrap.Mirrors{"me:" + secret + "@github.com": "mirror.example.com"}, "holds a user name"},
		"http":               {bootstrap.Mirrors{"github.com": "http://mirror.example.com"}, "not spoken to by https. Leave the scheme out"},
		"a login":            {bootstrap.Mirrors{"github.com": "https://me:" + secret + "@mirror.example.com/x"}, "holds a login"},
		"a login over ftp":   {bootstrap.Mirrors{"github.com": "ftp://me:" + secret + "@mirror.example.com/x"}, "holds a login"},
		"a query":            {bootstrap.Mirrors{"github.com": "mirror.example.com/x?sig=" + secret}, "has a query"},
		"a fragment":         {bootstrap.Mirrors{"github.com": "mirror.example.com/x#" + secret}, "has a query"},
		"spaces":             {bootstrap.Mirrors{"github.com": "mirror.example.com /x"}, "holds spaces"},
		"a new line":         {bootstrap.Mirrors{"github.com": "mirror.example.com/x\ny"}, "holds spaces"},
		"a mirror of a word": {bootstrap.Mirrors{"github.com": "mirror/x"}, `on "mirror", which is not the name of a host`},
		"a path upwards":     {bootstrap.Mirrors{"github.com": "mirror.example.com/../x"}, "path that is not plain"},
		"an empty part":      {bootstrap.Mirrors{"github.com": "mirror.example.com/a//b"}, "path that is not plain"},
		"a quote":            {bootstrap.Mirrors{"github.com": "mirror.example.com/a'b"}, "path that is not plain"},
		"a mirror's mirror":  {bootstrap.Mirrors{"docker.io": "quay.io/hub", "quay.io": "mirror.example.com"}, "no mirror is looked for twice"},
		"its own mirror":     {bootstrap.Mirrors{"docker.io": "docker.io/hub"}, "no mirror is looked for twice"},
		"Windows Update":     {bootstrap.Mirrors{"windowsupdate.microsoft.com": "mirror.example.com"}, "Windows Update takes no mirror"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := c.mirrors.Faults("--mirror")
			cl := cluster()
			cl.Mirrors = c.mirrors
			_, err := bootstrap.LinuxNode(cl, linuxNode())
			if c.want == "" {
				require.Empty(t, faults)
				require.NoError(t, err)
				return
			}
			require.Len(t, faults, 1)
			require.Equal(t, "--mirror", faults[0].Path)
			require.Contains(t, faults.Error(), c.want)
			require.NotEmpty(t, faults[0].Remedy)
			require.NotContains(t, faults.Error(), secret)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), secret)
		})
	}
}

// All faults are said at once, in one order.
func TestMirrorFaultsAreSorted(t *testing.T) {
	t.Parallel()
	m := bootstrap.Mirrors{"c.example.com": "", "a.example.com": "ftp://x.example.com", "b.example.com": "x y"}
	for range 20 {
		faults := m.Faults("--mirror")
		require.Len(t, faults, 3)
		require.True(t, slices.IsSortedFunc(faults, func(a, b apimodel.Fault) int {
			return strings.Compare(a.Message[strings.IndexByte(a.Message, '.')-1:], b.Message[strings.IndexByte(b.Message, '.')-1:])
		}))
	}
}

func TestAFileOfTheDefinitionsDoesNotReplaceAMirrors(t *testing.T) {
	t.Parallel()
	c, n := cluster(), linuxNode()
	n.Files = []bootstrap.NodeFile{{Path: "/etc/containerd/certs.d/docker.io/hosts.toml", Content: "server = \"https://x.example.com\"\n"}}
	_, err := bootstrap.LinuxNode(c, n)
	require.NoError(t, err)
	c.Mirrors = mirrors()
	_, err = bootstrap.LinuxNode(c, n)
	require.ErrorContains(t, err, "/etc/containerd/certs.d/docker.io/hosts.toml is written for a mirror")
}
