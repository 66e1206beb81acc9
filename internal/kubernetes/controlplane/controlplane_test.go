package controlplane

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

const document = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration: {name: m0}
patches: {directory: /etc/hybridcluster/patches}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.5
networking: {podSubnet: 10.1.0.0/16}
etcd: {local: {dataDir: /var/lib/etcddisk/etcd}}
apiServer: {extraVolumes: [{name: x, hostPath: /x, mountPath: /x}], extraArgs: [{name: v, value: "2"}]}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
`

func TestDocumentIsAdapted(t *testing.T) {
	t.Parallel()
	c := ControlPlane{Dir: t.TempDir(), Version: "v1.36.1", Address: "10.0.0.4"}
	require.NoError(t, c.Keep(Files{Document: document, Root: map[string]string{"/etc/kubernetes/pki/ca.key": "secret"}}))
	info, err := os.Stat(filepath.Join(c.Dir, "root", "etc", "kubernetes", "pki", "ca.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	path, pods, err := c.adapted()
	require.NoError(t, err)
	require.Equal(t, "10.1.0.0/16", pods)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	text := string(data)
	require.Contains(t, text, "advertiseAddress: 10.0.0.4")
	require.Contains(t, text, "kubernetesVersion: v1.36.1")
	require.Contains(t, text, "certificatesDir: "+c.Dir)
	require.Contains(t, text, "name: v")
	for _, gone := range []string{"extraVolumes", "etcddisk", "patches", "KubeletConfiguration"} {
		require.NotContains(t, text, gone)
	}
}

func TestArgumentsLeadHere(t *testing.T) {
	t.Parallel()
	c := ControlPlane{Dir: "/here"}
	got := c.arguments(
		[]string{"--kubeconfig=/etc/kubernetes/scheduler.conf", "--secure-port=6443", "--v=2", "--profiling"},
		map[string]string{"secure-port": "1", "bind-address": "127.0.0.1"},
	)
	require.Equal(t, []string{
		"--kubeconfig=/here/root/etc/kubernetes/scheduler.conf", "--v=2", "--profiling", "--bind-address=127.0.0.1", "--secure-port=1",
	}, got)
}

// Ports stay the same, so that a kubeconfig that was handed out stays good.
func TestPortsAreKept(t *testing.T) {
	t.Parallel()
	c := ControlPlane{Dir: t.TempDir()}
	first, err := c.ports(t.Context())
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, port := range first.all() {
		require.False(t, seen[*port], "each has its own")
		seen[*port] = true
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(*port)))
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
	again, err := c.ports(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, again)
}

// A program that ends by itself ends the group, with the end of what it said; one
// that was stopped does not.
func TestGroup(t *testing.T) {
	t.Parallel()
	shell, err := os.Stat("/bin/sh")
	if err != nil || shell.IsDir() {
		t.Skip("needs a shell")
	}
	g := newGroup(t.TempDir())
	require.NoError(t, g.start("lasting", []string{"/bin/sh", "-c", "exec sleep 600"}))
	require.NoError(t, g.start("failing", []string{"/bin/sh", "-c", "echo out of order; exit 3"}))
	err = <-g.ended
	require.ErrorContains(t, err, "failing ended by itself")
	require.ErrorContains(t, err, "out of order")
	g.stop()
	require.Empty(t, g.ended)
	require.Error(t, g.start("absent", []string{"/no/such/program"}))
}
