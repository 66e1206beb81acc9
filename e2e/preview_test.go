package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files; the test fails all the same")

// reviewed is the JSON of a preview, as far as the tests read it.
type reviewed struct {
	Exists  bool
	Outcome string
	Verdict struct {
		Summary, ControlPlane, Downtime string
		Interruptions                   []string
	}
	Changes map[string]int
	Steps   []struct {
		Op, Type, Name, Part string
		Why                  []string
	}
	Settings  []struct{ Path string }
	Secrets   []string
	FirstBoot []struct{ Machines, Applies string }
	Faults    []struct{ Path string }
	Notes     []string
}

// String is what the golden files hold: everything but what changes with the text
// of the bootstrap.
func (r reviewed) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\noutcome %s, control plane %s, downtime %s\n", r.Verdict.Summary, r.Outcome, r.Verdict.ControlPlane, r.Verdict.Downtime)
	for _, i := range r.Verdict.Interruptions {
		fmt.Fprintf(&b, "interrupted: %s\n", i)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "fault at %s\n", f.Path)
	}
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%s %s [%s] %s\n", s.Op, s.Name, s.Part, strings.Join(s.Why, ", "))
	}
	for _, s := range r.Settings {
		fmt.Fprintf(&b, "setting %s\n", s.Path)
	}
	for _, s := range r.Secrets {
		fmt.Fprintf(&b, "secret %s\n", s)
	}
	for _, f := range r.FirstBoot {
		fmt.Fprintf(&b, "first boot of %s, %s machines\n", f.Machines, f.Applies)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

// change is something that a pull request does to a cluster.
type change struct {
	name string
	// edit changes the definition; config the stack's config file.
	edit   func(properties map[string]any)
	config string
	// always runs it with every test; the others take HYBRIDCLUSTER_SCENARIOS.
	always bool
}

func changes() []change {
	return []change{
		{name: "nothing", edit: func(map[string]any) {}, always: true},
		{name: "scale", edit: func(p map[string]any) { pool(p, 1)["count"] = 2; pool(p, 0)["count"] = 3 }, always: true},
		{name: "new-pool", edit: func(p map[string]any) {
			p["agentPoolProfiles"] = append(pools(p), map[string]any{"name": "more", "count": 1, "vmSize": "Standard_D2s_v5", "availabilityProfile": "AvailabilitySet"})
		}},
		{name: "removed-pool", edit: func(p map[string]any) { p["agentPoolProfiles"] = pools(p)[:1] }},
		{name: "reordered-pools", edit: func(p map[string]any) { slices.Reverse(pools(p)) }},
		{name: "size", edit: func(p map[string]any) { pool(p, 1)["vmSize"] = "Standard_D4s_v5" }},
		{name: "size-of-a-scale-set", edit: func(p map[string]any) { pool(p, 0)["vmSize"] = "Standard_D4s_v5" }},
		{name: "image", edit: func(p map[string]any) {
			pool(p, 0)["distro"] = "ubuntu-22.04"
		}},
		{name: "pods-cidr", edit: func(p map[string]any) {
			p["orchestratorProfile"] = map[string]any{"kubernetesConfig": map[string]any{"clusterSubnet": "10.96.0.0/16", "serviceCidr": "10.0.0.0/16"}}
		}},
		{name: "release", edit: func(p map[string]any) { p["orchestratorProfile"] = map[string]any{"orchestratorRelease": "1.35"} }},
		{name: "label", edit: func(p map[string]any) { pool(p, 1)["customNodeLabels"] = map[string]any{"tier": "web"} }},
		{name: "secret", edit: func(p map[string]any) {
			p["windowsProfile"].(map[string]any)["adminPassword"] = "An0ther-planted-secret"
		}, always: true},
		{name: "ssh-and-api-ranges", config: "config:\n  hybridcluster:sshSourceCidrs: [203.0.113.0/24]\n  hybridcluster:apiServerSourceCidrs: [198.51.100.0/24]\n"},
		{name: "extension", edit: func(p map[string]any) {
			pool(p, 1)["extensions"] = []any{map[string]any{"name": "winrm"}}
			p["extensionProfiles"] = []any{map[string]any{"name": "winrm", "version": "v1"}}
		}},
		{name: "more-masters", edit: func(p map[string]any) { p["masterProfile"].(map[string]any)["count"] = 3 }},
		{name: "fewer-masters", edit: func(p map[string]any) { p["masterProfile"].(map[string]any)["count"] = 1 }},
		{name: "windows-release", edit: func(p map[string]any) { pool(p, 1)["windowsRelease"] = "2025" }, always: true},
		{name: "invalid", edit: func(p map[string]any) { pool(p, 1)["count"] = 0 }},
	}
}

// TestPreviewOfAChange: for each kind of change the report's verdict is right, and
// applied the change does to each resource what the report said.
func TestPreviewOfAChange(t *testing.T) {
	t.Parallel()
	for _, c := range changes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !c.always {
				slow(t)
			}
			u := newUser(t)
			c.commit(t, u)
			r := u.run("preview", "-q", "-f", "c.json", "--base", "HEAD", "-o", "json", "--report-dir", "report")
			var got reviewed
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &got), r)
			goldenText(t, "preview-"+c.name, got.String())
			requireNoSecret(t, r.stdout+r.stderr+read(t, u, "report/preview.md")+read(t, u, "report/preview.txt"))
			if got.Outcome != "previewed" {
				require.Equal(t, 2, r.code, r)
			} else {
				require.Zero(t, r.code, r)
			}
			if os.Getenv("HYBRIDCLUSTER_SCENARIOS") != "" || c.name == "scale" {
				requireAsSaid(t, u, got)
			}
		})
	}
}

