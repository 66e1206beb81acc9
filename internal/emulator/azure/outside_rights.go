package azure

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/roles"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// outsideAssignment is a role assignment of others: <scope>/providers/Microsoft.Authorization/roleAssignments/<GUID>=<role>:<who>.
var outsideAssignment = regexp.MustCompile(`(?i)^(/.+)/providers/Microsoft\.Authorization/roleAssignments/([^/=]+)=([^:]*):(.*)$`)

// outsideRight is a right that somebody gave before any program ran.
type outsideRight struct {
	scope, name string
	role        *roles.Role
	// who is an identity's id, or the client id of a service principal.
	who string
}

func parseOutsideRight(match []string) (outside, error) {
	right := &outsideRight{scope: match[1], name: match[2], role: roles.Find(match[3]), who: match[4]}
	switch {
	case assignmentName().check(right.name) != nil:
		return outside{}, fmt.Errorf("%q: the name of a role assignment is a GUID, and %q is none", match[0], right.name)
	case right.role == nil:
		return outside{}, fmt.Errorf("%q: the emulator does not know a role with the GUID %q", match[0], match[3])
	case right.who == "":
		return outside{}, fmt.Errorf("%q names nobody: write an identity's id or a service principal's client id behind the role and a colon", match[0])
	}
	return outside{right: right}, nil
}

// seed gives the right. Its scope comes into being as the owner's where it is a resource that the emulator knows nothing
// of, and so does the identity.
func (r *outsideRight) seed(w *world.World) error {
	id := r.scope + "/providers/" + assignmentType + "/" + r.name
	if w.Find(id) != nil {
		return nil
	}
	principal := r.who
	if strings.HasPrefix(r.who, "/") {
		identity, err := arm.Parse(r.who)
		if err != nil || !strings.EqualFold(identity.Type(), identityType) {
			return fmt.Errorf("role assignment %s: %s is no id of a user-assigned identity", id, r.who)
		}
		place(w, arm.ID{Subscription: identity.Subscription, Group: identity.Group})
		place(w, identity)
		principal = tree.String(w.Find(r.who).Outputs, "principalId")
	}
	w.Resources[world.Key(id)] = &world.Resource{
		ID: id, Type: assignmentType, Name: r.name, Owner: world.OwnerOutside, Inputs: map[string]any{},
		Outputs: map[string]any{
			"name": r.name, "type": assignmentType, "scope": r.scope, "principalId": principal, "principalType": "ServicePrincipal",
			"roleDefinitionId": "/subscriptions/" + SubscriptionID + "/providers/Microsoft.Authorization/roleDefinitions/" + r.role.ID,
		},
	}
	return nil
}
