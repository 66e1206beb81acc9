package review

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden files; the test fails all the same")

type object = map[string]any

// cluster is a valid definition with a scale set and single machines.
func cluster(t *testing.T, set ...string) *apimodel.Definition {
	t.Helper()
	d, err := apimodel.Load(apimodel.Source{Name: "c.json", Set: set, Data: []byte(`{
	  "apiVersion": "vlabs", "location": "westeurope", "properties": {
	    "masterProfile": {"count": 1, "dnsPrefix": "demo", "vmSize": "Standard_D2s_v3"},
	    "agentPoolProfiles": [
	      {"name": "lin", "count": 2, "vmSize": "Standard_D2s_v3"},
	      {"name": "win", "count": 2, "vmSize": "Standard_D2s_v3", "osType": "Windows", "availabilityProfile": "AvailabilitySet"}
	    ],
	    "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "A-planted-passw0rd"}
	  }}`)})
	require.NoError(t, err)
	d.Default()
	require.NoError(t, d.Validate(apimodel.Given{}).Err())
	return d
}

// event is what the engine sends of a resource.
func event(op apitype.OpType, typ, name string, old, is object, diff map[string]apitype.PropertyDiff) engine.Event {
	m := apitype.StepEventMetadata{Op: op, Type: typ, URN: "urn:pulumi:dev::hybridcluster::" + typ + "::" + name, DetailedDiff: diff}
	if old != nil {
		m.Old = &apitype.StepEventStateMetadata{Inputs: old}
	}
	if is != nil {
		m.New = &apitype.StepEventStateMetadata{Inputs: is}
	}
	return engine.Event{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: m}}
}

func vm(name, size string) object {
	return object{"vmName": name, "hardwareProfile": object{"vmSize": size}}
}

func set(capacity float64) object { return object{"sku": object{"capacity": capacity}} }

const input = true

var (
	resized    = map[string]apitype.PropertyDiff{"hardwareProfile.vmSize": {Kind: apitype.DiffUpdate, InputDiff: input}}
	reimaged   = map[string]apitype.PropertyDiff{"hardwareProfile.vmSize": {Kind: apitype.DiffUpdateReplace, InputDiff: input}}
	scaled     = map[string]apitype.PropertyDiff{"sku.capacity": {Kind: apitype.DiffUpdate, InputDiff: input}}
	retagged   = map[string]apitype.PropertyDiff{"tags.a": {Kind: apitype.DiffAdd, InputDiff: input}}
	master     = "cluster-demo-control-plane-0"
	masterName = "demo-control-plane-0"
)

// kept is a cluster in which nothing changes, but for what the events say.
func kept(changed ...engine.Event) []engine.Event {
	names := map[string]bool{}
	for _, e := range changed {
		names[e.ResourcePreEvent.Metadata.URN] = true
	}
	out := changed
	for _, e := range []engine.Event{
		event(apitype.OpSame, typeVM, master, nil, vm(masterName, "s"), nil),
		event(apitype.OpSame, typeVM, "cluster-win000", nil, vm("win000", "s"), nil),
		event(apitype.OpSame, typeVM, "cluster-win001", nil, vm("win001", "s"), nil),
		event(apitype.OpSame, typeScaleSet, "cluster-lin", nil, set(2), nil),
		event(apitype.OpSame, hybridcluster.Token, "cluster", nil, object{}, nil),
	} {
		if !names[e.ResourcePreEvent.Metadata.URN] {
			out = append(out, e)
		}
	}
	return out
}

