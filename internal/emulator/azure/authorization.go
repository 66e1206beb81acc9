package azure

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/roles"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

const assignmentType = roles.AssignmentType

func authorizationKinds() []*kind {
	return []*kind{{
		pulumi: "azure-native:authorization:RoleAssignment", armType: assignmentType,
		path: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
		args: authorization.RoleAssignmentArgs{}, outputs: authorization.RoleAssignment{},
		name: assignmentName(), global: true,
		replace: []string{"principalId"},
		fill:    fillAssignment, validate: validateAssignment,
	}}
}

func fillAssignment(op *operation) error {
	op.outputs["scope"] = tree.String(op.inputs, "scope")
	op.setDefault("principalType", "User") // https://learn.microsoft.com/azure/role-based-access-control/role-assignments-template
	return nil
}

var roleDefinition = regexp.MustCompile(`(?i)^(/subscriptions/[^/]+|/providers/Microsoft\.Management/managementGroups/[^/]+)?` +
	`/providers/Microsoft\.Authorization/roleDefinitions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// validateAssignment: https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
func validateAssignment(op *operation) error {
	scope, principal := tree.String(op.inputs, "scope"), tree.String(op.inputs, "principalId")
	role := tree.String(op.inputs, "roleDefinitionId")
	if !roleDefinition.MatchString(role) {
		return badRequest("RoleDefinitionDoesNotExist", "The specified role definition with ID '%s' does not exist.", role)
	}
	if id, err := arm.Parse(scope); err == nil && holder(op.world, scope) == nil {
		if op.world.Find(id.GroupID()) == nil {
			return notFound("ResourceGroupNotFound", "Resource group '%s' could not be found.", id.Group)
		}
		return notFound("ResourceNotFound", "The Resource '%s' was not found.", scope)
	} else if err != nil && !strings.EqualFold(scope, "/subscriptions/"+SubscriptionID) {
		return notFound("SubscriptionNotFound", "The scope '%s' could not be found.", scope)
	}
	if op.old != nil && (tree.String(op.old.Outputs, "principalId") != principal || tree.String(op.old.Outputs, "roleDefinitionId") != role) {
		return badRequest("RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
	}
	if err := op.checkPrincipal(principal); err != nil {
		return err
	}
	for _, other := range op.others(assignmentType) {
		same := strings.EqualFold(tree.String(other.Outputs, "scope"), scope) &&
			strings.EqualFold(tree.String(other.Outputs, "principalId"), principal) &&
			strings.EqualFold(tree.String(other.Outputs, "roleDefinitionId"), role)
		if same {
			return conflict("RoleAssignmentExists", "The role assignment already exists. The ID of the existing role assignment is %s.",
				strings.ReplaceAll(other.Name, "-", ""))
		}
	}
	return nil
}

func (op *operation) checkPrincipal(principal string) error {
	kindOf := ""
	if principal == ClientObjectID {
		kindOf = "ServicePrincipal"
	}
	for _, identity := range ofType(op.world, identityType) {
		if strings.EqualFold(tree.String(identity.Outputs, "principalId"), principal) {
			kindOf = "ServicePrincipal"
		}
	}
	if kindOf == "" {
		return badRequest("PrincipalNotFound", "Principal %s does not exist in the directory %s. Check that you have the correct principal ID. "+
			"If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. "+
			"In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.",
			strings.ReplaceAll(principal, "-", ""), TenantID)
	}
	if declared := tree.String(op.inputs, "principalType"); declared != "" && declared != kindOf {
		return badRequest("UnmatchedPrincipalType", "The PrincipalId '%s' has type '%s', which is different from specified PrincipalType '%s'.",
			strings.ReplaceAll(principal, "-", ""), kindOf, declared)
	}
	return nil
}
