// Package remotetest runs real SSH servers for tests: Debian's sshd, on ports of the
// loopback, as the current user.
package remotetest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
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

// Key is a key pair.
type Key struct {
	Private string // PEM
	Public  string // authorized_keys form
	Signer  ssh.Signer
}

// NewKey makes one of kind ED25519.
func NewKey(t *testing.T) Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	require.NoError(t, err)
	return Key{
		string(pem.EncodeToMemory(block)), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), signer,
	}
}

// Server is a real sshd on a port of the loopback, as the current user.
type Server struct {
	// Address is "host:port".
	Address string
	HostKey Key
	dir     string
}

// Start starts an sshd that lets one key in. Further lines go into its
// configuration.
func Start(t *testing.T, allowed string, lines ...string) Server {
	t.Helper()
	program := sshd(t)
	s := Server{HostKey: NewKey(t), dir: t.TempDir(), Address: FreeAddress(t)}
	host, port, err := net.SplitHostPort(s.Address)
	require.NoError(t, err)
	write(t, filepath.Join(s.dir, "host_key"), s.HostKey.Private)
	write(t, filepath.Join(s.dir, "authorized_keys"), allowed+"\n")
	config := append(slices.Clone(lines),
		"ListenAddress "+host, "Port "+port, "HostKey "+s.dir+"/host_key", "AuthorizedKeysFile "+s.dir+"/authorized_keys",
		"PidFile none", "UsePAM no", "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PermitRootLogin prohibit-password", "AllowTcpForwarding yes", "PermitUserEnvironment no", "LogLevel VERBOSE")
	write(t, filepath.Join(s.dir, "sshd_config"), strings.Join(config, "\n")+"\n")
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
		conn, err := net.DialTimeout("tcp", s.Address, time.Second)
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
				require.NoError(t, os.MkdirAll("/run/sshd", 0o750))
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

// FreeAddress is one of the loopback that nothing listens on.
func FreeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

// Me is the current user's name.
func Me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	require.NoError(t, err)
	return u.Username
}

// TwoServers is a cluster of a first master and a worker, which are two servers.
func TwoServers(t *testing.T, allowed string, workerLines ...string) (remote.Cluster, Server, Server) {
	t.Helper()
	first, worker := Start(t, allowed), Start(t, allowed, workerLines...)
	return remote.Cluster{
		Stack: "demo",
		Access: sshaccess.Access{
			Entry:     sshaccess.Entry{Name: "demo-control-plane-0", Address: first.Address, User: Me(t)},
			LinuxUser: Me(t), Masters: map[string]string{"demo-control-plane-0": first.Address},
			Pools: map[string]sshaccess.Pool{
				"lin": {OS: "linux", Prefix: "lin"}, "win": {OS: "windows", Prefix: "win"},
			},
			HostKeys: map[string]string{"demo-control-plane-0": first.HostKey.Public, "lin": worker.HostKey.Public, "win": worker.HostKey.Public},
		},
		Addresses: map[string]string{"lin000": worker.Address, "win000": worker.Address},
	}, first, worker
}

// Credentials are one key of a file.
func Credentials(t *testing.T, k Key) *remote.Credentials {
	t.Helper()
	file := filepath.Join(t.TempDir(), "id")
	write(t, file, k.Private)
	c, err := remote.Gather(remote.Sources{IdentityFiles: []string{file}})
	require.NoError(t, err)
	return c
}
