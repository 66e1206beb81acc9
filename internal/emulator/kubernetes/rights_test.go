package kubernetes_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	rightsGroup    = "/subscriptions/s/resourceGroups/rg"
	rightsMachine  = rightsGroup + "/providers/Microsoft.Compute/virtualMachines/master-0"
	rightsIdentity = rightsGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cluster"
	contributor    = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	reader         = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
)

// employ gives the control plane's machine an identity.
func (r *rig) employ(identities any) {
	r.t.Helper()
	r.resource(rightsMachine, "Microsoft.Compute/virtualMachines", map[string]any{"identity": map[string]any{"userAssignedIdentities": identities}})
	r.resource(rightsIdentity, "Microsoft.ManagedIdentity/userAssignedIdentities", map[string]any{"principalId": "principal"})
	require.NoError(r.t, r.store.Update(r.t.Context(), func(w *world.World) error {
		w.Clusters[host].Masters = []string{rightsMachine}
		return nil
	}))
}

// assign gives a principal a role.
func (r *rig) assign(role, principal, scope string) {
	r.t.Helper()
	r.resource(scope+"/providers/Microsoft.Authorization/roleAssignments/a", "Microsoft.Authorization/roleAssignments", map[string]any{
		"scope": scope, "principalId": principal,
		"roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/" + role,
	})
}

func (r *rig) resource(id, kind string, outputs map[string]any) {
	r.t.Helper()
	require.NoError(r.t, r.store.Update(r.t.Context(), func(w *world.World) error {
		w.Resources[world.Key(id)] = &world.Resource{ID: id, Type: kind, Name: "it", Outputs: outputs}
		return nil
	}))
}

// TestLoadBalancerNeedsRightsToGo is the order of a destruction: the cloud
// provider's role goes after the Services.
func TestLoadBalancerNeedsRightsToGo(t *testing.T) {
	t.Parallel()
	list, keyed := []any{rightsIdentity}, map[string]any{rightsIdentity: map[string]any{}}
	for name, test := range map[string]struct {
		setUp func(r *rig)
		fails bool
	}{
		"no identity":     {func(r *rig) { r.employ(nil) }, false},
		"group":           {func(r *rig) { r.employ(list); r.assign(contributor, "principal", rightsGroup) }, false},
		"subscription":    {func(r *rig) { r.employ(keyed); r.assign(contributor, "principal", "/subscriptions/s") }, false},
		"no role":         {func(r *rig) { r.employ(list) }, true},
		"role in a map":   {func(r *rig) { r.employ(keyed) }, true},
		"small role":      {func(r *rig) { r.employ(list); r.assign(reader, "principal", rightsGroup) }, true},
		"somebody else's": {func(r *rig) { r.employ(list); r.assign(contributor, "other", rightsGroup) }, true},
		"another group's": {func(r *rig) { r.employ(list); r.assign(contributor, "principal", rightsGroup+"2") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.network()
			r.mustCreate(tokenRelease, "ccm", controllerManager)
			r.mustCreate(tokenDeployment, "web", webDeployment(image2022, ""))
			service := r.mustCreate(tokenService, "web", webService)
			test.setUp(r)
			remove := p.DeleteRequest{ID: service.ID, Urn: urn(tokenService, "web"), Properties: service.Properties}
			err := r.provider.Delete(t.Context(), remove)
			if !test.fails {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "finalizers might be preventing deletion [service.kubernetes.io/load-balancer-cleanup]: "+
				"[SyncLoadBalancerFailed] Error syncing load balancer: failed to delete load balancer: AuthorizationFailed")
			r.assign(contributor, "principal", rightsGroup)
			require.NoError(t, r.provider.Delete(t.Context(), remove), "with the role back, it goes")
		})
	}
}
