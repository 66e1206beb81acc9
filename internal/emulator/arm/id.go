// Package arm reads and builds Azure Resource Manager ids:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
package arm

import (
	"fmt"
	"slices"
	"strings"
)

// ID is an ARM id in parts.
type ID struct {
	Subscription string
	// Group is the resource group, empty for what stands outside of one.
	Group string
	// Namespace is the resource provider, such as Microsoft.Network; empty for a resource group itself.
	Namespace string
	// Types and Names are the pairs behind the namespace: virtualNetworks/one/subnets/two.
	Types, Names []string
}

// Parse takes an id of a resource group or of something in one. Ids of other scopes are errors.
func Parse(id string) (ID, error) {
	parts := strings.Split(strings.TrimPrefix(id, "/"), "/")
	bad := fmt.Errorf("%q is no ARM id of a resource in a resource group", id)
	if !strings.HasPrefix(id, "/") || len(parts) < 4 ||
		!strings.EqualFold(parts[0], "subscriptions") || !strings.EqualFold(parts[2], "resourceGroups") {
		return ID{}, bad
	}
	if slices.Contains(parts, "") {
		return ID{}, bad
	}
	parsed := ID{Subscription: parts[1], Group: parts[3]}
	rest := parts[4:]
	if len(rest) == 0 {
		return parsed, nil
	}
	if len(rest)%2 != 0 || len(rest) < 4 || !strings.EqualFold(rest[0], "providers") {
		return ID{}, bad
	}
	parsed.Namespace = rest[1]
	for i := 2; i < len(rest); i += 2 {
		parsed.Types = append(parsed.Types, rest[i])
		parsed.Names = append(parsed.Names, rest[i+1])
	}
	return parsed, nil
}

// GroupID is the id of the resource group that the resource is in.
func (id ID) GroupID() string {
	return "/subscriptions/" + id.Subscription + "/resourceGroups/" + id.Group
}

// String puts the parts together again.
func (id ID) String() string {
	var b strings.Builder
	b.WriteString(id.GroupID())
	if id.Namespace != "" {
		b.WriteString("/providers/" + id.Namespace)
	}
	for i := range id.Types {
		b.WriteString("/" + id.Types[i] + "/" + id.Names[i])
	}
	return b.String()
}

// Type is ARM's type, such as Microsoft.Network/virtualNetworks/subnets.
func (id ID) Type() string {
	if id.Namespace == "" {
		return "Microsoft.Resources/resourceGroups"
	}
	return id.Namespace + "/" + strings.Join(id.Types, "/")
}

// Name is the last name.
func (id ID) Name() string {
	if len(id.Names) == 0 {
		return id.Group
	}
	return id.Names[len(id.Names)-1]
}

// Parent is the id without its last type and name, and whether there is such a parent below the group.
func (id ID) Parent() (ID, bool) {
	if len(id.Names) < 2 {
		return ID{}, false
	}
	id.Types, id.Names = id.Types[:len(id.Types)-1], id.Names[:len(id.Names)-1]
	return id, true
}

// Under says whether id is parent itself or something below it. Case does not matter.
func Under(id, parent string) bool {
	id, parent = strings.ToLower(id), strings.ToLower(parent)
	return id == parent || strings.HasPrefix(id, parent+"/")
}
