package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/workload"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// inputs has a definition and nothing else.
func inputs(t *testing.T) Inputs {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "cluster.json", `{"apiVersion":"vlabs"}`)
	return Inputs{
		File: "cluster.json", Dir: dir, Getenv: func(string) string { return "" },
		Flags: map[string][]string{}, Stack: map[string]string{}, Stdin: strings.NewReader(""),
	}
}

func env(vars map[string]string) func(string) string { return func(n string) string { return vars[n] } }

// A flag wins over the environment, that over the stack's config.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	for _, f := range Fields() {
		if f.Form != Text {
			continue
		}
		t.Run(f.Key, func(t *testing.T) {
			t.Parallel()
			in := inputs(t)
			read := func() string {
				c, err := Resolve(in)
				require.NoError(t, err)
				o := c.Source.Overrides
				return map[string]string{
					stacks.KeyLocation: o.Location, stacks.KeyDNSPrefix: o.DNSPrefix,
					stacks.KeyKubernetesRelease: o.KubernetesRelease, stacks.KeyClientID: o.ClientID,
					stacks.KeyResourceGroup: c.ResourceGroup, stacks.KeyExistingResourceGroup: c.ExistingResourceGroup,
					stacks.KeyWorkloadImage: c.Workload.Image,
				}[f.Key]
			}
			require.Empty(t, read())
			in.Stack = map[string]string{f.Key: "from-stack"}
			require.Equal(t, "from-stack", read())
			in.Getenv = env(map[string]string{f.Env: "from-env"})
			require.Equal(t, "from-env", read())
			in.Flags = map[string][]string{f.Flag: {"from-flag"}}
			require.Equal(t, "from-flag", read())
		})
	}
}

func TestListsPairsAndSwitches(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	in.Stack = map[string]string{
		stacks.KeySSHSourceCIDRs: `["10.0.0.0/8"]`, stacks.KeyTags: `{"a":"1"}`, stacks.KeySkipWorkload: "true",
	}
	c, err := Resolve(in)
	require.NoError(t, err)
	require.Equal(t, []string{"10.0.0.0/8"}, c.SSHSourceCIDRs)
	require.Equal(t, map[string]string{"a": "1"}, c.Tags)
	require.True(t, c.SkipWorkload)

	in.Getenv = env(map[string]string{
		"HYBRIDCTL_SSH_SOURCE_CIDRS": "1.1.1.1/32, 2.2.2.2/32", "HYBRIDCTL_TAGS": "b=2,c=x=y", "HYBRIDCTL_SKIP_WORKLOAD": "0",
	})
	c, err = Resolve(in)
	require.NoError(t, err)
	require.Equal(t, []string{"1.1.1.1/32", "2.2.2.2/32"}, c.SSHSourceCIDRs)
	require.Equal(t, map[string]string{"b": "2", "c": "x=y"}, c.Tags)
	require.False(t, c.SkipWorkload)

	in.Flags = map[string][]string{"tag": {"d=4"}, "skip-workload": {"true"}, "api-server-source-cidr": {"3.3.3.3/32"}}
	c, err = Resolve(in)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"d": "4"}, c.Tags)
	require.True(t, c.SkipWorkload)
	require.Equal(t, []string{"3.3.3.3/32"}, c.APIServerSourceCIDRs)
}

func TestWorkload(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	in.Stack = map[string]string{stacks.KeyWorkloadReplicas: "2", stacks.KeyWorkloadRequests: `{"cpu":"200m"}`}
	in.Getenv = env(map[string]string{"HYBRIDCTL_WORKLOAD_PORT": "8081", "HYBRIDCTL_WORKLOAD_SOURCE_CIDRS": "1.1.1.0/24,2.2.2.0/24"})
	in.Flags = map[string][]string{
		"workload-replicas": {"4"}, "workload-limit": {"cpu=2", "memory=1Gi"}, "workload-node-selector": {"agentpool=win"}, "workload-internal": {"true"},
	}
	c, err := Resolve(in)
	require.NoError(t, err)
	require.Equal(t, workload.Settings{
		Port: 8081, Replicas: 4, Requests: workload.Resources{CPU: "200m"}, Limits: workload.Resources{CPU: "2", Memory: "1Gi"},
		NodeSelector: map[string]string{"agentpool": "win"}, Internal: true, SourceCIDRs: []string{"1.1.1.0/24", "2.2.2.0/24"},
	}, c.Workload)
}

