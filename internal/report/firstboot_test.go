package report

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func TestWriteSizesAndPreview(t *testing.T) {
	t.Parallel()
	master := firstboot.Sized{
		Machine:    firstboot.Machine{Name: "demo-control-plane-0", OS: "linux", Role: "control-plane", Instances: 1},
		CustomData: firstboot.Size{Bytes: 20780, Compressed: true},
	}
	pool := firstboot.Sized{
		Machine:    firstboot.Machine{Name: "win", Pool: "win", OS: "windows", Role: "agent", Instances: 12},
		CustomData: firstboot.Size{Bytes: 35510},
	}
	var out bytes.Buffer
	require.NoError(t, WriteSizes(&out, []firstboot.Sized{master, pool}))
	require.Equal(t, "NAME                   ROLE            POOL   OS        INSTANCES   CUSTOM DATA\n"+
		"demo-control-plane-0   control-plane   -      linux     1           20780 bytes, compressed\n"+
		"win                    agent           win    windows   12          35510 bytes\n", out.String())
	out.Reset()
	require.NoError(t, WritePreview(&out, firstboot.Preview{Sized: pool, Document: "param()\n", Extension: "powershell.exe"}))
	require.Equal(t, "# win: windows agent, 12 instances. Custom data of 35510 bytes.\n"+
		"# Masked: [secret] is a secret; [known after up: ...] is what only the cluster's resources know.\n"+
		"# The Custom Script extension runs: powershell.exe\n\nparam()\n", out.String())
}

func TestWriteArtifacts(t *testing.T) {
	t.Parallel()
	list := stacks.Artifacts{Release: "1.36.5", List: []bootstrap.Artifact{
		{Name: "runc", OS: apimodel.Linux, Kind: bootstrap.File, URL: "https://github.com/r", Checksum: "https://github.com/s"},
		{Name: "agent", OS: apimodel.Linux, Kind: bootstrap.UserScript, URL: "https://example.com/a", SHA256: "abc"},
		{Name: "calico", Kind: bootstrap.Chart, URL: "https://example.com/c"},
	}, Unused: []string{}}
	var out bytes.Buffer
	require.NoError(t, WriteArtifacts(&out, list, Painter{}))
	require.Equal(t, "Kubernetes 1.36.5\n"+
		"NAME     OS      KIND     URL\n"+
		"runc     linux   file     https://github.com/r\n"+
		"agent    linux   script   https://example.com/a\n"+
		"calico   -       chart    https://example.com/c\n", out.String())
	list.List[0].Origin, list.Unused = "https://github.com/o", []string{"quay.io"}
	out.Reset()
	require.NoError(t, WriteArtifacts(&out, list, Painter{}))
	require.Contains(t, out.String(), "\nNothing in this list comes from quay.io; check the name.\n")
	require.Equal(t, Artifact{
		Name: "runc", OS: "linux", Kind: "file", URL: "https://github.com/r", Checksum: "https://github.com/s", Origin: "https://github.com/o",
	}, NewArtifacts(list).Artifacts[0])
}
