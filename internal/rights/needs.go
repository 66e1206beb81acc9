package rights

import (
	"context"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// Need is what the cluster does at a scope.
type Need struct {
	Scope   string
	Actions []string
	// Role is a built-in one that has all of them.
	Role string
}

// Network is what the cloud provider does in somebody else's network; none without
// one. https://cloud-provider-azure.sigs.k8s.io/topics/azure-permissions/
func Network(d *apimodel.Definition) []Need {
	if !d.HasExistingSubnets() {
		return nil
	}
	subnet, err := apimodel.ParseSubnetID(firstboot.BalancerSubnetID(d))
	if err != nil {
		return nil // the definition's validation refuses it
	}
	return []Need{
		{subnet.VnetID(), []string{"Microsoft.Network/virtualNetworks/joinLoadBalancer/action"}, "Network Contributor"},
		{subnet.VnetID() + "/subnets/" + subnet.Subnet, []string{
			"Microsoft.Network/virtualNetworks/subnets/join/action", "Microsoft.Network/virtualNetworks/subnets/read",
		}, "Network Contributor"},
	}
}

// Pulls is what nodes do at the registries that they pull from as an identity; none
// without one. What is named by its login server alone cannot be asked for.
// https://learn.microsoft.com/azure/container-registry/container-registry-rbac-built-in-roles-overview
func Pulls(d *apimodel.Definition) []Need {
	registries := d.PullRegistries()
	if registries == nil {
		return nil
	}
	var needs []Need
	for _, id := range registries.IDs() {
		needs = append(needs, Need{id, []string{"Microsoft.ContainerRegistry/registries/pull/read"}, "AcrPull"})
	}
	return needs
}

// Group is what the cloud provider does in the cluster's resource group, as far as
// tells a role that is fit from one that is not.
func Group(scope string) Need {
	return Need{scope, []string{
		"Microsoft.Compute/virtualMachines/read", "Microsoft.Network/loadBalancers/write",
		"Microsoft.Network/networkSecurityGroups/write", "Microsoft.Network/publicIPAddresses/write",
	}, "Contributor"}
}

// Lack is a need without the rights for it.
type Lack struct {
	Need
	// Missing are the actions that no role allows.
	Missing []string
}

func (l Lack) String() string {
	return fmt.Sprintf("at %s: %s. The role %s there has them", l.Scope, strings.Join(l.Missing, ", "), l.Role)
}

// Check holds needs against the permissions at their scopes.
func Check(ctx context.Context, needs []Need, at func(ctx context.Context, scope string) ([]Permission, error)) ([]Lack, error) {
	var lacks []Lack
	for _, need := range needs {
		permissions, err := at(ctx, need.Scope)
		if err != nil {
			return nil, err
		}
		if missing := need.missing(permissions); len(missing) > 0 {
			lacks = append(lacks, Lack{need, missing})
		}
	}
	return lacks, nil
}

func (n Need) missing(permissions []Permission) []string {
	var missing []string
	for _, action := range n.Actions {
		allowed := false
		for _, p := range permissions {
			allowed = allowed || p.Allows(action)
		}
		if !allowed {
			missing = append(missing, action)
		}
	}
	return missing
}
