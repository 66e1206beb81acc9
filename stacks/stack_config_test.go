package stacks_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/workload"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func lookup(values map[string]string) func(string) (string, bool) {
	return func(key string) (string, bool) { v, ok := values[key]; return v, ok }
}

func TestReadConfig(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "cluster.json"), []byte(`{"apiVersion":"vlabs"}`), 0o600))
	c, err := stacks.ReadConfig(root, lookup(map[string]string{
		"definition": "cluster.json", "location": "westeurope", "kubernetesRelease": "1.36",
		"windowsAdminPassword": "planted", "sshSourceCidrs": `["198.51.100.7/32"]`,
		"tags": `{"owner":"me"}`, "skipWorkload": "true", "workloadImage": "a/b:c", "workloadPort": "8081", "workloadReplicas": "2",
		"workloadMaxReplicas": "5", "workloadCpuPercent": "60", "workloadRequests": `{"cpu":"200m"}`, "workloadLimits": `{"memory":"1Gi"}`,
		"workloadNodeSelector": `{"agentpool":"win"}`, "workloadInternal": "true", "workloadSourceCidrs": `["198.51.100.0/24"]`,
	}))
	require.NoError(t, err)
	require.Equal(t, "cluster.json", c.Source.Name)
	require.JSONEq(t, `{"apiVersion":"vlabs"}`, string(c.Source.Data))
	require.Equal(t, "westeurope", c.Source.Overrides.Location)
	require.Equal(t, "1.36", c.Source.Overrides.KubernetesRelease)
	require.Equal(t, "planted", c.Source.Overrides.WindowsAdminPassword)
	require.Equal(t, []string{"198.51.100.7/32"}, c.SSHSourceCIDRs)
	require.Equal(t, map[string]string{"owner": "me"}, c.Tags)
	require.True(t, c.SkipWorkload)
	require.Equal(t, workload.Settings{
		Image: "a/b:c", Port: 8081, Replicas: 2, Autoscaling: &workload.Autoscaling{MaxReplicas: 5, CPUPercent: 60},
		Requests: workload.Resources{CPU: "200m"}, Limits: workload.Resources{Memory: "1Gi"},
		NodeSelector: map[string]string{"agentpool": "win"}, Internal: true, SourceCIDRs: []string{"198.51.100.0/24"},
	}, c.Workload)
}

// YAML takes 2 for a number and true for a truth where a text is meant.
func TestReadConfigTakesNumbersForTexts(t *testing.T) {
	t.Parallel()
	c, err := stacks.ReadConfig(t.TempDir(), lookup(map[string]string{
		"definition": "{}", "tags": `{"cost":4711,"shared":true}`, "workloadRequests": `{"cpu":1}`, "workloadPort": `"8081"`,
	}))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"cost": "4711", "shared": "true"}, c.Tags)
	require.Equal(t, "1", c.Workload.Requests.CPU)
	require.Equal(t, 8081, c.Workload.Port)
}

// A misspelt key would be left out without a word.
func TestUnknownConfigKeysAreFaults(t *testing.T) {
	t.Parallel()
	require.Empty(t, stacks.UnknownKeys(stacks.Keys()))
	faults := stacks.UnknownKeys([]string{"sshSourceCidr", "location", "dnsprefix", "zzz"})
	require.Equal(t, "config hybridcluster:dnsprefix: is no key of this program. Did you mean \"hybridcluster:dnsPrefix\"?\n"+
		"config hybridcluster:sshSourceCidr: is no key of this program. Did you mean \"hybridcluster:sshSourceCidrs\"?\n"+
		"config hybridcluster:zzz: is no key of this program. Take it out; docs/configuration.md lists the keys.", faults.Error())
}

// Faults name the key that `pulumi up` was given, and no flag of another program.
func TestFaultsNameTheConfigKey(t *testing.T) {
	t.Parallel()
	c, err := stacks.ReadConfig("", lookup(map[string]string{
		"definition": definition, "sshSourceCidrs": `["198.51.100.7"]`, "apiServerSourceCidrs": `["x"]`, "tags": `{"a/b":"c"}`, "resourceGroup": "no/slash",
		"existingResourceGroup": "one", "mirrors": `{"github.com":"mirror"}`, "workloadPort": "-1", "location": "nowhere", "dnsPrefix": "Under_score",
	}))
	require.NoError(t, err)
	_, report := c.Resolve()
	text := report.Err().Error()
	for _, key := range []string{"sshSourceCidrs", "apiServerSourceCidrs", "tags", "resourceGroup", "existingResourceGroup", "mirrors", "workloadPort", "location", "dnsPrefix"} {
		require.Contains(t, text, "hybridcluster:"+key)
	}
	require.NotContains(t, text, "--")
}

