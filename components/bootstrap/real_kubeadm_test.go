package bootstrap_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// kubeadmText returns kubeadm's files out of a rendered document.
func kubeadmText(t *testing.T, name, document string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	if strings.HasSuffix(name, ".ps1") {
		texts[name+" join.yaml"] = windowsJoin(t, document)
		return texts
	}
	_, files := parse(t, document)
	for path, f := range files {
		if strings.Contains(f.Content, "apiVersion: kubeadm.k8s.io/") {
			texts[name+" "+filepath.Base(path)] = f.Content
		}
	}
	require.NotEmpty(t, texts, name)
	return texts
}

// fixtureConfigs are kubeadm's files of the fixtures, and of each kind of node
// at each release.
func fixtureConfigs(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	all := documents(t)
	maps.Copy(all, wideDocuments(t))
	for _, r := range apimodel.Releases() {
		c := everythingCluster()
		c.Release = r
		first, joining, full := everythingNode(), secondMaster(), everythingNode()
		first.Name, first.PrivateIP = master().Name, master().PrivateIP
		windows, options := everythingWindows()
		for name, render := range map[string]func() (string, error){
			"first.yaml":   func() (string, error) { return bootstrap.ControlPlane(c, first, pki(), vaulted()) },
			"joining.yaml": func() (string, error) { return bootstrap.ControlPlane(c, joining, pki(), cloud()) },
			"linux.yaml":   func() (string, error) { return bootstrap.LinuxNode(c, full) },
			"windows.ps1":  func() (string, error) { return bootstrap.WindowsNode(c, windows, options) },
		} {
			document, err := render()
			require.NoError(t, err)
			all[r.Minor+" "+name] = document
		}
	}
	for name, document := range all {
		maps.Copy(found, kubeadmText(t, name, document))
	}
	return found
}

// scenarioConfigs are kubeadm's files of the component's scenarios. Those that
// name a release are given with each other release, too.
func scenarioConfigs(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	files, err := filepath.Glob("../hybridcluster/testdata/scenarios/*/*")
	require.NoError(t, err)
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file)) + " " + filepath.Base(file)
		if !strings.HasSuffix(file, ".kubeadm.yaml") && !strings.HasSuffix(file, ".rejoin.yaml") && !strings.HasSuffix(file, ".ps1") {
			continue
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		text := string(data)
		if strings.HasSuffix(file, ".ps1") {
			text = windowsJoin(t, text)
		}
		found[name] = text
		for _, r := range apimodel.Releases() {
			found[name+" "+r.Minor] = kubernetesVersion(text, r)
		}
	}
	return found
}

// kubernetesVersion puts another release into kubeadm's documents.
func kubernetesVersion(text string, r apimodel.Release) string {
	before, rest, found := strings.Cut(text, "\nkubernetesVersion: v")
	if !found {
		return text
	}
	_, after, _ := strings.Cut(rest, "\n")
	return before + "\nkubernetesVersion: v" + r.Kubernetes + "\n" + after
}

// reachable are the supported releases that this kubeadm deploys, which are its own
// and the one before, and the rest. It refuses to read the rest's documents at all:
// https://kubernetes.io/releases/version-skew-policy/#kubeadm
func reachable(t *testing.T) (within, beyond []apimodel.Release) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), need(t, "kubeadm"), "version", "--output", "short").Output()
	require.NoError(t, err)
	parts := strings.Split(strings.TrimSpace(string(out)), ".")
	require.Len(t, parts, 3)
	own, err := strconv.Atoi(parts[1])
	require.NoError(t, err)
	for _, r := range apimodel.Releases() {
		if r.Minor == fmt.Sprintf("1.%d", own) || r.Minor == fmt.Sprintf("1.%d", own-1) {
			within = append(within, r)
		} else {
			beyond = append(beyond, r)
		}
	}
	require.NotEmpty(t, within, "kubeadm %s deploys no release that is supported here", out)
	for _, r := range beyond {
		t.Logf("kubeadm %s does not deploy release %s: its documents are read with %s in the place of their version",
			strings.TrimSpace(string(out)), r.Minor, within[0].Kubernetes)
	}
	return within, beyond
}

// readable gives a document that this kubeadm cannot read for its version another one.
func readable(text string, within, beyond []apimodel.Release) string {
	for _, r := range beyond {
		if strings.Contains(text, "\nkubernetesVersion: v"+r.Kubernetes+"\n") {
			return kubernetesVersion(text, within[0])
		}
	}
	return text
}

const (
	windowsPipe = `"npipe:////./pipe/containerd-containerd"`
	// ipvs is what a definition may choose, and kubeadm has another opinion of it.
	ipvs = `The "KubeProxyConfiguration" field "mode" is set to "ipvs" which has been deprecated`
)

// kubeadmFaults asks kubeadm what it has against its documents. A warning counts:
// it says that a later kubeadm will refuse them.
func kubeadmFaults(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeadm.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	out, err := exec.CommandContext(t.Context(), need(t, "kubeadm"), "config", "validate", "--config", path).CombinedOutput()
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(string(out))) {
		// To a Linux kubeadm a Windows pipe is a path without a scheme.
		pipe := strings.Contains(line, "CRI endpoints without URL scheme") && strings.Contains(line, windowsPipe)
		if !pipe && !strings.Contains(line, ipvs) {
			lines = append(lines, line)
		}
	}
	if said := strings.Join(lines, ""); err != nil || said != "ok" {
		return fmt.Sprintf("%v: %s", err, said)
	}
	return ""
}

