package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

const (
	inAddon    = inConfig + "addons[0]"
	autoscaler = kubernetes + `addons[0]={"name": "cluster-autoscaler", `
	// workspace is in another subscription than the emulated one.
	workspace = "/subscriptions/6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/corp"
	guid      = "00000000-0000-0000-0000-0000000000e1"
)

func monitoring(config string) string {
	return kubernetes + `addons[0]={"name": "container-monitoring", "config": {` + config + `}}`
}

// wrongAddons are mistakes in the settings of add-ons.
func wrongAddons() []wrong {
	pools := func(pools string) []string { return []string{autoscaler + `"pools": [` + pools + `]}`} }
	config := func(config string) []string {
		return []string{autoscaler + `"config": {` + config + `}, "pools": [{"name": "lin", "config": {"max-nodes": "5"}}]}`}
	}
	key := func(at, key string) string { return at + `["` + key + `"]` }
	setting := func(name string) string { return key(inAddon+".config", name) }
	return []wrong{
		{name: "a setting that is none", set: config(`"scan-intervall": "1m"`), path: setting("scan-intervall"), want: `"scan-intervall" is no setting of "cluster-autoscaler". Did you mean "scan-interval"?`},
		{name: "a setting in capitals", set: config(`"Scan-Interval": "1m"`), path: setting("Scan-Interval"), want: `Write it as "scan-interval"`},
		{name: "a setting of one without", set: []string{kubernetes + `addons[0]={"name": "metrics-server", "config": {"replicas": "2"}}`}, path: setting("replicas"), want: `the add-on has no settings`},
		{name: "a setting without effect", set: config(`"max-empty-bulk-delete": "10"`), path: setting("max-empty-bulk-delete"), want: "Cluster Autoscaler has no such flag any more", as: aNote},
		{name: "no duration", set: config(`"scan-interval": "60"`), path: setting("scan-interval"), want: `"60" is not a duration such as 10m`},
		{name: "no count", set: config(`"max-nodes-total": "-1"`), path: setting("max-nodes-total"), want: `"-1" is not a whole number that is not negative`},
		{name: "no number", set: config(`"expendable-pods-priority-cutoff": "low"`), path: setting("expendable-pods-priority-cutoff"), want: `"low" is not a whole number`},
		{name: "no fraction", set: config(`"scale-down-utilization-threshold": "half"`), path: setting("scale-down-utilization-threshold"), want: `"half" is not a number from 0 to 100`},
		{name: "no truth", set: config(`"scale-down-enabled": "yes"`), path: setting("scale-down-enabled"), want: `"yes" is not true or false`},
		{name: "no range", set: config(`"memory-total": "64:0"`), path: setting("memory-total"), want: `"64:0" is not two numbers`},
		{name: "two lines", set: config(`"stderrthreshold": "info\n--x"`), path: setting("stderrthreshold"), want: `is not one line`},
		{name: "a relative path", set: []string{kubernetes + `addons[0]={"name": "node-problem-detector", "config": {"systemLogMonitor": "/config/a.json,b.json"}}`}, path: setting("systemLogMonitor"), want: "a list of absolute paths"},
		{name: "a label without effect", set: []string{kubernetes + `addons[0]={"name": "node-problem-detector", "config": {"versionLabel": "v0.8.4"}}`}, path: setting("versionLabel"), want: "has no effect", as: aNote},
		{name: "a pool of one without", set: []string{kubernetes + `addons[0]={"name": "metrics-server", "pools": [{"name": "lin"}]}`}, path: inAddon + ".pools", want: `"metrics-server" has no settings of a pool`, as: aNote},
		{name: "no pool to scale", set: []string{autoscaler + `"enabled": true}`}, path: inAddon + ".name", want: "is not installed, for no pool may have more nodes", as: aWarning},
		{name: "a pool that is none", set: pools(`{"name": "line", "config": {"max-nodes": "5"}}`), path: inAddon + ".pools[0].name", want: `there is no pool "line". Did you mean "lin"?`},
		{name: "a pool without a name", set: pools(`{"config": {"max-nodes": "5"}}`), path: inAddon + ".pools[0].name", want: "is missing"},
		{name: "a pool twice", set: pools(`{"name": "lin", "config": {"max-nodes": "5"}}, {"name": "lin"}`), path: inAddon + ".pools[1].name", want: `"lin" is listed twice`},
		{name: "an availability set", set: append(pools(`{"name": "lin", "config": {"max-nodes": "5"}}`), linux+"availabilityProfile=AvailabilitySet"), path: inAddon + ".pools[0].name", want: `pool "lin" is an availability set`},
		{name: "a pool's setting that is none", set: pools(`{"name": "lin", "config": {"max-nodes": "5", "maxnodes": "6"}}`), path: key(inAddon+".pools[0].config", "maxnodes"), want: `Did you mean "max-nodes"?`},
		{name: "less at most than at least", set: pools(`{"name": "lin", "config": {"min-nodes": "3", "max-nodes": "2"}}`), path: inAddon + ".pools[0].config", want: "min-nodes 3 is more than max-nodes 2"},
		{name: "an empty pool of a size that the autoscaler does not know", set: append(pools(`{"name": "lin", "config": {"min-nodes": "0", "max-nodes": "5"}}`), linux+"vmSize=Standard_D4s_v7"),
			path: inAddon + ".pools[0].config", want: "Cluster Autoscaler does not know the size Standard_D4s_v7"},
		{name: "no room for the tags of labels", set: append(pools(`{"name": "lin", "config": {"max-nodes": "5"}}`), linux+"customNodeLabels.team=a", "tags={x: y"+manyTags(46)+"}"),
			path: inAddon + ".pools[0].name", want: "would have 51 tags, 3 of them for its labels and taints"},
		{name: "a start out of range", set: pools(`{"name": "lin", "config": {"min-nodes": "3", "max-nodes": "5"}}`), path: inAddon + ".pools[0].config", want: "the pool starts with 2 nodes, which is not from min-nodes 3 to max-nodes 5"},
		{name: "more than Azure allows", set: append(pools(`{"name": "lin", "config": {"max-nodes": "101"}}`), linux+"singlePlacementGroup=true"), path: key(inAddon+".pools[0].config", "max-nodes"), want: "101 is more than the 100 machines of a placement group"},
		{name: "more than the network holds", set: append(pools(`{"name": "lin", "config": {"max-nodes": "300"}}`), kubernetes+"clusterSubnet=192.168.0.0/19"), path: inConfig + "clusterSubnet", want: "has 128 blocks of a /26"},
	}
}

