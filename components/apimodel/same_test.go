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

// definitions draws definitions as a program might write them, most of them
// with faults.
func definitions() *rapid.Generator[*apimodel.Definition] {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "demo", "1.36", "Windows", "Linux", "10.0.0.0/16", "10.1.2.3", "<use your X>"}), rapid.String())
	count := rapid.OneOf(rapid.IntRange(-1, 6), rapid.Int())
	truth := rapid.Ptr(rapid.Bool(), true)
	return rapid.Custom(func(t *rapid.T) *apimodel.Definition {
		draw := func(label string) string { return text.Draw(t, label) }
		d := &apimodel.Definition{APIVersion: apimodel.APIVersion, Location: draw("location")}
		p := &d.Properties
		if rapid.Bool().Draw(t, "orchestrator") {
			p.OrchestratorProfile = &apimodel.OrchestratorProfile{
				OrchestratorType: draw("type"), OrchestratorRelease: draw("release"), OrchestratorVersion: draw("version"),
				KubernetesConfig: &apimodel.KubernetesConfig{
					ClusterSubnet: draw("pods"), ServiceCIDR: draw("services"), DNSServiceIP: draw("dns"),
					UseManagedIdentity: truth.Draw(t, "identity"), EtcdDiskSizeGB: count.Draw(t, "etcd"),
					Addons: []*apimodel.Addon{{Name: draw("addon"), Enabled: truth.Draw(t, "enabled"), Config: map[string]string{draw("k"): draw("v")}}},
				},
			}
		}
		if rapid.Bool().Draw(t, "master") {
			p.MasterProfile = &apimodel.MasterProfile{
				Count: rapid.IntRange(-1, 6).Draw(t, "count"), DNSPrefix: draw("prefix"), VMSize: draw("size"), VnetCIDR: draw("vnet"),
				FirstConsecutiveStaticIP: draw("first"), SubjectAltNames: []string{draw("san")},
			}
		}
		for range rapid.IntRange(0, 3).Draw(t, "pools") {
			p.AgentPoolProfiles = append(p.AgentPoolProfiles, &apimodel.AgentPoolProfile{
				Name: draw("name"), Count: rapid.IntRange(-1, 6).Draw(t, "nodes"), VMSize: draw("vmSize"), OSType: apimodel.OSType(draw("os")),
				MachineProfile: apimodel.MachineProfile{
					OSDiskSizeGB: count.Draw(t, "disk"), Extensions: []apimodel.Extension{{Name: draw("extension")}},
				},
				WindowsRelease:   draw("windows"),
				CustomNodeLabels: map[string]string{draw("key"): draw("value")},
			})
		}
		if rapid.Bool().Draw(t, "logins") {
			p.LinuxProfile = &apimodel.LinuxProfile{
				AdminUsername: draw("user"), SSH: apimodel.SSHConfig{PublicKeys: []apimodel.PublicKey{{KeyData: draw("key")}}},
			}
			p.WindowsProfile = &apimodel.WindowsProfile{AdminUsername: draw("admin"), AdminPassword: draw("password"), SSHEnabled: truth.Draw(t, "ssh")}
			p.ServicePrincipalProfile = &apimodel.ServicePrincipalProfile{ClientID: draw("id"), Secret: draw("secret")}
			p.ExtensionProfiles = []*apimodel.ExtensionProfile{{Name: draw("profile"), Version: draw("version")}}
		}
		return d
	})
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
		require.NotNil(t, report.Faults)
		require.NotNil(t, report.Warnings)
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
