package bootstrap_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

const (
	success = "/var/lib/hybridcluster/bootstrapped"
	failure = "/var/lib/hybridcluster/failed"
	logFile = "/var/log/hybridcluster/bootstrap.log"
)

func TestControlPlaneBoots(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{
		// init sees the hosts entry, and prints a token as kubeadm might.
		"kubeadm": `[[ $1 != init ]] || { grep -qx "127.0.0.1 demo.westeurope.cloudapp.azure.com" "$HOSTS_FILE" && echo "token ` + fakeToken + `"; }`,
	})
	require.Equal(t, 0, m.boot(t))
	require.NotEmpty(t, m.read(t, success))
	require.Empty(t, m.read(t, failure))
	require.Equal(t, []string{
		"config images pull --config " + m.path("/etc/hybridcluster/kubeadm.yaml"),
		"init --config " + m.path("/etc/hybridcluster/kubeadm.yaml") + " --skip-token-print",
	}, m.calls(t, "kubeadm"))
	require.Equal(t, "127.0.0.1 localhost\n127.0.0.1 demo.westeurope.cloudapp.azure.com\n", m.read(t, "/etc/hosts"))
	require.Contains(t, m.read(t, "/etc/fstab"), "\n# /swapfile none swap")
	require.Contains(t, strings.Join(m.calls(t, "apt-get"), "\n"), "kubelet=1.36.5-1.1 kubeadm=1.36.5-1.1 kubectl=1.36.5-1.1")
	require.Contains(t, m.calls(t, "apt-mark"), "hold kubelet kubeadm kubectl")

	log := m.read(t, logFile)
	require.Contains(t, log, "token [token]")
	require.NotContains(t, log, fakeToken)
	info, err := os.Stat(m.path(logFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.Equal(t, pki().CAKey, m.read(t, "/etc/kubernetes/pki/ca.key"), "the PKI stays")
	require.NoDirExists(t, m.path("/var/lib/hybridcluster/pki"))
	require.NotContains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), fakeToken)
	require.Contains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), "- token: removed\n")

	// Once more: nothing happens.
	before := m.read(t, "/calls")
	require.Equal(t, 0, m.boot(t))
	require.Equal(t, before, m.read(t, "/calls"))
}

func TestInitIsRepeatedWithTheSamePKI(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{
		"kubeadm": `case $1 in
			reset) rm -rf "$KUBERNETES_DIR/pki" ;;
			init) [[ -s $KUBERNETES_DIR/pki/etcd/ca.key && $(grep -c "^kubeadm init" "$CALLS") == 3 ]] ;;
		esac`,
	})
	require.Equal(t, 0, m.boot(t))
	require.Len(t, m.calls(t, "kubeadm"), 6, "pull, three times init, two resets between")
	require.Equal(t, pki().EtcdCAKey, m.read(t, "/etc/kubernetes/pki/etcd/ca.key"))
}

func TestInitThatNeverSucceedsFails(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["control-plane.yaml"], map[string]string{"kubeadm": "[[ $1 != init ]]"})
	require.NotEqual(t, 0, m.boot(t))
	require.Contains(t, m.read(t, failure), "step init_control_plane failed")
	require.Empty(t, m.read(t, success))
}

func TestJoinIsRepeatedUntilItSucceeds(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["linux-node.yaml"], map[string]string{
		"kubeadm": `[[ $1 != join || $(grep -c "^kubeadm join" "$CALLS") == 3 ]]`,
	})
	require.Equal(t, 0, m.boot(t))
	calls := m.calls(t, "kubeadm")
	require.Len(t, calls, 5)
	require.True(t, strings.HasPrefix(calls[1], "reset --force"))
	require.Equal(t, "127.0.0.1 localhost\n", m.read(t, "/etc/hosts"))
	require.Empty(t, m.calls(t, "mountpoint"), "a worker has no etcd disk")
	require.NotContains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), fakeToken)
}

