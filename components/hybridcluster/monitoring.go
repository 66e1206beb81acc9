package hybridcluster

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// logAnalyticsRole is the built-in role Log Analytics Contributor, which AKS Engine
// asks for:
// https://github.com/Azure/aks-engine/blob/master/docs/tutorials/containermonitoringaddon.md
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles#log-analytics-contributor
const logAnalyticsRole = "92aaf0da-9dab-42b6-94a3-d43ce8d16293"

// LogWorkspace is the Log Analytics workspace that the cluster's agents send to.
type LogWorkspace struct {
	// ID is the workspace's own id, a GUID, and Key a key of it, a secret.
	ID, Key pulumi.StringInput
	// ClusterName is the cluster's name in it.
	ClusterName string
	// resourceID is its id in Azure, a string or an output of one; nil where it is
	// not known.
	resourceID pulumi.StringInput
}

// declareMonitoring makes or finds the workspace of the add-on container-monitoring.
func (b *builder) declareMonitoring() error {
	m := b.def.ContainerMonitoring()
	if m == nil {
		return nil
	}
	logs := &LogWorkspace{ClusterName: m.ClusterName}
	b.component.Logs = logs
	switch {
	case m.WorkspaceGUID != "":
		logs.ID, logs.Key = pulumi.String(m.WorkspaceGUID), secretString(pulumi.String(m.WorkspaceKey))
		return nil
	case m.WorkspaceID != "":
		return b.useWorkspace(m, logs)
	}
	return b.newWorkspace(logs)
}

func secretString(s pulumi.StringInput) pulumi.StringOutput {
	return pulumi.ToSecret(s.ToStringOutput()).(pulumi.StringOutput)
}

// newWorkspace makes a workspace in the cluster's resource group, which goes with
// it. Agents log in with its key, so that must be allowed.
func (b *builder) newWorkspace(logs *LogWorkspace) error {
	name := b.prefix + "-logs"
	workspace, err := operationalinsights.NewWorkspace(b.ctx, b.child("logs"), &operationalinsights.WorkspaceArgs{
		ResourceGroupName: b.group.name,
		WorkspaceName:     pulumi.String(name),
		Location:          pulumi.String(b.location),
		Sku:               operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
		RetentionInDays:   pulumi.Int(30),
		Features:          operationalinsights.WorkspaceFeaturesArgs{DisableLocalAuth: pulumi.Bool(false)},
		Tags:              b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return err
	}
	// The keys can be asked for once the workspace is there, which its id says.
	id := workspace.ID().ToStringOutput()
	keys := operationalinsights.GetSharedKeysOutput(b.ctx, operationalinsights.GetSharedKeysOutputArgs{
		ResourceGroupName: b.group.name,
		WorkspaceName:     id.ApplyT(func(string) string { return name }).(pulumi.StringOutput),
	}, pulumi.Parent(b.component))
	logs.ID, logs.Key, logs.resourceID = workspace.CustomerId, secretString(keys.PrimarySharedKey().Elem()), id
	return b.onboardWorkspace(workspaceFacts{name: name, group: b.group.name, location: b.location, id: id})
}

// useWorkspace takes a workspace that is there. It is looked up before anything is
// created, and left as it is unless the definition says otherwise.
func (b *builder) useWorkspace(m *apimodel.ContainerMonitoring, logs *LogWorkspace) error {
	parsed, err := apimodel.ParseWorkspaceID(m.WorkspaceID)
	if err != nil {
		return err
	}
	parent := pulumi.Parent(b.component)
	config, err := authorization.GetClientConfig(b.ctx, parent)
	if err != nil {
		return err
	}
	// The provider looks things up in its own subscription only.
	if !strings.EqualFold(config.SubscriptionId, parsed.SubscriptionID) {
		return fmt.Errorf("the workspace %s is in subscription %s and the cluster in %s: give its workspaceGuid and workspaceKey in place of its resource id",
			parsed.Name, parsed.SubscriptionID, config.SubscriptionId)
	}
	found, err := operationalinsights.LookupWorkspace(b.ctx, &operationalinsights.LookupWorkspaceArgs{
		ResourceGroupName: parsed.ResourceGroup, WorkspaceName: parsed.Name,
	}, parent)
	if err != nil {
		return err
	}
	// The answer is a secret, which only this form of the call takes.
	keys := operationalinsights.GetSharedKeysOutput(b.ctx, operationalinsights.GetSharedKeysOutputArgs{
		ResourceGroupName: pulumi.String(parsed.ResourceGroup), WorkspaceName: pulumi.String(parsed.Name),
	}, parent)
	logs.ID, logs.Key, logs.resourceID = pulumi.String(found.CustomerId), secretString(keys.PrimarySharedKey().Elem()), pulumi.String(m.WorkspaceID)
	if !m.Onboard {
		return nil
	}
	return b.onboardWorkspace(workspaceFacts{
		name: parsed.Name, group: pulumi.String(parsed.ResourceGroup), location: found.Location, id: pulumi.String(m.WorkspaceID).ToStringOutput(),
		elsewhere: true,
	})
}

// workspaceFacts are what is asked of a workspace to work on it.
type workspaceFacts struct {
	name, location string
	group          pulumi.StringInput
	id             pulumi.StringOutput
	// elsewhere: it is not in the cluster's resource group, and what is put there does
	// not go with that.
	elsewhere bool
}

// onboardWorkspace adds the solution that shows containers, and gives the identity
// that was made for the cluster its role. The rights of others are their owners'.
func (b *builder) onboardWorkspace(w workspaceFacts) error {
	if err := b.addSolution(w); err != nil {
		return err
	}
	if b.identity.principalID == nil {
		return nil
	}
	_, err := b.assignRole("identity-logs", roleGrant{
		role: logAnalyticsRole, scope: w.id, principalID: b.identity.principalID.ToStringOutput(),
		subscriptionID: b.group.subscriptionID(), elsewhere: w.elsewhere,
	})
	return err
}

// solution is azure-native:operationsmanagement:Solution, of which there is no Go
// package at hand.
type solution struct{ pulumi.CustomResourceState }

// azureNative is the version of the SDK's packages, so that all resources have one
// provider.
const azureNative = "2.92.0"

// addSolution: the names of plan and solution are what Azure looks for.
// https://www.pulumi.com/registry/packages/azure-native/api-docs/operationsmanagement/solution/
func (b *builder) addSolution(w workspaceFacts) error {
	name := "ContainerInsights(" + w.name + ")"
	return b.ctx.RegisterResource("azure-native:operationsmanagement:Solution", b.child("container-insights"), pulumi.Map{
		"resourceGroupName": w.group,
		"solutionName":      pulumi.String(name),
		"location":          pulumi.String(w.location),
		"plan": pulumi.StringMap{
			"name": pulumi.String(name), "publisher": pulumi.String("Microsoft"),
			"product": pulumi.String("OMSGallery/ContainerInsights"), "promotionCode": pulumi.String(""),
		},
		"properties": pulumi.Map{"workspaceResourceId": w.id},
		"tags":       b.tags(),
	}, &solution{}, b.lasting(w.elsewhere, pulumi.Version(azureNative), pulumi.DeleteBeforeReplace(true))...)
}

// logTags let Azure Monitor find the cluster of a workspace: they are looked for on
// the masters.
func (b *builder) logTags() pulumi.StringMap {
	logs := b.component.Logs
	if logs == nil || logs.resourceID == nil {
		return nil
	}
	return pulumi.StringMap{"logAnalyticsWorkspaceResourceId": logs.resourceID, "clusterName": pulumi.String(logs.ClusterName)}
}
