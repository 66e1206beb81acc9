package stacks_test

import (
	"fmt"
	"maps"
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

// another is a state of a running cluster with that identity.
func another(dnsPrefix, location, groups string) []byte {
	return fmt.Appendf(nil, `{"deployment":{"resources":[
		{"type":"hybridcluster:index:HybridCluster","inputs":{%s"definition":{"location":%q,"properties":{"masterProfile":{"count":1,"dnsPrefix":%q}}}}},
		{"type":"azure-native:compute:VirtualMachine","inputs":{}}]}}`, groups, location, dnsPrefix)
}

// Another name, region or group is another cluster in the place of the running one.
func TestAnotherClusterIsRefused(t *testing.T) {
	t.Parallel()
	const dnsPath = "properties.masterProfile.dnsPrefix"
	for name, tt := range map[string]struct {
		state  []byte
		given  map[string]string
		paths  []string
		always bool // also where another cluster is asked for
	}{
		"the same":              {another("demo", "West Europe", ``), nil, nil, false},
		"another name":          {another("old", "westeurope", ``), nil, []string{dnsPath}, false},
		"another region":        {another("demo", "northeurope", ``), nil, []string{"location"}, false},
		"another group":         {another("demo", "westeurope", `"resourceGroup":"one",`), map[string]string{"resourceGroup": "two"}, []string{"config hybridcluster:resourceGroup"}, false},
		"the group of its name": {another("demo", "westeurope", `"resourceGroup":"one",`), nil, []string{"config hybridcluster:resourceGroup"}, false},
		"the same in capitals":  {another("demo", "westeurope", `"resourceGroup":"ONE",`), map[string]string{"resourceGroup": "one"}, nil, false},
		"named as it is":        {another("demo", "westeurope", ``), map[string]string{"resourceGroup": "demo"}, nil, false},
		"name and region":       {another("old", "northeurope", ``), nil, []string{dnsPath, "location"}, false},
		"one that stays":        {another("demo", "westeurope", ``), map[string]string{"existingResourceGroup": "other"}, []string{"config hybridcluster:existingResourceGroup"}, false},
		"its own, as one to stay": {
			another("demo", "westeurope", ``), map[string]string{"existingResourceGroup": "demo"},
			[]string{"config hybridcluster:existingResourceGroup"}, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := map[string]string{"definition": definition}
			maps.Copy(values, tt.given)
			c, err := stacks.ReadConfig("", lookup(values))
			require.NoError(t, err)
			paths := func() (out []string) {
				faults, err := c.RunningFaults(tt.state)
				require.NoError(t, err)
				for _, f := range faults {
					out = append(out, f.Path)
				}
				return out
			}
			require.Equal(t, tt.paths, paths())
			c.ReplaceCluster = true
			require.Equal(t, tt.always, len(paths()) > 0)
		})
	}
}