func TestReadConfigTakesTheDocumentItself(t *testing.T) {
	t.Parallel()
	c, err := stacks.ReadConfig(t.TempDir(), lookup(map[string]string{"definition": ` {"apiVersion":"vlabs"}`}))
	require.NoError(t, err)
	require.Equal(t, "config hybridcluster:definition", c.Source.Name)
	require.Contains(t, string(c.Source.Data), "vlabs")
}

func TestReadConfigSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		values map[string]string
		want   string
	}{
		"no definition": {map[string]string{}, "pulumi config set hybridcluster:definition"},
		"no file":       {map[string]string{"definition": "absent.json"}, "hybridcluster:definition names"},
		"no list": {
			map[string]string{"definition": "{}", "sshSourceCidrs": "198.51.100.7/32"},
			"config hybridcluster:sshSourceCidrs: is a text, and must be a list of texts. Write it in the stack's file as `hybridcluster:sshSourceCidrs: [\"203.0.113.7/32\"]`",
		},
		"a list of lists":    {map[string]string{"definition": "{}", "sshSourceCidrs": `[["a"]]`}, "is a list, and must be a list of texts"},
		"no object":          {map[string]string{"definition": "{}", "tags": `["a"]`}, "config hybridcluster:tags: is a list, and must be an object of texts"},
		"no truth":           {map[string]string{"definition": "{}", "skipWorkload": "yes"}, "config hybridcluster:skipWorkload: is a text, and must be true or false"},
		"no number":          {map[string]string{"definition": "{}", "workloadPort": "http"}, "config hybridcluster:workloadPort: is a text, and must be a whole number"},
		"half a number":      {map[string]string{"definition": "{}", "workloadPort": "80.5"}, "config hybridcluster:workloadPort: is a number, and must be a whole number"},
		"a resource of none": {map[string]string{"definition": "{}", "workloadLimits": `{"gpu":"1"}`}, "config hybridcluster:workloadLimits: has an amount of gpu"},
		"several": {
			map[string]string{"definition": "absent.json", "sshSourceCidrs": "x", "tags": "x", "workloadReplicas": "x"},
			"hybridcluster:workloadReplicas: is a text",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := stacks.ReadConfig(t.TempDir(), lookup(tt.values))
			require.ErrorContains(t, err, tt.want)
		})
	}
}

const definition = `{"apiVersion":"vlabs","location":"westeurope","properties":{
 "masterProfile":{"count":1,"dnsPrefix":"demo","vmSize":"Standard_D2s_v3"},
 "agentPoolProfiles":[{"name":"win","count":1,"vmSize":"Standard_D2s_v3","osType":"Windows"}]}}`

func TestResolveChecksWhatStandsBesideTheDefinition(t *testing.T) {
	t.Parallel()
	base := func() stacks.Config {
		c, err := stacks.ReadConfig("", lookup(map[string]string{"definition": definition}))
		require.NoError(t, err)
		return c
	}
	tests := map[string]struct {
		change func(*stacks.Config)
		want   string
	}{
		"fine":       {func(*stacks.Config) {}, ""},
		"two groups": {func(c *stacks.Config) { c.ResourceGroup, c.ExistingResourceGroup = "a", "b" }, "both a new and an existing"},
		"group name": {func(c *stacks.Config) { c.ResourceGroup = "no/slash" }, "no name for a resource group"},
		"no range":   {func(c *stacks.Config) { c.SSHSourceCIDRs = []string{"198.51.100.7"} }, "no address range"},
		"host bits":  {func(c *stacks.Config) { c.APIServerSourceCIDRs = []string{"198.51.100.7/24"} }, "198.51.100.0/24"},
		"tag":        {func(c *stacks.Config) { c.Tags = map[string]string{"a/b": "c"} }, "Azure refuses"},
		"no image":   {func(c *stacks.Config) { c.Source.Set = []string{"agentPoolProfiles[0].windowsRelease=2019"} }, "no current ASP.NET sample"},
		"mirrors":    {func(c *stacks.Config) { c.Mirrors = bootstrap.Mirrors{"github.com": "mirror.example.com/github"} }, ""},
		"mirror": {func(c *stacks.Config) {
			c.Mirrors = bootstrap.Mirrors{"github.com": "mirror"}
			c.Place = func(string) string { return "HYBRIDCTL_MIRRORS" }
		}, "HYBRIDCTL_MIRRORS: the mirror of github.com is on \"mirror\", which is not the name of a host"},
		"mirror's file": {func(c *stacks.Config) {
			c.Mirrors = bootstrap.Mirrors{"docker.io": "mirror.example.com"}
			c.Source.ReadFile = func(string) ([]byte, error) { return []byte("x"), nil }
			c.Source.Set = []string{`masterProfile.customFiles=[{"source": "a", "dest": "/etc/containerd/certs.d/docker.io/hosts.toml"}]`}
		}, "first boot of demo-control-plane-0: node \"demo-control-plane-0\": file 0: /etc/containerd/certs.d/docker.io/hosts.toml is written for a mirror"},
		"a port":     {func(c *stacks.Config) { c.Workload.Port = -1 }, "config hybridcluster:workloadPort: -1 is no port"},
		"a request":  {func(c *stacks.Config) { c.Workload.Requests.CPU = "3" }, "config hybridcluster:workloadRequests cpu: 3 is more than the limit of 1"},
		"unmeasured": {func(c *stacks.Config) { c.Workload.Autoscaling = &workload.Autoscaling{MaxReplicas: 5} }, "Add the metrics-server add-on"},
		"measured": {func(c *stacks.Config) {
			c.Workload.Autoscaling = &workload.Autoscaling{MaxReplicas: 5}
			c.Source.Set = []string{"orchestratorProfile.kubernetesConfig.addons[0].name=metrics-server"}
		}, ""},
		"an image for 2019": {func(c *stacks.Config) {
			c.Workload.Image = "example.com/web:1809"
			c.Source.Set = []string{"agentPoolProfiles[0].windowsRelease=2019"}
		}, ""},
		"not deployed": {func(c *stacks.Config) {
			c.SkipWorkload = true
			c.Source.Set = []string{"agentPoolProfiles[0].windowsRelease=2019"}
		}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := base()
			tt.change(&c)
			_, report := c.Resolve()
			if tt.want == "" {
				require.NoError(t, report.Err())
				return
			}
			require.ErrorContains(t, report.Err(), tt.want)
		})
	}
}

