package report

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestFindingsGolden(t *testing.T) {
	t.Parallel()
	finding := func(path string) apimodel.Faults {
		return apimodel.Faults{{Path: path, File: "c.json", Line: 7, Message: "is so", Remedy: "make it otherwise"}}
	}
	var out bytes.Buffer
	require.NoError(t, WriteFindings(&out, apimodel.Report{
		Warnings: finding("w"), Substitutions: finding("s"), Faults: append(finding("a"), finding("b")...),
	}, Painter{}))
	golden(t, "findings", out.String())
}

func TestPlanGolden(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, WritePlan(&out, apimodel.Summary{
		Release: "1.36.5", Nodes: 14, Cores: 9, MemoryGiB: 36.5, UnknownSizes: []string{"Standard_New9"},
		Machines: []apimodel.MachineGroup{
			{Name: "control-plane", Count: 3, VMSize: "Standard_D2s_v5", System: "Ubuntu 24.04", Availability: "zones 1, 2, 3"},
			{Name: "win", Count: 11, VMSize: "Standard_New9", System: "Windows Server 2022", Availability: "scale set", Spot: true},
			{Name: "jump", Count: 1, VMSize: "Standard_B1s", System: "Ubuntu 24.04"},
		},
		Addresses: []apimodel.AddressUse{
			{Network: "control plane", CIDR: "10.255.255.0/24", Unit: "addresses", Used: 5, Free: new(246)},
			{Network: "v/nodes", Unit: "addresses", Used: 11},
		},
		Resources: apimodel.ResourceCount{Group: 1, Network: 2, ControlPlane: 9, Pools: 1}, Calls: 26,
	}, Painter{}))
	golden(t, "plan", out.String())
}

func TestOneOfAThingIsNotMany(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, WritePlan(&out, apimodel.Summary{Release: "1.36.5", Nodes: 1, Cores: 1, MemoryGiB: 4}, Painter{On: true}))
	require.Contains(t, out.String(), "\x1b[1mKubernetes 1.36.5 on 1 node, 1 core, 4 GiB of memory\x1b[0m\n")
}