func TestJoinHasADeadline(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["linux-node.yaml"], map[string]string{"kubeadm": "[[ $1 != join ]]"})
	require.NotEqual(t, 0, m.boot(t, "JOIN_SECONDS=0"))
	require.Contains(t, m.read(t, failure), "step join_cluster failed")
	require.Contains(t, m.read(t, "/etc/hybridcluster/kubeadm.yaml"), fakeToken, "a second try needs it")

	// By hand, once the reason is gone.
	m.write(t, "/bin/kubeadm", "#!/bin/bash\n")
	require.Equal(t, 0, m.boot(t))
	require.Empty(t, m.read(t, failure))
	require.NotEmpty(t, m.read(t, success))
}

func TestEachFailingStepIsNamed(t *testing.T) {
	t.Parallel()
	for step, programs := range map[string]map[string]string{
		"install_packages":     {"apt-get": "exit 100"},
		"load_kernel_settings": {"modprobe": "exit 1"},
		"install_containerd":   {"tar": "exit 2"},
		"install_kubernetes":   {"apt-mark": "exit 1"},
		"verify_node":          {"kubectl": "exit 1"},
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, documents(t)["linux-node.yaml"], programs)
			require.NotEqual(t, 0, m.boot(t))
			require.Contains(t, m.read(t, failure), "step "+step+" failed with exit code")
			require.Empty(t, m.read(t, success))
			require.Contains(t, m.calls(t, "systemctl"), "unmask --runtime apt-daily.service apt-daily-upgrade.service")
		})
	}
}

func TestDownloadWithAWrongChecksumIsRefused(t *testing.T) {
	t.Parallel()
	m := newMachine(t, documents(t)["linux-node.yaml"], map[string]string{
		"curl": curlFake + "\n[[ $url == *runc.amd64 ]] && echo evil >>\"$out\"; true",
	})
	require.NotEqual(t, 0, m.boot(t))
	require.Contains(t, m.read(t, failure), "step install_containerd failed")
	require.Contains(t, m.read(t, logFile), "checksum of https://github.com/opencontainers/runc/")
	for _, call := range m.calls(t, "install") {
		require.NotContains(t, call, "runc")
	}
}

func TestChecksumFilesOfEveryPublisher(t *testing.T) {
	t.Parallel()
	need(t, "bash")
	digest, other := strings.Repeat("a1", 32), strings.Repeat("b2", 32)
	m := newMachine(t, documents(t)["linux-node.yaml"], nil)
	for content, want := range map[string]string{
		digest:                             digest,
		digest + "\n":                      digest,
		digest + "\r\n":                    digest,
		digest + "  f\n":                   digest,
		other + "  g\n" + digest + " *f\n": digest,
		digest + "  ./dist/f\n":            digest,
		other + "  g\n":                    "",
		"<html>not found</html>\n":         "",
		"":                                 "",
	} {
		m.write(t, "/sums", content)
		cmd := exec.CommandContext(t.Context(), "bash", "-c", `source "$1"; published_sha256 "$2" f`, "test",
			m.path("/usr/local/lib/hybridcluster/bootstrap.sh"), m.path("/sums"))
		cmd.Env = append(os.Environ(), m.env...)
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, want, strings.TrimSpace(string(out)), "%q", content)
	}
}

func TestExtensionCommandsAreOneLineWithoutSecrets(t *testing.T) {
	t.Parallel()
	for _, command := range []string{bootstrap.LinuxExtensionCommand(), bootstrap.WindowsExtensionCommand()} {
		require.NotContains(t, command, "\n")
		require.NotContains(t, command, fakeToken)
		require.Less(t, len(command), 2500)
	}
	windows := bootstrap.WindowsExtensionCommand()
	require.Equal(t, 2, strings.Count(windows, `"`), "cmd.exe sees one quoted word")
	require.NotContains(t, windows, "%")
	quoted := strings.Split(windows, `"`)[1]
	require.NoError(t, balance(quoted))
}
