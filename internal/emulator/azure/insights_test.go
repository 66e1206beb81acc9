package azure_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

const (
	workspaceToken = "operationalinsights:Workspace"
	solutionToken  = "operationsmanagement:Solution"
	workspaceID    = groupID + "/providers/Microsoft.OperationalInsights/workspaces/demo-logs"
)

func workspaceInputs(name string) m {
	return m{"resourceGroupName": "rg", "workspaceName": name, "location": "westeurope", "sku": m{"name": "PerGB2018"}, "retentionInDays": 30}
}

func solutionInputs(name, workspace string) m {
	return m{
		"resourceGroupName": "rg", "solutionName": name, "location": "westeurope", "properties": m{"workspaceResourceId": workspace},
		"plan": m{"name": name, "publisher": "Microsoft", "product": "OMSGallery/ContainerInsights", "promotionCode": ""},
	}
}

func TestWorkspaceRules(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		token  string
		inputs m
		code   string
	}{
		"fits":                     {workspaceToken, workspaceInputs("logs"), ""},
		"a short name":             {workspaceToken, workspaceInputs("log"), "InvalidParameter"},
		"a name that ends badly":   {workspaceToken, workspaceInputs("logs-"), "InvalidParameter"},
		"a tier of nobody's":       {workspaceToken, with(workspaceInputs("logs"), "sku", m{"name": "Gold"}), "InvalidParameter"},
		"a day":                    {workspaceToken, with(workspaceInputs("logs"), "retentionInDays", 1), "InvalidParameter"},
		"a solution":               {solutionToken, solutionInputs("ContainerInsights(demo-logs)", workspaceID), ""},
		"a solution of nothing":    {solutionToken, solutionInputs("ContainerInsights(demo-logs)", workspaceID+"x"), "InvalidResourceReference"},
		"a solution of another":    {solutionToken, solutionInputs("ContainerInsights(other)", workspaceID), "InvalidParameter"},
		"a solution without form":  {solutionToken, solutionInputs("ContainerInsights", workspaceID), "InvalidParameter"},
		"a product outside of OMS": {solutionToken, with(solutionInputs("ContainerInsights(demo-logs)", workspaceID), "plan", m{"name": "ContainerInsights(demo-logs)", "product": "x"}), "InvalidParameter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			b.create(workspaceToken, "demo-logs", workspaceInputs("demo-logs"))
			if tt.code == "" {
				b.create(tt.token, name, tt.inputs)
				return
			}
			requireCode(t, b.createError(tt.token, tt.inputs), tt.code)
		})
	}
}

// A workspace has keys, which are secrets, and other ones when it is made again.
func TestSharedKeys(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	keys := func() (p.InvokeResponse, error) {
		return b.provider.Invoke(t.Context(), p.InvokeRequest{
			Token: tokens.Type("azure-native:operationalinsights:getSharedKeys"),
			Args:  props.FromPlainMap(m{"resourceGroupName": "rg", "workspaceName": "demo-logs"}),
		})
	}
	_, err := keys()
	requireCode(t, err, "ResourceNotFound")
	id, out := b.create(workspaceToken, "demo-logs", workspaceInputs("demo-logs"))
	require.NotEmpty(t, tree.String(out, "customerId"))
	first, err := keys()
	require.NoError(t, err)
	key := first.Return.Get("primarySharedKey")
	require.True(t, key.Secret())
	require.NotEqual(t, key.AsString(), first.Return.Get("secondarySharedKey").AsString())
	require.NoError(t, b.delete(workspaceToken, id))
	b.create(workspaceToken, "demo-logs", workspaceInputs("demo-logs"))
	again, err := keys()
	require.NoError(t, err)
	require.NotEqual(t, key.AsString(), again.Return.Get("primarySharedKey").AsString())
}
