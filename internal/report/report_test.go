package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/access"
	"github.com/hybridcluster/hybridcluster/internal/engine"
)

var update = flag.Bool("update", false, "rewrite the golden files; the test fails all the same")

func state(inputs map[string]any) *apitype.StepEventStateMetadata {
	return &apitype.StepEventStateMetadata{Inputs: inputs}
}

func event(m apitype.StepEventMetadata) engine.Event {
	m.URN = "urn:pulumi:dev::hybridcluster::" + m.Type + "::" + m.URN
	return engine.Event{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: m, Planning: true}}
}

type object = map[string]any

func steps() []Step {
	var s Steps
	for _, m := range []apitype.StepEventMetadata{
		{Op: apitype.OpSame, Type: "azure-native:network:VirtualNetwork", URN: "vnet"},
		{Op: apitype.OpCreate, Type: "pulumi:providers:tls", URN: "default"},
		{Op: apitype.OpCreate, Type: "azure-native:compute:VirtualMachine", URN: "linuxpool1002", New: state(object{"x": "y"})},
		{
			Op: apitype.OpUpdate, Type: "azure-native:network:NetworkSecurityGroup", URN: "nodes",
			Old: state(object{"securityRules": []any{object{"priority": 100, "name": "a"}}, "tags": object{"owner": "a"}, "gone": true}),
			New: state(object{"securityRules": []any{object{"priority": 110, "name": "a"}}, "tags": object{"owner": "b", "a.b": "c"}}),
			DetailedDiff: map[string]apitype.PropertyDiff{
				"securityRules[0].priority": {Kind: apitype.DiffUpdate, InputDiff: true},
				"tags.owner":                {Kind: apitype.DiffUpdate},
				`tags["a.b"]`:               {Kind: apitype.DiffAdd, InputDiff: true},
				"gone":                      {Kind: apitype.DiffDelete, InputDiff: true},
			},
		},
		{
			Op: apitype.OpReplace, Type: "azure-native:compute:VirtualMachine", URN: "winpool1000", Keys: []string{"osProfile"},
			Old: state(object{"osProfile": object{"adminPassword": "[secret]", "customData": "SGVsbG8="}, "location": "a"}),
			New: state(object{"osProfile": object{"adminPassword": "[secret]", "customData": "V29ybGQ="}, "location": unknown}),
			DetailedDiff: map[string]apitype.PropertyDiff{
				"osProfile.adminPassword": {Kind: apitype.DiffUpdate, InputDiff: true},
				"osProfile.customData":    {Kind: apitype.DiffUpdateReplace, InputDiff: true},
				"location":                {Kind: apitype.DiffUpdate, InputDiff: true},
			},
		},
		{Op: apitype.OpCreateReplacement, Type: "azure-native:compute:VirtualMachine", URN: "winpool1000"},
		{Op: apitype.OpDeleteReplaced, Type: "azure-native:compute:VirtualMachine", URN: "winpool1000"},
		{
			Op: apitype.OpUpdate, Type: "hybridcluster:index:HybridCluster", URN: "cluster",
			Old: state(object{"pools": []any{object{"name": "linux", "count": 2}}, "note": strings.Repeat("x", 200), "__internal": 1}),
			New: state(object{"pools": []any{object{"name": "linux", "count": 3}, object{"name": "win"}}, "note": strings.Repeat("y", 200)}),
		},
		{Op: apitype.OpDelete, Type: "azure-native:network:NetworkInterface", URN: "old-nic", Old: state(nil)},
	} {
		s.Event(event(m))
	}
	return s.List()
}

func TestStepsGolden(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, WriteSteps(&out, steps(), Painter{}))
	golden(t, "steps", out.String())
	require.NotContains(t, out.String(), "SGVsbG8=", "no base64")
}

func TestNodesGolden(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	require.NoError(t, WriteNodes(&out, []access.Node{
		{
			Name: "demo-control-plane-0", Role: "control-plane", OS: "linux", Ready: true, Version: "v1.36.5", Address: "10.240.0.4",
			Image: "Ubuntu 24.04.3 LTS", Created: now.Add(-90 * time.Minute),
		},
		{Name: "winpool1000", Role: "agent", Pool: "winpool1", OS: "windows", Version: "v1.36.5", Address: "10.240.1.5"},
		{Name: "winpool1001", Role: "agent", Pool: "winpool1", OS: "windows"},
	}, now))
	golden(t, "nodes", out.String())
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	require.Equal(t, "2 to create, 1 to replace, 70 unchanged.", Verdict(map[string]int{"create": 2, "replace": 1, "same": 70}, true))
	require.Equal(t, "3 deleted.", Verdict(map[string]int{"delete": 3}, false))
	require.Equal(t, "No changes: 71 resources are as declared.", Verdict(map[string]int{"same": 71}, true))
	require.Equal(t, "Workload page: 2/3 ready, served at http://x/", WorkloadLine(access.Workload{Name: "page", Ready: 2, Desired: 3, URL: "http://x/"}))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	want, err := os.ReadFile(path)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		t.Fatalf("%s was rewritten", path)
	}
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
