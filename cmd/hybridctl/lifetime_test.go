package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// What is wrong with a run is said before there is anything to delete.
func TestWrongRuns(t *testing.T) {
	t.Parallel()
	for line, tc := range map[string]struct {
		code int
		want string
	}{
		"run -f c.json":                                  {exitUsage, "name the command to run after --"},
		"run -f c.json true":                             {exitUsage, "name the command to run after --"},
		"run -f c.json --":                               {exitUsage, "name the command to run after --"},
		"run -f c.json --ttl soon -- true":               {exitUsage, `--ttl is "soon"`},
		"run -f c.json --name a/b/c/d -- true":           {exitUsage, "no name for a stack"},
		"run -f none.json -- true":                       {exitUsage, "there is no file none.json"},
		"run -f c.json -- no-such-program":               {127, "the command is not there"},
		"run -f c.json --name x -- ./c.json":             {126, "the command cannot be run"},
		"run -f c.json --dns-prefix Under_score -- true": {exitUsage, "dnsPrefix"},
		"up -f c.json --ttl -1h":                         {exitUsage, `--ttl is "-1h"`},
		"extend x":                                       {exitUsage, "say how long with --ttl"},
		"extend x --ttl=":                                {exitUsage, "say how long with --ttl"},
		"kubeconfig --force":                             {exitUsage, "are for --merge"},
		"list more":                                      {exitUsage, "unknown command"},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			u.write(t, "c.json", definition)
			words := strings.Fields(line)
			args := slices.Insert(words, 1, "--emulator")
			code, stdout, stderr := u.run(t, args...)
			require.Equal(t, tc.code, code, stderr)
			require.Contains(t, stderr, tc.want)
			require.Empty(t, stdout)
			require.Empty(t, u.touched(t))
		})
	}
}

// YAML is the same document as JSON, and text is a name of the table.
func TestOutputFormats(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	_, asJSON, _ := u.run(t, "versions", "-o", "json")
	_, asYAML, _ := u.run(t, "versions", "-o", "yaml")
	converted, err := yaml.YAMLToJSON([]byte(asYAML))
	require.NoError(t, err)
	require.JSONEq(t, asJSON, string(converted))
	_, table, _ := u.run(t, "versions")
	_, text, _ := u.run(t, "versions", "-o", "text")
	require.Equal(t, table, text)
}

func TestVersions(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := newUser(t).run(t, "versions", "-o", "json")
	require.Equal(t, exitOK, code, stderr)
	var list []struct {
		Release, Kubernetes string
		Default             bool
		Components, Addons  []struct{ Name, Version string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &list))
	require.Len(t, list, len(apimodel.Releases()))
	for _, v := range list {
		require.Equal(t, v.Release == apimodel.DefaultRelease, v.Default)
		versions := map[string]string{}
		for _, c := range append(v.Components, v.Addons...) {
			require.NotEmpty(t, c.Version, c.Name)
			require.NotContains(t, versions, c.Name)
			versions[c.Name] = c.Version
		}
		for _, name := range []string{"containerd", "metrics-server", "kube-prometheus-stack", "azuredisk-csi-driver"} {
			require.Contains(t, versions, name)
		}
	}
	_, table, _ := newUser(t).run(t, "versions")
	require.Contains(t, table, "1.36 (default)")
}

// Every command stands in a group of the help.
func TestEveryCommandIsGrouped(t *testing.T) {
	t.Parallel()
	started := false
	root := newRoot(&app{getenv: func(string) string { return "" }}, &started)
	for _, cmd := range root.Commands() {
		require.True(t, cmd.Hidden || cmd.GroupID != "", cmd.Name())
	}
}

func TestVariable(t *testing.T) {
	t.Parallel()
	for output, want := range map[string]string{
		"apiServer": "HYBRIDCTL_OUTPUT_API_SERVER", "nodes": "HYBRIDCTL_OUTPUT_NODES",
		"sshPublicKey": "HYBRIDCTL_OUTPUT_SSH_PUBLIC_KEY", "workloadUrl": "HYBRIDCTL_OUTPUT_WORKLOAD_URL",
	} {
		require.Equal(t, want, variable(output))
	}
}
