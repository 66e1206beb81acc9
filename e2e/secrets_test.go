package e2e

import (
	"encoding/base64"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	plantedPassword = "Pl4nted-Windows-Passw0rd"
	plantedSecret   = "planted~service~principal~secret"
	// plantedWorkspaceKey is base64, as the keys of workspaces are.
	plantedWorkspaceKey = "cGxhbnRlZCBrZXkgb2YgYSBsb2cgd29ya3NwYWNl"
	// Passwords of registries.
	plantedPull, plantedTeamPull = "planted-pull-password", "planted-password-of-the-team"
)

// TestNoSecretInClear plants secrets, brings a cluster up with everything
// printed that can be printed, and searches all of it.
func TestNoSecretInClear(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("password", plantedPassword+"\n")
	u.write("client-secret", plantedSecret+"\n")
	u.write("workspace-key", plantedWorkspaceKey+"\n")
	for file, password := range map[string]string{"pull.json": plantedPull, "team.json": plantedTeamPull} {
		u.write(file, `{"auths":{"registry.example.com":{"username":"me","password":"`+password+`"}}}`)
	}
	// Add-ons that are told secrets.
	u.write("cluster.json", definition(func(p map[string]any) {
		p["orchestratorProfile"] = map[string]any{"kubernetesConfig": map[string]any{"addons": []any{
			map[string]any{"name": "container-monitoring", "config": map[string]any{"workspaceGuid": "00000000-0000-0000-0000-0000000000e1"}},
			map[string]any{"name": "cluster-autoscaler", "pools": []any{map[string]any{"name": "lin", "config": map[string]any{"max-nodes": "4"}}}},
		}}}
	}))
	flags := []string{
		"-f", "cluster.json", "-v", "--windows-admin-password-file", "password",
		"--client-id", "11111111-2222-3333-4444-555555555555", "--client-secret-file", "client-secret",
		"--workspace-key-file", "workspace-key", "--workload-pull-secret", "pull.json", "--pull-secret", "team=team.json",
	}
	up := u.run(append([]string{"up"}, flags...)...)
	require.Zero(t, up.code, up)
	upJSON := u.run(append([]string{"up", "--output", "json"}, flags...)...)
	preview := u.run(append([]string{"preview", "--set", "agentPoolProfiles[0].count=2"}, flags...)...)
	masked, maskedText := u.export()
	require.NotEmpty(t, masked.Deployment.Resources)
	_, clearText := u.export("--show-secrets")
	outputs := u.run("outputs")

	places := map[string]string{
		"up": up.String(), "up --output json": upJSON.String(), "preview": preview.String(),
		"export": maskedText, "outputs": outputs.String(),
	}
	maps.Copy(places, files(t, u.state))
	for place, content := range places {
		places[place] = withDecoded(content)
	}
	clearText = withDecoded(clearText)
	secrets := map[string]string{"Windows password": plantedPassword, "service principal secret": plantedSecret, "workspace key": plantedWorkspaceKey,
		"workload's login": plantedPull, "namespace's login": plantedTeamPull}
	maps.Copy(secrets, generatedSecrets(t, clearText))
	for name, secret := range secrets {
		require.Contains(t, clearText, secret, "%s: the search itself must be able to find it", name)
		for place, content := range places {
			require.NotContains(t, content, secret, "%s stands in clear in %s", name, place)
		}
	}
}

// base64Run is a stretch of base64 long enough to hide a secret.
var base64Run = regexp.MustCompile(`[A-Za-z0-9+/]{24,}={0,2}`)

// withDecoded adds to a text what stands in it in base64, as custom data does,
// and what stands in that again.
func withDecoded(text string) string {
	for range 2 {
		var decoded strings.Builder
		for _, run := range base64Run.FindAllString(text, -1) {
			if data, err := base64.StdEncoding.DecodeString(run); err == nil {
				decoded.Write(data)
				decoded.WriteByte('\n')
			}
		}
		text += decoded.String()
	}
	return text
}

// files reads every file of a folder.
func files(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = string(data)
		return err
	}))
	require.NotEmpty(t, found)
	return found
}

// generatedSecrets takes the cluster CA's key and the bootstrap token's parts out
// of a state that was exported in clear.
func generatedSecrets(t *testing.T, clearText string) map[string]string {
	t.Helper()
	found := map[string]string{}
	// A line from the middle of a key is enough, however the text is escaped.
	if _, key, ok := strings.Cut(clearText, "BEGIN RSA PRIVATE KEY-----"); ok {
		found["private key"] = key[200:240]
	}
	if _, token, ok := strings.Cut(clearText, "::cluster-token-secret"); ok {
		if _, value, ok := strings.Cut(token, `plaintext": "\"`); ok {
			found["token"] = value[:16]
		}
	}
	require.Contains(t, found, "private key")
	require.Contains(t, found, "token")
	return found
}
