package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// definitionsEnv is a folder of definitions that others wrote: AKS Engine's
// examples below aks-engine/, a tutorial's below tutorial/. They are not part of
// this project, so the tests that need them are skipped where it is not set.
const definitionsEnv = "HYBRIDCLUSTER_DEFINITIONS"

// reported begins the paths of small definitions that once showed a fault.
const reported = "reported/"

// theirs returns the paths of the definitions, and their folder.
func theirs(t *testing.T) (paths []string, folder string) {
	t.Helper()
	folder = os.Getenv(definitionsEnv)
	if folder == "" {
		t.Skipf("%s names no folder of definitions", definitionsEnv)
	}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".json" {
			relative, _ := filepath.Rel(folder, path)
			paths = append(paths, filepath.ToSlash(relative))
		}
		return err
	}))
	require.NotEmpty(t, paths)
	return paths, folder
}

// expected are the verdicts that testdata/definitions.txt names.
func expected(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "definitions.txt"))
	require.NoError(t, err)
	verdicts := map[string]string{}
	for line := range strings.Lines(string(data)) {
		path, verdict, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && path != "#" {
			verdicts[path] = verdict
		}
	}
	return verdicts
}

// TestDefinitionsOfOthers: each file is planned or refused with a path, as it is
// written down. A file that is not written down must not bring anything down.
func TestDefinitionsOfOthers(t *testing.T) {
	t.Parallel()
	paths, folder := theirs(t)
	verdicts := expected(t)
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			r := u.run(slices.Concat([]string{"validate", "--output", "json"}, fill(t, u, filepath.Join(folder, path)))...)
			var report struct {
				Faults []struct{ Path, Message string } `json:"faults"`
			}
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &report), r.String())
			want, known := verdicts[path]
			if !known {
				require.Equal(t, len(report.Faults) > 0, r.code == 2, r.String())
				return
			}
			if want == "plan" {
				require.Zero(t, r.code, r.String())
				return
			}
			require.Equal(t, 2, r.code, r.String())
			place := strings.TrimPrefix(want, "refused ")
			require.True(t, slices.ContainsFunc(report.Faults, func(f struct{ Path, Message string }) bool {
				return f.Message != "" && (f.Path == place || place == "-" && f.Path == "")
			}), "no fault at %s: %s", place, r)
		})
	}
}

// TestAcceptedDefinitionsComeUp takes each accepted file up on the emulated Azure,
// holds what is declared against Azure's published types where they are at hand,
// and looks for changes once more. One of them is taken up in every run.
func TestAcceptedDefinitionsComeUp(t *testing.T) {
	t.Parallel()
	const always = "tutorial/kubernetes-windows.json"
	paths, folder := theirs(t)
	verdicts := expected(t)
	for _, path := range paths {
		// The small reported ones have tests of their own.
		if verdicts[path] != "plan" || strings.HasPrefix(path, reported) {
			continue
		}
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			if path != always {
				slow(t)
			}
			u := newUser(t)
			u.env = thereAlready()
			comesUp(t, u, fill(t, u, filepath.Join(folder, path)))
		})
	}
}

