package controllers

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestImageProblem(t *testing.T) {
	t.Parallel()
	const w2019, w2022, w2025 = "10.0.17763.6293", "10.0.20348", "10.0.26100"
	for _, tc := range []struct{ image, os, build, want string }{
		{"nginx", "linux", "6.8", ""},
		{"example.com:5000/web", "windows", w2022, ""},
		{"example.com/web:ltsc2022", "linux", "6.8", "ImagePullBackOff"},
		{"example.com/web:ltsc2022", "windows", w2022, ""},
		{"example.com/web:ltsc2022", "windows", w2025, ""},
		{"example.com/web:ltsc2022", "windows", w2019, "CreateContainerError"},
		{"example.com/web:10.0-nanoserver-ltsc2025", "windows", w2025, ""},
		{"example.com/web:10.0-nanoserver-ltsc2025", "windows", w2022, "CreateContainerError"},
		{"example.com/web:nanoserver-1809", "windows", w2019, ""},
		{"example.com/web:nanoserver-1809", "windows", w2022, "CreateContainerError"},
		{"servercore/iis:windowsservercore-ltsc2019", "windows", w2019, ""},
		{"mcr.microsoft.com/dotnet/samples:aspnetapp", "windows", w2022, ""},
		{"mcr.microsoft.com/dotnet/samples:aspnetapp", "windows", w2019, "ImagePullBackOff"},
		{"mcr.microsoft.com/dotnet/samples:aspnetapp-chiseled", "windows", w2022, "ImagePullBackOff"},
	} {
		reason, _ := imageProblem(tc.image, &rules.PodSpec{}, &world.Node{OS: tc.os, Build: tc.build})
		require.Equal(t, tc.want, reason, "%s on %s", tc.image, tc.build)
	}
	hostProcess := &rules.PodSpec{}
	hostProcess.SecurityContext.WindowsOptions.HostProcess = true
	reason, _ := imageProblem("example.com/agent:ltsc2019", hostProcess, &world.Node{OS: "windows", Build: w2025})
	require.Empty(t, reason)
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	for size, want := range map[string]int64{
		"Standard_D2s_v5": 2000, "Standard_D2_v2": 2000, "Standard_DS3_v2": 4000, "Standard_D2_v3": 2000,
		"Standard_E8ds_v5": 8000, "Standard_B2ms": 2000, "Standard_F4s_v2": 4000, "": 64000, "huge": 64000,
	} {
		require.Equal(t, want, capacity(size).milliCPU, size)
	}
}

func TestNetworkAgents(t *testing.T) {
	t.Parallel()
	require.True(t, isNetworkAgent("quay.io/calico/node:v3.31.7"))
	require.True(t, isNetworkAgent("docker.io/calico/node-windows@sha256:abc"))
	require.True(t, isNetworkAgent("ghcr.io/flannel-io/flannel/flannel:v0.28.9"))
	require.False(t, isNetworkAgent("quay.io/calico/kube-controllers:v3.31.7"))
	require.False(t, isNetworkAgent("example.com/mycalico/node2:1"))
}
