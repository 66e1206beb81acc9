package roles_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/roles"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	const join = "Microsoft.Network/virtualNetworks/joinLoadBalancer/action"
	for name, allowed := range map[string]map[string]bool{
		"Owner":                  {join: true, "Microsoft.Authorization/roleAssignments/write": true},
		"Contributor":            {join: true, "Microsoft.Authorization/roleAssignments/write": false, "Microsoft.Authorization/roleAssignments/read": true},
		"Reader":                 {join: false, "Microsoft.Network/virtualNetworks/subnets/read": true, "Microsoft.Network/virtualNetworks/subnets/join/action": false},
		"Network Contributor":    {join: true, "microsoft.network/VIRTUALNETWORKS/subnets/join/action": true, "Microsoft.Compute/virtualMachines/read": false},
		"AcrPull":                {join: false, "Microsoft.ContainerRegistry/registries/pull/read": true, "Microsoft.ContainerRegistry/registries/push/write": false},
		"Key Vault Secrets User": {join: false, "Microsoft.KeyVault/vaults/read": false},
	} {
		role := roles.Find(name)
		require.NotNil(t, role, name)
		for action, want := range allowed {
			require.Equal(t, want, role.Allows(action), "%s: %s", name, action)
		}
		require.Equal(t, role, roles.Find("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/"+role.ID))
	}
	require.Nil(t, roles.Find("Carpenter"))
}

func TestRolesReachDownwards(t *testing.T) {
	t.Parallel()
	const group, vnet = "/subscriptions/s/resourceGroups/rg", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v"
	const action = "Microsoft.Network/virtualNetworks/subnets/join/action"
	w := &world.World{Resources: map[string]*world.Resource{}}
	require.Len(t, roles.OfApplication(w, "app", vnet), 1, "a service principal of AKS Engine's documents")
	assign := func(id, principal, scope string) {
		w.Resources[id] = &world.Resource{ID: id, Type: roles.AssignmentType, Outputs: map[string]any{
			"scope": scope, "principalId": principal, "roleDefinitionId": "x/" + roles.Find("Network Contributor").ID,
		}}
	}
	assign("a", "me", vnet)
	assign("b", "app", group)
	require.True(t, roles.May(w, "me", action, vnet+"/subnets/one"))
	require.False(t, roles.May(w, "me", action, group), "above")
	require.False(t, roles.May(w, "me", action, vnet+"2/subnets/one"))
	require.False(t, roles.May(w, "you", action, vnet))
	require.Equal(t, "Network Contributor", roles.OfApplication(w, "APP", vnet)[0].Name, "what was given counts alone")
	require.Empty(t, roles.OfApplication(w, "app", "/subscriptions/s/resourceGroups/other"))
}
