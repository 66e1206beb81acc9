package remote_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
	"github.com/hybridcluster/hybridcluster/internal/remote"
)

// key is a key pair.
type key struct {
	private string // PEM
	public  string // authorized_keys form
	signer  ssh.Signer
}

func newKey(t *testing.T) key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	return key{
		string(pem.EncodeToMemory(block)), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), signer,
	}
}

// server is a real sshd on a port of the loopback, as the current user.
type server struct {
	address string
	hostKey key
	dir     string
}

// startSSHD starts an sshd that lets one key in. Further lines go into its
// configuration.
func startSSHD(t *testing.T, allowed string, lines ...string) server {
	t.Helper()
	program := sshd(t)
	s := server{hostKey: newKey(t), dir: t.TempDir(), address: freeAddress(t)}
	host, port, err := net.SplitHostPort(s.address)
	require.NoError(t, err)
	write(t, filepath.Join(s.dir, "host_key"), s.hostKey.private, 0o600)
	write(t, filepath.Join(s.dir, "authorized_keys"), allowed+"\n", 0o600)
	config := append(slices.Clone(lines),
		"ListenAddress "+host, "Port "+port, "HostKey "+s.dir+"/host_key", "AuthorizedKeysFile "+s.dir+"/authorized_keys",
		"PidFile none", "UsePAM no", "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PermitRootLogin prohibit-password", "AllowTcpForwarding yes", "PermitUserEnvironment no", "LogLevel VERBOSE")
	write(t, filepath.Join(s.dir, "sshd_config"), strings.Join(config, "\n")+"\n", 0o600)
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "-D", "-e", "-f", s.dir+"/sshd_config")
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	require.Eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", s.address, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "sshd does not listen")
	return s
}

// sshd finds the program. Where it is missing the test is skipped, and says so; it
// fails if $HYBRIDCLUSTER_TEST_PROGRAMS promises it.
func sshd(t *testing.T) string {
	t.Helper()
	for _, path := range []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if _, err := os.Stat(path); err == nil {
			// sshd as root wants this directory, which systemd else makes.
			if os.Geteuid() == 0 {
				require.NoError(t, os.MkdirAll("/run/sshd", 0o755))
			}
			return path
		}
	}
	const reason = "there is no sshd here (Debian's openssh-server)"
	if slices.Contains(strings.Fields(os.Getenv("HYBRIDCLUSTER_TEST_PROGRAMS")), "sshd") {
		t.Fatal(reason + ", and HYBRIDCLUSTER_TEST_PROGRAMS names it")
	}
	t.Skip(reason)
	return ""
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), mode))
}

func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	require.NoError(t, err)
	return u.Username
}

// twoServers is a cluster of a first master and a worker, which are two servers.
func twoServers(t *testing.T, allowed string, workerLines ...string) (remote.Cluster, server, server) {
	t.Helper()
	first, worker := startSSHD(t, allowed), startSSHD(t, allowed, workerLines...)
	return remote.Cluster{
		Stack: "demo",
		Access: sshaccess.Access{
			Entry:     sshaccess.Entry{Name: "demo-control-plane-0", Address: first.address, User: me(t)},
			LinuxUser: me(t), Masters: map[string]string{"demo-control-plane-0": first.address},
			Pools: map[string]sshaccess.Pool{
				"lin": {OS: "linux", Prefix: "lin"}, "win": {OS: "windows", Prefix: "win"},
			},
			HostKeys: map[string]string{"demo-control-plane-0": first.hostKey.public, "lin": worker.hostKey.public, "win": worker.hostKey.public},
		},
		Addresses: map[string]string{"lin000": worker.address, "win000": worker.address},
	}, first, worker
}

// credentials are one key of a file.
func credentials(t *testing.T, k key) *remote.Credentials {
	t.Helper()
	file := filepath.Join(t.TempDir(), "id")
	write(t, file, k.private, 0o600)
	c, err := remote.Gather(remote.Sources{IdentityFiles: []string{file}})
	require.NoError(t, err)
	return c
}

func dial(t *testing.T, c remote.Cluster, node string, o remote.Options) *remote.Client {
	t.Helper()
	route, err := c.Route(node)
	require.NoError(t, err)
	client, err := remote.Dial(t.Context(), route, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// output runs a command and gives what it printed and how it ended.
func output(t *testing.T, c *remote.Client, command, input string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code, err := c.Run(t.Context(), command, remote.Streams{In: strings.NewReader(input), Out: &out, Err: &errs}, nil)
	require.NoError(t, err)
	return fmt.Sprintf("%d %s|%s", code, out.String(), errs.String())
}

func pemText(block *pem.Block) string { return string(pem.EncodeToMemory(block)) }