func build(t *testing.T, events []engine.Event) Review {
	t.Helper()
	d := cluster(t)
	c := &Collector{}
	for _, e := range events {
		c.Event(e)
	}
	return Build(Input{Stack: "dev", Exists: true, Events: c, Before: SideOf(stacksConfig, d), After: SideOf(stacksConfig, d)})
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	gone := func(typ, name string) engine.Event { return event(apitype.OpDelete, typ, name, object{}, nil, nil) }
	for name, tc := range map[string]struct {
		events            []engine.Event
		nodes             NodeCount
		control, downtime string
		summary           string
	}{
		"nothing": {kept(), NodeCount{Kept: 5}, Untouched, DowntimeNone, "no changes"},
		"a tag of a machine": {
			kept(event(apitype.OpUpdate, typeVM, "cluster-win000", vm("win000", "s"), vm("win000", "s"), retagged)),
			NodeCount{Kept: 4, Updated: 1}, Untouched, DowntimeNone, "1 node updated, 4 nodes kept · no downtime · control plane untouched",
		},
		"a size of a worker": {
			kept(event(apitype.OpUpdate, typeVM, "cluster-win000", vm("win000", "s"), vm("win000", "l"), resized)),
			NodeCount{Kept: 4, Updated: 1, Restarted: 1}, Untouched, downtimePods, "1 node restarted, 4 nodes kept · downtime: pods move · control plane untouched",
		},
		"a size of the only master": {
			kept(event(apitype.OpUpdate, typeVM, master, vm(masterName, "s"), vm(masterName, "l"), resized)),
			NodeCount{Kept: 4, Updated: 1, Restarted: 1}, restarted, downtimeControlPlane, "1 node restarted, 4 nodes kept · downtime: the control plane · control plane restarted",
		},
		"a whole pool": {
			kept(event(apitype.OpReplace, typeVM, "cluster-win000", vm("win000", "s"), vm("win000", "l"), reimaged),
				event(apitype.OpReplace, typeVM, "cluster-win001", vm("win001", "s"), vm("win001", "l"), reimaged)),
			NodeCount{Kept: 3, Replaced: 2}, Untouched, downtimePool, "2 nodes replaced, 3 nodes kept · downtime: a whole pool · control plane untouched",
		},
		"a scale set grows": {
			kept(event(apitype.OpUpdate, typeScaleSet, "cluster-lin", set(2), set(5), scaled)),
			NodeCount{Kept: 5, Added: 3}, Untouched, DowntimeNone, "3 nodes added, 5 nodes kept · no downtime · control plane untouched",
		},
		"a scale set shrinks": {
			kept(event(apitype.OpUpdate, typeScaleSet, "cluster-lin", set(2), set(1), scaled)),
			NodeCount{Kept: 4, Removed: 1}, Untouched, downtimePods, "1 node removed, 4 nodes kept · downtime: pods move · control plane untouched",
		},
		"a scale set is replaced and shrinks": {
			kept(event(apitype.OpReplace, typeScaleSet, "cluster-lin", set(2), set(1), scaled)),
			NodeCount{Kept: 3, Replaced: 1, Removed: 1}, Untouched, downtimePool, "1 node removed, 1 node replaced, 3 nodes kept · downtime: a whole pool · control plane untouched",
		},
		"the load balancer goes": {
			kept(gone("azure-native:network:LoadBalancer", "cluster-api")),
			NodeCount{Kept: 5}, replacedAll, downtimeControlPlane, "no node changes · downtime: the control plane · control plane replaced",
		},
		"the group goes": {
			kept(gone(typeGroup, "cluster-group")),
			NodeCount{Kept: 5}, Untouched, downtimeCluster, "no node changes · downtime: the whole cluster · control plane untouched",
		},
		"SSH of the control plane": {
			kept(event(apitype.OpUpdate, "azure-native:network:NetworkSecurityGroup", "cluster-control-plane-nsg", object{}, object{}, retagged)),
			NodeCount{Kept: 5}, updated, DowntimeNone, "no node changes · no downtime · control plane updated",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := build(t, tc.events)
			require.Equal(t, tc.nodes, r.Verdict.Nodes)
			require.Equal(t, tc.control, r.Verdict.ControlPlane)
			require.Equal(t, tc.downtime, r.Verdict.Downtime)
			require.Equal(t, tc.summary, r.Verdict.Summary)
			require.Equal(t, tc.downtime != DowntimeNone, len(r.Verdict.Interruptions) > 0)
		})
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	r := build(t, kept(
		event(apitype.OpReplace, typeVM, "cluster-win000", vm("win000", "s"), vm("win000", "l"), reimaged),
		event(apitype.OpReplace, typeVM, master, vm(masterName, "s"), vm(masterName, "l"), reimaged),
		event(apitype.OpDelete, typeScaleSet, "cluster-lin", set(2), nil, nil),
	))
	names := func(g Guards) []string {
		var out []string
		for _, b := range g.Check(r) {
			out = append(out, b.Guard)
		}
		return out
	}
	require.Empty(t, names(Guards{MaxReplace: -1}))
	require.Empty(t, names(Guards{MaxReplace: 2}))
	require.Equal(t, []string{GuardMaxReplace}, names(Guards{MaxReplace: 1}))
	require.Equal(t, []string{GuardControlPlane, GuardNoDelete, GuardMaxReplace}, names(Guards{NoDelete: true, NoReplaceControlPlane: true}))
	harmless := build(t, kept(event(apitype.OpUpdate, typeScaleSet, "cluster-lin", set(2), set(5), scaled)))
	require.Empty(t, Guards{NoDelete: true, NoReplaceControlPlane: true}.Check(harmless))
}

