package azure

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	workspaceType = "Microsoft.OperationalInsights/workspaces"
	solutionType  = "Microsoft.OperationsManagement/solutions"
)

func insightsKinds() []*kind {
	return []*kind{
		{
			pulumi: "azure-native:operationalinsights:Workspace", armType: workspaceType,
			path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}",
			args: operationalinsights.WorkspaceArgs{}, outputs: operationalinsights.Workspace{},
			name: workspaceName(), fill: fillWorkspace, validate: validateWorkspace,
		},
		{
			pulumi: "azure-native:operationsmanagement:Solution", armType: solutionType,
			path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationsManagement/solutions/{solutionName}",
			args: solutionArgs{}, outputs: solutionOutputs{}, name: solutionName(), validate: validateSolution,
		},
	}
}

// solutionArgs and solutionOutputs are what azure-native has for solutions. The SDK's
// package is not among this module's:
// https://www.pulumi.com/registry/packages/azure-native/api-docs/operationsmanagement/solution/
type solutionArgs struct {
	Location          *string             `pulumi:"location"`
	Plan              *solutionPlan       `pulumi:"plan"`
	Properties        *solutionProperties `pulumi:"properties"`
	ResourceGroupName string              `pulumi:"resourceGroupName"`
	SolutionName      *string             `pulumi:"solutionName"`
	Tags              map[string]string   `pulumi:"tags"`
}

type solutionOutputs struct {
	Location   *string             `pulumi:"location"`
	Name       string              `pulumi:"name"`
	Plan       *solutionPlan       `pulumi:"plan"`
	Properties *solutionProperties `pulumi:"properties"`
	Tags       map[string]string   `pulumi:"tags"`
	Type       string              `pulumi:"type"`
}

type solutionPlan struct {
	Name          *string `pulumi:"name"`
	Product       *string `pulumi:"product"`
	PromotionCode *string `pulumi:"promotionCode"`
	Publisher     *string `pulumi:"publisher"`
}

type solutionProperties struct {
	ContainedResources  []string `pulumi:"containedResources"`
	ReferencedResources []string `pulumi:"referencedResources"`
	WorkspaceResourceID string   `pulumi:"workspaceResourceId"`
}

// workspaceName: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftoperationalinsights
func workspaceName() *nameRule {
	return &nameRule{
		min: 4, max: 63, pattern: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]$`), code: "InvalidParameter",
		message: "The workspace name '%s' is invalid. It must be 4 to 63 letters, digits or '-', and start and end with a letter or digit.",
	}
}

func solutionName() *nameRule {
	return &nameRule{
		min: 1, max: 200, pattern: regexp.MustCompile(`^[A-Za-z0-9]+\([^()/]+\)$`), code: "InvalidParameter",
		message: "The solution name '%s' is invalid. It must have the form SolutionType(workspaceName).",
	}
}

func fillWorkspace(op *operation) error {
	op.set("customerId", op.guid("customer"))
	op.setDefault("retentionInDays", 30)
	op.setDefault("publicNetworkAccessForIngestion", "Enabled")
	op.setDefault("publicNetworkAccessForQuery", "Enabled")
	return nil
}

// validateWorkspace: https://learn.microsoft.com/azure/azure-monitor/logs/resource-manager-workspace
func validateWorkspace(op *operation) error {
	sku := tree.String(op.inputs, "sku", "name")
	switch strings.ToLower(sku) {
	case "", "pergb2018", "free", "standalone", "pernode", "capacityreservation", "lacluster":
	default:
		return badRequest("InvalidParameter", "The SKU '%s' of workspace '%s' is not supported.", sku, op.name)
	}
	days, _ := op.outputs["retentionInDays"].(float64)
	if days != 0 && days != 7 && (days < 30 || days > 730) {
		return badRequest("InvalidParameter", "'RetentionInDays' property doesn't match the SKU limits: %v.", days)
	}
	return nil
}

// validateSolution: a solution stands beside its workspace, and is named after it.
func validateSolution(op *operation) error {
	workspace := tree.String(op.inputs, "properties", "workspaceResourceId")
	found := op.world.Find(workspace)
	if found == nil || !strings.EqualFold(found.Type, workspaceType) {
		return notFound("ResourceNotFound", "The workspace '%s' of solution '%s' was not found.", workspace, op.name)
	}
	name := tree.String(op.inputs, "plan", "name")
	if name != op.name || !strings.HasSuffix(strings.ToLower(name), "("+strings.ToLower(found.Name)+")") {
		return badRequest("InvalidParameter", "The plan '%s' of solution '%s' must be of the form SolutionType(%s), and the solution's name.", name, op.name, found.Name)
	}
	if !strings.HasPrefix(tree.String(op.inputs, "plan", "product"), "OMSGallery/") {
		return badRequest("InvalidParameter", "The product '%s' of solution '%s' must be of the form OMSGallery/SolutionType.", tree.String(op.inputs, "plan", "product"), op.name)
	}
	return nil
}

// sharedKeys answers getSharedKeys. The keys follow from the workspace and stand
// nowhere in the world.
func (c *Cloud) sharedKeys(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
	group, name := req.Args.Get("resourceGroupName"), req.Args.Get("workspaceName")
	if !group.IsString() || !name.IsString() {
		return p.InvokeResponse{Failures: []p.CheckFailure{{Reason: "getSharedKeys needs resourceGroupName and workspaceName"}}}, nil
	}
	id := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/%s/%s", SubscriptionID, group.AsString(), workspaceType, name.AsString())
	var response p.InvokeResponse
	err := c.store.View(ctx, func(w *world.World) error {
		r := w.Find(id)
		if r == nil {
			return notFound("ResourceNotFound", "The Resource '%s' was not found.", id)
		}
		key := func(which string) property.Value {
			sum := sha512.Sum512([]byte(which + "|" + tree.String(r.Outputs, "customerId")))
			return property.New(base64.StdEncoding.EncodeToString(sum[:])).WithSecret(true)
		}
		response.Return = property.NewMap(map[string]property.Value{"primarySharedKey": key("primary"), "secondarySharedKey": key("secondary")})
		return nil
	})
	return response, err
}
