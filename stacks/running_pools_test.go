package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// runningCluster is a definition with a pool of each kind.
const runningCluster = `{"apiVersion":"vlabs","location":"westeurope","properties":{
 "masterProfile":{"count":3,"dnsPrefix":"demo","vmSize":"Standard_D2s_v3"},
 "agentPoolProfiles":[
  {"name":"set","count":2,"vmSize":"Standard_D2s_v3"},
  {"name":"lin","count":2,"vmSize":"Standard_D2s_v3","availabilityProfile":"AvailabilitySet"},
  {"name":"win","count":1,"vmSize":"Standard_D2s_v3","osType":"Windows","availabilityProfile":"AvailabilitySet"}],
 "windowsProfile":{"adminUsername":"azureuser"}}}`

// stateOf is the state of a cluster that is up as a configuration says; masters is
// what Azure showed of the control plane's machines.
func stateOf(t *testing.T, c stacks.Config, masters map[string]any) []byte {
	t.Helper()
	d, report := c.Resolve()
	require.NoError(t, report.Err())
	data, err := json.Marshal(d.Redacted())
	require.NoError(t, err)
	var recorded map[string]any
	require.NoError(t, json.Unmarshal(data, &recorded))
	properties := recorded["properties"].(map[string]any)
	byName := map[string]any{}
	for _, pool := range properties["agentPoolProfiles"].([]any) {
		p := maps.Clone(pool.(map[string]any))
		name := p["name"].(string)
		delete(p, "name")
		byName[name] = p
	}
	properties["agentPoolProfiles"] = byName
	resources := []any{map[string]any{"type": "hybridcluster:index:HybridCluster", "inputs": map[string]any{"definition": recorded}}}
	for i := range 3 {
		resources = append(resources, map[string]any{
			"urn":  fmt.Sprintf("urn:pulumi:dev::hybridcluster::azure-native:compute:VirtualMachine::cluster-demo-control-plane-%d", i),
			"type": "azure-native:compute:VirtualMachine", "inputs": map[string]any{}, "outputs": masters,
		})
	}
	state, err := json.Marshal(map[string]any{"deployment": map[string]any{"resources": resources}})
	require.NoError(t, err)
	return state
}

