package hybridcluster

import (
	"strings"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// The built-in roles that are given here:
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
const (
	contributorRole        = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	networkContributorRole = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	// vaultReaderRole is Key Vault Secrets User.
	vaultReaderRole = "4633458b-17de-408a-b874-0445c86b69e6"
	// pullRole is AcrPull.
	pullRole = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
)

// roleAssignmentSpace seeds the names of role assignments, which must be GUIDs.
var roleAssignmentSpace = uuid.MustParse("6f1c3f0e-7d0d-4c35-9a3e-0a7a54f5b6de")

// giveNetwork lets the cloud provider put load balancers before machines in
// somebody else's network: it names the network in the pool of addresses, which takes
// virtualNetworks/joinLoadBalancer/action there, and the subnet in an internal
// frontend, which takes subnets/join/action and subnets/read. Without them a Service
// waits for ever with LinkedAuthorizationFailed.
// https://github.com/kubernetes-sigs/cloud-provider-azure/blob/master/pkg/provider/azure_loadbalancer_backendpool.go
//
// Network Contributor is the smallest built-in role that has them, and the network
// the smallest scope. Who wants less brings an identity with a role of their own.
func (b *builder) giveNetwork(principalID pulumi.StringOutput) error {
	if !b.def.HasExistingSubnets() {
		return nil
	}
	subnet, err := apimodel.ParseSubnetID(b.def.Properties.MasterProfile.VnetSubnetID)
	if err != nil {
		return err
	}
	inside, err := b.inClusterGroup(subnet)
	if err != nil || inside {
		return err // Contributor of the group covers it
	}
	return b.give("identity-network", roleGrant{
		role: networkContributorRole, scope: pulumi.String(subnet.VnetID()).ToStringOutput(),
		principalID: principalID, subscriptionID: pulumi.String(subnet.SubscriptionID).ToStringOutput(), elsewhere: true,
	})
}

// inClusterGroup tells whether the network is in the cluster's own resource group,
// which must have been there before, then.
func (b *builder) inClusterGroup(subnet apimodel.SubnetID) (bool, error) {
	if !strings.EqualFold(b.args.ExistingResourceGroup, subnet.ResourceGroup) {
		return false, nil
	}
	config, err := authorization.GetClientConfig(b.ctx, pulumi.Parent(b.component))
	if err != nil {
		return false, err
	}
	return strings.EqualFold(config.SubscriptionId, subnet.SubscriptionID), nil
}

// roleGrant is a built-in role for a principal at a scope.
type roleGrant struct {
	role               string
	scope, principalID pulumi.StringOutput
	// subscriptionID is whose name of the role is used.
	subscriptionID pulumi.StringOutput
	// elsewhere: the scope is not in the cluster's resource group, so the right does
	// not go with it and needs a deletion of its own.
	elsewhere bool
}

// give assigns a role that the cloud provider needs as long as there are Services.
func (b *builder) give(suffix string, grant roleGrant) error {
	assignment, err := b.assignRole(suffix, grant)
	if err != nil {
		return err
	}
	b.identity.rights = append(b.identity.rights, assignment)
	return nil
}

// assignRole gives a principal a built-in role at a scope. The assignment's name
// depends on the principal: a re-created identity gets a new assignment, where a
// fixed name would be refused as an update (RoleAssignmentUpdateNotPermitted).
func (b *builder) assignRole(suffix string, grant roleGrant) (pulumi.Resource, error) {
	name := pulumi.All(grant.scope, grant.principalID).ApplyT(func(v []any) string {
		seed := strings.ToLower(v[0].(string)) + "|" + v[1].(string) + "|" + grant.role
		return uuid.NewSHA1(roleAssignmentSpace, []byte(seed)).String()
	}).(pulumi.StringOutput)
	return authorization.NewRoleAssignment(b.ctx, b.child(suffix),
		&authorization.RoleAssignmentArgs{
			RoleAssignmentName: name,
			Scope:              grant.scope,
			PrincipalId:        grant.principalID,
			// Saves the look-up that fails while a new principal is replicated.
			PrincipalType: pulumi.String("ServicePrincipal"),
			RoleDefinitionId: pulumi.Sprintf(
				"/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s",
				grant.subscriptionID, grant.role),
		}, b.lasting(grant.elsewhere, pulumi.DeleteBeforeReplace(true))...)
}