// A pool's SSH host key goes with the pool: the control plane knows nothing of it.
func TestHostKeysBelongToTheirMachines(t *testing.T) {
	t.Parallel()
	const typeKey = "tls:index/privateKey:PrivateKey"
	r := build(t, kept(
		event(apitype.OpDelete, typeScaleSet, "cluster-lin", set(2), nil, nil),
		event(apitype.OpDelete, typeKey, "cluster-lin-host-key", object{}, nil, nil),
	))
	require.Equal(t, Untouched, r.Verdict.ControlPlane)
	require.Equal(t, "2 nodes removed, 3 nodes kept · downtime: pods move · control plane untouched", r.Verdict.Summary)
	require.Empty(t, Guards{MaxReplace: -1, NoReplaceControlPlane: true}.Check(r))
	for _, s := range r.Steps {
		require.Equal(t, "pool lin", s.Part, s.Name)
	}
	r = build(t, kept(
		event(apitype.OpReplace, typeKey, master+"-host-key", object{}, object{}, nil),
		event(apitype.OpReplace, typeKey, "cluster-ca-key", object{}, object{}, nil),
	))
	require.Equal(t, partControlPlane, r.Steps[0].Part)
	require.Equal(t, partCertificates, r.Steps[1].Part, "other keys are the certificates'")
	require.Len(t, Guards{MaxReplace: -1, NoReplaceControlPlane: true}.Check(r), 1)
}

// The definition that the component recorded is read back, whatever the order of
// its pools.
func TestRecordedDefinition(t *testing.T) {
	t.Parallel()
	d := cluster(t)
	data, err := json.Marshal(d.Redacted())
	require.NoError(t, err)
	var document object
	require.NoError(t, json.Unmarshal(data, &document))
	properties := document["properties"].(object)
	byName := object{}
	for _, p := range properties["agentPoolProfiles"].([]any) {
		pool := p.(object)
		byName[pool["name"].(string)] = pool
		delete(pool, "name")
	}
	properties["agentPoolProfiles"] = byName
	side := recorded([]resource{{op: apitype.OpSame, typ: hybridcluster.Token, name: "cluster", new: object{
		"definition": document, "resourceGroup": "mine", "mirrors": object{"a.io": "b.io"},
	}}})
	require.NotNil(t, side.Definition)
	require.Equal(t, d.Nodes(), side.Definition.Nodes())
	require.Equal(t, "mine", side.ResourceGroup)
	require.Equal(t, "b.io", side.Mirrors["a.io"])
	require.False(t, side.Complete, "its secrets were masked")
	require.Equal(t, SideOf(stacksConfig, d).Summary(), side.Summary())

	require.Nil(t, recorded(nil).Definition)
	require.Nil(t, recorded([]resource{{typ: hybridcluster.Token, new: object{"definition": object{"properties": 3.0}}}}).Definition)
}

func TestSecretsAreNamedAndNotShown(t *testing.T) {
	t.Parallel()
	before, after := cluster(t), cluster(t, "windowsProfile.adminPassword=An0therPassword!")
	r := Build(Input{Stack: "dev", Exists: true, Before: SideOf(stacksConfig, before), After: SideOf(stacksConfig, after)})
	require.Equal(t, []string{"properties.windowsProfile.adminPassword"}, r.Secrets)
	require.Equal(t, "no resource changes; new nodes get other settings", r.Verdict.Summary)
	for _, out := range everyForm(t, r) {
		require.NotContains(t, out, "An0therPassword!")
		require.NotContains(t, out, "A-planted-passw0rd")
		require.Contains(t, out, "adminPassword")
	}
}

