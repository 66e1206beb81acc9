package remote_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
	"github.com/hybridcluster/hybridcluster/internal/remote"
	"github.com/hybridcluster/hybridcluster/internal/remote/remotetest"
)

func TestCommandsAndTheirExitCodes(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public)
	for _, node := range []string{"", "demo-control-plane-0", "lin000"} {
		client := dial(t, c, node, remote.Options{Credentials: remotetest.Credentials(t, k)})
		require.Equal(t, "0 out|err", output(t, client, "printf out; printf err >&2", ""), node)
		require.Equal(t, "7 |", output(t, client, "exit 7", ""), node)
		require.Equal(t, "0 in|", output(t, client, "cat", "in"), node)
		require.Equal(t, "143 |", output(t, client, "kill -TERM $$", ""), node)
	}
}

// The way to a worker is through the first master: its connection comes from there.
func TestJump(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, first, _ := remotetest.TwoServers(t, k.Public)
	client := dial(t, c, "lin000", remote.Options{Credentials: remotetest.Credentials(t, k)})
	_, workerPort, err := net.SplitHostPort(c.Addresses["lin000"])
	require.NoError(t, err)
	require.Contains(t, output(t, client, "echo $SSH_CONNECTION", ""), " 127.0.0.1 "+workerPort)

	// What the first master does not allow does not happen.
	closed := remotetest.Start(t, k.Public, "AllowTcpForwarding no")
	c.Access.Entry.Address, c.Access.HostKeys["demo-control-plane-0"] = closed.Address, closed.HostKey.Public
	_ = first
	route, err := c.Route("lin000")
	require.NoError(t, err)
	_, err = remote.Dial(t.Context(), route, remote.Options{Credentials: remotetest.Credentials(t, k)})
	var unreachable *remote.UnreachableError
	require.ErrorAs(t, err, &unreachable)
	require.Equal(t, "demo-control-plane-0", unreachable.Through)
}

// A command without end stops when the user does not wait for it, and input that
// never ends does not hold a command up.
func TestEnds(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public)
	client := dial(t, c, "", remote.Options{Credentials: remotetest.Credentials(t, k)})
	ctx, cancel := context.WithCancel(t.Context())
	out, running := io.Pipe()
	go func() {
		_, _ = io.ReadFull(out, make([]byte, 1))
		cancel()
	}()
	_, err := client.Run(ctx, "printf x; exec sleep 600", remote.Streams{Out: running}, nil)
	require.ErrorIs(t, err, context.Canceled)

	endless, _ := io.Pipe()
	code, err := client.Run(t.Context(), "exit 3", remote.Streams{In: endless}, nil)
	require.NoError(t, err)
	require.Equal(t, 3, code)
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public)
	client := dial(t, c, "", remote.Options{Credentials: remotetest.Credentials(t, k)})
	sizes := make(chan remote.Size, 1)
	var out bytes.Buffer
	first, printed := io.Pipe()
	go func() { // the user's window changes once the command runs
		_, _ = io.ReadFull(first, make([]byte, len("vt100")))
		sizes <- remote.Size{Width: 132, Height: 50}
		_, _ = io.Copy(io.Discard, first)
	}()
	code, err := client.Run(t.Context(), `echo "$TERM"; stty size; until [ "$(stty size)" = "50 132" ]; do :; done; tty -s && echo terminal`,
		remote.Streams{Out: io.MultiWriter(&out, printed)}, &remote.Terminal{Kind: "vt100", Width: 80, Height: 24, Resized: sizes})
	require.NoError(t, err)
	require.Equal(t, 0, code)
	require.Contains(t, out.String(), "vt100\r\n")
	require.Contains(t, out.String(), "terminal\r\n")
}

// Another key than the pinned one gets nothing, at whatever place of the route.
func TestWrongHostKeysAreRefused(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	for _, owner := range []string{"demo-control-plane-0", "lin"} {
		c, _, _ := remotetest.TwoServers(t, k.Public)
		wrong := remotetest.NewKey(t)
		c.Access.HostKeys[owner] = wrong.Public
		route, err := c.Route("lin000")
		require.NoError(t, err)
		_, err = remote.Dial(t.Context(), route, remote.Options{Credentials: remotetest.Credentials(t, k)})
		var refused *remote.HostKeyError
		require.ErrorAs(t, err, &refused, owner)
		require.ErrorContains(t, err, ssh.FingerprintSHA256(wrong.Signer.PublicKey()))
		require.ErrorContains(t, err, "--known-hosts")
	}
}

