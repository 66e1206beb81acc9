package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/review"
)

// repository makes the user's folder one, with a definition in its only commit.
func (u *user) repository(t *testing.T) {
	t.Helper()
	u.write(t, "c.json", definition)
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "-m", "base"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = u.dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

func TestPreviewSaysWhatIsWrongWithTheCommandLine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"preview -f c.json --base HEAD --base-state s.json":     "leave one of them out",
		"preview -f c.json --format xml --base HEAD":            `--format is "xml"`,
		"preview -f c.json --format json -o yaml --base HEAD":   "two forms",
		"preview -f c.json --base=":                             "--base is empty",
		"preview -f c.json --base-state=":                       "--base-state is empty",
		"graph -f c.json --base=":                               "--base is empty",
		"preview -f - --base HEAD":                              "name the file",
		"preview -f c.json --base HEAD --refresh":               "--refresh",
		"preview -f c.json --base HEAD --max-replace -1":        "--max-replace is -1: write 0 or more",
		"preview -f c.json --base HEAD --max-replace few":       "--max-replace",
		"up -f c.json --parallel -2":                            "--parallel is -2",
		"preview -f c.json --base nowhere":                      `no commit "nowhere"`,
		"preview -f c.json --base --upload-pack=x":              "no commit",
		"preview -f c.json --base-state none.json":              "none.json",
		"preview -f c.json --base-state c.json":                 "no exported state",
		"preview -f c.json --base HEAD --prices none.json":      "none.json",
		"preview -f c.json --base HEAD --prices c.json":         "Azure Retail Prices API",
		"preview -f ../outside.json --base HEAD":                "outside.json",
		"graph -f c.json --format png":                          `--format is "png"`,
		"graph -f - --base HEAD":                                "name the file",
		"comment none.json --pull 1":                            "none.json",
		"comment c.json --pull 1":                               "schemaVersion",
		"comment r.json --pull 1":                               "GITHUB_TOKEN",
		"prices update p.json -f c.json --location not_a_place": "not_a_place",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			u.repository(t)
			u.write(t, "r.json", `{"schemaVersion": 1, "stack": "dev", "outcome": "previewed", "verdict": {"controlPlane": "untouched", "downtime": "none"}}`)
			code, _, stderr := u.run(t, strings.Fields(line)...)
			require.Equal(t, exitUsage, code, stderr)
			require.Contains(t, stderr, want)
			require.Empty(t, u.touched(t))
		})
	}
}

// A report is made of a definition at fault too, before any engine runs.
func TestPreviewReportsFaults(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.repository(t)
	u.write(t, "c.json", strings.ReplaceAll(definition, `"count": 2`, `"count": 0`))
	code, stdout, stderr := u.run(t, "preview", "-f", "c.json", "--base", "HEAD", "--format", "markdown", "--report-dir", "report")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "agentPoolProfiles[0].count")
	require.True(t, strings.HasPrefix(stdout, review.Marker("dev")), stdout)
	require.Contains(t, stdout, "the definition is wrong")
	for _, name := range []string{"preview.md", "preview.txt", "preview.json"} {
		require.FileExists(t, filepath.Join(u.dir, "report", name))
	}
	code, _, stderr = u.run(t, "comment", "report/preview.json", "--check")
	require.Equal(t, exitOK, code, stderr)
	for _, name := range []string{"preview.txt", "preview.md"} {
		code, _, stderr = u.run(t, "comment", "report/"+name, "--check")
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, "not the JSON of hybridctl preview")
	}
}

