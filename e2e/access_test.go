package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/remote/remotetest"
)

// The emulator makes no machines; the commands say so, and touch nothing.
func TestNobodyLogsInOnTheEmulator(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	for _, args := range [][]string{
		{"ssh"}, {"ssh", "dev", "lin000", "--", "id"}, {"tunnel", "lin000:80"}, {"rdp", "win000"}, {"logs"},
	} {
		r := u.run(args...)
		require.Equal(t, 2, r.code, "%v: %s", args, r)
		require.Empty(t, r.stdout)
		require.Contains(t, r.stderr, "the emulator makes no machines", args)
	}
}

// What the program declares is what clients are told: the public halves of the keys
// that machines are given. A failed up is enough to get in and find out why.
func TestHostKeysReachTheClient(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(nil))
	u.env = []string{"HYBRIDCTL_EMULATOR_FAULTS=create:VirtualMachine:win000:SkuNotAvailable:1"}
	r := u.run("up", "-f", "cluster.json", "--ssh-source-cidr", "203.0.113.7/32")
	require.Equal(t, 1, r.code, r)
	afterFailure := u.ok("ssh", "--print-known-hosts")
	require.Equal(t, 3, strings.Count(afterFailure, " ssh-ed25519 "), "a master and two pools: %s", afterFailure)

	u.env = nil
	u.ok("up", "-f", "cluster.json", "--ssh-source-cidr", "203.0.113.7/32")
	require.Equal(t, afterFailure, u.ok("ssh", "--print-known-hosts"), "keys stay")
	config := u.ok("ssh", "--print-config")
	require.Contains(t, config, "Host e2e-demo-control-plane-0\n  User azureuser\n")
	require.Contains(t, config, "HostName e2e-demo.westeurope.cloudapp.azure.com\n")
	require.Contains(t, config, "Host lin-??????\n")
	require.Contains(t, config, "Host win???\n")

	var access struct {
		SourceCIDRs []string          `json:"sourceCidrs"`
		HostKeys    map[string]string `json:"hostKeys"`
	}
	u.json(&access, "outputs", "dev", "ssh")
	require.Equal(t, []string{"203.0.113.7/32"}, access.SourceCIDRs)
	_, state := u.export("--show-secrets")
	for owner, key := range access.HostKeys {
		require.Contains(t, state, "::cluster-"+owner+"-host-key", owner)
		require.Contains(t, afterFailure, " "+key+"\n", owner)
	}
	_, masked := u.export()
	require.NotContains(t, masked, "OPENSSH PRIVATE KEY")
	u.ok("preview", "-f", "cluster.json", "--ssh-source-cidr", "203.0.113.7/32", "--expect-no-changes")
}

