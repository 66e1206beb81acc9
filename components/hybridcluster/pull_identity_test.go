package hybridcluster_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

const (
	digest        = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	theirRegistry = "/subscriptions/" + mockedSubscription + "/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/Acme1"
	theirPuller   = "/subscriptions/" + mockedSubscription + "/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
)

// pulling is a cluster whose nodes pull from registries.
func pulling(t *testing.T, change func(*apimodel.ContainerRegistries)) *apimodel.Definition {
	t.Helper()
	d := hybrid(t)
	r := &apimodel.ContainerRegistries{
		Registries: []string{theirRegistry, "other1.azurecr.io"}, LinuxProviderSHA256: digest, WindowsProviderSHA256: digest,
	}
	change(r)
	d.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{ContainerRegistries: r}}
	d.Properties.AgentPoolProfiles = append(d.Properties.AgentPoolProfiles, &apimodel.AgentPoolProfile{
		Name: "set", Count: 1, VMSize: "Standard_D2s_v3", AvailabilityProfile: apimodel.ScaleSets,
	})
	return d
}

func asGiven(*apimodel.ContainerRegistries) {}

// machineIdentities are the identities of each machine and scale set.
func machineIdentities(seen map[string]registration) map[string][]string {
	found := map[string][]string{}
	for name, r := range seen {
		if r.token != "azure-native:compute:VirtualMachine" && r.token != "azure-native:compute:VirtualMachineScaleSet" {
			continue
		}
		found[name] = nil
		if identity := r.inputs["identity"]; identity.IsObject() {
			for _, id := range identity.ObjectValue()["userAssignedIdentities"].ArrayValue() {
				found[name] = append(found[name], id.StringValue())
			}
		}
	}
	return found
}

// Every node pulls as one identity that may pull and nothing else; no worker has that of
// the cloud provider, and with a service principal it is the masters' only one.
func TestNodesPullAsAnIdentityOfTheirOwn(t *testing.T) {
	t.Parallel()
	principal := &hybridcluster.ServicePrincipal{ClientID: pulumi.String("00000000-0000-0000-0000-0000000000ee"), Secret: pulumi.String("planted")}
	const own, pull = "cluster-identity-id", "cluster-pull-identity-id"
	for name, c := range map[string]struct {
		args    *hybridcluster.Args
		masters []string
	}{
		"beside the cluster's identity": {&hybridcluster.Args{Definition: pulling(t, asGiven)}, []string{own, pull}},
		"with a service principal":      {&hybridcluster.Args{Definition: pulling(t, asGiven), ServicePrincipal: principal}, []string{pull}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := declare(t, c.args)
			machines := machineIdentities(seen)
			require.Len(t, machines, 6)
			for machine, identities := range machines {
				want := []string{pull}
				if strings.Contains(machine, "control-plane") {
					want = c.masters
				}
				require.Equal(t, want, identities, machine)
			}
			require.Equal(t, "demo-pull", seen["cluster-pull-identity"].inputs["resourceName"].StringValue())
			right := seen["cluster-pull-acme1"]
			require.Equal(t, theirRegistry, right.inputs["scope"].StringValue())
			require.Equal(t, "/subscriptions/"+mockedSubscription+"/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d",
				right.inputs["roleDefinitionId"].StringValue(), "AcrPull")
			require.Empty(t, right.request.GetDeletedWith(), "it would stay at the registry when the cluster's group goes")
			for name, r := range seen {
				if r.token == "azure-native:authorization:RoleAssignment" && strings.HasPrefix(name, "cluster-pull-") {
					require.Equal(t, "cluster-pull-acme1", name, "one that is named by its login server is its owner's business")
				}
			}
			require.Contains(t, strings.Join(seen["cluster-set"].request.GetDependencies(), " "), "::cluster-pull-acme1", "a role takes its time")
		})
	}
}

// What keeps the pods of a running worker from its identity comes with its first boot, so
// one that runs gets none.
func TestRunningWorkersGetNoIdentity(t *testing.T) {
	t.Parallel()
	for name, r := range declare(t, &hybridcluster.Args{Definition: pulling(t, asGiven)}) {
		if r.token == "azure-native:compute:VirtualMachine" {
			isMaster := strings.Contains(name, "control-plane")
			require.Equal(t, !isMaster, slices.Contains(r.request.GetIgnoreChanges(), "identity"), name)
		}
	}
}

func TestAnIdentityThatIsThereIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	seen := declare(t, &hybridcluster.Args{Definition: pulling(t, func(r *apimodel.ContainerRegistries) { r.UserAssignedID = theirPuller })})
	require.NotContains(t, seen, "cluster-pull-identity")
	require.NotContains(t, seen, "cluster-pull-acme1")
	require.Equal(t, []string{theirPuller}, machineIdentities(seen)["cluster-set"])
}

func TestWithoutRegistriesWorkersHaveNoIdentity(t *testing.T) {
	t.Parallel()
	for name, identities := range machineIdentities(declare(t, &hybridcluster.Args{Definition: hybrid(t)})) {
		if !strings.Contains(name, "control-plane") {
			require.Empty(t, identities, name)
		}
	}
}