// A machine that has no key of the pinned kind is not the one that is meant.
func TestOtherKindsOfHostKeysAreRefused(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, first, _ := remotetest.TwoServers(t, k.Public)
	_ = first
	other := remotetest.Start(t, k.Public, "HostKeyAlgorithms rsa-sha2-512", "HostKey "+rsaHostKey(t))
	c.Access.Entry.Address = other.Address
	route, err := c.Route("")
	require.NoError(t, err)
	_, err = remote.Dial(t.Context(), route, remote.Options{Credentials: remotetest.Credentials(t, k)})
	var refused *remote.HostKeyError
	require.ErrorAs(t, err, &refused)
}

func rsaHostKey(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rsa")
	out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return file
}

func TestNoKeyIsAccepted(t *testing.T) {
	t.Parallel()
	allowed, other := remotetest.NewKey(t), remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, allowed.Public)
	file := filepath.Join(t.TempDir(), "mine")
	write(t, file, other.Private)
	creds, err := remote.Gather(remote.Sources{IdentityFiles: []string{file}, Wanted: allowed.Public})
	require.NoError(t, err)
	route, err := c.Route("")
	require.NoError(t, err)
	_, err = remote.Dial(t.Context(), route, remote.Options{Credentials: creds})
	var login *remote.LoginError
	require.ErrorAs(t, err, &login)
	for _, want := range []string{
		"demo-control-plane-0 lets " + remotetest.Me(t) + " in with none of the keys", ssh.FingerprintSHA256(other.Signer.PublicKey()) + " of " + file,
		"made for the key " + ssh.FingerprintSHA256(allowed.Signer.PublicKey()), "--identity-file", "SSH_AUTH_SOCK is not set",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "PRIVATE KEY")
}

// The key that machines were made for is offered first, wherever it is from: a
// server hangs up on who tries many.
func TestKeysOfTheAgent(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public)
	ring := agent.NewKeyring()
	for range 8 {
		require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: rawKey(t, remotetest.NewKey(t))}))
	}
	require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: rawKey(t, k)}))
	socket := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_ = agent.ServeAgent(ring, conn)
		}
	}()
	creds, err := remote.Gather(remote.Sources{AgentSocket: socket, Wanted: k.Public})
	require.NoError(t, err)
	t.Cleanup(func() { _ = creds.Close() })
	client := dial(t, c, "", remote.Options{Credentials: creds})
	require.Equal(t, "0 hello|", output(t, client, "printf hello", ""))
}

func rawKey(t *testing.T, k remotetest.Key) any {
	t.Helper()
	raw, err := ssh.ParseRawPrivateKey([]byte(k.Private))
	require.NoError(t, err)
	return raw
}

func TestTheStacksOwnKey(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public)
	creds, err := remote.Gather(remote.Sources{Generated: k.Private})
	require.NoError(t, err)
	require.Equal(t, "0 x|", output(t, dial(t, c, "", remote.Options{Credentials: creds}), "printf x", ""))
}

func TestKeysWithPassphrases(t *testing.T) {
	t.Parallel()
	block, err := ssh.MarshalPrivateKeyWithPassphrase(rawKey(t, remotetest.NewKey(t)), "", []byte("open sesame"))
	require.NoError(t, err)
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, ".ssh"), 0o700))
	file := filepath.Join(home, ".ssh", "id_ed25519")
	write(t, file, pemText(block))
	_, err = remote.Gather(remote.Sources{IdentityFiles: []string{file}})
	require.ErrorContains(t, err, "it has a passphrase")
	_, err = remote.Gather(remote.Sources{IdentityFiles: []string{file}, Passphrase: func(string) ([]byte, error) { return []byte("wrong"), nil }})
	require.ErrorContains(t, err, "the passphrase does not open it")
	_, err = remote.Gather(remote.Sources{IdentityFiles: []string{file}, Passphrase: func(asked string) ([]byte, error) {
		require.Equal(t, file, asked)
		return []byte("open sesame"), nil
	}})
	require.NoError(t, err)
	_, err = remote.Gather(remote.Sources{Home: home})
	require.NoError(t, err, "nobody named it")
	write(t, file, "no key")
	_, err = remote.Gather(remote.Sources{IdentityFiles: []string{file}})
	require.ErrorContains(t, err, "is no private key for SSH")
	_, err = remote.Gather(remote.Sources{IdentityFiles: []string{file + "-not"}})
	require.ErrorContains(t, err, "--identity-file")
}

