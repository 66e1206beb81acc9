package baseline

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/pullsecrets"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
}

func commit(t *testing.T, dir string) {
	t.Helper()
	run(t, dir, "add", "-A")
	run(t, dir, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "x")
}

func TestTree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, dir, "init", "-q")
	write(t, dir, "clusters/a [1].json", "then\r\n")
	write(t, dir, ".gitattributes", "* text=auto eol=lf filter=evil diff=evil\n")
	require.NoError(t, os.Symlink("a [1].json", filepath.Join(dir, "clusters", "link.json")))
	commit(t, dir)
	// What the repository's configuration names must not run.
	ran := filepath.Join(dir, "ran")
	for _, key := range []string{"filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor"} {
		run(t, dir, "config", key, "touch "+ran+"; cat")
	}
	write(t, dir, "clusters/a [1].json", "now\n")
	write(t, dir, "clusters/new.json", "now\n")

	tree, err := Open(t.Context(), filepath.Join(dir, "clusters"), "HEAD")
	require.NoError(t, err)
	require.Len(t, tree.Commit, 40)
	data, err := tree.Read(t.Context(), filepath.Join(dir, "clusters", "a [1].json"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(data), "then"), "%q", data)
	for _, gone := range []string{"clusters/new.json", "clusters/a 1.json", "nowhere/at/all.json"} {
		_, err = tree.Read(t.Context(), filepath.Join(dir, gone))
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	_, err = tree.Read(t.Context(), filepath.Join(dir, "clusters"))
	require.ErrorContains(t, err, "no regular file")
	_, err = tree.Read(t.Context(), filepath.Join(dir, "clusters", "link.json"))
	require.ErrorContains(t, err, "no regular file")
	_, err = tree.Read(t.Context(), filepath.Join(dir, "..", "x.json"))
	require.ErrorContains(t, err, "outside of the git repository")
	require.NoFileExists(t, ran)
	for _, ref := range []string{"nowhere", "--help", "HEAD:clusters", ""} {
		_, err = Open(t.Context(), dir, ref)
		require.Error(t, err, ref)
	}
	_, err = Open(t.Context(), t.TempDir(), "HEAD")
	require.ErrorContains(t, err, "git repository")
}

// In a partial clone git fetches a file that it lacks, unless it is told not to.
func TestNothingIsFetched(t *testing.T) {
	t.Parallel()
	origin, clone := t.TempDir(), filepath.Join(t.TempDir(), "clone")
	run(t, origin, "init", "-q")
	run(t, origin, "config", "uploadpack.allowFilter", "true")
	write(t, origin, "c.json", "then\n")
	commit(t, origin)
	run(t, origin, "clone", "-q", "--no-checkout", "--filter=blob:none", "file://"+origin, clone)
	tree, err := Open(t.Context(), clone, "HEAD")
	require.NoError(t, err)
	_, err = tree.Read(t.Context(), filepath.Join(clone, "c.json"))
	require.ErrorContains(t, err, "git cat-file")
	run(t, clone, "cat-file", "-p", "HEAD:c.json") // which does fetch
	data, err := tree.Read(t.Context(), filepath.Join(clone, "c.json"))
	require.NoError(t, err)
	require.Equal(t, "then\n", string(data))
}

