package azure

import (
	"github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2"
)

const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities"

func identityKinds() []*kind {
	return []*kind{{
		pulumi: "azure-native:managedidentity:UserAssignedIdentity", armType: identityType,
		path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
		args: managedidentity.UserAssignedIdentityArgs{}, outputs: managedidentity.UserAssignedIdentity{},
		name: identityName(), fill: fillIdentity,
	}}
}

// fillIdentity gives the identity its principal. An identity that is made again under its old name is another principal.
func fillIdentity(op *operation) error {
	op.outputs["clientId"] = op.guid("client")
	op.outputs["principalId"] = op.guid("principal")
	op.outputs["tenantId"] = TenantID
	return nil
}