// A machine that takes connections and says nothing is not waited for without end.
func TestSilence(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = silent.Close() })
	c := remote.Cluster{Stack: "demo", Access: sshaccess.Access{
		Entry: sshaccess.Entry{Name: "m0", Address: silent.Addr().String(), User: "u"}, HostKeys: map[string]string{"m0": k.Public},
	}}
	route, err := c.Route("")
	require.NoError(t, err)
	_, err = remote.Dial(t.Context(), route, remote.Options{Credentials: remotetest.Credentials(t, k), Timeout: 50 * time.Millisecond})
	require.ErrorContains(t, err, "m0 is not reached at "+silent.Addr().String()+": no answer in time")
	require.NotContains(t, c.Explain(err).Error(), "SSH is closed", "it is open")
}

// What does not answer says which flag opens it.
func TestExplain(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	access := sshaccess.Access{
		Entry: sshaccess.Entry{Name: "m0", Address: remotetest.FreeAddress(t), User: "u"}, Masters: map[string]string{"m0": "10.0.0.5"},
		HostKeys: map[string]string{"m0": k.Public},
	}
	for name, test := range map[string]struct {
		cidrs   []string
		private bool
		want    string
	}{
		"closed":         {nil, false, "SSH is closed: nobody may reach it. Open it for your own public address with `hybridctl up demo --ssh-source-cidr ADDRESS/32`"},
		"open to others": {[]string{"203.0.113.7/32"}, false, "SSH is open to 203.0.113.7/32 alone. If you come from elsewhere, add your public address with `hybridctl up demo --ssh-source-cidr"},
		"private":        {nil, true, "m0 has a private address only"},
	} {
		access.SourceCIDRs, access.Private = test.cidrs, test.private
		c := remote.Cluster{Stack: "demo", Access: access}
		route, err := c.Route("")
		require.NoError(t, err)
		_, err = remote.Dial(t.Context(), route, remote.Options{Credentials: remotetest.Credentials(t, k)})
		require.ErrorContains(t, c.Explain(err), test.want, name)
		if !test.private {
			c.Up = "hybridctl up demo --backend 'file:///there'"
			require.ErrorContains(t, c.Explain(err), "`hybridctl up demo --backend 'file:///there' --ssh-source-cidr", name)
		}
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c := remote.Cluster{Stack: "demo", Access: sshaccess.Access{
		Entry:     sshaccess.Entry{Name: "jump", Address: "203.0.113.9", User: "ops", Jumpbox: true},
		LinuxUser: "azureuser", Masters: map[string]string{"m0": "10.0.0.5", "m1": "10.0.0.6"},
		Pools:    map[string]sshaccess.Pool{"lin": {OS: "linux", Prefix: "lin-", ScaleSet: true}, "win": {OS: "windows", Prefix: "win"}},
		HostKeys: map[string]string{"jump": k.Public, "m0": k.Public, "m1": k.Public, "lin": k.Public},
	}}
	for node, want := range map[string]string{
		"":           "ops@203.0.113.9:22 azureuser@10.0.0.5:22",
		"jump":       "ops@203.0.113.9:22",
		"m1":         "ops@203.0.113.9:22 azureuser@10.0.0.6:22",
		"lin-00000a": "ops@203.0.113.9:22 azureuser@lin-00000a:22",
	} {
		route, err := c.Route(node)
		require.NoError(t, err, node)
		var got []string
		for _, m := range route {
			got = append(got, m.User+"@"+m.Address)
		}
		require.Equal(t, want, strings.Join(got, " "))
	}
	_, err := c.Route("win000")
	require.ErrorIs(t, err, remote.ErrNoWindowsSSH)
	_, err = c.Route("nothing")
	require.EqualError(t, err, `stack demo has no node "nothing"; it has m0, m1, jump, those of pool lin, those of pool win`)
	_, err = remote.Cluster{Stack: "old"}.Route("")
	require.ErrorContains(t, err, "run `hybridctl up old` once more")
	_, err = remote.Cluster{Stack: "old", Up: "hybridctl up old --backend 'x'"}.Route("")
	require.ErrorContains(t, err, "run `hybridctl up old --backend 'x'` once more")
}

func TestTunnel(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public)
	client := dial(t, c, "", remote.Options{Credentials: remotetest.Credentials(t, k)})
	far, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = far.Close() })
	go func() { // answers with what it was sent, once it has all of it
		for {
			conn, err := far.Accept()
			if err != nil {
				return
			}
			go func() {
				data, _ := io.ReadAll(conn)
				_, _ = conn.Write(bytes.ToUpper(data))
				_ = conn.Close()
			}()
		}
	}()
	near, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- client.Forward(ctx, near, far.Addr().String(), func(err error) { t.Error(err) }) }()
	sent := strings.Repeat("both ways ", 100_000)
	for range 3 {
		conn, err := net.Dial("tcp", near.Addr().String())
		require.NoError(t, err)
		go func() {
			_, _ = io.WriteString(conn, sent)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		got, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, len(sent), len(got))
		require.Equal(t, strings.ToUpper(sent), string(got))
	}
	cancel()
	require.NoError(t, <-ended)
	_, err = net.Dial("tcp", near.Addr().String())
	require.Error(t, err, "the listener is closed")
}

