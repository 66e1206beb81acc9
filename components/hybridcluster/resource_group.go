package hybridcluster

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// resourceGroup is the group that holds the cluster, ours or somebody else's.
type resourceGroup struct {
	name pulumi.StringOutput
	id   pulumi.StringOutput
	// owned is nil when the group is not ours. Then it is never deleted.
	owned *resources.ResourceGroup
}

func (b *builder) declareResourceGroup() error {
	if existing := b.args.ExistingResourceGroup; existing != "" {
		found := resources.LookupResourceGroupOutput(b.ctx,
			resources.LookupResourceGroupOutputArgs{ResourceGroupName: pulumi.String(existing)},
			pulumi.Parent(b.component))
		b.group = resourceGroup{name: found.Name(), id: found.Id()}
		b.component.ResourceGroupName = b.group.name
		return nil
	}
	name := b.args.ResourceGroup
	if name == "" {
		name = b.prefix
	}
	group, err := resources.NewResourceGroup(b.ctx, b.child("group"), &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(name),
		Location:          pulumi.String(b.location),
		Tags:              b.tags(b.args.GroupTags),
	}, pulumi.Parent(b.component), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return err
	}
	b.group = resourceGroup{name: group.Name, id: group.ID().ToStringOutput(), owned: group}
	b.component.ResourceGroupName = group.Name
	return nil
}

// subscriptionID is taken from the group's id, so that no call is needed for it:
// /subscriptions/<id>/resourceGroups/<name>.
func (g resourceGroup) subscriptionID() pulumi.StringOutput {
	return g.id.ApplyT(func(id string) (string, error) {
		parts := strings.Split(strings.TrimPrefix(id, "/"), "/")
		if len(parts) < 2 || !strings.EqualFold(parts[0], "subscriptions") {
			return "", fmt.Errorf("resource group id %q holds no subscription", id)
		}
		return parts[1], nil
	}).(pulumi.StringOutput)
}

// resourceID is the id that a resource of the group will have. Load balancer
// parts refer to each other by id before the load balancer exists.
func (g resourceGroup) resourceID(provider, resourceType, name string) pulumi.StringOutput {
	return pulumi.Sprintf("%s/providers/%s/%s/%s", g.id, provider, resourceType, name)
}
