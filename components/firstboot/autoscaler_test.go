package firstboot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// TestAPoolWithoutNodesTellsWhatItsNodesAreLike: what the autoscaler reads from the
// tags is what the nodes register with.
func TestAPoolWithoutNodesTellsWhatItsNodesAreLike(t *testing.T) {
	t.Parallel()
	const scaled = `"addons": [{"name": "cluster-autoscaler", "pools": [{"name": "pool", "config": {"min-nodes": "1", "max-nodes": "5"}}]}]`
	for name, tc := range map[string]struct {
		pool, addons string
		labels       map[string]string
		taints       map[string]string
	}{
		"Linux": {
			`"customNodeLabels": {"example.com/tier_of": "back_end"}, "taints": ["dedicated=a_b:NoSchedule", "example.com/gone:NoExecute"]`, scaled,
			map[string]string{"agentpool": "pool", "example.com/tier_of": "back_end"},
			map[string]string{"dedicated": "a_b:NoSchedule", "example.com/gone": ":NoExecute"},
		},
		"Windows":                   {`"osType": "Windows"`, scaled, map[string]string{"agentpool": "pool", "node.kubernetes.io/windows-build": "10.0.20348"}, map[string]string{}},
		"a pool that is not scaled": {`"customNodeLabels": {"a": "b"}`, `"addons": []`, map[string]string{}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := apimodel.Load(apimodel.Source{Data: []byte(`{"apiVersion": "vlabs", "location": "westeurope", "properties": {
				"orchestratorProfile": {"kubernetesConfig": {` + tc.addons + `}},
				"masterProfile": {"count": 1, "dnsPrefix": "demo", "vmSize": "Standard_D2s_v3"},
				"agentPoolProfiles": [{"name": "pool", "count": 1, "vmSize": "Standard_D2s_v3", "availabilityProfile": "VirtualMachineScaleSets", ` + tc.pool + `}]
			}}`)})
			require.NoError(t, err)
			d.Default()
			labels, taints := map[string]string{}, map[string]string{}
			for tag, value := range firstboot.AutoscalerTags(d, d.Properties.AgentPoolProfiles[0]) {
				require.NotContains(t, tag, "/", "Azure takes none in a tag's name")
				if key, ok := strings.CutPrefix(tag, "k8s.io_cluster-autoscaler_node-template_label_"); ok {
					labels[readAsTheAutoscalerDoes(key)] = value
				} else if key, ok := strings.CutPrefix(tag, "k8s.io_cluster-autoscaler_node-template_taint_"); ok {
					taints[readAsTheAutoscalerDoes(key)] = value
				}
			}
			require.Equal(t, tc.labels, labels)
			require.Equal(t, tc.taints, taints)
		})
	}
}

// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/azure/azure_template.go
func readAsTheAutoscalerDoes(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "_", "/"), "~2", "_")
}
