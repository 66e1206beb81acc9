package bootstrap_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// What each kind of Linux machine does with its host key: the image's keys go, the
// given one comes, and the other kinds are made before anything waits for them.
func TestHostKeyOfLinux(t *testing.T) {
	t.Parallel()
	node, control := linuxNode(), master()
	node.HostKey, control.HostKey = hostKey(), hostKey()
	for name, render := range map[string]func() (string, error){
		"worker":  func() (string, error) { return bootstrap.LinuxNode(cluster(), node) },
		"master":  func() (string, error) { return bootstrap.ControlPlane(cluster(), control, pki(), cloud()) },
		"jumpbox": func() (string, error) { return bootstrap.Jumpbox("jump", hostKey()) },
	} {
		document, err := render()
		require.NoError(t, err, name)
		data, files := parse(t, document)
		require.True(t, data.SSHDeleteKeys, name)
		require.Equal(t, map[string]string{"ed25519_private": hostKey().Private, "ed25519_public": fakeKey}, data.SSHKeys, name)
		require.Equal(t, []string{"ssh-keygen", "-A"}, data.RunCmd[0], name)
		if name == "jumpbox" {
			require.Len(t, data.RunCmd, 1)
			require.Empty(t, files, "a jumpbox knows nothing of the cluster")
			continue
		}
		require.Equal(t, startsBootstrap, data.RunCmd[1], name)
	}
	data, _ := parse(t, documents(t)["linux-node.yaml"])
	require.Empty(t, data.SSHKeys, "without a key the machine makes its own")
	require.Len(t, data.RunCmd, 1)
}

func TestHostKeyOfWindows(t *testing.T) {
	t.Parallel()
	n, o := windowsNode(), windowsOptions()
	n.HostKey = hostKey()
	script, err := bootstrap.WindowsNode(cluster(), n, o)
	require.NoError(t, err)
	require.Contains(t, script, "$HostKey = @'\n"+hostKey().Private+"'@\n$HostPublicKey = '"+fakeKey+"'\n")
	o.OpenSSH = false
	script, err = bootstrap.WindowsNode(cluster(), n, o)
	require.NoError(t, err)
	require.NotContains(t, script, hostKey().Private, "without OpenSSH there is no use for it")
}

func TestWrongHostKeysAreRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bootstrap.HostKey){
		"no private key":   func(k *bootstrap.HostKey) { k.Private = "" },
		"another format":   func(k *bootstrap.HostKey) { k.Private = fakePEM("RSA PRIVATE KEY", "host", 100) },
		"two blocks":       func(k *bootstrap.HostKey) { k.Private += k.Private },
		"text before":      func(k *bootstrap.HostKey) { k.Private = "key:\n" + k.Private },
		"no public key":    func(k *bootstrap.HostKey) { k.Public = "" },
		"another kind":     func(k *bootstrap.HostKey) { k.Public = rsaKey(1) },
		"something else":   func(k *bootstrap.HostKey) { k.Public = "ssh-ed25519 $(id)" },
		"only a comment":   func(k *bootstrap.HostKey) { k.Public = "# nothing" },
		"a private public": func(k *bootstrap.HostKey) { k.Public = k.Private },
	} {
		n := linuxNode()
		n.HostKey = hostKey()
		change(&n.HostKey)
		_, err := bootstrap.LinuxNode(cluster(), n)
		require.ErrorContains(t, err, "SSH host key", name)
		require.NotContains(t, err.Error(), "FAKE", name)
		_, err = bootstrap.Jumpbox("jump", n.HostKey)
		require.ErrorContains(t, err, `jumpbox "jump"`, name)
	}
}

// The key that is given to machines is one that OpenSSH itself takes.
func TestHostKeyFormatIsOpenSSHs(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("ssh-keygen")
	if err != nil {
		missing(t, "sshd", "there is no ssh-keygen here")
	}
	file := filepath.Join(t.TempDir(), "key")
	out, err := exec.CommandContext(t.Context(), program, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	private, err := os.ReadFile(file)
	require.NoError(t, err)
	public, err := os.ReadFile(file + ".pub")
	require.NoError(t, err)
	document, err := bootstrap.Jumpbox("jump", bootstrap.HostKey{Private: string(private), Public: string(public)})
	require.NoError(t, err)
	data, _ := parse(t, document)
	require.Equal(t, string(private), data.SSHKeys["ed25519_private"])
	require.Equal(t, strings.TrimSpace(string(public)), data.SSHKeys["ed25519_public"])
}
