package firstboot_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

func TestArtifactsNameTheDefinitionsOwn(t *testing.T) {
	t.Parallel()
	c := load(t, definition)
	c.Mirrors = bootstrap.Mirrors{"files.example.com": "mirror.example.com", "github.com": "mirror.example.com/github"}
	const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	list := c.Artifacts()
	require.Equal(t, []bootstrap.Artifact{
		{Name: "agent", OS: apimodel.Linux, Kind: bootstrap.UserScript, URL: "https://files.example.com/extensions/agent/v2/agent.sh", SHA256: digest},
		{Name: "csi-proxy", OS: apimodel.Windows, Kind: bootstrap.File, URL: "https://files.example.com/csi-proxy.tar.gz", SHA256: digest},
		{Name: "choco", OS: apimodel.Windows, Kind: bootstrap.UserScript, URL: "https://files.example.com/extensions/choco/v1/choco.ps1", SHA256: digest},
	}, list[len(list)-3:], "each once, without its query, from where the definition says")
	require.True(t, slices.ContainsFunc(list, func(a bootstrap.Artifact) bool {
		return a.Name == "runc" && a.URL == "https://mirror.example.com/github/opencontainers/runc/releases/download/v1.4.3/runc.amd64"
	}))
}
