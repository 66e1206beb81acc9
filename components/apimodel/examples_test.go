package apimodel_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func example(t *testing.T, name string) *apimodel.Definition {
	t.Helper()
	path := filepath.Join("..", "..", "examples", name)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return loaded(t, apimodel.Source{Name: path, Data: data})
}

func TestExamplesAreValidAsTheyStand(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"*.json", "*.yaml"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "examples", pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			report := example(t, filepath.Base(file)).Validate(apimodel.Given{})
			require.Empty(t, report.Faults, file)
			require.Empty(t, report.Warnings, file)
		}
	}
}

// Whoever begins with an example begins with machines that take Premium SSDs and boot
// images of the second generation. They have no temporary disk, for Azure resizes no
// machine over that border and newer sizes have none; and their disks are not attached
// by NVMe, for which an image must have been made.
func TestExamplesNameSizesThatAreFitForToday(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		for _, g := range example(t, filepath.Base(file)).Summary(apimodel.SummaryOptions{}).Machines {
			traits := apimodel.Traits(g.VMSize)
			require.True(t, traits.Premium && traits.Gen2, "%s: %s", file, g.VMSize)
			require.False(t, traits.TempDisk || traits.NVMe, "%s: %s", file, g.VMSize)
			size, known := apimodel.LookupVMSize(g.VMSize)
			require.True(t, known && size.Offered, "%s: %s", file, g.VMSize)
		}
	}
}

func TestTheHybridExampleSaysTheSameInJSONAndYAML(t *testing.T) {
	t.Parallel()
	requireSame(t, example(t, "windows-hybrid.json"), example(t, "windows-hybrid.yaml"))
}

func TestTheHybridExamplesNodes(t *testing.T) {
	t.Parallel()
	require.Equal(t, []apimodel.Node{
		{Name: "hybrid-demo-control-plane-0", Role: "control-plane", OSType: apimodel.Linux},
		{Name: "linuxpool1000", Role: "agent", Pool: "linuxpool1", OSType: apimodel.Linux},
		{Name: "linuxpool1001", Role: "agent", Pool: "linuxpool1", OSType: apimodel.Linux, Index: 1},
		{Name: "windowspool2000", Role: "agent", Pool: "windowspool2", OSType: apimodel.Windows},
		{Name: "windowspool2001", Role: "agent", Pool: "windowspool2", OSType: apimodel.Windows, Index: 1},
	}, example(t, "windows-hybrid.json").Nodes())
}
