package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
	"github.com/hybridcluster/hybridcluster/internal/engine"
)

func TestWrongLoginCommandLines(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`"linuxpool1000" is no NODE:PORT`:         {"tunnel", "prod", "linuxpool1000"},
		`"linuxpool1000:70000" is no NODE:PORT`:   {"tunnel", "linuxpool1000:70000"},
		`":80" is no NODE:PORT`:                   {"tunnel", ":80"},
		`"a stack" is no name for a stack`:        {"ssh", "a stack"},
		`accepts at most 2 arg(s), received 3`:    {"ssh", "prod", "node", "id"},
		`accepts between 1 and 2 arg(s)`:          {"rdp"},
		`write two files`:                         {"ssh", "--print-config", "--print-known-hosts"},
		`the emulator makes no machines`:          {"ssh", "--emulator", "prod", "node", "--", "id", "-a", "--", "x"},
		`--local is 70000`:                        {"tunnel", "n:1", "--local", "70000"},
		"the emulator makes no machines, it only": {"logs", "--emulator", "prod", "a", "b", "c"},
	} {
		code, stdout, stderr := newUser(t).run(t, args...)
		require.Equal(t, exitUsage, code, args)
		require.Empty(t, stdout)
		require.Contains(t, stderr, want, args)
	}
}

// Of a failure the nodes that did not join are known by their extensions.
func TestFailedNodes(t *testing.T) {
	t.Parallel()
	a := sshaccess.Access{
		Masters: map[string]string{"demo-control-plane-0": "10.0.0.5"},
		Pools:   map[string]sshaccess.Pool{"win": {OS: "windows", Prefix: "win"}},
	}
	const extension = "azure-native:compute:VirtualMachineExtension"
	require.Equal(t, []string{"demo-control-plane-0", "win001"}, failedNodes(&engine.Error{Diagnostics: []engine.Diagnostic{
		{Type: extension, Name: "cluster-win001-bootstrap"}, {Type: extension, Name: "cluster-win001-bootstrap"},
		{Type: extension, Name: "cluster-demo-control-plane-0-bootstrap"}, {Type: extension, Name: "someone-elses"},
		{Type: "azure-native:compute:VirtualMachine", Name: "cluster-win002"}, {},
	}}, a))
}