// What is posted is written from the JSON: the Markdown beside it is not looked at.
func TestCommentWritesTheReportItself(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.repository(t)
	u.write(t, "c.json", strings.ReplaceAll(definition, `"count": 2`, `"count": 0`))
	code, markdown, _ := u.run(t, "preview", "-f", "c.json", "--base", "HEAD", "--format", "markdown", "--report-dir", "report", "--footer", "0123456789")
	require.Equal(t, exitUsage, code)
	u.write(t, "report/preview.md", "approved")
	var got struct{ Body string }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, "[]")
			return
		}
		_ = json.NewDecoder(r.Body).Decode(&got)
		_, _ = io.WriteString(w, `{"html_url": "https://github.example/c/1"}`)
	}))
	t.Cleanup(server.Close)
	u.env = map[string]string{"GITHUB_TOKEN": "token", "GITHUB_API_URL": server.URL, "GITHUB_REPOSITORY": "o/r"}
	code, stdout, stderr := u.run(t, "comment", "report/preview.json", "--pull", "1", "--footer", "0123456789")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, "https://github.example/c/1\n", stdout)
	require.Equal(t, markdown, got.Body)
}

// A terminal has the faults from standard error; the folder has the report anyway.
func TestPreviewKeepsTheReportOfFaults(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--format", "text", "--base", "HEAD"}, {"--format", "text"}, {"-o", "yaml"}} {
		u := newUser(t)
		u.repository(t)
		u.write(t, "c.json", strings.ReplaceAll(definition, `"count": 2`, `"count": 0`))
		code, stdout, stderr := u.run(t, append([]string{"preview", "-f", "c.json", "--report-dir", "report"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, "agentPoolProfiles[0].count")
		for _, name := range []string{"preview.md", "preview.txt", "preview.json"} {
			require.FileExists(t, filepath.Join(u.dir, "report", name))
		}
		if args[0] == "-o" {
			require.True(t, strings.HasPrefix(stdout, "after:") || strings.HasPrefix(stdout, "against:"), stdout)
			require.Contains(t, stdout, "\noutcome: invalid\n")
		} else {
			require.Empty(t, stdout)
		}
	}
}

// A report is made where there is nothing to preview: who waits for it sees why.
func TestPreviewReportsFailures(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.repository(t)
	require.NoError(t, os.Remove(filepath.Join(u.dir, "c.json")))
	code, stdout, stderr := u.run(t, "preview", "-f", "c.json", "--base", "HEAD", "--format", "json")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "there is no file c.json")
	require.Contains(t, stdout, `"outcome": "failed"`)
}

func TestGraph(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.repository(t)
	u.write(t, "c.json", strings.Replace(definition, `"count": 2`, `"count": 4`, 1))
	for format, want := range map[string]string{"mermaid": "flowchart TB", "dot": "digraph", "svg": "<svg", "html": "<!DOCTYPE html>"} {
		code, stdout, stderr := u.run(t, "graph", "-f", "c.json", "--base", "HEAD", "--format", format)
		require.Equal(t, exitOK, code, stderr)
		require.True(t, strings.HasPrefix(stdout, want), stdout)
		require.Contains(t, stdout, "+2")
		require.NotContains(t, stdout, "A-planted-passw0rd")
	}
	require.Empty(t, u.touched(t))
}

// Each guard has a code of its own, and the gravest wins.
func TestGuardsExitCodes(t *testing.T) {
	t.Parallel()
	broken := func(names ...string) review.Review {
		r := review.Review{Steps: []review.Step{{}}}
		for _, n := range names {
			r.Guards = append(r.Guards, review.Broken{Guard: n})
		}
		return r
	}
	p := &previewFlags{expectNone: true}
	for code, r := range map[int]review.Review{
		exitReplaces: broken(review.GuardMaxReplace), exitControlPlane: broken(review.GuardControlPlane, review.GuardNoDelete),
		exitDeletes: broken(review.GuardNoDelete, review.GuardMaxReplace), exitPending: broken(),
	} {
		var exit *exitError
		require.ErrorAs(t, p.conclude(r), &exit)
		require.Equal(t, code, exit.code)
	}
	require.NoError(t, p.conclude(review.Review{Changes: map[string]int{"same": 3}}))
	var pending *exitError
	require.ErrorAs(t, p.conclude(review.Review{Settings: []report.PropertyChange{{}}}), &pending, "settings are recorded")
}