// Logins are read from files, for a secret has no place on a command line.
func TestPullSecrets(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	one, two := `{"auths":{"one.example.com":{"auth":"dTpw"}}}`, `{"auths":{"two.example.com":{"auth":"dTpw"}}}`
	write(t, in.Dir, "one.json", one+"\n")
	write(t, in.Dir, "two.json", two+"\n")
	read := func() stacks.Config {
		c, err := Resolve(in)
		require.NoError(t, err)
		return c
	}
	in.Stack = map[string]string{stacks.KeyPullSecrets: `{"team":` + one + `}`, stacks.KeyWorkloadPullSecret: one}
	require.Equal(t, map[string]string{"team": one}, read().PullSecrets, "as an object")
	require.Equal(t, one, read().Workload.PullSecret)
	in.Getenv = env(map[string]string{"HYBRIDCTL_PULL_SECRETS": "team=one.json, other=two.json", "HYBRIDCTL_WORKLOAD_PULL_SECRET": two})
	require.Equal(t, map[string]string{"team": one, "other": two}, read().PullSecrets)
	require.Equal(t, two, read().Workload.PullSecret)
	in.Flags = map[string][]string{"pull-secret": {"team=two.json"}, "workload-pull-secret": {"one.json"}}
	require.Equal(t, map[string]string{"team": two}, read().PullSecrets)
	require.Equal(t, one, read().Workload.PullSecret)

	in.Flags = map[string][]string{"pull-secret": {"a=gone.json", "b=lost.json"}}
	_, err := Resolve(in)
	require.ErrorContains(t, err, "gone.json")
	require.ErrorContains(t, err, "lost.json", "all at once")
	in.Flags, in.Getenv = map[string][]string{}, env(nil)
	in.Stack = map[string]string{stacks.KeyPullSecrets: `["planted"]`}
	_, err = Resolve(in)
	require.ErrorContains(t, err, "config hybridcluster:pullSecrets: must be an object")
	require.NotContains(t, err.Error(), "planted")
}

// Messages about mirrors say where they were given.
func TestMirrors(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	in.Stack = map[string]string{stacks.KeyMirrors: `{"docker.io":"stack.example.com"}`}
	read := func() (bootstrap.Mirrors, string) {
		c, err := Resolve(in)
		require.NoError(t, err)
		return c.Mirrors, c.Place(stacks.KeyMirrors)
	}
	mirrors, from := read()
	require.Equal(t, bootstrap.Mirrors{"docker.io": "stack.example.com"}, mirrors)
	require.Equal(t, "config hybridcluster:mirrors", from)
	in.Getenv = env(map[string]string{"HYBRIDCTL_MIRRORS": "docker.io=env.example.com/hub, github.com=env.example.com/github"})
	mirrors, from = read()
	require.Equal(t, bootstrap.Mirrors{"docker.io": "env.example.com/hub", "github.com": "env.example.com/github"}, mirrors)
	require.Equal(t, "HYBRIDCTL_MIRRORS", from)
	in.Flags = map[string][]string{"mirror": {"quay.io=flag.example.com", "docker.io=flag.example.com"}}
	mirrors, from = read()
	require.Equal(t, bootstrap.Mirrors{"quay.io": "flag.example.com", "docker.io": "flag.example.com"}, mirrors)
	require.Equal(t, "--mirror", from)
	in.Flags = map[string][]string{"mirror": {"=flag.example.com"}}
	mirrors, _ = read()
	require.Equal(t, bootstrap.Mirrors{"": "flag.example.com"}, mirrors, "validation finds it, with all other faults")
}

func TestNoDefinitionIsReadWhereNoneIsWanted(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	in.File = "gone.json"
	in.Flags = map[string][]string{"mirror": {"quay.io=flag.example.com"}}
	c, err := ResolveWithoutDefinition(in)
	require.NoError(t, err)
	require.Equal(t, bootstrap.Mirrors{"quay.io": "flag.example.com"}, c.Mirrors)
	require.Empty(t, c.Source.Data)
}

