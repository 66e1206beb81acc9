package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// secretive is definition with a secret of each kind.
var secretive = strings.NewReplacer(
	`"linuxProfile":`, `"servicePrincipalProfile": {"clientId": "00000000-0000-0000-0000-0000000000ee", "secret": "planted-principal"},
    "extensionProfiles": [{"name": "agent", "version": "v1", "rootURL": "https://files.example.com/", "script": "agent.sh",
      "urlQuery": "sig=planted-query", "extensionParameters": "planted-parameter",
      "scriptSHA256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}],
    "linuxProfile":`,
	`"name": "linuxpool1",`, `"name": "linuxpool1", "availabilityProfile": "AvailabilitySet", "extensions": [{"name": "agent"}],`,
	"A-planted-passw0rd", "Planted-passw0rd-1",
).Replace(definition)

func TestBootstrapsAreListed(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", secretive)
	code, stdout, stderr := u.run(t, "bootstrap", "show", "-f", "c.json")
	require.Equal(t, exitOK, code, stderr)
	ordered(t, stdout, "NAME", "CUSTOM DATA\n", "demo-cluster-control-plane-0", "control-plane", " bytes, compressed\n", "linuxpool1000", "linuxpool1001", "winpool1 ", "windows", "2", " bytes\n")
	require.Empty(t, u.touched(t))

	code, stdout, _ = u.run(t, "bootstrap", "show", "-f", "c.json", "-o", "json")
	require.Equal(t, exitOK, code)
	var list []firstboot.Sized
	require.NoError(t, json.Unmarshal([]byte(stdout), &list))
	require.Len(t, list, 4)
	require.Equal(t, "winpool1", list[3].Name)
	require.Equal(t, 2, list[3].Instances)
	require.Positive(t, list[0].CustomData.Bytes)
}

func TestBootstrapIsShown(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", secretive)
	show := func(args ...string) string {
		code, stdout, stderr := u.run(t, append([]string{"bootstrap", "show", "-f", "c.json"}, args...)...)
		require.Equal(t, exitOK, code, stderr)
		return stdout
	}
	linux := show("--node", "linuxpool1000")
	ordered(t, linux, "# linuxpool1000: linux agent. Custom data of ", "# Masked: [secret] is a secret", "# The Custom Script extension runs: ok=",
		"\n\n#cloud-config\n", "token: [secret]\n", "agent.sh?[secret]'")
	require.Equal(t, "apiVersion: kubeadm.k8s.io/v1beta4\n", show("--node", "linuxpool1000", "--path", "/etc/hybridcluster/kubeadm.yaml")[:35])
	windows := show("--node", "winpool1")
	ordered(t, windows, "# winpool1: windows agent, 2 instances. Custom data of ", "# The Custom Script extension runs: powershell.exe", "param([switch]$Resume)")

	var doc firstboot.Preview
	require.NoError(t, json.Unmarshal([]byte(show("--node", "demo-cluster-control-plane-0", "-o", "json")), &doc))
	require.True(t, strings.HasPrefix(doc.Document, "#cloud-config\n"))
	require.NotEmpty(t, doc.Files)
	var file struct{ Path, Permissions, Content string }
	require.NoError(t, json.Unmarshal([]byte(show("--node", "linuxpool1000", "--path", "/etc/crictl.yaml", "-o", "json")), &file))
	require.Equal(t, "0644", file.Permissions)

	mirrored := show("--node", "linuxpool1000", "--path", "/etc/containerd/certs.d/docker.io/hosts.toml", "--mirror", "docker.io=mirror.example.com/hub")
	require.Equal(t, "server = \"https://mirror.example.com/v2/hub\"\ncapabilities = [\"pull\", \"resolve\"]\noverride_path = true\n", mirrored)
	master := show("--node", "demo-cluster-control-plane-0", "--path", "/etc/kubernetes/azure.json", "--existing-resource-group", "shared")
	require.Contains(t, master, `"resourceGroup": "shared"`)
}

// Nothing that the definition keeps secret is in what any form of the command
// prints, on any stream.
func TestNoBootstrapShowsASecret(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", secretive)
	for _, node := range []string{"", "demo-cluster-control-plane-0", "linuxpool1000", "linuxpool1001", "winpool1"} {
		for _, output := range []string{"text", "json"} {
			code, stdout, stderr := u.run(t, "bootstrap", "show", "-f", "c.json", "-o", output, "--node", node)
			require.Equal(t, exitOK, code, stderr)
			require.False(t, strings.Contains(strings.ToLower(stdout+stderr), "planted"), "%s as %s shows a secret", node, output)
		}
	}
	for _, path := range []string{"/etc/kubernetes/azure.json", "/etc/kubernetes/pki/ca.key"} {
		_, stdout, _ := u.run(t, "bootstrap", "show", "-f", "c.json", "--node", "demo-cluster-control-plane-0", "--path", path)
		require.Contains(t, stdout, "[secret]")
		require.NotContains(t, strings.ToLower(stdout), "planted")
	}
	code, stdout, stderr := u.run(t, "artifacts", "-f", "c.json")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "https://files.example.com/extensions/agent/v1/agent.sh\n")
	require.NotContains(t, strings.ToLower(stdout), "planted")
}

func TestWrongBootstraps(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", definition)
	for want, args := range map[string][]string{
		"--path is for one node":                              {"--path", "/etc/fstab"},
		`no node "nope"; it has demo-cluster-control-plane-0`: {"--node", "nope"},
		`writes no file "/etc/fstab"; it writes /usr/local`:   {"--node", "demo-cluster-control-plane-0", "--path", "/etc/fstab"},
		"its document is one script":                          {"--node", "winpool1", "--path", "/etc/fstab"},
		"--mirror: quay.io has no mirror behind it":           {"--mirror", "quay.io="},
	} {
		code, stdout, stderr := u.run(t, append([]string{"bootstrap", "show", "-f", "c.json"}, args...)...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, want)
		require.Empty(t, stdout)
	}
}

func TestCompletionOfNodesAndFiles(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write(t, "c.json", definition)
	code, stdout, stderr := u.run(t, "__complete", "bootstrap", "show", "-f", "c.json", "--node", "")
	require.Equal(t, exitOK, code, stderr)
	require.Contains(t, stdout, "winpool1\twindows agent\n")
	code, stdout, _ = u.run(t, "__complete", "bootstrap", "show", "-f", "c.json", "--node", "linuxpool1", "--path", "/etc")
	require.Equal(t, exitOK, code)
	require.Contains(t, stdout, "/etc/hybridcluster/kubeadm.yaml\n")
	code, stdout, _ = u.run(t, "__complete", "bootstrap", "show", "-f", "gone.json", "--node", "")
	require.Equal(t, exitOK, code)
	require.NotContains(t, stdout, "winpool1")
}