// realStack is a stack whose machines are two SSH servers: the first master and the
// worker lin000. Its state lies in a folder, as an up would have left it.
func realStack(t *testing.T) *user {
	t.Helper()
	u := newUser(t)
	k := remotetest.NewKey(t)
	programs := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(programs, "sudo"), []byte("#!/bin/sh\necho \"log: $*; the token is abcdef.0123456789abcdef\"\n"), 0o755))
	c, _, _ := remotetest.TwoServers(t, k.Public, "SetEnv PATH="+programs+":/usr/bin:/bin")
	// Nodes are resolved by name where no API server is asked; here they are masters.
	c.Access.Masters["demo-control-plane-1"] = c.Addresses["lin000"]
	c.Access.HostKeys["demo-control-plane-1"] = c.Access.HostKeys["lin"]
	const urn = "urn:pulumi:demo::hybridcluster::"
	outputs := map[string]any{"ssh": c.Access, "sshPublicKey": k.Public, "nodes": []any{}, "windowsAdminUsername": "wadmin"}
	component := map[string]any{"ssh": c.Access, "sshPublicKey": k.Public}
	state, err := json.Marshal(map[string]any{"version": 3, "checkpoint": map[string]any{
		"stack": "organization/hybridcluster/demo",
		"latest": map[string]any{
			"manifest": map[string]any{"time": "2026-11-27T00:00:00Z", "magic": "", "version": ""},
			"resources": []any{
				map[string]any{"urn": urn + "pulumi:pulumi:Stack::hybridcluster-demo", "custom": false, "type": "pulumi:pulumi:Stack", "outputs": outputs},
				map[string]any{
					"urn": urn + "hybridcluster:index:HybridCluster::cluster", "custom": false, "type": "hybridcluster:index:HybridCluster", "outputs": component,
					"parent": urn + "pulumi:pulumi:Stack::hybridcluster-demo",
				},
			},
		},
	}})
	require.NoError(t, err)
	stacks := filepath.Join(u.dir, "state", ".pulumi", "stacks", "hybridcluster")
	require.NoError(t, os.MkdirAll(stacks, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(u.dir, "state", ".pulumi", "meta.yaml"), []byte("version: 1\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(stacks, "demo.json"), state, 0o600))
	u.write("id", k.Private)
	u.env = []string{
		"HYBRIDCTL_EMULATOR=0", "PULUMI_CONFIG_PASSPHRASE=x", "SSH_AUTH_SOCK=",
		"PULUMI_BACKEND_URL=" + (&url.URL{Scheme: "file", Path: filepath.Join(u.dir, "state")}).String(),
	}
	return u
}

func TestSSHToRealServers(t *testing.T) {
	t.Parallel()
	u := realStack(t)
	for _, node := range []string{"demo-control-plane-0", "demo-control-plane-1"} {
		r := u.run("ssh", "demo", node, "-i", "id", "--", "echo", "on", "$USER;", "echo said >&2;", "exit 7")
		require.Equal(t, 7, r.code, r)
		require.Equal(t, "on "+remotetest.Me(t)+"\n", r.stdout)
		require.Contains(t, r.stderr, "said\n")
	}
	// Nobody's key.
	u.write("other", remotetest.NewKey(t).Private)
	r := u.run("ssh", "demo", "-i", "other", "--", "true")
	require.Equal(t, 255, r.code, r)
	require.Contains(t, r.stderr, "lets "+remotetest.Me(t)+" in with none of the keys")
	require.Contains(t, r.stderr, "--identity-file")
	// A file of known hosts of the user's own, which knows another key.
	var access struct {
		Entry struct {
			Address string `json:"address"`
		} `json:"entry"`
	}
	u.json(&access, "outputs", "demo", "ssh")
	host, port, err := net.SplitHostPort(access.Entry.Address)
	require.NoError(t, err)
	known := "[" + host + "]:" + port + " " + remotetest.NewKey(t).Public + "\n"
	u.write("known_hosts", known)
	r = u.run("ssh", "demo", "-i", "id", "--known-hosts", "known_hosts", "--", "true")
	require.Equal(t, 255, r.code, r)
	require.Contains(t, r.stderr, "shows another host key than the file of --known-hosts has")

	r = u.run("ssh", "demo", "nothing", "-i", "id")
	require.Equal(t, 2, r.code, r)
	require.Contains(t, r.stderr, `stack demo has no node "nothing"`)
}

func TestTunnelToRealServers(t *testing.T) {
	t.Parallel()
	u := realStack(t)
	cmd := u.command(t.Context(), "tunnel", "demo", "demo-control-plane-0:1", "-i", "id")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	address := make([]byte, len("127.0.0.1:65535\n"))
	n, err := out.Read(address)
	require.NoError(t, err)
	conn, err := net.Dial("tcp", strings.TrimSpace(string(address[:n])))
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	require.NoError(t, err, "nothing listens on that port, so it ends at once")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait(), "an interruption is how a tunnel ends")
}

func TestLogsOfRealServers(t *testing.T) {
	t.Parallel()
	u := realStack(t)
	r := u.run("logs", "demo", "demo-control-plane-1", "-i", "id", "--dir", "taken")
	require.Zero(t, r.code, r)
	require.Equal(t, filepath.Join(u.dir, "taken")+"\n", r.stdout)
	data, err := os.ReadFile(filepath.Join(u.dir, "taken", "demo-control-plane-1", "kubelet.log"))
	require.NoError(t, err)
	require.Contains(t, string(data), "log: -n journalctl --unit kubelet")
	require.NotContains(t, string(data), "abcdef.0123456789abcdef")

	// Without a kubeconfig there is no Kubernetes to ask: what failed is said.
	r = u.run("logs", "demo", "-i", "id", "--dir", "all")
	require.Equal(t, 1, r.code, r)
	require.Contains(t, r.stderr, "kubernetes: ")
	require.FileExists(t, filepath.Join(u.dir, "all", "demo-control-plane-1", "bootstrap.log"))
	var index struct {
		Items []struct{ File, Error string }
	}
	data, err = os.ReadFile(filepath.Join(u.dir, "all", "index.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &index))
	require.NotEmpty(t, index.Items, fmt.Sprint(string(data)))
}
