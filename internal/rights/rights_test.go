package rights_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/rights"
)

// azure answers requests by their path and filter.
type azure struct {
	answers map[string]any
	asked   []string
}

func (a *azure) Do(req *http.Request) (*http.Response, error) {
	key := req.URL.Path
	if filter := req.URL.Query().Get("$filter"); filter != "" {
		key += "?" + filter
	}
	a.asked = append(a.asked, key+" "+req.URL.Query().Get("api-version"))
	status, body := http.StatusOK, a.answers[key]
	switch code := body.(type) {
	case int:
		status, body = code, map[string]any{"error": map[string]any{"code": "AuthorizationFailed", "message": "no"}}
	case nil:
		status, body = http.StatusNotFound, map[string]any{"error": map[string]any{"code": "ResourceNotFound", "message": "no"}}
	}
	data, err := json.Marshal(body)
	return &http.Response{
		StatusCode: status, Request: req, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(data))),
	}, err
}

type m = map[string]any

const (
	scope    = "/subscriptions/s/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared"
	role     = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r"
	identity = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine"
	rolesOf  = scope + "/providers/Microsoft.Authorization/roleAssignments?atScope() and assignedTo('p')"
)

func client(t *testing.T, a *azure) *rights.Client {
	t.Helper()
	c, err := rights.New(&fake.TokenCredential{}, a)
	require.NoError(t, err)
	return c
}

func TestWhatAPrincipalMayDo(t *testing.T) {
	t.Parallel()
	a := &azure{answers: map[string]any{
		identity: m{"properties": m{"principalId": "p"}},
		rolesOf:  m{"value": []any{m{"properties": m{"roleDefinitionId": role}}}},
		role:     m{"properties": m{"permissions": []any{m{"actions": []string{"Microsoft.Network/*"}, "notActions": []string{"*/delete"}}}}},
		scope + "/providers/Microsoft.Authorization/permissions": m{"value": []any{m{"actions": []string{"*/read"}}}},
		"/subscriptions/s": m{"tenantId": "t"},
	}}
	c := client(t, a)
	principal, err := c.Principal(t.Context(), identity)
	require.NoError(t, err)
	require.Equal(t, "p", principal)
	got, err := c.Of(t.Context(), principal, scope)
	require.NoError(t, err)
	require.Equal(t, []rights.Permission{{Actions: []string{"Microsoft.Network/*"}, NotActions: []string{"*/delete"}}}, got)
	own, err := c.Own(t.Context(), scope)
	require.NoError(t, err)
	require.True(t, own[0].Allows("Microsoft.Network/virtualNetworks/subnets/READ"))
	require.False(t, own[0].Allows("Microsoft.Network/virtualNetworks/subnets/join/action"))
	tenant, err := c.Tenant(t.Context(), "s")
	require.NoError(t, err)
	require.Equal(t, "t", tenant)
	require.Contains(t, a.asked, rolesOf+" 2022-04-01")
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	c := client(t, &azure{answers: map[string]any{
		rolesOf: http.StatusForbidden, scope + "/providers/Microsoft.Authorization/permissions": http.StatusForbidden,
	}})
	_, err := c.Of(t.Context(), "p", scope)
	require.ErrorContains(t, err, "azure answers 403 AuthorizationFailed", "somebody who may not look knows nothing")
	own, err := c.Own(t.Context(), scope)
	require.NoError(t, err, "somebody who may not look at their own rights has none")
	require.Empty(t, own)
	_, err = c.Principal(t.Context(), identity)
	require.ErrorContains(t, err, "azure answers 404 ResourceNotFound")
}

// What nodes pull as is asked for at each registry that Azure knows by its id.
func TestPullsAreAskedForAtRegistries(t *testing.T) {
	t.Parallel()
	const registry = "/subscriptions/s/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/acme1"
	d := &apimodel.Definition{Properties: apimodel.Properties{OrchestratorProfile: &apimodel.OrchestratorProfile{
		KubernetesConfig: &apimodel.KubernetesConfig{ContainerRegistries: &apimodel.ContainerRegistries{Registries: []string{"other.azurecr.io", registry}}},
	}}}
	for action, lacks := range map[string]int{"Microsoft.ContainerRegistry/registries/pull/read": 0, "Microsoft.ContainerRegistry/registries/read": 1, "*": 0} {
		found, err := rights.Check(t.Context(), rights.Pulls(d), func(_ context.Context, scope string) ([]rights.Permission, error) {
			require.Equal(t, registry, scope)
			return []rights.Permission{{Actions: []string{action}}}, nil
		})
		require.NoError(t, err)
		require.Len(t, found, lacks, action)
	}
	d.Properties.OrchestratorProfile.KubernetesConfig.ContainerRegistries = nil
	require.Empty(t, rights.Pulls(d))
}

func TestPermissionsAreHeldAgainstNeeds(t *testing.T) {
	t.Parallel()
	d := &apimodel.Definition{Properties: apimodel.Properties{
		MasterProfile:     &apimodel.MasterProfile{VnetSubnetID: scope + "/subnets/masters"},
		AgentPoolProfiles: []*apimodel.AgentPoolProfile{{Name: "b", VnetSubnetID: scope + "/subnets/b"}, {Name: "a", VnetSubnetID: scope + "/subnets/a"}},
	}}
	needs := rights.Network(d)
	const join = "Microsoft.Network/virtualNetworks/joinLoadBalancer/action"
	for name, test := range map[string]struct {
		given rights.Permission
		lacks []string
	}{
		"everything":  {rights.Permission{Actions: []string{"*"}}, nil},
		"the network": {rights.Permission{Actions: []string{"microsoft.network/*"}}, nil},
		"but one":     {rights.Permission{Actions: []string{"*"}, NotActions: []string{join}}, []string{join}},
		"reading":     {rights.Permission{Actions: []string{"*/read"}}, []string{join, "Microsoft.Network/virtualNetworks/subnets/join/action"}},
		"a prefix": {rights.Permission{Actions: []string{"Microsoft.Network/virtualNetworks/join"}}, []string{
			join, "Microsoft.Network/virtualNetworks/subnets/join/action", "Microsoft.Network/virtualNetworks/subnets/read"}},
	} {
		lacks, err := rights.Check(t.Context(), needs, func(context.Context, string) ([]rights.Permission, error) {
			return []rights.Permission{test.given}, nil
		})
		require.NoError(t, err)
		var missing []string
		for _, l := range lacks {
			missing = append(missing, l.Missing...)
		}
		require.Equal(t, test.lacks, missing, name)
	}
	lacks, err := rights.Check(t.Context(), needs, func(context.Context, string) ([]rights.Permission, error) { return nil, nil })
	require.NoError(t, err)
	require.Equal(t, "at "+scope+": "+join+". The role Network Contributor there has them", lacks[0].String())
	require.Equal(t, scope+"/subnets/a", lacks[1].Scope, "where internal load balancers get their addresses")
	d.Properties.MasterProfile.VnetSubnetID = ""
	require.Empty(t, rights.Network(d), "a network of the cluster's own is in its group")
}