// comesUp takes a definition from nothing to a cluster without further changes,
// and back.
func comesUp(t *testing.T, u *user, flags []string) {
	t.Helper()
	u.ok(slices.Concat([]string{"up", "tried", "-q"}, flags)...)
	u.ok(slices.Concat([]string{"preview", "tried", "--refresh", "--expect-no-changes"}, flags)...)
	if checker := os.Getenv("HYBRIDCLUSTER_ARMCHECK"); checker != "" {
		state := u.write("state.json", u.ok("export", "tried", "--show-secrets"))
		out, err := exec.Command(checker, state).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	u.ok("down", "tried", "--yes", "-q")
}

// Resources that definitions speak of, in the emulated subscription and in
// another one.
const (
	ourGroups   = "/subscriptions/5b2f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b/resourceGroups/"
	theirGroups = "/subscriptions/00000000-0000-0000-0000-0000000000f0/resourceGroups/"
	subnets     = theirGroups + "shared-network/providers/Microsoft.Network/virtualNetworks/corp/subnets/"
)

// thereAlready tells the emulator what was there before the cluster.
func thereAlready() []string {
	const shared, compute = theirGroups + "shared/providers/", "/providers/Microsoft.Compute/"
	resources := []string{
		subnets + "masters=10.239.255.0/24", subnets + "nodes=10.239.0.0/17",
		ourGroups + "shared/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cluster-id",
		shared + "Microsoft.Compute/proximityPlacementGroups/near", shared + "Microsoft.Compute/diskEncryptionSets/keys",
		ourGroups + "logs/providers/Microsoft.OperationalInsights/workspaces/corp",
		shared + "Microsoft.KeyVault/vaults/corp-secrets/secrets/cluster-sp", shared + "Microsoft.KeyVault/vaults/corp-secrets/secrets/web",
		ourGroups + "images" + compute + "images/golden", ourGroups + "images" + compute + "galleries/corp/images/win/versions/1.0.0",
		theirGroups + "images" + compute + "galleries/corp/images/golden/versions/1.2.3",
		// AKS Engine's examples.
		ourGroups + "debian" + compute + "images/stretch",
		ourGroups + "image-resource-group" + compute + "images/image_name",
		"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/sig" + compute + "galleries/siggallery/images/linuxvm/versions/0.0.1",
	}
	return []string{"HYBRIDCTL_EMULATOR_RESOURCES=" + strings.Join(resources, ","), "HYBRIDCTL_EMULATOR_INSIDE_NETWORK=1"}
}

// fill gives flags for the blanks of a definition.
func fill(t *testing.T, u *user, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	flags := []string{
		"-f", file, "--location", "westeurope", "--kubernetes-release", "1.36", "--ssh-public-key", u.write("key.pub", publicKey), "--skip-workload",
	}
	var definition struct {
		Properties struct {
			MasterProfile           map[string]any
			AgentPoolProfiles       []map[string]any
			ServicePrincipalProfile map[string]any
			WindowsProfile          map[string]any
			OrchestratorProfile     struct{ KubernetesConfig map[string]any }
		}
	}
	if json.Unmarshal(data, &definition) != nil {
		return flags
	}
	p := definition.Properties
	if prefix, _ := p.MasterProfile["dnsPrefix"].(string); len(prefix) < 3 || strings.ContainsAny(prefix, "<") || prefix == "test" {
		flags = append(flags, "--dns-prefix", "tried-cluster")
	}
	if strings.HasPrefix(filepath.Base(file), "secret-blank-") || strings.HasPrefix(filepath.Base(file), "windows-password-") {
		return flags // its blank is what it is about
	}
	if p.WindowsProfile["adminPassword"] == "replacepassword1234$" {
		flags = append(flags, "--windows-admin-password-file", u.write("password", "A-planted-passw0rd"))
	}
	if p.ServicePrincipalProfile != nil && p.ServicePrincipalProfile["keyvaultSecretRef"] == nil || p.OrchestratorProfile.KubernetesConfig["useManagedIdentity"] == false {
		flags = append(flags, "--client-id", "6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10", "--client-secret-file", u.write("secret", "planted-secret"))
	}
	set := func(key, path, value string, in map[string]any) {
		for k, v := range in {
			if text, ok := v.(string); ok && strings.EqualFold(k, key) && !strings.HasPrefix(text, subnets) {
				flags = append(flags, "--set", path+"."+key+"="+value)
			}
		}
	}
	set("vnetSubnetID", "masterProfile", subnets+"masters", p.MasterProfile)
	set("agentVnetSubnetID", "masterProfile", subnets+"nodes", p.MasterProfile)
	for i, pool := range p.AgentPoolProfiles {
		set("vnetSubnetID", "agentPoolProfiles["+strconv.Itoa(i)+"]", subnets+"nodes", pool)
	}
	return flags
}

// publicKey has the form of a real one: 32 zeros as an Ed25519 key.
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"

// TestScenariosComeUp takes the definition of each group of settings up.
func TestScenariosComeUp(t *testing.T) {
	t.Parallel()
	slow(t)
	files, err := filepath.Glob(filepath.Join("..", "components", "hybridcluster", "testdata", "scenarios", "*", "definition.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			u.env = thereAlready()
			file, err := filepath.Abs(file)
			require.NoError(t, err)
			comesUp(t, u, []string{"-f", file, "--skip-workload"})
		})
	}
}