// kubeadm itself reads the documents strictly: a field that it does not know is
// an error. The Windows documents are read by the Linux program, too.
func TestKubeadmAcceptsTheDocuments(t *testing.T) {
	t.Parallel()
	within, beyond := reachable(t)
	all := fixtureConfigs(t)
	maps.Copy(all, scenarioConfigs(t))
	kinds, asked := map[string]int{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for kind := range kubeadmDocuments(t, all[name]) {
			kinds[kind]++
		}
		if text := readable(all[name], within, beyond); !asked[text] {
			asked[text] = true
			require.Empty(t, kubeadmFaults(t, text), name)
		}
	}
	t.Logf("%d files, %d different ones, with %v", len(all), len(asked), kinds)
	require.Greater(t, kinds["ClusterConfiguration"], 100)
	require.Greater(t, kinds["JoinConfiguration"], 100)
}

func TestKubeadmRefuses(t *testing.T) {
	t.Parallel()
	need(t, "kubeadm")
	first := fixtureConfigs(t)["control-plane-everything.yaml kubeadm.yaml"]
	join := fixtureConfigs(t)["windows-everything.ps1 join.yaml"]
	for name, c := range map[string]struct{ text, from, to, want string }{
		"field":               {first, "clusterName:", "clustersName:", `unknown field "clustersName"`},
		"field further down":  {first, "serviceSubnet:", "serviceSubnets:", `unknown field "networking.serviceSubnets"`},
		"kubelet's field":     {first, "cgroupDriver:", "cgroupDrivers:", `unknown field "cgroupDrivers"`},
		"kube-proxy's field":  {first, "\nmode:", "\nmodes:", `unknown field "modes"`},
		"field given twice":   {first, "clusterName: demo\n", "clusterName: demo\nclusterName: demo\n", "already set"},
		"API version":         {first, "v1beta4", "v1beta9", "unknown configuration APIs"},
		"older API version":   {first, "v1beta4", "v1beta3", `API spec: "kubeadm.k8s.io/v1beta3"`},
		"kind":                {first, "kind: InitConfiguration", "kind: StartConfiguration", "StartConfiguration"},
		"older release":       {first, "kubernetesVersion: v1.36.5", "kubernetesVersion: v1.30.0", "only supports"},
		"token":               {first, "token: " + fakeToken, "token: abc", "bootstrap token"},
		"pod network":         {first, "podSubnet: 192.168.0.0/16", "podSubnet: 192.168.0.0", "podSubnet"},
		"address":             {first, "advertiseAddress: 10.240.255.5", "advertiseAddress: 10.240.255", "advertise-address"},
		"duration":            {first, "kubeletHealthCheck: 5m0s", "kubeletHealthCheck: 5", "kubeletHealthCheck"},
		"arguments as a map":  {first, "scheduler:\n  extraArgs:\n  - name: v\n    value: \"2\"\n", "scheduler:\n  extraArgs:\n    v: \"2\"\n", "scheduler.extraArgs"},
		"join's field":        {join, "tlsBootstrapToken:", "tlsToken:", `unknown field "discovery.tlsToken"`},
		"join's API version":  {join, "v1beta4", "v1alpha3", "v1alpha3"},
		"join's node's field": {join, "criSocket:", "socket:", `unknown field "nodeRegistration.socket"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mutant := strings.ReplaceAll(c.text, c.from, c.to)
			require.NotEqual(t, c.text, mutant)
			require.Contains(t, kubeadmFaults(t, mutant), c.want)
		})
	}
}

// The masters pull what kubeadm names. The sandbox image is containerd's to
// name, and should be the one that kubeadm has pulled.
func TestKubeadmsImagesAreTheArtifacts(t *testing.T) {
	t.Parallel()
	kubeadm := need(t, "kubeadm")
	out, err := exec.CommandContext(t.Context(), kubeadm, "version", "--output", "short").Output()
	require.NoError(t, err)
	version := strings.TrimSpace(string(out))
	within, _ := reachable(t)
	for _, r := range within {
		path := filepath.Join(t.TempDir(), "kubeadm.yaml")
		text := kubernetesVersion(fixtureConfigs(t)["control-plane.yaml kubeadm.yaml"], r)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		list, err := exec.CommandContext(t.Context(), kubeadm, "config", "images", "list", "--config", path).Output()
		require.NoError(t, err)
		// comparable leaves out the tags that are of kubeadm's own release, where this
		// is not the one that the machines get.
		comparable := func(image string) string {
			name, tag, _ := strings.Cut(image, ":")
			sandbox := strings.HasSuffix(name, "/pause") && strings.HasPrefix(version, "v"+r.Minor+".")
			if tag == "v"+r.Kubernetes || version == "v"+r.Kubernetes || sandbox {
				return image
			}
			return name
		}
		var want, got []string
		for _, a := range bootstrap.Artifacts(r) {
			if a.OS == apimodel.Linux && a.Kind == bootstrap.Image {
				want = append(want, comparable(a.URL))
			}
		}
		for line := range strings.FieldsSeq(string(list)) {
			got = append(got, comparable(line))
		}
		require.ElementsMatch(t, want, got, r.Minor)
	}
}
