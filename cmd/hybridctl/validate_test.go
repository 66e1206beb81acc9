package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// dated is definition as AKS Engine's users wrote it, with settings that are
// reached in another way, and a warning.
var dated = strings.NewReplacer(
	`"orchestratorRelease": "1.36"`, `"orchestratorRelease": "1.36", "kubernetesConfig": {"networkPlugin": "azure"}`,
	`"location": "westeurope"`, `"location": "westeuropa"`,
).Replace(definition)

func TestValidateListsFindingsInOrder(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", dated)
	code, stdout, stderr := u.run(t, "validate", "-f", "c.json")
	require.Equal(t, exitOK, code, stderr)
	require.Empty(t, stderr)
	ordered(t, stdout, "substituted: c.json:", "networkPlugin: Calico", "warning: c.json:", "westeuropa",
		"Kubernetes 1.36.5 on 5 nodes", "The definition is valid.")

	u.write(t, "c.json", strings.ReplaceAll(dated, `"count": 2`, `"count": 0`))
	code, stdout, _ = u.run(t, "validate", "-f", "c.json")
	require.Equal(t, exitUsage, code)
	ordered(t, stdout, "error: c.json:", "agentPoolProfiles[0].count", "error: c.json:", "substituted: c.json:", "warning: c.json:")
	require.NotContains(t, stdout, "Azure resource", "what is at fault has no plan")
	require.NotContains(t, stdout, "is valid")
	require.NotContains(t, stdout, "\x1b", "no colours where nobody sees them")
}

// ordered requires texts one behind the other.
func ordered(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		require.True(t, found, "%q is not in its place in:\n%s", part, text)
		rest = after
	}
}

func TestValidatePaints(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", dated)
	_, stdout, _ := u.run(t, "validate", "-f", "c.json", "--color", "always")
	require.Contains(t, stdout, "\x1b[36msubstituted:\x1b[0m c.json:")
	require.Contains(t, stdout, "\x1b[33mwarning:\x1b[0m c.json:")
}

func TestValidateStrict(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "plain.json", definition)
	u.write(t, "dated.json", dated)
	u.write(t, "substituted.json", strings.ReplaceAll(dated, "westeuropa", "westeurope"))
	u.write(t, "warned.json", strings.ReplaceAll(definition, "westeurope", "westeuropa"))
	for file, want := range map[string]int{"plain": exitOK, "dated": exitUsage, "substituted": exitUsage, "warned": exitUsage} {
		for _, output := range []string{"text", "json"} {
			code, stdout, stderr := u.run(t, "validate", "-f", file+".json", "--strict", "-o", output)
			require.Equal(t, want, code, file)
			require.NotEmpty(t, stdout)
			require.Empty(t, stderr)
			code, _, _ = u.run(t, "validate", "-f", file+".json", "-o", output)
			require.Equal(t, exitOK, code, file)
		}
	}
}

func TestValidateJSON(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	read := func(document string, args ...string) (doc struct {
		Faults, Substitutions, Warnings []apimodel.Fault
		Plan                            *apimodel.Summary
	}) {
		u.stdin = document
		_, stdout, _ := u.run(t, append([]string{"validate", "-f", "-", "-o", "json"}, args...)...)
		require.NoError(t, json.Unmarshal([]byte(stdout), &doc), stdout)
		findings, _, _ := strings.Cut(stdout, `"plan"`)
		require.NotContains(t, findings, "null", "lists are empty, never null")
		return doc
	}
	doc := read(dated)
	require.Empty(t, doc.Faults)
	require.Len(t, doc.Substitutions, 1)
	require.Equal(t, "properties.orchestratorProfile.kubernetesConfig.networkPlugin", doc.Substitutions[0].Path)
	require.Equal(t, "location", doc.Warnings[0].Path)
	require.Equal(t, 5, doc.Plan.Nodes)
	require.Equal(t, 10, doc.Plan.Cores)
	require.Equal(t, 1, doc.Plan.Resources.Group)
	require.Zero(t, read(definition, "--existing-resource-group", "mine").Plan.Resources.Group)

	doc = read(strings.ReplaceAll(dated, `"count": 2`, `"count": 0`))
	require.Len(t, doc.Faults, 2)
	require.Nil(t, doc.Plan)
	doc = read(`{"apiVersion":`)
	require.Len(t, doc.Faults, 1)
	require.Nil(t, doc.Plan)
}

// What is printed is the same cluster, once its blanks are filled in again.
func TestValidateResolved(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", dated)
	u.write(t, "password", "An0ther-Passw0rd")
	code, resolved, stderr := u.run(t, "validate", "-f", "c.json", "--resolved", "--dns-prefix", "other-prefix")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stderr, "networkPlugin", "findings are no part of the document")
	require.NotContains(t, resolved, "A-planted-passw0rd")
	require.Contains(t, resolved, `"adminPassword": "<your secret>"`)
	require.Contains(t, resolved, `"dnsPrefix": "other-prefix"`)
	require.Contains(t, resolved, `"clusterSubnet": "192.168.0.0/16"`)
	u.write(t, "resolved.json", resolved)

	code, stdout, _ := u.run(t, "validate", "-f", "resolved.json")
	require.Equal(t, exitUsage, code, "a blank is not a password")
	require.Contains(t, stdout, "--windows-admin-password-file")

	plan := func(file string, args ...string) string {
		code, stdout, _ := u.run(t, append([]string{"validate", "-f", file, "-o", "json", "--windows-admin-password-file", "password"}, args...)...)
		require.Equal(t, exitOK, code, stdout)
		_, plan, found := strings.Cut(stdout, `"plan"`)
		require.True(t, found)
		return plan
	}
	require.Equal(t, plan("c.json", "--dns-prefix", "other-prefix"), plan("resolved.json"))
	code, again, _ := u.run(t, "validate", "-f", "resolved.json", "--resolved", "--windows-admin-password-file", "password")
	require.Equal(t, exitOK, code)
	require.Equal(t, resolved, again)

	u.write(t, "c.json", strings.ReplaceAll(dated, `"count": 2`, `"count": 0`))
	code, stdout, stderr = u.run(t, "validate", "-f", "c.json", "--resolved")
	require.Equal(t, exitUsage, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "error: c.json:")
	code, _, _ = u.run(t, "validate", "-f", "resolved.json", "--resolved", "--strict", "--windows-admin-password-file", "password")
	require.Equal(t, exitUsage, code, "the region is warned of still")
}

func TestValidateReadsFilesBesideTheDefinition(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	require.NoError(t, os.Mkdir(filepath.Join(u.dir, "clusters"), 0o700))
	u.write(t, filepath.Join("clusters", "c.json"), strings.ReplaceAll(definition,
		`"count": 1,`, `"count": 1, "customFiles": [{"source": "audit.yaml", "dest": "/etc/audit.yaml"}],`))
	code, stdout, _ := u.run(t, "validate", "-f", "clusters/c.json")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stdout, `customFiles[0].source: the file "audit.yaml" cannot be read`)
	u.write(t, filepath.Join("clusters", "audit.yaml"), "planted text")
	code, stdout, stderr := u.run(t, "validate", "-f", "clusters/c.json", "--resolved")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, `"source": "audit.yaml"`)
	require.NotContains(t, stdout, "planted text")
}

func TestSchema(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	code, stdout, stderr := u.run(t, "schema")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, string(apimodel.JSONSchema()), stdout)
	require.Empty(t, stderr)
	require.Empty(t, u.touched(t))
	code, _, _ = u.run(t, "schema", "extra")
	require.Equal(t, exitUsage, code)
}