// A port that nothing listens on ends one connection, and the tunnel goes on; a
// connection that is lost ends the tunnel.
func TestTunnelSaysWhatFails(t *testing.T) {
	t.Parallel()
	k := remotetest.NewKey(t)
	c, _, _ := remotetest.TwoServers(t, k.Public)
	client := dial(t, c, "", remote.Options{Credentials: remotetest.Credentials(t, k)})
	near, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	told, ended := make(chan error, 1), make(chan error, 1)
	nothing := remotetest.FreeAddress(t)
	go func() { ended <- client.Forward(t.Context(), near, nothing, func(err error) { told <- err }) }()
	conn, err := net.Dial("tcp", near.Addr().String())
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	require.ErrorContains(t, <-told, "demo-control-plane-0 does not reach "+nothing)
	require.NoError(t, client.Close())
	require.ErrorContains(t, <-ended, "the connection to demo-control-plane-0 ended")
}

// The printed configuration works in OpenSSH's own client, with nothing to confirm.
func TestConfigOfOpenSSH(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("there is no ssh here")
	}
	k := remotetest.NewKey(t)
	c, _, worker := remotetest.TwoServers(t, k.Public)
	dir := t.TempDir()
	config, err := c.Config(dir + "/known_hosts")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(worker.Address)
	require.NoError(t, err)
	// Nodes resolve in Azure's DNS, and listen on port 22; here that is said by hand.
	config += "\nHost lin000\n  HostName 127.0.0.1\n  Port " + port + "\n\nHost *\n  IdentityFile " + dir + "/id\n  IdentitiesOnly yes\n"
	config = strings.Replace(config, "ProxyJump demo-control-plane-0\n\nHost win", "ProxyCommand "+program+" -F "+dir+"/config -W %h:%p demo-control-plane-0\n\nHost win", 1)
	write(t, dir+"/config", config)
	write(t, dir+"/known_hosts", c.KnownHosts())
	write(t, dir+"/id", k.Private)
	for _, node := range []string{"demo-control-plane-0", "lin000"} {
		out, err := exec.CommandContext(t.Context(), program, "-F", dir+"/config", "-o", "BatchMode=yes", node, "printf there").CombinedOutput()
		require.NoError(t, err, "%s: %s", node, out)
		require.Equal(t, "there", string(out), node)
	}
	c.Access.HostKeys["lin"] = k.Public
	write(t, dir+"/known_hosts", c.KnownHosts())
	out, err := exec.CommandContext(t.Context(), program, "-F", dir+"/config", "-o", "BatchMode=yes", "lin000", "printf there").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "Host key verification failed")
}