// planted are the secrets of the definitions.
var planted = []string{"An0ther-planted-secret", "A-planted-secret-0f-old"}

func requireNoSecret(t *testing.T, out string) {
	t.Helper()
	for _, secret := range planted {
		require.NotContains(t, out, secret)
	}
}

func read(t *testing.T, u *user, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(u.dir, name))
	require.NoError(t, err)
	return string(data)
}

// commit makes a repository with the cluster as it was, and changes it.
func (c change) commit(t *testing.T, u *user) {
	t.Helper()
	masters := func(p map[string]any) {
		p["windowsProfile"].(map[string]any)["adminPassword"] = planted[1]
		if c.name == "fewer-masters" {
			p["masterProfile"].(map[string]any)["count"] = 3
		}
	}
	u.write("base.json", definition(masters))
	u.write("c.json", definition(masters))
	u.write("Pulumi.yaml", "name: hybridcluster\nruntime: go\n")
	u.write("Pulumi.dev.yaml", "config: {}\n")
	git(t, u, "init", "-q")
	git(t, u, "add", ".")
	git(t, u, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "base")
	if c.edit != nil {
		u.write("c.json", definition(func(p map[string]any) { masters(p); c.edit(p) }))
	}
	if c.config != "" {
		u.write("Pulumi.dev.yaml", c.config)
	}
}

func git(t *testing.T, u *user, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = u.dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// requireAsSaid takes the base up, then the head, and holds what the emulated Azure
// and Kubernetes did against the report.
func requireAsSaid(t *testing.T, u *user, said reviewed) {
	t.Helper()
	head := read(t, u, "Pulumi.dev.yaml")
	u.write("Pulumi.dev.yaml", "config: {}\n")
	u.ok("up", "-q", "-f", "base.json")
	u.write("Pulumi.dev.yaml", head)
	u.env = []string{"HYBRIDCTL_EMULATOR_LOG=calls.log"}
	r := u.run("up", "-q", "-f", "c.json", "-o", "json", "--yes")
	if said.Outcome != "previewed" {
		require.Equal(t, 2, r.code, r)
		require.Empty(t, calls(t, u), "up refused it as the report said")
		return
	}
	var up upResult
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &up), r)
	require.Equal(t, said.Changes, up.Changes)
	var want []string
	gone := map[string]bool{}
	for _, s := range said.Steps {
		if s.Type == "azure-native:compute:VirtualMachine" && (s.Op == "delete" || s.Op == "replace") {
			gone[s.Name] = true
		}
	}
	for _, s := range said.Steps {
		if strings.HasPrefix(s.Type, "tls:") || strings.HasPrefix(s.Type, "random:") {
			continue
		}
		// What an operator goes on with is forgotten, without a call.
		if s.Op == "delete" && strings.HasSuffix(s.Type, ":TigeraStatusPatch") {
			continue
		}
		switch s.Op {
		case "replace":
			want = append(want, "delete "+s.Name, "create "+s.Name)
		case "delete":
			// An extension goes with its machine, without a call.
			if !gone[strings.TrimSuffix(s.Name, "-bootstrap")] || !strings.HasSuffix(s.Name, "-bootstrap") {
				want = append(want, "delete "+s.Name)
			}
		default:
			want = append(want, s.Op+" "+s.Name)
		}
	}
	require.ElementsMatch(t, want, calls(t, u))
}

