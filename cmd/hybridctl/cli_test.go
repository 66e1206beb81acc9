package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/target"
)

// user is somebody at a shell: a home, a working directory, an environment.
type user struct {
	home, dir string
	env       map[string]string
	stdin     string
	terminal  bool
}

func newUser(t *testing.T) *user {
	t.Helper()
	return &user{home: t.TempDir(), dir: t.TempDir(), env: map[string]string{}}
}

func (u *user) write(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(u.dir, name), []byte(content), 0o600))
}

// run runs a command line. The emulator and the Pulumi CLI are out of reach:
// what needs them fails the test.
func (u *user) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{
		stdin: strings.NewReader(u.stdin), stdout: &out, stderr: &errs, dir: u.dir,
		getenv: func(n string) string {
			if n == "HOME" {
				return u.home
			}
			return u.env[n]
		},
		environ: []string{"HOME=" + u.home}, stdinTerminal: u.terminal, width: func() int { return 80 },
		start: func(context.Context, string) (target.World, error) {
			t.Error("the emulator was started")
			return nil, errors.New("no emulator here")
		},
	}
	code = a.run(t.Context(), args)
	return code, out.String(), errs.String()
}

// touched lists the files under the user's home.
func (u *user) touched(t *testing.T) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(u.home, func(path string, _ fs.DirEntry, err error) error {
		if path != u.home {
			files = append(files, path)
		}
		return err
	}))
	return files
}

const definition = `{
  "apiVersion": "vlabs",
  "location": "westeurope",
  "properties": {
    "orchestratorProfile": {"orchestratorType": "Kubernetes", "orchestratorRelease": "1.36"},
    "masterProfile": {"count": 1, "dnsPrefix": "demo-cluster", "vmSize": "Standard_D2s_v5"},
    "agentPoolProfiles": [
      {"name": "linuxpool1", "count": 2, "vmSize": "Standard_D2s_v5"},
      {"name": "winpool1", "count": 2, "vmSize": "Standard_D2s_v5", "osType": "Windows"}
    ],
    "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "A-planted-passw0rd"},
    "linuxProfile": {"adminUsername": "azureuser"}
  }
}`

func TestBadInputCreatesNothing(t *testing.T) {
	t.Parallel()
	with := func(old, is string) string {
		require.Contains(t, definition, old)
		return strings.ReplaceAll(definition, old, is)
	}
	for name, tc := range map[string]struct {
		definition string
		args       []string
		want       []string
	}{
		"no file named":  {"", nil, []string{"no cluster definition", "-f FILE"}},
		"file not there": {"", []string{"-f", "nope.json"}, []string{"there is no file nope.json"}},
		"broken JSON":    {`{"apiVersion":`, []string{"-f", "c"}, []string{"c:1"}},
		"unknown key":    {with(`"vmSize"`, `"vmSiez"`), []string{"-f", "c"}, []string{"vmSiez", "vmSize"}},
		"no dnsPrefix":   {with(`"dnsPrefix": "demo-cluster", `, ""), []string{"-f", "c"}, []string{"properties.masterProfile.dnsPrefix", "--dns-prefix"}},
		"bad dnsPrefix":  {definition, []string{"-f", "c", "--dns-prefix", "Under_score"}, []string{"dnsPrefix"}},
		"old release":    {with("1.36", "1.16"), []string{"-f", "c"}, []string{"orchestratorRelease", "--kubernetes-release"}},
		"weak password":  {with("A-planted-passw0rd", "password"), []string{"-f", "c"}, []string{"adminPassword"}},
		"reserved admin": {with("azureuser", "administrator"), []string{"-f", "c"}, []string{"adminUsername"}},
		"no SSH key": {
			with(`"adminUsername": "azureuser"}`+"\n", `"adminUsername": "azureuser", "ssh": {"publicKeys": [{"keyData": "no key"}]}}`+"\n"),
			[]string{"-f", "c"}, []string{"ssh.publicKeys[0].keyData"},
		},
		"two of one name":   {with("winpool1", "linuxpool1"), []string{"-f", "c"}, []string{"agentPoolProfiles[1]", "linuxpool1"}},
		"count 0":           {with(`"count": 2`, `"count": 0`), []string{"-f", "c"}, []string{"agentPoolProfiles[0].count"}},
		"no such extension": {with(`"osType"`, `"extensions": [{"name": "winrm"}], "osType"`), []string{"-f", "c"}, []string{"extensions[0]", "winrm"}},
		"bad tag":           {definition, []string{"-f", "c", "--tag", "x"}, []string{"--tag"}},
		"bad range":         {definition, []string{"-f", "c", "--ssh-source-cidr", "10.0.0.1/8"}, []string{"--ssh-source-cidr", "10.0.0.0/8"}},
		"bad mirror":        {definition, []string{"-f", "c", "--mirror", "github.com=http://x.example.com"}, []string{"--mirror: the mirror of github.com is not spoken to by https"}},
		"mirror twice":      {definition, []string{"-f", "c", "--mirror", "a.io=b.io", "--mirror", "a.io=c.io"}, []string{"--mirror names a.io twice"}},
		"two groups":        {definition, []string{"-f", "c", "--resource-group", "a", "--existing-resource-group", "b"}, []string{"resource-group"}},
	} {
		for _, verb := range []string{"up", "preview", "validate"} {
			t.Run(verb+"/"+name, func(t *testing.T) {
				t.Parallel()
				u := newUser(t)
				if tc.definition != "" {
					u.write(t, "c", tc.definition)
				}
				code, stdout, stderr := u.run(t, append([]string{verb, "--emulator"}, tc.args...)...)
				require.Equal(t, exitUsage, code, stderr)
				for _, want := range tc.want {
					require.Contains(t, stdout+stderr, want)
				}
				require.Empty(t, u.touched(t))
			})
		}
	}
}

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"bogus":                       "unknown command",
		"up --nope":                   "unknown flag: --nope",
		"up a b":                      "at most 1 arg",
		"up --output xml":             `--output is "xml"`,
		"nodes --color maybe":         `--color is "maybe"`,
		"down --emulator":             "confirm it with --yes",
		"up --skip-workload=perhaps":  "invalid argument",
		"nodes":                       "no place to keep the stack's state",
		"kubeconfig --backend= --yes": "unknown flag",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			code, _, stderr := u.run(t, strings.Fields(line)...)
			require.Equal(t, exitUsage, code, stderr)
			require.Contains(t, stderr, want)
			require.Empty(t, u.touched(t))
		})
	}
}

