package hybridcluster_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

const (
	mockedSubscription = "5b2f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b"
	theirVnet          = "/subscriptions/" + mockedSubscription + "/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared"
)

// inTheirNetwork puts a cluster into subnets that were there before.
func inTheirNetwork(t *testing.T) *apimodel.Definition {
	t.Helper()
	d := hybrid(t)
	master := d.Properties.MasterProfile
	master.VnetSubnetID, master.AgentVnetSubnetID = theirVnet+"/subnets/masters", theirVnet+"/subnets/nodes"
	master.VnetCIDR, master.FirstConsecutiveStaticIP = "10.9.0.0/16", "10.9.1.5"
	return d
}

// A pool of addresses names the network, which takes a right there; without it no
// Service gets a load balancer.
func TestTheIdentityMayJoinLoadBalancersToANetworkOfAnotherGroup(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]*hybridcluster.Args{
		"own group":     {Definition: inTheirNetwork(t)},
		"another group": {Definition: inTheirNetwork(t), ExistingResourceGroup: "cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := declare(t, args)
			right, ok := seen["cluster-identity-network"]
			require.True(t, ok)
			require.Equal(t, theirVnet, right.inputs["scope"].StringValue())
			require.Equal(t, "/subscriptions/"+mockedSubscription+"/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7",
				right.inputs["roleDefinitionId"].StringValue(), "Network Contributor")
			require.Empty(t, right.request.GetDeletedWith(), "it would stay in the network when the cluster's group goes")
			require.Contains(t, strings.Join(seen["cluster-kubernetes"].request.GetDependencies(), " "), "::cluster-identity-network",
				"the right must outlive the Services")
		})
	}
}

func TestNoRightIsGivenWhereItIsNotNeeded(t *testing.T) {
	t.Parallel()
	theirs := inTheirNetwork(t)
	theirs.Properties.OrchestratorProfile = &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{
		UserAssignedID: "/subscriptions/" + mockedSubscription + "/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine",
	}}
	for name, args := range map[string]*hybridcluster.Args{
		"a network of its own":      {Definition: hybrid(t)},
		"the network's own group":   {Definition: inTheirNetwork(t), ExistingResourceGroup: "Network"},
		"an identity of the user's": {Definition: theirs},
		"a service principal's right": {Definition: inTheirNetwork(t), ServicePrincipal: &hybridcluster.ServicePrincipal{
			ClientID: pulumi.String("00000000-0000-0000-0000-0000000000ee"), Secret: pulumi.String("planted"),
		}},
	} {
		require.NotContains(t, declare(t, args), "cluster-identity-network", name)
	}
}

// What is given outside of the cluster's group does not go with it.
func TestRightsElsewhereAreTakenBack(t *testing.T) {
	t.Parallel()
	d := hybrid(t)
	d.Properties.ServicePrincipalProfile = &apimodel.ServicePrincipalProfile{
		ClientID: "6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10",
		KeyvaultSecretRef: &apimodel.KeyvaultSecretRef{
			VaultID: "/subscriptions/" + mockedSubscription + "/resourceGroups/keys/providers/Microsoft.KeyVault/vaults/corp", SecretName: "sp",
		},
	}
	for name, r := range declare(t, &hybridcluster.Args{Definition: d}) {
		if r.token != "azure-native:authorization:RoleAssignment" {
			continue
		}
		inGroup := strings.EqualFold(r.inputs["scope"].StringValue(), testGroupID+"demo")
		require.Equal(t, inGroup, r.request.GetDeletedWith() != "", "%s at %s", name, r.inputs["scope"].StringValue())
	}
}
