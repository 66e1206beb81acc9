package hybridcluster

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// pullIdentity is whom nodes pull from registries as: an identity of all machines that
// may do nothing else.
//
// It is never the cloud provider's, which pods of a worker could become if its machine
// had it. Masters have both, so that what runs on every node finds its image there as
// well, and so that it is the same with a service principal.
type pullIdentity struct {
	// resourceID is nil where nodes do not pull as an identity.
	resourceID pulumi.StringInput
	// tenantID and clientID go into the nodes' login; empty without one.
	tenantID, clientID pulumi.StringOutput
	// rights are its roles at the registries.
	rights []pulumi.Resource
}

func (b *builder) declarePullIdentity() error {
	none := pulumi.String("").ToStringOutput()
	b.pull = pullIdentity{tenantID: none, clientID: none}
	registries := b.def.PullRegistries()
	switch {
	case registries == nil:
		return nil
	case registries.UserAssignedID != "":
		return b.useExistingPullIdentity(registries.UserAssignedID)
	}
	identity, err := managedidentity.NewUserAssignedIdentity(b.ctx, b.child("pull-identity"),
		&managedidentity.UserAssignedIdentityArgs{
			ResourceGroupName: b.group.name,
			ResourceName:      pulumi.String(b.prefix + "-pull"),
			Location:          pulumi.String(b.location),
			Tags:              b.tags(),
		}, b.options(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return err
	}
	b.pull = pullIdentity{resourceID: identity.ID().ToStringOutput(), tenantID: identity.TenantId, clientID: identity.ClientId}
	return b.givePulls(registries, identity.PrincipalId)
}

// givePulls gives the role AcrPull at each registry. Registries are others', also one in
// the cluster's group, so each right is taken back by a call of its own.
func (b *builder) givePulls(registries *apimodel.ContainerRegistries, principalID pulumi.StringOutput) error {
	for _, id := range registries.IDs() {
		registry, err := apimodel.ParseRegistryID(id)
		if err != nil {
			return err
		}
		// Names of registries are unique in the world:
		// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcontainerregistry
		right, err := b.assignRole("pull-"+strings.ToLower(registry.Name), roleGrant{
			role: pullRole, scope: pulumi.String(id).ToStringOutput(), principalID: principalID,
			subscriptionID: pulumi.String(registry.SubscriptionID).ToStringOutput(), elsewhere: true,
		})
		if err != nil {
			return fmt.Errorf("the role at registry %s: %w", registry.Name, err)
		}
		b.pull.rights = append(b.pull.rights, right)
	}
	return nil
}

// useExistingPullIdentity takes an identity as it is: its rights are its owner's.
func (b *builder) useExistingPullIdentity(id string) error {
	found, err := b.lookUpIdentity("properties.orchestratorProfile.kubernetesConfig.containerRegistries.userAssignedID", id)
	if err != nil {
		return err
	}
	b.pull = pullIdentity{
		resourceID: pulumi.String(id), tenantID: pulumi.String(found.TenantId).ToStringOutput(), clientID: pulumi.String(found.ClientId).ToStringOutput(),
	}
	return nil
}
