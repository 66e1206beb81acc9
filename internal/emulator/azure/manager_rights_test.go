package azure_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	rolesSuffix      = "/providers/Microsoft.Authorization/roleAssignments"
	networkRole      = "4d97b98b-1d4f-4787-a291-c67834d212e7"
	theirVnet        = sharedPath + "Microsoft.Network/virtualNetworks/corp"
	application      = "6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10"
	permissionSuffix = "/providers/Microsoft.Authorization/permissions"
)

// TestManagerAnswersAboutRights asks as an Azure SDK does.
func TestManagerAnswersAboutRights(t *testing.T) {
	t.Parallel()
	store, err := world.Open(t.TempDir())
	require.NoError(t, err)
	cloud, err := azure.New(t.Context(), store, azure.Options{Resources: []string{
		sharedID, theirVnet + rolesSuffix + "/" + guidOne + "=" + networkRole + ":" + sharedID,
		theirVnet + rolesSuffix + "/" + guidTwo + "=" + networkRole + ":" + application,
	}})
	require.NoError(t, err)
	manager := cloud.Manager(func(_, _ string, next func() error) error { return next() })
	get := func(path, filter, token string) (int, m) {
		address := "https://management.azure.com" + path + "?api-version=1"
		if filter != "" {
			address += "&$filter=" + url.QueryEscape(filter)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		response, err := manager.Do(req)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		data, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		var body m
		require.NoError(t, json.Unmarshal(data, &body))
		return response.StatusCode, body
	}

	_, identity := get(sharedID, "", "")
	principal := tree.String(identity, "properties", "principalId")
	require.NotEmpty(t, principal)
	filter := "atScope() and assignedTo('" + principal + "')"
	_, list := get(theirVnet+"/subnets/nodes"+rolesSuffix, filter, "")
	require.Len(t, list["value"], 1, "given at the network, it holds in the subnet")
	_, list = get(sharedPath+"Microsoft.Network/virtualNetworks/other"+rolesSuffix, filter, "")
	require.Empty(t, list["value"])
	status, _ := get(subscription+"/resourceGroups/none"+rolesSuffix, filter, "")
	require.Equal(t, http.StatusNotFound, status)

	_, role := get(subscription+"/providers/Microsoft.Authorization/roleDefinitions/"+networkRole, "", "")
	require.Contains(t, tree.Strings(tree.List(role, "properties", "permissions")[0], "actions"), "Microsoft.Network/*")
	status, _ = get(subscription+"/providers/Microsoft.Authorization/roleDefinitions/"+guidOne, "", "")
	require.Equal(t, http.StatusNotFound, status)

	_, list = get(theirVnet+permissionSuffix, "", azure.BearerOfPrincipal+application)
	require.Len(t, list["value"], 1)
	_, list = get(subscription+"/resourceGroups/shared"+permissionSuffix, "", azure.BearerOfPrincipal+application)
	require.Empty(t, list["value"], "what was given counts alone")
	_, list = get(theirVnet+permissionSuffix, "", azure.BearerOfPrincipal+guidTwo)
	require.Equal(t, []string{"*"}, tree.Strings(tree.List(list, "value")[0], "actions"), "one of the manual is Contributor")
	_, account := get(subscription, "", "")
	require.Equal(t, azure.TenantID, account["tenantId"])
}

func TestRightsOfOthersAreRead(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		theirVnet + rolesSuffix + "/" + guidOne + "=" + networkRole + ":" + application: "",
		subscription + rolesSuffix + "/" + guidOne + "=" + networkRole + ":" + sharedID: "",
		theirVnet + rolesSuffix + "/one=" + networkRole + ":" + application:             "is a GUID",
		theirVnet + rolesSuffix + "/" + guidOne + "=" + guidTwo + ":" + application:     "does not know a role",
		theirVnet + rolesSuffix + "/" + guidOne + "=" + networkRole + ":":               "names nobody",
	} {
		err := azure.CheckResource(text)
		if says == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, says)
	}
}