// TestChangesThatARunningClusterCannotFollow: each is refused before anything runs,
// with the way out, and the like of it that Azure takes is not.
func TestChangesThatARunningClusterCannotFollow(t *testing.T) {
	t.Parallel()
	const set, lin, win = "agentPoolProfiles[0].", "agentPoolProfiles[1].", "agentPoolProfiles[2]."
	ppg := "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/near/providers/Microsoft.Compute/proximityPlacementGroups/p"
	encrypted := map[string]any{"securityProfile": map[string]any{"encryptionAtHost": true}}
	tests := map[string]struct {
		before, now []string
		masters     map[string]any
		// path is that of the fault; empty for none.
		path string
	}{
		"nothing":                       {},
		"a pool's count":                {now: []string{lin + "count=3"}},
		"tags":                          {now: []string{lin + "customVMTags={\"a\":\"b\"}"}},
		"another pool":                  {now: []string{"agentPoolProfiles[3]={\"name\":\"more\",\"count\":1,\"vmSize\":\"Standard_D2s_v5\"}"}},
		"a larger size":                 {now: []string{lin + "vmSize=Standard_D4s_v3"}},
		"a size without temporary disk": {now: []string{lin + "vmSize=Standard_D2s_v5"}, path: lin + "vmSize"},
		"a size with temporary disk":    {now: []string{lin + "vmSize=Standard_D2ds_v5"}},
		"a size with NVMe":              {now: []string{lin + "vmSize=Standard_D2ds_v6"}, path: lin + "vmSize"},
		"a size without Premium SSDs":   {now: []string{lin + "vmSize=Standard_D2_v3"}, path: lin + "vmSize"},
		"a size of a scale set":         {now: []string{set + "vmSize=Standard_D4s_v3"}, path: set + "vmSize"},
		"an image":                      {now: []string{lin + "distro=ubuntu-22.04"}, path: lin + "distro"},
		"a Windows release":             {now: []string{win + "windowsRelease=2025"}, path: win + "windowsRelease"},
		"an OS disk":                    {now: []string{lin + "osDiskSizeGB=200"}, path: lin + "osDiskSizeGB"},
		"an OS disk's caching":          {now: []string{set + "osDiskCachingType=ReadOnly"}, path: set + "osDiskCachingType"},
		"an ephemeral disk":             {now: []string{set + "storageProfile=Ephemeral", set + "osDiskSizeGB=40"}, path: set + "storageProfile"},
		"a machine's data disk":         {now: []string{lin + "diskSizesGB=[64]"}, path: lin + "diskSizesGB"},
		"a scale set's data disk":       {now: []string{set + "diskSizesGB=[64]"}},
		"zones of machines":             {now: []string{lin + "availabilityZones=[\"1\"]"}, path: lin + "availabilityZones"},
		"zones of a scale set":          {now: []string{set + "availabilityZones=[\"1\"]"}, path: set + "availabilityZones"},
		"fault domains":                 {now: []string{lin + "platformFaultDomainCount=3"}, path: lin + "platformFaultDomainCount"},
		"update domains":                {now: []string{lin + "platformUpdateDomainCount=7"}, path: lin + "platformUpdateDomainCount"},
		"a scale set's fault domains":   {now: []string{set + "platformFaultDomainCount=1"}, path: set + "platformFaultDomainCount"},
		"a placement group":             {now: []string{lin + "proximityPlacementGroupID=" + ppg}, path: lin + "proximityPlacementGroupID"},
		"the case of an id": {
			before: []string{lin + "proximityPlacementGroupID=" + ppg}, now: []string{lin + "proximityPlacementGroupID=" + strings.Replace(ppg, "near", "NEAR", 1)},
		},
		"an availability profile":       {now: []string{set + "availabilityProfile=AvailabilitySet"}, path: set + "availabilityProfile"},
		"a single placement group":      {now: []string{set + "singlePlacementGroup=true"}, path: set + "singlePlacementGroup"},
		"Spot":                          {now: []string{set + "scaleSetPriority=Spot"}, path: set + "scaleSetPriority"},
		"the highest price of Spot":     {before: []string{set + "scaleSetPriority=Spot"}, now: []string{set + "scaleSetPriority=Spot", set + "spotMaxPrice=0.5"}},
		"encryption of machines":        {now: []string{lin + "encryptionAtHost=true"}, path: lin + "encryptionAtHost"},
		"encryption of a scale set":     {now: []string{set + "encryptionAtHost=true"}},
		"ultra disks":                   {now: []string{lin + "ultraSSDEnabled=true"}, path: lin + "ultraSSDEnabled"},
		"licences":                      {now: []string{"windowsProfile.enableAHUB=true"}},
		"labels":                        {now: []string{lin + "customNodeLabels={\"a\":\"b\"}"}},
		"the login's name":              {now: []string{"linuxProfile.adminUsername=somebody"}, path: "linuxProfile.adminUsername"},
		"masters' larger size":          {now: []string{"masterProfile.vmSize=Standard_D4s_v3"}},
		"masters' size without disk":    {now: []string{"masterProfile.vmSize=Standard_D4s_v5"}, path: "masterProfile.vmSize"},
		"masters' size without Premium": {now: []string{"masterProfile.vmSize=Standard_D4_v3"}, path: "masterProfile.vmSize"},
		"masters' encryption":           {now: []string{"masterProfile.encryptionAtHost=true"}, path: "masterProfile.encryptionAtHost"},
		"masters encrypted by hand":     {now: []string{"masterProfile.encryptionAtHost=true"}, masters: encrypted},
		"masters encrypted from the first": {
			before: []string{"masterProfile.encryptionAtHost=true"}, now: []string{"masterProfile.encryptionAtHost=true"}, masters: encrypted,
		},
		"masters' fault domains": {now: []string{"masterProfile.platformFaultDomainCount=3"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := func(set []string) stacks.Config {
				c, err := stacks.ReadConfig("", lookup(map[string]string{"definition": runningCluster}))
				require.NoError(t, err)
				c.Source.Set = set
				return c
			}
			now := config(tt.now)
			_, report := now.Resolve()
			require.NoError(t, report.Err())
			faults, err := now.RunningFaults(stateOf(t, config(tt.before), tt.masters))
			require.NoError(t, err)
			var paths []string
			for _, f := range faults {
				paths = append(paths, strings.TrimPrefix(f.Path, "properties."))
				require.NotEmpty(t, f.Remedy)
			}
			if tt.path == "" {
				require.Empty(t, paths)
				return
			}
			require.Contains(t, paths, tt.path)
		})
	}
}
