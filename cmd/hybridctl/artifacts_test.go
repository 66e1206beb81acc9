package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/report"
)

// linuxOnly is definition without its Windows pool.
var linuxOnly = strings.Replace(definition, `,
      {"name": "winpool1", "count": 2, "vmSize": "Standard_D2s_v5", "osType": "Windows"}`, "", 1)

func artifactsJSON(t *testing.T, u *user, args ...string) report.Artifacts {
	t.Helper()
	code, stdout, stderr := u.run(t, append([]string{"artifacts", "-o", "json"}, args...)...)
	require.Equal(t, exitOK, code, stderr)
	var doc report.Artifacts
	require.NoError(t, json.Unmarshal([]byte(stdout), &doc), stdout)
	require.NotContains(t, stdout, "null")
	return doc
}

func TestArtifacts(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", definition)
	u.write(t, "linux.json", linuxOnly)
	code, stdout, stderr := u.run(t, "artifacts", "-f", "c.json")
	require.Equal(t, exitOK, code, stderr)
	ordered(t, stdout, "Kubernetes 1.36.5\n", "NAME", "URL\n", "containerd", "linux", "file", "https://github.com/containerd/",
		"kubernetes-key", "key", "https://pkgs.k8s.io/", "registry.k8s.io/coredns/coredns", "windows", "https://dl.k8s.io/", "chart", "kube-proxy")
	require.NotContains(t, stdout, "ORIGIN")
	require.Empty(t, u.touched(t))

	for _, a := range artifactsJSON(t, u, "-f", "linux.json").Artifacts {
		require.NotEqual(t, "windows", a.OS)
		require.NotContains(t, a.URL, "dotnet")
	}
	all := artifactsJSON(t, u, "--release", "1.35")
	require.Equal(t, "1.35.9", all.Release)
	require.NotEmpty(t, all.Artifacts)
	require.Equal(t, "1.35.9", artifactsJSON(t, u, "-f", "linux.json", "--release", "1.35").Release)
	u.write(t, "old.json", strings.Replace(linuxOnly, `"orchestratorRelease": "1.36"`, `"orchestratorVersion": "1.16.3"`, 1))
	require.Equal(t, "1.35.9", artifactsJSON(t, u, "-f", "old.json", "--release", "1.35").Release)
	every := artifactsJSON(t, u, "--release", "1.36.5").Artifacts
	require.Subset(t, every, artifactsJSON(t, u, "-f", "c.json").Artifacts)
	require.Contains(t, fmt.Sprint(every), "metrics-server", "every add-on is in it")
}

func TestArtifactsWithMirrors(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", definition)
	for _, args := range [][]string{{"-f", "c.json"}, {"--release", "1.36"}} {
		args = append(args, "--mirror", "github.com=mirror.example.com/github", "--mirror", "registry.example.org=mirror.example.com/ours")
		doc := artifactsJSON(t, u, args...)
		require.Equal(t, "https://github.com/containerd/containerd/releases/download/v2.3.2/containerd-2.3.2-linux-amd64.tar.gz", doc.Artifacts[0].Origin)
		require.Equal(t, strings.Replace(doc.Artifacts[0].Origin, "github.com", "mirror.example.com/github", 1), doc.Artifacts[0].URL)
		require.Equal(t, []string{"registry.example.org"}, doc.UnusedMirrors)
		_, stdout, _ := u.run(t, append([]string{"artifacts"}, args...)...)
		require.NotContains(t, stdout, "ORIGIN")
		require.Contains(t, stdout, "https://mirror.example.com/github/containerd/")
		require.Contains(t, stdout, "Nothing in this list comes from registry.example.org; check the name.")
		code, _, stderr := u.run(t, append(append([]string{"artifacts"}, args...), "--mirror", "quay.io=http://x.example.com")...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, "error: --mirror: the mirror of quay.io is not spoken to by https")
	}
}

func TestArtifactsOfNothing(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "bad.json", strings.ReplaceAll(definition, `"count": 2`, `"count": 0`))
	for want, args := range map[string][]string{
		"or name a release with --release":            nil,
		`--release is "1.20": the supported releases`: {"--release", "1.20"},
		"both name a release: give one of them":       {"--release", "1.36", "--kubernetes-release", "1.35"},
		"agentPoolProfiles[0].count":                  {"-f", "bad.json"},
		"there is no file gone.json":                  {"-f", "gone.json", "--release", "1.36"},
	} {
		code, stdout, stderr := u.run(t, append([]string{"artifacts"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, want)
		require.Empty(t, stdout)
	}
}