// What is said of each use of a retired add-on, beside that it is.
func TestContainerMonitoringSettings(t *testing.T) {
	t.Parallel()
	at := func(key string) string { return inAddon + `.config["` + key + `"]` }
	for name, tt := range map[string]struct{ config, path, want string }{
		"a new workspace":       {``, "", ""},
		"one by resource id":    {`"logAnalyticsWorkspaceResourceId": "` + workspace + `", "onboardWorkspace": "true"`, "", ""},
		"one by id and key":     {`"workspaceGuid": "` + guid + `", "workspaceKey": "a2V5"`, "", ""},
		"as AKS Engine has it":  {`"workspaceGuid": "MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMGUx", "workspaceKey": "YTJWNQ==", "clusterName": "my.cluster"`, "", ""},
		"no resource id":        {`"logAnalyticsWorkspaceResourceId": "corp"`, at("logAnalyticsWorkspaceResourceId"), "is no resource id of a Log Analytics workspace"},
		"a blank in it":         {`"logAnalyticsWorkspaceResourceId": "/subscriptions/<SubscriptionId>/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"`, at("logAnalyticsWorkspaceResourceId"), "placeholders that were not filled in"},
		"two ways":              {`"logAnalyticsWorkspaceResourceId": "` + workspace + `", "workspaceGuid": "` + guid + `", "workspaceKey": "a2V5"`, at("logAnalyticsWorkspaceResourceId"), "name one, too"},
		"no key":                {`"workspaceGuid": "` + guid + `"`, at("workspaceKey"), "is missing. Add it, or give --workspace-key-file or the stack's config key hybridcluster:workspaceKey"},
		"a key alone":           {`"workspaceKey": "a2V5"`, at("workspaceGuid"), "is missing, and workspaceKey is there"},
		"a GUID that is none":   {`"workspaceGuid": "corp", "workspaceKey": "a2V5"`, at("workspaceGuid"), `"corp" is no id of a workspace`},
		"a key that is none":    {`"workspaceGuid": "` + guid + `", "workspaceKey": "not base64!"`, at("workspaceKey"), "is no key of a workspace"},
		"a name":                {`"clusterName": "my cluster"`, at("clusterName"), `"my cluster" is no name for the cluster`},
		"a setting that is not": {`"workspaceID": "x"`, at("workspaceID"), `"workspaceID" is no setting`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := loaded(t, with(monitoring(tt.config))).Validate(apimodel.Given{})
			requireFault(t, report.Warnings, inAddon+".name", "which Microsoft has retired", `Use "kube-prometheus-stack"`)
			if tt.want == "" {
				require.Empty(t, report.Faults)
				return
			}
			require.Len(t, report.Faults, 1, report.Faults.Error())
			requireFault(t, report.Faults, tt.path, tt.want)
			require.NotContains(t, report.Faults.Error(), "not base64!", "a key is never shown")
		})
	}
}

