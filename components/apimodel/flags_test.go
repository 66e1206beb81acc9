package apimodel_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKubeletFlags(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(
		kubernetes+"maxPods=50", kubernetes+"gchighthreshold=70", kubernetes+"gclowthreshold=60",
		kubernetes+`kubeletConfig={"--v": "2", "kube-reserved": "cpu=1", "--register-with-taints": "a=b:NoSchedule", "--node-labels": "team=all,a=b", "--cloud-provider": "azure"}`,
		`agentPoolProfiles[0].kubernetesConfig={"maxPods": 40, "gclowthreshold": 10, "kubeletConfig": {"--v": "4", "--node-labels": "team=web", "node-ip": "::"}}`,
		"agentPoolProfiles[0].customNodeLabels.a=own", "agentPoolProfiles[0].taints=[\"c:NoExecute\"]",
		`masterProfile.kubernetesConfig={"kubeletConfig": {"--max-pods": "20"}}`,
	))
	lin, win := d.Properties.AgentPoolProfiles[0], d.Properties.AgentPoolProfiles[1]
	thresholds := func(flags map[string]string) map[string]string {
		flags["image-gc-high-threshold"] = "70"
		return flags
	}
	require.Equal(t, thresholds(map[string]string{"max-pods": "40", "image-gc-low-threshold": "10", "v": "4", "kube-reserved": "cpu=1"}), d.KubeletFlags(lin))
	require.Equal(t, thresholds(map[string]string{"max-pods": "50", "image-gc-low-threshold": "60", "v": "2", "kube-reserved": "cpu=1"}), d.KubeletFlags(win))
	require.Equal(t, thresholds(map[string]string{"max-pods": "20", "image-gc-low-threshold": "60", "v": "2", "kube-reserved": "cpu=1"}), d.KubeletFlags(nil))
	require.Equal(t, map[string]string{"team": "web", "a": "own"}, d.NodeLabels(lin))
	require.Equal(t, map[string]string{"team": "all", "a": "b"}, d.NodeLabels(win))
	require.Equal(t, map[string]string{"team": "all", "a": "b"}, d.NodeLabels(nil))
	require.Equal(t, []string{"a=b:NoSchedule", "c:NoExecute"}, d.NodeTaints(lin))
	require.Equal(t, []int{40, 50, 20}, []int{d.MaxPods(lin), d.MaxPods(win), d.MaxPods(nil)})
}

// What a component does not know keeps it from starting, so none gets it.
func TestFlagsLeaveOutWhatAReleaseDoesNotKnow(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(
		kubernetes+`kubeletConfig={"--network-plugin": "cni", "--pod-infra-container-image": "x", "--housekeeping-interval": "10s", "--feature-gates": "MountPropagation=true,GracefulNodeShutdown=false,APIListChunking=true"}`,
		kubernetes+`apiServerConfig={"--insecure-port": "0", "--feature-gates": "MountPropagation=true"}`,
		kubernetes+`schedulerConfig={"--port": "0", "--feature-gates": "Nonsense=true"}`,
	))
	common := map[string]string{"max-pods": "110", "feature-gates": "GracefulNodeShutdown=false"}
	onWindows := maps.Clone(common)
	onWindows["max-pods"] = "60"
	common["housekeeping-interval"] = "10s"
	require.Equal(t, common, d.KubeletFlags(nil))
	require.Equal(t, common, d.KubeletFlags(d.Properties.AgentPoolProfiles[0]))
	require.Equal(t, onWindows, d.KubeletFlags(d.Properties.AgentPoolProfiles[1]))
	require.Empty(t, d.APIServerFlags())
	require.Empty(t, d.SchedulerFlags())
}

func TestControlPlaneFlagsLeaveOutWhatIsOurs(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(
		kubernetes+`apiServerConfig={"--v": "2", "--etcd-servers": "https://127.0.0.1:2379", "--bind-address": "::"}`,
		kubernetes+`controllerManagerConfig={"node-monitor-period": "10s", "--leader-elect": "true"}`,
		kubernetes+`schedulerConfig={"--v": "3", "--bind-address": "::"}`,
	))
	require.Equal(t, map[string]string{"v": "2"}, d.APIServerFlags())
	require.Equal(t, map[string]string{"node-monitor-period": "10s"}, d.ControllerManagerFlags())
	require.Equal(t, map[string]string{"v": "3"}, d.SchedulerFlags())
	none := loaded(t, with())
	require.Empty(t, none.APIServerFlags())
	require.Empty(t, none.ControllerManagerFlags())
	require.Empty(t, none.SchedulerFlags())
}
