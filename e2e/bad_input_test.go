package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBadInput: one clear message with path and remedy, exit code 2, and
// nothing made, not even a folder.
func TestBadInput(t *testing.T) {
	t.Parallel()
	set := func(profile, key string, value any) func(map[string]any) {
		return func(p map[string]any) {
			if p[profile] == nil {
				p[profile] = map[string]any{}
			}
			p[profile].(map[string]any)[key] = value
		}
	}
	tests := []struct {
		name    string
		content string
		want    []string // what the message must say
	}{
		{"broken JSON", `{"apiVersion": "vlabs", `, []string{"cluster.json:1"}},
		{"unknown key", definition(set("masterProfile", "vmsizze", "x")), []string{"masterProfile.vmsizze", "vmSize"}},
		{"no dnsPrefix", definition(set("masterProfile", "dnsPrefix", "")), []string{"masterProfile.dnsPrefix", "--dns-prefix"}},
		{"bad dnsPrefix", definition(set("masterProfile", "dnsPrefix", "1-starts-with-digit")), []string{"masterProfile.dnsPrefix"}},
		{
			"end-of-life release", definition(set("orchestratorProfile", "orchestratorRelease", "1.16")),
			[]string{"orchestratorProfile.orchestratorRelease", "--kubernetes-release", "hybridcluster:kubernetesRelease", "1.36"},
		},
		{"weak password", definition(set("windowsProfile", "adminPassword", "Aa1")), []string{"windowsProfile.adminPassword"}},
		{"reserved admin", definition(set("windowsProfile", "adminUsername", "administrator")), []string{"windowsProfile.adminUsername", "reserved"}},
		{
			"no SSH key", definition(set("linuxProfile", "ssh", map[string]any{"publicKeys": []any{map[string]any{"keyData": "not a key"}}})),
			[]string{"linuxProfile.ssh.publicKeys[0].keyData", "ssh-keygen"},
		},
		{"two pools of one name", definition(func(p map[string]any) { pool(p, 1)["name"] = "lin" }), []string{"agentPoolProfiles[1].name", "lin"}},
		{"count 0", definition(func(p map[string]any) { pool(p, 0)["count"] = 0 }), []string{"agentPoolProfiles[0].count"}},
		{
			"undeclared extension", definition(func(p map[string]any) { pool(p, 1)["extensions"] = []any{map[string]any{"name": "winrm"}} }),
			[]string{"agentPoolProfiles[1].extensions[0]", "winrm", "extensionProfiles"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			u.write("cluster.json", tt.content)
			r := u.run("up", "-f", "cluster.json")
			refused(t, u, r, tt.want...)
			require.Equal(t, 1, strings.Count(strings.TrimSpace(r.stderr), "cluster.json:"), "one fault, one message: %s", r)
		})
	}
	t.Run("no file", func(t *testing.T) {
		t.Parallel()
		u := newUser(t)
		refused(t, u, u.run("up", "-f", "absent.json"), "absent.json")
	})
	t.Run("no name for a stack", func(t *testing.T) {
		t.Parallel()
		u := newUser(t)
		u.write("cluster.json", definition(nil))
		refused(t, u, u.run("up", "no name!", "-f", "cluster.json"), "no name!")
	})
	t.Run("no file named", func(t *testing.T) {
		t.Parallel()
		u := newUser(t)
		refused(t, u, u.run("up"), "-f FILE")
	})
}

func refused(t *testing.T, u *user, r result, want ...string) {
	t.Helper()
	require.Equal(t, 2, r.code, r)
	for _, w := range want {
		require.Contains(t, r.stderr, w)
	}
	require.Empty(t, r.stdout)
	_, err := os.Stat(u.state)
	require.ErrorIs(t, err, os.ErrNotExist, "refused input must leave nothing behind")
}

func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(func(p map[string]any) {
		p["masterProfile"].(map[string]any)["dnsPrefix"] = ""
		pool(p, 0)["count"] = 0
		pool(p, 1)["name"] = "Win"
	}))
	r := u.run("validate", "-f", "cluster.json")
	require.Equal(t, 2, r.code, r)
	for _, path := range []string{"masterProfile.dnsPrefix", "agentPoolProfiles[0].count", "agentPoolProfiles[1].name"} {
		require.Contains(t, r.stdout+r.stderr, path)
	}
}