// What is listed with a definition is what its systems need, and what it names.
func TestArtifactsOfADefinition(t *testing.T) {
	t.Parallel()
	list := func(change func(*stacks.Config)) (urls []string, unused []string) {
		c, err := stacks.ReadConfig("", lookup(map[string]string{"definition": definition}))
		require.NoError(t, err)
		change(&c)
		d, report := c.Resolve()
		require.NoError(t, report.Err())
		found := c.Artifacts(d)
		require.Equal(t, "1.36.5", found.Release)
		for _, a := range found.List {
			require.NotEmpty(t, a.Name)
			require.Equal(t, a.OS == "", a.Kind == bootstrap.Chart)
			urls = append(urls, a.URL)
		}
		return urls, found.Unused
	}
	both, unused := list(func(*stacks.Config) {})
	require.Empty(t, unused)
	for _, want := range []string{
		"registry.k8s.io/etcd:3.6.8-0", "https://dl.k8s.io/v1.36.5/bin/windows/amd64/kubelet.exe", "https://docs.tigera.io/calico/charts",
		"mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0", "mcr.microsoft.com/dotnet/samples:aspnetapp-nanoserver-ltsc2022",
		"mcr.microsoft.com/oss/v2/kubernetes/azure-cloud-node-manager:v1.36.5",
	} {
		require.Contains(t, both, want)
	}
	quiet, _ := list(func(c *stacks.Config) { c.SkipWorkload = true })
	require.Len(t, quiet, len(both)-1)
	linux, _ := list(func(c *stacks.Config) { c.Source.Set = []string{"agentPoolProfiles[0].osType=Linux"} })
	require.Less(t, len(linux), len(both))
	for _, url := range linux {
		require.NotContains(t, url, "windows")
	}
	mirrored, unused := list(func(c *stacks.Config) {
		c.Mirrors = bootstrap.Mirrors{
			"mcr.microsoft.com": "mirror.example.com/mcr", "registry.example.org": "mirror.example.com/ours", "docs.tigera.io": "mirror.example.com/docs",
		}
	})
	require.Contains(t, mirrored, "mirror.example.com/mcr/dotnet/samples:aspnetapp-nanoserver-ltsc2022")
	require.Contains(t, mirrored, "https://docs.tigera.io/calico/charts", "this machine fetches charts, and no node")
	require.Equal(t, []string{"docs.tigera.io", "registry.example.org"}, unused)
}

func TestArtifactsOfARelease(t *testing.T) {
	t.Parallel()
	for _, r := range apimodel.Releases() {
		var kinds []bootstrap.ArtifactKind
		for _, a := range (stacks.Config{}).ReleaseArtifacts(r).List {
			kinds = append(kinds, a.Kind)
			require.NotContains(t, a.URL, "mirror")
		}
		for _, kind := range []bootstrap.ArtifactKind{bootstrap.File, bootstrap.Repository, bootstrap.Key, bootstrap.Image, bootstrap.Chart} {
			require.Contains(t, kinds, kind)
		}
	}
}

// Faults come in one order, however often they are asked for.
func TestResolveIsStable(t *testing.T) {
	t.Parallel()
	c, err := stacks.ReadConfig("", lookup(map[string]string{"definition": definition}))
	require.NoError(t, err)
	c.Tags = map[string]string{"d/d": "", "a/a": "", "c/c": "", "b/b": ""}
	for range 20 {
		_, report := c.Resolve()
		require.Len(t, report.Faults, 4)
		for i, tag := range []string{"a/a", "b/b", "c/c", "d/d"} {
			require.Contains(t, report.Faults[i].Message, tag)
		}
	}
}