func TestFirstBoot(t *testing.T) {
	t.Parallel()
	before, after := cluster(t), cluster(t, "agentPoolProfiles[0].customNodeLabels.tier=web")
	r := Build(Input{Stack: "dev", Exists: true, Before: SideOf(stacksConfig, before), After: SideOf(stacksConfig, after)})
	require.Len(t, r.FirstBoot, 1)
	require.Equal(t, "pool lin", r.FirstBoot[0].Machines)
	require.Equal(t, "new", r.FirstBoot[0].Applies)
	require.Contains(t, strings.Join(r.FirstBoot[0].Lines.Unified, "\n"), "tier=web")
	require.NotEqual(t, r.FirstBoot[0].Lines.OldHash, r.FirstBoot[0].Lines.NewHash)
}

// A report is made of a failure too.
func TestFailures(t *testing.T) {
	t.Parallel()
	failed := Build(Input{Stack: "dev", Err: &engine.Error{Diagnostics: []engine.Diagnostic{{Name: "vm", Severity: "error", Message: "no such size"}}}})
	require.Equal(t, Failed, failed.Outcome)
	plain := Build(Input{Stack: "dev", Err: errors.New("git is not installed")})
	fault := apimodel.Faults{{Path: "location", Message: "is missing."}}
	invalid := Build(Input{Stack: "dev", Faults: fault, Warnings: append(fault, apimodel.Fault{Path: "tags"})})
	require.Equal(t, apimodel.Faults{{Path: "tags"}}, invalid.Warnings, "what is at fault is not warned of as well")
	refused := Build(Input{Stack: "dev", Faults: fault, Refused: true, Exists: true})
	for want, r := range map[string]Review{"no such size": failed, "git is not installed": plain, "is missing.": invalid, "location": refused} {
		for _, out := range everyForm(t, r) {
			require.Contains(t, unescape(out), want)
		}
	}
	require.Equal(t, "the definition is wrong: 1 fault", invalid.Verdict.Summary)
	require.Equal(t, "a running cluster cannot follow this change", refused.Verdict.Summary)
}

// everyForm writes a review in each form.
func everyForm(t *testing.T, r Review) []string {
	t.Helper()
	var md, text bytes.Buffer
	require.NoError(t, WriteMarkdown(&md, r, MarkdownOptions{}))
	require.NoError(t, WriteText(&text, r, report.Painter{}))
	data, err := json.Marshal(r)
	require.NoError(t, err)
	return []string{md.String(), text.String(), string(data)}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	want, err := os.ReadFile(path)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		t.Errorf("%s was rewritten", path)
		return
	}
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// The counts of every form of a report are those of what it lists.
func TestCountsAreOfWhatIsListed(t *testing.T) {
	t.Parallel()
	c := &Collector{}
	for _, e := range kept(
		event(apitype.OpUpdate, typeScaleSet, "cluster-lin", set(2), set(5), scaled),
		event(apitype.OpUpdate, hybridcluster.Token, "cluster", object{"definition": object{"count": 2.0}}, object{"definition": object{"count": 5.0}}, nil),
	) {
		c.Event(e)
	}
	r := Build(Input{Stack: "dev", Exists: true, Events: c, Changes: map[string]int{"same": 4, "update": 2}})
	require.Equal(t, map[string]int{"same": 4, "update": 1}, r.Changes)
	require.Contains(t, r.summaryLine(), "1 to update")
	require.NotEmpty(t, r.Settings, "what is recorded is no resource")
}

// What is asked about is what takes away something that runs.
func TestWhatIsAskedAbout(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		verdict Verdict
		want    bool
	}{
		"nothing":            {Verdict{Nodes: NodeCount{Kept: 3}, ControlPlane: Untouched}, false},
		"more nodes":         {Verdict{Nodes: NodeCount{Kept: 3, Added: 2}, ControlPlane: grown}, false},
		"nodes that restart": {Verdict{Nodes: NodeCount{Updated: 3, Restarted: 3}, ControlPlane: restarted, Downtime: downtimeControlPlane}, false},
		"a node goes":        {Verdict{Nodes: NodeCount{Kept: 2, Removed: 1}, ControlPlane: Untouched}, true},
		"a node is replaced": {Verdict{Nodes: NodeCount{Replaced: 1}, ControlPlane: Untouched}, true},
		"the control plane":  {Verdict{ControlPlane: replacedAll}, true},
		"the cluster":        {Verdict{ControlPlane: Untouched, Downtime: downtimeCluster}, true},
	} {
		require.Equal(t, tc.want, tc.verdict.Destroys(), name)
	}
}