func TestContainerMonitoring(t *testing.T) {
	t.Parallel()
	of := func(config string) *apimodel.ContainerMonitoring {
		return loaded(t, with(monitoring(config))).ContainerMonitoring()
	}
	require.Nil(t, loaded(t, with()).ContainerMonitoring())
	require.Equal(t, &apimodel.ContainerMonitoring{ClusterName: "demo", Onboard: true}, of(``))
	require.Equal(t, &apimodel.ContainerMonitoring{ClusterName: "demo", WorkspaceID: workspace}, of(`"logAnalyticsWorkspaceResourceId": "`+workspace+`"`))
	given := &apimodel.ContainerMonitoring{ClusterName: "mine", WorkspaceGUID: guid, WorkspaceKey: "a2V5"}
	require.Equal(t, given, of(`"clusterName": "mine", "workspaceGuid": "`+guid+`", "workspaceKey": "a2V5"`))
	require.Equal(t, given, of(`"clusterName": "mine", "workspaceGuid": "MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMGUx", "workspaceKey": "YTJWNQ=="`))
}

func TestTheWorkspaceKeyStandsBesideTheDefinition(t *testing.T) {
	t.Parallel()
	s := with(monitoring(`"workspaceGuid": "` + guid + `", "workspaceKey": "<your key>"`))
	require.NotEmpty(t, loaded(t, s).Validate(apimodel.Given{}).Faults)
	s.Overrides.WorkspaceKey = plantedKey
	d := loaded(t, s)
	require.NoError(t, d.Validate(apimodel.Given{}).Err())
	require.Equal(t, plantedKey, d.ContainerMonitoring().WorkspaceKey)
	require.Equal(t, apimodel.Redaction, d.Redacted().Properties.OrchestratorProfile.KubernetesConfig.Addons[0].Config["workspaceKey"])
	s = with()
	s.Overrides.WorkspaceKey = plantedKey
	require.Nil(t, loaded(t, s).ContainerMonitoring(), "without the add-on it is not used")
}

func TestAutoscaling(t *testing.T) {
	t.Parallel()
	at := func(set ...string) *apimodel.Definition { return loaded(t, with(set...)) }
	require.Nil(t, at().Autoscaling())
	require.Nil(t, at(autoscaler+`"enabled": false, "pools": [{"name": "lin", "config": {"max-nodes": "5"}}]}`).Autoscaling())
	require.Nil(t, at(autoscaler+`"pools": [{"name": "lin", "config": {"min-nodes": "2", "max-nodes": "2"}}]}`).Autoscaling(), "a fixed pool is the definition's")

	d := at(autoscaler + `"config": {"v": "2", "max-empty-bulk-delete": "1", "max-inactivity": ""},
		"pools": [{"name": "win", "config": {"min-nodes": "0", "max-nodes": "3"}}, {"name": "lin", "config": {"max-nodes": "5"}}]}`)
	scaling := d.Autoscaling()
	require.Equal(t, map[string]string{"v": "2"}, scaling.Flags, "what has no effect is no flag")
	require.Len(t, scaling.Pools, 2)
	lin, win := scaling.Pools[0], scaling.Pools[1]
	require.Equal(t, []any{"lin", 2, 5, "win", 0, 3}, []any{lin.Pool.Name, lin.Min, lin.Max, win.Pool.Name, win.Min, win.Max})
	require.True(t, d.IsAutoscaled(lin.Pool))
	require.Equal(t, 5, d.MostNodes(lin.Pool))
}

func TestProblemMonitors(t *testing.T) {
	t.Parallel()
	of := func(addon string) *apimodel.ProblemMonitors {
		return loaded(t, with(kubernetes+"addons[0]="+addon)).ProblemMonitors()
	}
	require.Nil(t, of(`{"name": "metrics-server"}`))
	require.Equal(t, &apimodel.ProblemMonitors{SystemLog: []string{"/config/kernel-monitor.json"}, CustomPlugin: []string{}, SystemStats: []string{}},
		of(`{"name": "node-problem-detector"}`))
	require.Equal(t, &apimodel.ProblemMonitors{SystemLog: []string{}, CustomPlugin: []string{"/config/a.json", "/config/b.json"}, SystemStats: []string{}},
		of(`{"name": "node-problem-detector", "config": {"customPluginMonitor": "/config/a.json, /config/b.json"}}`))
}
