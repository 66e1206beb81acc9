// Package roles answers what a principal may do in an emulated world, from its role assignments, as Azure does:
// https://learn.microsoft.com/azure/role-based-access-control/overview#how-azure-rbac-determines-if-a-user-has-access-to-a-resource
package roles

import (
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// AssignmentType is ARM's type of a role assignment.
const AssignmentType = "Microsoft.Authorization/roleAssignments"

// Role is a built-in role: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
type Role struct {
	// ID is its GUID.
	ID, Name            string
	Actions, NotActions []string
}

// Builtin are the roles that are known here. Rights to data have no actions.
func Builtin() []Role {
	return []Role{
		{ID: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", Name: "Owner", Actions: []string{"*"}},
		{ID: contributor, Name: "Contributor", Actions: []string{"*"}, NotActions: []string{
			"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action",
		}},
		{ID: "acdd72a7-3385-48ef-bd42-f606fba81ae7", Name: "Reader", Actions: []string{"*/read"}},
		{ID: "4d97b98b-1d4f-4787-a291-c67834d212e7", Name: "Network Contributor", Actions: []string{
			"Microsoft.Authorization/*/read", "Microsoft.Network/*", "Microsoft.Resources/deployments/*",
			"Microsoft.Resources/subscriptions/resourceGroups/read",
		}},
		{ID: "4633458b-17de-408a-b874-0445c86b69e6", Name: "Key Vault Secrets User"},
		{ID: "7f951dda-4ed3-4680-a7ca-43fe172d538d", Name: "AcrPull", Actions: []string{"Microsoft.ContainerRegistry/registries/pull/read"}},
	}
}

const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c"

// Find gives the role by its name, its GUID or its id, or nil.
func Find(name string) *Role {
	guid := name[strings.LastIndex(name, "/")+1:]
	all := Builtin()
	if i := slices.IndexFunc(all, func(r Role) bool { return strings.EqualFold(r.ID, guid) || strings.EqualFold(r.Name, name) }); i >= 0 {
		return &all[i]
	}
	return nil
}

// Allows says whether the role has the action. Stars stand for any text.
func (r Role) Allows(action string) bool {
	matches := func(pattern string) bool { return match(strings.ToLower(pattern), strings.ToLower(action)) }
	return slices.ContainsFunc(r.Actions, matches) && !slices.ContainsFunc(r.NotActions, matches)
}

func match(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	if !strings.HasPrefix(text, head) {
		return false
	}
	for i := len(head); i <= len(text); i++ {
		if match(rest, text[i:]) {
			return true
		}
	}
	return false
}

// At are the roles that a principal has at a scope, given there or above.
func At(w *world.World, principal, scope string) []Role {
	var found []Role
	for _, a := range Assignments(w, principal, scope) {
		if r := Find(tree.String(a.Outputs, "roleDefinitionId")); r != nil {
			found = append(found, *r)
		}
	}
	return found
}

// Assignments are those of a principal at a scope or above, in the order of their ids.
func Assignments(w *world.World, principal, scope string) []*world.Resource {
	var found []*world.Resource
	for _, r := range w.Resources {
		if strings.EqualFold(r.Type, AssignmentType) && strings.EqualFold(tree.String(r.Outputs, "principalId"), principal) &&
			arm.Under(scope, tree.String(r.Outputs, "scope")) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *world.Resource) int { return strings.Compare(a.ID, b.ID) })
	return found
}

// May says whether a principal may do something at a scope.
func May(w *world.World, principal, action, scope string) bool {
	return slices.ContainsFunc(At(w, principal, scope), func(r Role) bool { return r.Allows(action) })
}

// OfApplication are the roles of a service principal at a scope. The emulator has no directory: its object id is its
// client id. One that nobody gave a role in this world is Contributor everywhere, as those of AKS Engine's documents are
// of their subscription.
func OfApplication(w *world.World, clientID, scope string) []Role {
	for _, r := range w.Resources {
		if strings.EqualFold(r.Type, AssignmentType) && strings.EqualFold(tree.String(r.Outputs, "principalId"), clientID) {
			return At(w, clientID, scope)
		}
	}
	return []Role{*Find(contributor)}
}
