package sshaccess_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
)

func TestPoolOf(t *testing.T) {
	t.Parallel()
	a, err := sshaccess.Read(map[string]any{"pools": map[string]any{
		"lin":  map[string]any{"os": "linux", "prefix": "lin"},
		"lin1": map[string]any{"os": "linux", "prefix": "lin1"},
		"win":  map[string]any{"os": "windows", "prefix": "win", "scaleSet": true}, "winabc": map[string]any{"os": "windows", "prefix": "winabc"},
		"set": map[string]any{"os": "windows", "prefix": "set-", "scaleSet": true},
	}})
	require.NoError(t, err)
	for node, want := range map[string]string{
		"lin000": "lin", "lin100": "lin", "lin1000": "lin1", "lin1999": "lin1", "set-00000a": "set", "SET-00000A": "set",
		"winabc000": "winabc", "winabd000": "win",
		"lin00": "", "lin00a": "", "set-000": "", "set-0000-0": "", "demo-control-plane-0": "", "": "",
	} {
		name, _, found := a.PoolOf(node)
		require.Equal(t, want, name, node)
		require.Equal(t, want != "", found, node)
	}
	_, err = sshaccess.Read("text")
	require.ErrorContains(t, err, "reading how SSH reaches the cluster")
}
