//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
)

// realChartsEnv says that the charts of others are in reach.
const realChartsEnv = "HYBRIDCLUSTER_REAL_CHARTS"

// pluginUser is one whose rehearsals leave Kubernetes objects to Pulumi's plugin,
// which Pulumi finds in the PATH. Charts are those of others where they are in reach,
// and else stand-ins of ours: then nothing is proven of what theirs make.
func pluginUser(t *testing.T) *user {
	t.Helper()
	plugin, err := programs.Plugin(t.Context(), func(label string) func() { t.Log(label); return func() {} })
	require.NoError(t, err)
	u := localUser(t)
	helm := filepath.Join(u.dir, "helm")
	u.env = append(u.env, "PATH="+plugin+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HELM_CACHE_HOME="+helm, "HELM_CONFIG_HOME="+helm, "HELM_DATA_HOME="+helm)
	if os.Getenv(realChartsEnv) == "" {
		t.Logf("%s is not set: charts of our own stand in for those of others", realChartsEnv)
		u.env = append(u.env, serveCharts(t)...)
	}
	return u
}

// TestLocalWithTheRealPlugin: Pulumi's own Kubernetes plugin, with Helm in it, takes
// all that the program declares, to a real API server: up, nothing to do, a change,
// down.
func TestLocalWithTheRealPlugin(t *testing.T) {
	t.Parallel()
	u := pluginUser(t)
	log := filepath.Join(u.dir, "calls.log")
	u.env = append(u.env, "HYBRIDCTL_EMULATOR_LOG="+log)
	u.write("cluster.json", definition(func(properties map[string]any) {
		properties["orchestratorProfile"] = map[string]any{"kubernetesConfig": map[string]any{
			"addons": []any{map[string]any{"name": apimodel.AddonPrometheus, "enabled": true}},
		}}
	}))
	plugin := []string{"-f", "cluster.json", "--kubernetes-provider", "plugin"}
	u.ok(append([]string{"up"}, plugin...)...)

	var pods corev1.PodList
	require.NoError(t, json.Unmarshal([]byte(u.kubectl("get", "pods", "-A", "-o", "json")), &pods))
	require.NotEmpty(t, pods.Items)
	for _, p := range pods.Items {
		require.Contains(t, []corev1.PodPhase{corev1.PodRunning, corev1.PodSucceeded}, p.Status.Phase, "%s/%s", p.Namespace, p.Name)
	}
	releases := u.kubectl("get", "secrets", "-A", "-l", "owner=helm", "-o", "name")
	for _, name := range []string{"cloud-node-manager", "calico", "cloud-controller-manager", apimodel.AddonPrometheus} {
		require.Contains(t, releases, "sh.helm.release.v1."+name+".v1", "Helm itself has installed it")
	}
	require.Equal(t, "true", u.kubectl("get", "ipamconfigs.crd.projectcalico.org", "default", "-o", "jsonpath={.spec.strictAffinity}"))
	require.Contains(t, u.kubectl("get", "secrets", "-n", "monitoring", "-o", "name"), apimodel.AddonPrometheus+"-admission",
		"the hook of kube-prometheus-stack made its Secret")
	require.Contains(t, u.kubectl("get", "deployment", "windows-example", "-o", "jsonpath={.metadata.managedFields[*].manager}"), "pulumi-kubernetes")

	u.ok(append([]string{"preview", "--expect-no-changes"}, plugin...)...)
	require.Contains(t, u.ok(append([]string{"up"}, plugin...)...), "No changes")
	u.ok(append([]string{"up", "--workload-replicas", "2"}, plugin...)...)
	require.Equal(t, "2", u.kubectl("get", "deployment", "windows-example", "-o", "jsonpath={.status.readyReplicas}"))

	u.ok("down", "--yes", "--kubernetes-provider", "plugin")
	require.Empty(t, u.processes())
	requireEmptyWorld(t, u)
	calls, err := os.ReadFile(log)
	require.NoError(t, err)
	for line := range strings.Lines(string(calls)) {
		require.NotContains(t, line, " kubernetes:", "the emulator's own provider had no part in it")
	}
	require.Contains(t, string(calls), "azure-native:network:VirtualNetwork")
}