// A stand-in has the form of what it stands for, and is another for another secret.
func TestStandIns(t *testing.T) {
	t.Parallel()
	for _, key := range []string{stacks.KeySSHPublicKey, stacks.KeyWindowsAdminPassword, stacks.KeyClientSecret, stacks.KeyClientID, stacks.KeyWorkspaceKey, stacks.KeyWorkloadPullSecret, stacks.KeyPullSecrets} {
		one, ok := StandIn(key, "v1:a")
		require.True(t, ok)
		again, _ := StandIn(key, "v1:a")
		other, _ := StandIn(key, "v1:b")
		require.Equal(t, one, again)
		require.NotEqual(t, one, other)
	}
	key, _ := StandIn(stacks.KeySSHPublicKey, "x")
	_, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key))
	require.NoError(t, err)
	id, _ := StandIn(stacks.KeyClientID, "x")
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`, id)
	login, _ := StandIn(stacks.KeyWorkloadPullSecret, "x")
	message, _ := pullsecrets.Login(login).Fault()
	require.Empty(t, message)
	for ciphertext, namespaces := range map[string][]string{
		`{"secure":"v1:a"}`: {"stand-in"},
		`{"one":{"secure":"v1:a"},"two":{"secure":"v1:b"}}`: {"one", "two"},
	} {
		var logins map[string]string
		text, _ := StandIn(stacks.KeyPullSecrets, ciphertext)
		require.NoError(t, json.Unmarshal([]byte(text), &logins))
		require.ElementsMatch(t, namespaces, slices.Collect(maps.Keys(logins)))
		require.Empty(t, pullsecrets.Faults(logins, "place"))
	}
	_, ok := StandIn(stacks.KeyTags, "x")
	require.False(t, ok)
}

func config(text string) *stacks.Config {
	return &stacks.Config{Source: apimodel.Source{Name: "c.json", Data: []byte(text)}}
}

const blankDefinition = `{"apiVersion": "vlabs", "location": "", "properties": {
  "masterProfile": {"count": 1, "dnsPrefix": "", "vmSize": "Standard_D2s_v3"},
  "agentPoolProfiles": [{"name": "win", "count": 1, "vmSize": "Standard_D2s_v3", "osType": "Windows"}],
  "linuxProfile": {"adminUsername": "azureuser", "ssh": {"publicKeys": [{"keyData": "<use your SSH public key>"}]}},
  "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "<your password>"},
  "servicePrincipalProfile": {"clientId": "", "secret": ""}
}}`

func TestBlanksAreFilledAlike(t *testing.T) {
	t.Parallel()
	head, base := config(blankDefinition), config(blankDefinition)
	filled := FillBlanks(head, base)
	require.NotEmpty(t, filled)
	for _, c := range []*stacks.Config{head, base} {
		_, report := c.Resolve()
		require.NoError(t, report.Err())
	}
	require.Equal(t, base.Source.Overrides, head.Source.Overrides)
	require.Empty(t, FillBlanks(head, base), "nothing is left")

	// A template's blanks are the same as a tutorial's.
	template := config(strings.NewReplacer("<use your SSH public key>", "${SSH_KEY}", "<your password>", "REDACTED").Replace(blankDefinition))
	require.Equal(t, filled, FillBlanks(template, nil))
	_, report := template.Resolve()
	require.NoError(t, report.Err())

	// What is wrong and no blank stays wrong.
	wrong := config(strings.ReplaceAll(blankDefinition, `"dnsPrefix": ""`, `"dnsPrefix": "Under_score"`))
	require.NotContains(t, FillBlanks(wrong, nil), "properties.masterProfile.dnsPrefix")
	_, report = wrong.Resolve()
	require.Error(t, report.Err())
}

func TestCheckState(t *testing.T) {
	t.Parallel()
	state := func(urn, more string) []byte {
		return []byte(`{"version": 3, "deployment": {"resources": [{"urn": "` + urn + `"` + more + `}]}}`)
	}
	require.NoError(t, CheckState(state("urn:pulumi:dev::p::t::n", ""), "dev", false))
	require.ErrorContains(t, CheckState(state("urn:pulumi:prod::p::t::n", ""), "dev", false), "stack prod")
	require.ErrorContains(t, CheckState(state("urn:pulumi:dev::p::t::n", `, "inputs": {"ciphertext": "v1"}`), "dev", false), "--show-secrets")
	require.NoError(t, CheckState(state("urn:pulumi:dev::p::t::n", `, "inputs": {"ciphertext": "v1"}`), "dev", true))
	for _, text := range []string{"", "{}", "[]", `{"deployment": null}`} {
		require.Error(t, CheckState([]byte(text), "dev", true))
	}
}
