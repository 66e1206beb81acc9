package azure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	contributor = subscription + "/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
	guidOne     = "00000000-0000-0000-0000-000000000001"
	guidTwo     = "00000000-0000-0000-0000-000000000002"
)

func identityInputs() m { return m{"resourceGroupName": "rg", "resourceName": "identity"} }

func roleInputs(name, principal string) m {
	return m{
		"roleAssignmentName": name, "scope": groupID, "principalId": principal, "principalType": "ServicePrincipal",
		"roleDefinitionId": contributor,
	}
}

func TestIdentityIsDeterministic(t *testing.T) {
	t.Parallel()
	var seen []m
	for range 2 {
		b := newLab(t, azure.Options{})
		b.group()
		id, out := b.create(idToken, "identity", identityInputs())
		seen = append(seen, out)
		require.NoError(t, b.delete(idToken, id))
		_, again := b.create(idToken, "identity", identityInputs())
		require.NotEqual(t, out["principalId"], again["principalId"], "made again, it is another principal")
	}
	require.Equal(t, seen[0], seen[1])
	require.Equal(t, azure.TenantID, seen[0]["tenantId"])
	require.NotEqual(t, seen[0]["clientId"], seen[0]["principalId"])
}

func TestRoleAssignmentRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(principal string) m
		code   string
	}{
		"fits":          {func(id string) m { return with(roleInputs(guidTwo, id), "scope", subscription) }, ""},
		"no GUID":       {func(id string) m { return roleInputs("contributor", id) }, "InvalidRoleAssignmentId"},
		"nobody":        {func(string) m { return roleInputs(guidTwo, guidOne) }, "PrincipalNotFound"},
		"exists":        {func(id string) m { return roleInputs(guidTwo, id) }, "RoleAssignmentExists"},
		"no scope":      {func(id string) m { return with(roleInputs(guidTwo, id), "scope", groupID+"x") }, "ResourceGroupNotFound"},
		"no resource":   {func(id string) m { return with(roleInputs(guidTwo, id), "scope", lbID) }, "ResourceNotFound"},
		"no role":       {func(id string) m { return with(roleInputs(guidTwo, id), "roleDefinitionId", "Contributor") }, "RoleDefinitionDoesNotExist"},
		"another type":  {func(id string) m { return with(roleInputs(guidTwo, id), "principalType", "User") }, "UnmatchedPrincipalType"},
		"the logged in": {func(string) m { return roleInputs(guidTwo, azure.ClientObjectID) }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			_, identity := b.create(idToken, "identity", identityInputs())
			principal := tree.String(identity, "principalId")
			b.create(roleToken, "role", roleInputs(guidOne, principal))
			requireCode(t, b.createError(roleToken, test.change(principal)), test.code)
		})
	}
}

func TestRoleAssignmentCannotMove(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	_, identity := b.create(idToken, "identity", identityInputs())
	inputs := roleInputs(guidOne, tree.String(identity, "principalId"))
	id, _ := b.create(roleToken, "role", inputs)
	_, err := b.update(roleToken, id, inputs, with(inputs, "principalId", azure.ClientObjectID))
	requireCode(t, err, "RoleAssignmentUpdateNotPermitted")
}

func TestGroupTakesEverythingAlong(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{ResourceGroups: map[string]string{"shared": "northeurope"}})
	b.network("vm")
	b.create(vmToken, "vm", linuxInputs("vm"))
	_, identity := b.create(idToken, "identity", identityInputs())
	b.create(roleToken, "role", roleInputs(guidOne, tree.String(identity, "principalId")))
	require.NoError(t, b.delete(groupToken, groupID))
	b.look(func(w *world.World) {
		require.Empty(t, w.Guests)
		require.Len(t, w.Resources, 1, "what others own stays")
		require.Equal(t, world.OwnerOutside, w.Find(subscription+"/resourceGroups/shared").Owner)
	})
}

func TestGroupNames(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	for name, code := range map[string]string{"a.b-(c)_d": "", "dot.": "InvalidResourceGroup", "sp ace": "InvalidResourceGroup"} {
		requireCode(t, b.createError(groupToken, m{"resourceGroupName": name, "location": "West Europe"}), code)
	}
}
