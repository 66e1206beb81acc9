package hybridcluster

import (
	"strings"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// contributorRole is the built-in role Contributor:
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles#contributor
const contributorRole = "b24988ac-6180-42a0-ab88-20f7382dd24c"

// roleAssignmentSpace seeds the names of role assignments, which must be GUIDs.
var roleAssignmentSpace = uuid.MustParse("6f1c3f0e-7d0d-4c35-9a3e-0a7a54f5b6de")

// cloudIdentity is whom the cloud provider acts as: a managed identity of the
// control plane's machines, or a service principal.
type cloudIdentity struct {
	// resourceID is the managed identity's id; nil with a service principal.
	resourceID pulumi.StringInput
	// tenantID, identityClientID, clientID and clientSecret go into azure.json.
	tenantID         pulumi.StringOutput
	identityClientID pulumi.StringInput
	clientID         pulumi.StringInput
	clientSecret     pulumi.StringInput
	// rights are what the cloud provider must still have when the cluster's
	// Services are deleted, for it to take their load balancer down.
	rights []pulumi.Resource
}

func (b *builder) declareIdentity() error {
	if sp := b.servicePrincipal(); sp != nil {
		config := authorization.GetClientConfigOutput(b.ctx, pulumi.Parent(b.component))
		b.identity = cloudIdentity{
			tenantID:         config.TenantId(),
			identityClientID: pulumi.String(""),
			clientID:         sp.ClientID,
			clientSecret:     pulumi.ToSecret(sp.Secret).(pulumi.StringOutput),
		}
		return nil
	}
	identity, err := managedidentity.NewUserAssignedIdentity(b.ctx, b.child("identity"),
		&managedidentity.UserAssignedIdentityArgs{
			ResourceGroupName: b.group.name,
			ResourceName:      pulumi.String(b.prefix + "-identity"),
			Location:          pulumi.String(b.location),
			Tags:              b.tags(),
		}, b.options(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return err
	}
	b.identity = cloudIdentity{
		resourceID:       identity.ID().ToStringOutput(),
		tenantID:         identity.TenantId,
		identityClientID: identity.ClientId,
		clientID:         pulumi.String(""),
		clientSecret:     pulumi.String(""),
	}
	return b.assignContributor(identity)
}

// assignContributor lets the identity manage the resource group. The
// assignment's name depends on the principal: a re-created identity gets a new
// assignment, where a fixed name would be refused as an update
// (RoleAssignmentUpdateNotPermitted).
func (b *builder) assignContributor(identity *managedidentity.UserAssignedIdentity) error {
	name := pulumi.All(b.group.id, identity.PrincipalId).ApplyT(func(v []any) string {
		seed := strings.ToLower(v[0].(string)) + "|" + v[1].(string) + "|" + contributorRole
		return uuid.NewSHA1(roleAssignmentSpace, []byte(seed)).String()
	}).(pulumi.StringOutput)
	assignment, err := authorization.NewRoleAssignment(b.ctx, b.child("identity-contributor"),
		&authorization.RoleAssignmentArgs{
			RoleAssignmentName: name,
			Scope:              b.group.id,
			PrincipalId:        identity.PrincipalId,
			// Saves the look-up that fails while a new principal is replicated.
			PrincipalType: pulumi.String("ServicePrincipal"),
			RoleDefinitionId: pulumi.Sprintf(
				"/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s",
				b.group.subscriptionID(), contributorRole),
		}, b.options(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return err
	}
	b.identity.rights = []pulumi.Resource{assignment}
	return nil
}

// servicePrincipal is the one of the arguments, else the definition's, else nil.
func (b *builder) servicePrincipal() *ServicePrincipal {
	if b.args.ServicePrincipal != nil {
		return b.args.ServicePrincipal
	}
	config := b.def.Properties.OrchestratorProfile.KubernetesConfig
	if config.UseManagedIdentity != nil && *config.UseManagedIdentity {
		return nil
	}
	profile := b.def.Properties.ServicePrincipalProfile
	if profile == nil || profile.ClientID == "" {
		return nil
	}
	return &ServicePrincipal{
		ClientID: pulumi.String(profile.ClientID),
		Secret:   pulumi.ToSecret(pulumi.String(profile.Secret)).(pulumi.StringOutput),
	}
}
