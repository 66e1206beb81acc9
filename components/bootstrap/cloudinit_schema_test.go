package bootstrap_test

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// linuxDocuments are the rendered documents as cloud-init reads them: of the
// fixtures, the largest ones, and one of each release.
func linuxDocuments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	all := documents(t)
	maps.Copy(all, wideDocuments(t))
	for name, document := range largest(t) {
		all["largest: "+name] = document
	}
	for _, r := range apimodel.Releases() {
		c := cluster()
		c.Release = r
		document, err := bootstrap.ControlPlane(c, master(), pki(), cloud())
		require.NoError(t, err)
		all[r.Minor+".yaml"] = document
	}
	for name, document := range all {
		if document = unpacked(t, document); strings.HasPrefix(document, "#cloud-config\n") {
			found[name] = document
		}
	}
	require.Contains(t, found, "largest: only master")
	return found
}

// scenarioDocuments are those of the component's scenarios. Their files leave
// out the texts of the nodes' programs.
func scenarioDocuments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../hybridcluster/testdata/scenarios/*/*.cloud-init.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	found := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		found[filepath.Base(filepath.Dir(file))+"-"+filepath.Base(file)] = string(text)
	}
	return found
}

// shape is a document without the texts of its files, which are all one to the
// schema.
func shape(t *testing.T, document string) string {
	t.Helper()
	var data map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(document), &data))
	files, _ := data["write_files"].([]any) // a jumpbox has none
	for _, f := range files {
		if _, isText := f.(map[string]any)["content"].(string); isText {
			f.(map[string]any)["content"] = ""
		}
	}
	out, err := json.Marshal(data)
	require.NoError(t, err)
	return string(out)
}

// schemaFaults asks cloud-init what it has against a document.
func schemaFaults(t *testing.T, document string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document.yaml")
	require.NoError(t, os.WriteFile(path, []byte(document), 0o600))
	out, err := exec.CommandContext(t.Context(), need(t, "cloud-init"), "schema", "-c", path).CombinedOutput()
	if err == nil && strings.Contains(string(out), "Valid") {
		return ""
	}
	return string(out)
}

// cloud-init's own schema knows each key of its modules, and their types.
func TestCloudInitAcceptsTheDocuments(t *testing.T) {
	t.Parallel()
	need(t, "cloud-init")
	all := linuxDocuments(t)
	maps.Copy(all, scenarioDocuments(t))
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if s := shape(t, all[name]); !seen[s] {
			seen[s] = true
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				require.Empty(t, schemaFaults(t, all[name]))
			})
		}
	}
	t.Logf("%d documents, %d of them differ in more than the texts of files", len(all), len(seen))
}

func TestCloudInitRefuses(t *testing.T) {
	t.Parallel()
	need(t, "cloud-init")
	for name, c := range map[string]struct{ from, to, want string }{
		"file without a path":  {"- path: /etc/crictl.yaml\n  owner:", "- owner:", "'path' is a required property"},
		"mode as a number":     {`permissions: "0644"`, "permissions: 0644", "is not of type 'string'"},
		"key that is none":     {"  owner: root:root", "  user: root:root", "'user' was unexpected"},
		"commands as a map":    {"runcmd:\n- - systemctl\n  - enable\n  - --now\n  - --no-block\n  - hybridcluster-bootstrap.service", "runcmd:\n  systemctl: enable", "is not of type 'array'"},
		"no line that says so": {"#cloud-config\n", "", "format-l1.c1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := documents(t)["control-plane.yaml"]
			mutant := strings.Replace(document, c.from, c.to, 1)
			require.NotEqual(t, document, mutant)
			require.Contains(t, schemaFaults(t, mutant), c.want)
		})
	}
}

// cloud-init reads YAML 1.1 with Python, where "no" is false and 0644 is 420. It
// must find the same as we do.
func TestPythonReadsTheSameYAML(t *testing.T) {
	t.Parallel()
	python := need(t, "/usr/bin/python3")
	if err := exec.CommandContext(t.Context(), python, "-c", "import yaml").Run(); err != nil {
		missing(t, "python3-yaml", "Debian's Python has no yaml module")
	}
	all := linuxDocuments(t)
	tricky := everythingNode()
	for i, text := range []string{"no", "0644", "1:20", "~", "1e3", "=", "2026-01-01", " leading", "a: b\n", "\x01", "\u2028x", "\t", "- a", "# a", "0o7", "0x1F"} {
		tricky.Files = append(tricky.Files, bootstrap.NodeFile{Path: "/etc/example/" + string(rune('a'+i)), Content: text})
	}
	var err error
	all["tricky"], err = bootstrap.LinuxNode(cluster(), tricky)
	require.NoError(t, err)
	for name, document := range all {
		cmd := exec.CommandContext(t.Context(), python, "-c", "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer.read()), sys.stdout)")
		cmd.Stdin = strings.NewReader(document)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%s: %s", name, &stderr)
		var ours any
		require.NoError(t, yaml.Unmarshal([]byte(document), &ours))
		want, err := json.Marshal(ours)
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(out), name)
	}
}
