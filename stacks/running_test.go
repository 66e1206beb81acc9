package stacks_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// state is a stack's state with a component that recorded those settings, and
// perhaps a machine.
func state(release, pods string, machine bool) []byte {
	resources := fmt.Sprintf(`{"type":"hybridcluster:index:HybridCluster","inputs":{"definition":{"properties":{
		"orchestratorProfile":{"orchestratorRelease":%q,"kubernetesConfig":{"clusterSubnet":%q}}}}}}`, release, pods)
	if machine {
		resources += `,{"type":"azure-native:compute:VirtualMachine","inputs":{}}`
	}
	return []byte(`{"deployment":{"resources":[` + resources + `]}}`)
}

// recorded is a state whose definition says more, and has a machine.
func recorded(master, kubernetes string) []byte {
	return fmt.Appendf(nil, `{"deployment":{"resources":[
		{"type":"hybridcluster:index:HybridCluster","inputs":{"definition":{"properties":{
			"masterProfile":{%s},"orchestratorProfile":{"kubernetesConfig":{%s}}}}}},
		{"type":"azure-native:compute:VirtualMachine","inputs":{}}]}}`, master, kubernetes)
}

func TestRunningFaults(t *testing.T) {
	t.Parallel()
	c, err := stacks.ReadConfig("", lookup(map[string]string{"definition": definition}))
	require.NoError(t, err)
	tests := map[string]struct {
		state []byte
		paths []string
	}{
		"nothing yet":     {[]byte(`{"deployment":{}}`), nil},
		"as it is":        {state("1.36", "192.168.0.0/16", true), nil},
		"other release":   {state("1.35", "192.168.0.0/16", true), []string{"properties.orchestratorProfile.orchestratorRelease"}},
		"no machine yet":  {state("1.35", "192.168.0.0/16", false), nil},
		"as many masters": {recorded(`"count":1`, ``), nil},
		"fewer masters":   {recorded(`"count":3`, ``), []string{"properties.masterProfile.count"}},
		"zones":           {recorded(`"count":1,"availabilityZones":["1"]`, ``), []string{"properties.masterProfile.availabilityZones"}},
		"flags": {
			recorded(`"count":1`, `"apiServerConfig":{"--v":"2"},"kubeProxyMode":"ipvs"`),
			[]string{"properties.orchestratorProfile.kubernetesConfig.kubeProxyMode", "properties.orchestratorProfile.kubernetesConfig.apiServerConfig"},
		},
		"release and pods": {
			state("1.35", "10.1.0.0/16", true),
			[]string{"properties.orchestratorProfile.orchestratorRelease", "properties.orchestratorProfile.kubernetesConfig.clusterSubnet"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults, err := c.RunningFaults(tt.state)
			require.NoError(t, err)
			var paths []string
			for _, f := range faults {
				paths = append(paths, f.Path)
			}
			require.Equal(t, tt.paths, paths)
		})
	}
	_, err = c.RunningFaults([]byte("{"))
	require.Error(t, err)
}
