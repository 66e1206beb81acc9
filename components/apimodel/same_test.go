package apimodel_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// difference compares two definitions by their values, not by where they stood.
func difference(want, got *apimodel.Definition) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(apimodel.Definition{}), cmpopts.EquateEmpty())
}

func requireSame(t *testing.T, want, got *apimodel.Definition) {
	t.Helper()
	require.Empty(t, difference(want, got))
}

func TestAnyDefinitionSurvivesJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := definitions().Draw(t, "definition")
		want.Default()
		data, err := json.Marshal(want)
		require.NoError(t, err)
		got, err := apimodel.Load(apimodel.Source{Name: "a.json", Data: data})
		require.NoError(t, err, string(data))
		got.Default()
		require.Empty(t, difference(want, got))
	})
}

func TestDefaultTwiceIsDefaultOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := definitions().Draw(t, "definition")
		once.Default()
		twice := once.Clone()
		twice.Default()
		require.Empty(t, difference(once, twice))
	})
}

func TestAnyDefinitionIsJudgedAndPlanned(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := definitions().Draw(t, "definition")
		if rapid.Bool().Draw(t, "defaulted") {
			d.Default()
		}
		before := d.Clone()
		report := d.Validate(apimodel.Given{})
		d.AddressPlan()
		d.Release()
		d.Cores()
		for _, p := range append(d.Properties.AgentPoolProfiles, nil) {
			require.NotContains(t, d.KubeletFlags(p), "register-with-taints")
			d.NodeLabels(p)
			d.MaxPods(p)
		}
		require.NotNil(t, report.Faults)
		require.NotNil(t, report.Substitutions)
		require.NotNil(t, report.Warnings)
		for _, findings := range []apimodel.Faults{report.Faults, report.Substitutions, report.Warnings} {
			for _, f := range findings {
				require.NotEmpty(t, f.Message)
			}
		}
		require.Empty(t, difference(before, d), "judging changes nothing")
	})
}

func TestReorderingPoolsChangesNoName(t *testing.T) {
	t.Parallel()
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9]{0,11}`), 1, 6, rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		d := &apimodel.Definition{Properties: apimodel.Properties{MasterProfile: &apimodel.MasterProfile{Count: 1, DNSPrefix: "demo"}}}
		for _, name := range names.Draw(t, "names") {
			d.Properties.AgentPoolProfiles = append(d.Properties.AgentPoolProfiles, &apimodel.AgentPoolProfile{
				Name: name, Count: rapid.IntRange(1, 1000).Draw(t, "count"), OSType: apimodel.Windows,
			})
		}
		reordered := d.Clone()
		reordered.Properties.AgentPoolProfiles = rapid.Permutation(reordered.Properties.AgentPoolProfiles).Draw(t, "order")
		require.Equal(t, d.Nodes(), reordered.Nodes())

		seen := map[string]bool{}
		for _, n := range d.Nodes()[1:] {
			require.False(t, seen[n.Name], "two nodes are named %s", n.Name)
			require.LessOrEqual(t, len(n.Name), 15)
			require.NotRegexp(t, `^[0-9]+$`, n.Name)
			seen[n.Name] = true
		}
	})
}
