package e2e

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/tools/clientcmd"
)

// upResult is what `up --output json` prints, as far as the tests read it.
type upResult struct {
	Changes map[string]int `json:"changes"`
	Nodes   []struct {
		Name  string `json:"name"`
		Role  string `json:"role"`
		Pool  string `json:"pool"`
		OS    string `json:"os"`
		Ready bool   `json:"ready"`
	} `json:"nodes"`
	Workload struct {
		Ready   int    `json:"ready"`
		Desired int    `json:"desired"`
		URL     string `json:"url"`
	} `json:"workload"`
}

// exported is a stack's state, as far as the tests read it.
type exported struct {
	Deployment struct {
		Resources []struct {
			URN    string         `json:"urn"`
			Type   string         `json:"type"`
			Inputs map[string]any `json:"inputs"`
		} `json:"resources"`
	} `json:"deployment"`
}

func (e exported) urns() []string {
	var urns []string
	for _, r := range e.Deployment.Resources {
		urns = append(urns, r.URN)
	}
	slices.Sort(urns)
	return urns
}

func (u *user) export(args ...string) (exported, string) {
	u.t.Helper()
	out := u.ok(append([]string{"export"}, args...)...)
	var e exported
	require.NoError(u.t, json.Unmarshal([]byte(out), &e))
	return e, out
}

// TestLifecycle takes the project's own example from nothing to a served page,
// through changes, and back to nothing.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	example, err := filepath.Abs("../examples/windows-hybrid.json")
	require.NoError(t, err)

	var up upResult
	u.json(&up, "up", "-f", example)
	requireHybrid(t, up)

	var again upResult
	u.json(&again, "up", "-f", example)
	requireUnchanged(t, again.Changes)
	u.ok("preview", "-f", example, "--refresh", "--expect-no-changes")

	other := u.run("up", "-f", example, "--kubernetes-release", "1.35")
	require.Equal(t, 2, other.code, other)
	require.Contains(t, other.stderr, "orchestratorRelease")

	before, _ := u.export()
	reordered := u.write("reordered.json", edit(t, example, func(p map[string]any) { slices.Reverse(pools(p)) }))
	u.ok("preview", "-f", reordered, "--expect-no-changes")

	grown := u.write("grown.json", edit(t, example, func(p map[string]any) { pool(p, 1)["count"] = 3 }))
	u.ok("up", "-f", grown)
	after, _ := u.export()
	requireOneNodeMore(t, before, after)

	requireKubeconfig(t, u.ok("kubeconfig"))

	u.env = []string{"HYBRIDCTL_EMULATOR_LOG=calls.log"}
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
	requireOneAzureDelete(t, filepath.Join(u.dir, "calls.log"))
}

// requireOneAzureDelete reads the emulator's log of a destroy: the resource group
// takes everything with it, so nothing else costs a call.
func requireOneAzureDelete(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var deletes []string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "delete azure-native:") || strings.HasPrefix(line, "delete kubernetes:") {
			deletes = append(deletes, strings.Fields(line)[1])
		}
	}
	require.Equal(t, []string{"azure-native:resources:ResourceGroup"}, deletes)
}

func requireHybrid(t *testing.T, up upResult) {
	t.Helper()
	count := map[string]int{}
	for _, n := range up.Nodes {
		require.True(t, n.Ready, "%s is not ready", n.Name)
		count[n.Role+"/"+n.OS]++
	}
	require.Equal(t, map[string]int{"control-plane/linux": 1, "agent/linux": 2, "agent/windows": 2}, count)
	require.Equal(t, 3, up.Workload.Ready)
	require.Equal(t, 3, up.Workload.Desired)
	require.Regexp(t, `^http://\d+\.\d+\.\d+\.\d+$`, up.Workload.URL)
}

func requireUnchanged(t *testing.T, changes map[string]int) {
	t.Helper()
	for op, n := range changes {
		if op != "same" {
			require.Zero(t, n, op)
		}
	}
	require.Positive(t, changes["same"])
}

func requireOneNodeMore(t *testing.T, before, after exported) {
	t.Helper()
	old := before.urns()
	var added []string
	for _, urn := range after.urns() {
		if !slices.Contains(old, urn) {
			added = append(added, urn[strings.LastIndex(urn, "::")+2:])
		}
	}
	require.ElementsMatch(t, []string{
		"cluster-windowspool2002-nic", "cluster-windowspool2002", "cluster-windowspool2002-bootstrap",
	}, added)
}

// requireKubeconfig holds the client certificate against the CA beside it.
func requireKubeconfig(t *testing.T, text string) {
	t.Helper()
	config, err := clientcmd.Load([]byte(text))
	require.NoError(t, err)
	current := config.Contexts[config.CurrentContext]
	require.NotNil(t, current)
	cluster, user := config.Clusters[current.Cluster], config.AuthInfos[current.AuthInfo]
	require.Regexp(t, `^https://[a-z0-9-]+\.westeurope\.cloudapp\.azure\.com:6443$`, cluster.Server)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(cluster.CertificateAuthorityData))
	block, _ := pem.Decode(user.ClientCertificateData)
	require.NotNil(t, block)
	cert, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	require.NoError(t, err)
}

// requireEmptyWorld reads the emulated Azure's own file.
func requireEmptyWorld(t *testing.T, u *user) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(u.state, "hybridctl", "emulator", "world", "world.json"))
	require.NoError(t, err)
	var world struct {
		Resources, Clusters, Guests map[string]any
	}
	require.NoError(t, json.Unmarshal(data, &world))
	require.Empty(t, world.Resources)
	require.Empty(t, world.Clusters)
	require.Empty(t, world.Guests)
}

// edit changes the properties of a definition file.
func edit(t *testing.T, path string, change func(properties map[string]any)) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var d map[string]any
	require.NoError(t, json.Unmarshal(data, &d))
	change(d["properties"].(map[string]any))
	out, err := json.Marshal(d)
	require.NoError(t, err)
	return string(out)
}

// TestFewSlots: scale sets keep the engine's slots until their nodes have joined,
// and leave the masters one.
func TestFewSlots(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.write("cluster.json", definition(func(p map[string]any) {
		p["agentPoolProfiles"] = append(pools(p),
			map[string]any{"name": "one", "count": 1, "vmSize": "Standard_D2s_v5"},
			map[string]any{"name": "two", "count": 1, "vmSize": "Standard_D2s_v5"})
	}))
	u.env = []string{"HYBRIDCTL_EMULATOR_LATENCY=50ms"}
	u.ok("up", "-f", "cluster.json", "--parallel", "2")
	u.ok("down", "--yes")
	requireEmptyWorld(t, u)
}