func TestSecretsComeFromFilesOrTheEnvironment(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	write(t, in.Dir, "pw", "P@ss word \n")
	write(t, in.Dir, "other", "from-file")
	in.Stack = map[string]string{stacks.KeyWindowsAdminPassword: "from-stack"}
	password := func() string {
		c, err := Resolve(in)
		require.NoError(t, err)
		return c.Source.Overrides.WindowsAdminPassword
	}
	require.Equal(t, "from-stack", password())
	in.Getenv = env(map[string]string{"HYBRIDCTL_WINDOWS_ADMIN_PASSWORD_FILE": "other"})
	require.Equal(t, "from-file", password())
	in.Getenv = env(map[string]string{"HYBRIDCTL_WINDOWS_ADMIN_PASSWORD": "value, with comma"})
	require.Equal(t, "value, with comma", password())
	in.Flags = map[string][]string{"windows-admin-password-file": {"pw"}}
	require.Equal(t, "P@ss word ", password(), "only the newline goes")
}

func TestSSHKeyIsAFileOrAKey(t *testing.T) {
	t.Parallel()
	const key = "ssh-ed25519 AAAA me@here"
	in := inputs(t)
	write(t, in.Dir, "id.pub", key+"\n")
	for _, given := range []string{"id.pub", key} {
		in.Flags = map[string][]string{"ssh-public-key": {given}}
		c, err := Resolve(in)
		require.NoError(t, err)
		require.Equal(t, key, c.Source.Overrides.SSHPublicKey)
	}
}

func TestDefinition(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	write(t, in.Dir, "env.yaml", "apiVersion: vlabs\n")
	write(t, in.Dir, "stack.json", "{}")
	in.Set = []string{"location=x"}
	in.Stack = map[string]string{stacks.KeyDefinition: "stack.json"}
	in.Getenv = env(map[string]string{DefinitionEnv: "env.yaml"})
	source := func() (string, string) {
		c, err := Resolve(in)
		require.NoError(t, err)
		require.Equal(t, in.Set, c.Source.Set)
		return c.Source.Name, string(c.Source.Data)
	}
	name, data := source()
	require.Equal(t, []string{"cluster.json", `{"apiVersion":"vlabs"}`}, []string{name, data})
	in.File = ""
	name, data = source()
	require.Equal(t, []string{"env.yaml", "apiVersion: vlabs\n"}, []string{name, data})
	in.Getenv = env(nil)
	name, _ = source()
	require.Equal(t, "stack.json", name)
	in.File, in.Stdin = "-", strings.NewReader("apiVersion: vlabs")
	name, data = source()
	require.Equal(t, []string{"-", "apiVersion: vlabs"}, []string{name, data})
}

