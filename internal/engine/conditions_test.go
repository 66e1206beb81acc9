package engine

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

// TestAnOperatorsOwnWordsReachTheUser: that time was up tells nobody what is wrong.
func TestAnOperatorsOwnWordsReachTheUser(t *testing.T) {
	t.Parallel()
	failed := func(conditions ...any) *collector {
		c := &collector{failed: map[string]bool{}, changes: map[string]int{}}
		c.keep(Event{ResOpFailedEvent: &apitype.ResOpFailedEvent{Metadata: apitype.StepEventMetadata{
			URN: "urn:pulumi:demo::hybridcluster::kubernetes:operator.tigera.io/v1:TigeraStatusPatch::addons-calico-windows-status",
			New: &apitype.StepEventStateMetadata{Outputs: map[string]any{"status": map[string]any{"conditions": conditions}}},
		}}})
		return c
	}
	c := failed(
		map[string]any{"type": "Available", "status": "False", "message": ""},
		map[string]any{"type": "Degraded", "status": "True", "message": "Waiting for IPAMConfiguration watch to be established: "},
	)
	require.Len(t, c.diagnostics, 1)
	require.Equal(t, "it says Degraded: Waiting for IPAMConfiguration watch to be established", c.diagnostics[0].Message)
	require.Equal(t, "addons-calico-windows-status", c.diagnostics[0].Name)
	require.Empty(t, failed(map[string]any{"type": "Degraded", "status": "False", "message": "All objects available"}).diagnostics)
	require.Empty(t, failed("odd").diagnostics)
}