// calls are what the emulator was told to do.
func calls(t *testing.T, u *user) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(u.dir, "calls.log"))
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	var out []string
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 3 || strings.HasPrefix(f[1], "tls:") || strings.HasPrefix(f[1], "random:") || f[0] == "read" || f[0] == "invoke" {
			continue
		}
		out = append(out, f[0]+" "+f[2])
	}
	return out
}

func goldenText(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	want, err := os.ReadFile(path)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		t.Errorf("%s was rewritten", path)
		return
	}
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestPreviewWithoutABase: a file that was not there is all new, and a commit that
// is not there is said.
func TestPreviewWithoutABase(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	change{}.commit(t, u)
	u.write("other.json", definition(nil))
	var got reviewed
	u.json(&got, "preview", "-q", "-f", "other.json", "--base", "HEAD")
	require.False(t, got.Exists)
	require.Equal(t, "a new cluster of 3 nodes", got.Verdict.Summary)
	require.Equal(t, []string{"create"}, ops(got))
	r := u.run("preview", "-f", "c.json", "--base", "nowhere")
	require.Equal(t, 2, r.code, r)
	require.Contains(t, r.stderr, `no commit "nowhere"`)
	_, err := os.Stat(filepath.Join(u.state, "hybridctl"))
	require.ErrorIs(t, err, os.ErrNotExist, "nothing is kept")
}

func ops(r reviewed) []string {
	var out []string
	for _, s := range r.Steps {
		out = append(out, s.Op)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestPreviewOfAState compares with an exported state, and breaks each guard.
func TestPreviewOfAState(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("c.json", definition(nil))
	u.ok("up", "-q", "-f", "c.json")
	u.write("state.json", u.ok("export", "--show-secrets"))
	u.write("sealed.json", u.ok("export"))
	u.ok("preview", "-q", "-f", "c.json", "--base-state", "state.json", "--expect-no-changes")
	r := u.run("preview", "-f", "c.json", "--base-state", "sealed.json")
	require.Equal(t, 2, r.code, r)
	require.Contains(t, r.stderr, "--show-secrets")
	// A pool of Windows in another's place: one that runs does not follow another release.
	u.write("c.json", definition(func(p map[string]any) {
		p["agentPoolProfiles"] = pools(p)[1:]
		pool(p, 0)["windowsRelease"] = "2025"
	}))
	refused := u.run("preview", "-q", "-f", "c.json", "--base-state", "state.json", "--expect-no-changes")
	require.Equal(t, 2, refused.code, refused)
	require.Contains(t, refused.stderr, "running machines cannot get 2025")
	u.write("c.json", definition(func(p map[string]any) {
		p["agentPoolProfiles"] = pools(p)[1:]
		pool(p, 0)["name"] = "new"
	}))
	for code, guard := range map[int][]string{
		3: {"--expect-no-changes"}, 12: {"--no-delete", "--expect-no-changes"}, 0: {"--max-replace", "0", "--no-replace-control-plane"},
	} {
		r := u.run(append([]string{"preview", "-q", "-f", "c.json", "--base-state", "state.json"}, guard...)...)
		require.Equal(t, code, r.code, r)
	}
}

// TestPreviewIsTheSameText: the same change is the same report.
func TestPreviewIsTheSameText(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	c := changes()[1]
	c.commit(t, u)
	first := u.ok("preview", "-q", "-f", "c.json", "--base", "HEAD", "--format", "markdown")
	require.Equal(t, first, u.ok("preview", "-q", "-f", "c.json", "--base", "HEAD", "--format", "markdown"))
	require.True(t, strings.HasPrefix(first, "<!-- hybridctl-preview stack=dev v1 -->\n"), first)
}
