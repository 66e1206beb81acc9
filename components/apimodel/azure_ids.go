package apimodel

import (
	"fmt"
	"regexp"
	"strings"
)

// SubnetID is the resource id of a subnet in its parts.
type SubnetID struct {
	SubscriptionID, ResourceGroup, Vnet, Subnet string
}

var subnetIDShape = regexp.MustCompile(
	`(?i)^/subscriptions/([^/\s]+)/resourceGroups/([^/\s]+)/providers/Microsoft\.Network/virtualNetworks/([^/\s]+)/subnets/([^/\s]+)$`)

// ParseSubnetID takes a subnet's resource id apart.
func ParseSubnetID(id string) (SubnetID, error) {
	m := subnetIDShape.FindStringSubmatch(id)
	if m == nil {
		return SubnetID{}, fmt.Errorf("%q is no resource id of a subnet", id)
	}
	return SubnetID{SubscriptionID: m[1], ResourceGroup: m[2], Vnet: m[3], Subnet: m[4]}, nil
}

// VnetID is the resource id of the network that holds the subnet.
func (s SubnetID) VnetID() string {
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/virtualNetworks/%s",
		s.SubscriptionID, s.ResourceGroup, s.Vnet)
}

// SameVnet tells whether two subnets are in one network. Azure's ids match in
// any case.
func (s SubnetID) SameVnet(other SubnetID) bool { return strings.EqualFold(s.VnetID(), other.VnetID()) }

// ResourceID is the id of a resource in a resource group, in its parts.
type ResourceID struct {
	SubscriptionID, ResourceGroup, Name string
}

var identityIDShape = regexp.MustCompile(
	`(?i)^/subscriptions/([^/\s]+)/resourceGroups/([^/\s]+)/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/([^/\s]+)$`)

// ParseIdentityID takes the resource id of a user-assigned identity apart.
func ParseIdentityID(id string) (ResourceID, error) {
	m := identityIDShape.FindStringSubmatch(id)
	if m == nil {
		return ResourceID{}, fmt.Errorf("%q is no resource id of a user-assigned identity", id)
	}
	return ResourceID{SubscriptionID: m[1], ResourceGroup: m[2], Name: m[3]}, nil
}

var workspaceIDShape = regexp.MustCompile(
	`(?i)^/subscriptions/([^/\s]+)/resourceGroups/([^/\s]+)/providers/Microsoft\.OperationalInsights/workspaces/([^/\s]+)$`)

// ParseWorkspaceID takes the resource id of a Log Analytics workspace apart.
func ParseWorkspaceID(id string) (ResourceID, error) {
	m := workspaceIDShape.FindStringSubmatch(id)
	if m == nil {
		return ResourceID{}, fmt.Errorf("%q is no resource id of a Log Analytics workspace", id)
	}
	return ResourceID{SubscriptionID: m[1], ResourceGroup: m[2], Name: m[3]}, nil
}