func TestRealUpNeedsABackend(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", definition)
	code, _, stderr := u.run(t, "up", "-f", "c.json")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "--backend URL")
	require.Contains(t, stderr, "--emulator")
	require.Empty(t, u.touched(t))
}

func TestValidate(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", definition)
	code, stdout, stderr := u.run(t, "validate", "-f", "c.json")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "The definition is valid.")

	u.stdin = strings.ReplaceAll(definition, `"count": 2`, `"count": 0`)
	code, stdout, _ = u.run(t, "validate", "-f", "-", "-o", "json")
	require.Equal(t, exitUsage, code)
	var report struct {
		Faults []struct{ Path, Message, Remedy string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &report), stdout)
	require.Equal(t, "properties.agentPoolProfiles[0].count", report.Faults[0].Path)
	require.NotEmpty(t, report.Faults[0].Remedy)
}

// What the stack's config says counts where the directory is the project, and
// a flag wins over it.
func TestValidateReadsTheStacksConfig(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", definition)
	u.write(t, "Pulumi.yaml", "name: hybridcluster\nruntime: go\n")
	u.write(t, "Pulumi.prod.yaml", "config:\n  hybridcluster:definition: c.json\n  hybridcluster:kubernetesRelease: \"1.16\"\n")
	code, stdout, _ := u.run(t, "validate", "prod")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stdout, "1.16")
	code, stdout, _ = u.run(t, "validate", "prod", "--kubernetes-release", "1.36")
	require.Equal(t, exitOK, code, stdout)
	u.env["HYBRIDCTL_KUBERNETES_RELEASE"] = "1.35"
	code, stdout, _ = u.run(t, "validate", "prod")
	require.Equal(t, exitOK, code, stdout)
	before, err := os.ReadFile(filepath.Join(u.dir, "Pulumi.prod.yaml"))
	require.NoError(t, err)
	require.NotContains(t, string(before), "encryptionsalt")
}

func TestVersion(t *testing.T) {
	t.Parallel()
	code, stdout, _ := newUser(t).run(t, "version", "-o", "json")
	require.Equal(t, exitOK, code)
	var doc struct {
		Pulumi   string
		Releases []any
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc))
	require.NotEmpty(t, doc.Pulumi)
	require.NotEmpty(t, doc.Releases)
}

// Every command explains itself with an example.
func TestEveryCommandHasAnExample(t *testing.T) {
	t.Parallel()
	started := false
	root := newRoot(&app{getenv: func(string) string { return "" }}, &started)
	var check func(*cobra.Command)
	check = func(parent *cobra.Command) {
		for _, cmd := range parent.Commands() {
			require.NotEmpty(t, cmd.Short, cmd.Name())
			require.Contains(t, cmd.Example, "hybridctl", cmd.Name())
			check(cmd)
		}
	}
	check(root)
}

func TestCompletionOfStackNames(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	dir := filepath.Join(u.home, ".local", "state", "hybridctl", "emulator", "backend", ".pulumi", "stacks", "hybridcluster")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "demo.json"), nil, 0o600))
	code, stdout, stderr := u.run(t, "__complete", "down", "--emulator", "")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "demo\n")
}