// Files that a definition names are beside it, wherever the command runs.
func TestFilesAreBesideTheDefinition(t *testing.T) {
	t.Parallel()
	in := inputs(t)
	folder := filepath.Join(in.Dir, "clusters")
	require.NoError(t, os.Mkdir(folder, 0o700))
	write(t, in.Dir, "audit.yaml", "here")
	write(t, folder, "audit.yaml", "there")
	write(t, folder, "a.json", "{}")
	read := func() string {
		c, err := Resolve(in)
		require.NoError(t, err)
		data, err := c.Source.ReadFile("audit.yaml")
		require.NoError(t, err)
		absolute, err := c.Source.ReadFile(filepath.Join(in.Dir, "audit.yaml"))
		require.NoError(t, err)
		require.Equal(t, "here", string(absolute))
		return string(data)
	}
	in.File = filepath.Join("clusters", "a.json")
	require.Equal(t, "there", read())
	in.File = filepath.Join(folder, "a.json")
	require.Equal(t, "there", read())
	in.File = "-"
	require.Equal(t, "here", read())
	in.File, in.Stack = "", map[string]string{stacks.KeyDefinition: `{"apiVersion": "vlabs"}`}
	require.Equal(t, "here", read())
	in.Stack = map[string]string{stacks.KeyDefinition: "clusters/a.json"}
	require.Equal(t, "there", read())
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*Inputs)
		want   string
	}{
		"no definition":      {func(in *Inputs) { in.File = "" }, "no cluster definition: name its file with -f"},
		"missing definition": {func(in *Inputs) { in.File = "nope.json" }, "-f: there is no file nope.json"},
		"missing definition in the stack's config": {func(in *Inputs) {
			in.File, in.Stack = "", map[string]string{stacks.KeyDefinition: "gone.json"}
		}, "config hybridcluster:definition: there is no file gone.json"},
		"missing password file": {func(in *Inputs) {
			in.Flags = map[string][]string{"windows-admin-password-file": {"nope"}}
		}, "--windows-admin-password-file: open"},
		"tag":                     {func(in *Inputs) { in.Flags = map[string][]string{"tag": {"novalue"}} }, `--tag is "novalue": write it as name=value`},
		"mirror without its host": {func(in *Inputs) { in.Flags = map[string][]string{"mirror": {"me:pw@mirror"}} }, "--mirror holds something without an equals sign"},
		"no number":               {func(in *Inputs) { in.Flags = map[string][]string{"workload-port": {"http"}} }, `--workload-port is "http": write a whole number`},
		"limit twice":             {func(in *Inputs) { in.Flags = map[string][]string{"workload-limit": {"cpu=1", "cpu=2"}} }, "--workload-limit names cpu twice"},
		"mirror twice": {func(in *Inputs) {
			in.Flags = map[string][]string{"mirror": {"quay.io=a.example.com", "quay.io=b.example.com"}}
		}, "--mirror names quay.io twice: leave one of them out"},
		"mirror twice in the stack's config": {func(in *Inputs) {
			in.Stack = map[string]string{stacks.KeyMirrors: `{"quay.io":"a.example.com","quay.io":"b.example.com"}`}
		}, "config hybridcluster:mirrors names quay.io twice"},
		"mirrors as a list": {func(in *Inputs) { in.Stack = map[string]string{stacks.KeyMirrors: `["quay.io"]`} }, `write an object such as {"github.com"`},
		"switch": {func(in *Inputs) {
			in.Getenv = env(map[string]string{"HYBRIDCTL_SKIP_WORKLOAD": "maybe"})
		}, `HYBRIDCTL_SKIP_WORKLOAD is "maybe"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := inputs(t)
			tc.change(&in)
			_, err := Resolve(in)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestReadStackFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, dir, "Pulumi.dev.yaml", `
encryptionsalt: v1:abc
config:
  azure-native:location: nowhere
  hybridcluster:location: westeurope
  hybridcluster:skipWorkload: true
  hybridcluster:sshSourceCidrs: [10.0.0.0/8]
  hybridcluster:tags: {owner: me}
  hybridcluster:clientSecret:
    secure: v1:xyz
`)
	got, err := ReadStackFile(path)
	require.NoError(t, err)
	require.Equal(t, StackFile{
		Plain: map[string]string{
			"location": "westeurope", "skipWorkload": "true",
			"sshSourceCidrs": `["10.0.0.0/8"]`, "tags": `{"owner":"me"}`,
		},
		Encrypted:  []string{"clientSecret"},
		Ciphertext: map[string]string{"clientSecret": `{"secure":"v1:xyz"}`},
	}, got)

	got, err = ReadStackFile(filepath.Join(dir, "none.yaml"))
	require.NoError(t, err)
	require.Empty(t, got.Plain)
	_, err = ReadStackFile(write(t, dir, "bad.yaml", "config: ["))
	require.ErrorContains(t, err, "is no YAML")
}

// Every key of the program has a setting, under names that follow one rule.
func TestFieldsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range Fields() {
		require.False(t, seen[f.Flag] || seen[f.Env] || seen[f.Key], f.Key)
		seen[f.Flag], seen[f.Env], seen[f.Key] = true, true, true
		require.NotEmpty(t, f.Usage)
	}
	require.Len(t, Fields(), 28)
	require.True(t, seen["HYBRIDCTL_API_SERVER_SOURCE_CIDRS"] && seen["HYBRIDCTL_DNS_PREFIX"] && seen["HYBRIDCTL_WINDOWS_ADMIN_PASSWORD"])
}
