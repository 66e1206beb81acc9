package azure

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/keyvault"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	subnetType   = vnetType + "/subnets"
	registryType = "Microsoft.ContainerRegistry/registries"
)

// outsideTypes are what can be there before any program runs.
func outsideTypes() []string {
	return []string{
		subnetType, publicIPType, routeTableType, securityType, natType, placementGroupType, identityType,
		"Microsoft.Compute/images", "Microsoft.Compute/galleries/images", "Microsoft.Compute/galleries/images/versions",
		"Microsoft.Compute/disks", "Microsoft.Compute/diskEncryptionSets", workspaceType,
		keyvault.VaultType, keyvault.SecretType, keyvault.VersionType, registryType,
	}
}

// outside is a resource that is there already.
type outside struct {
	id arm.ID
	// prefix is the range of a subnet.
	prefix netip.Prefix
	// right is a role assignment; the id is its scope's, then.
	right *outsideRight
}

// CheckResource says what is wrong with an entry of [Options.Resources].
func CheckResource(text string) error {
	_, err := parseOutside(text)
	return err
}

func parseOutside(text string) (outside, error) {
	if match := outsideAssignment.FindStringSubmatch(text); match != nil {
		return parseOutsideRight(match)
	}
	name, prefix, ranged := strings.Cut(text, "=")
	id, err := arm.Parse(name)
	if err != nil {
		return outside{}, err
	}
	known := slices.IndexFunc(outsideTypes(), func(t string) bool { return strings.EqualFold(t, id.Type()) })
	if known < 0 {
		return outside{}, fmt.Errorf("%q is of type %s; the emulator knows outside resources of the types %s", name, id.Type(),
			strings.Join(outsideTypes(), ", "))
	}
	o := outside{id: id}
	if isSubnet := strings.EqualFold(id.Type(), subnetType); isSubnet != ranged {
		return outside{}, fmt.Errorf("%q: a subnet, and nothing else, has the form <id>=<range>, such as ...=10.1.0.0/24", text)
	}
	if ranged {
		if o.prefix, err = netip.ParsePrefix(prefix); err != nil || o.prefix != o.prefix.Masked() {
			return outside{}, fmt.Errorf("%q: %q is not a range such as 10.1.0.0/24", text, prefix)
		}
	}
	return o, nil
}

// seedGroup makes a resource group as somebody else did before us.
func (c *Cloud) seedGroup(w *world.World, name, location string) error {
	k := c.kinds["azure-native:resources:ResourceGroup"]
	inputs := map[string]any{"resourceGroupName": name, "location": location}
	if w.Find(k.id(inputs)) != nil {
		return nil
	}
	r, err := (&operation{cloud: c, world: w, kind: k, id: k.id(inputs), name: name, inputs: inputs, declared: inputs}).put()
	if err != nil {
		return err
	}
	r.Owner = world.OwnerOutside
	return nil
}

// seed makes a resource, and what it stands in, as somebody else did before us. Where a group is, is known of those that
// are given with their locations; what is in another one fits every region.
func (c *Cloud) seed(w *world.World, text string) error {
	o, err := parseOutside(text)
	if err != nil {
		return err
	}
	if o.right != nil {
		return o.right.seed(w)
	}
	place(w, arm.ID{Subscription: o.id.Subscription, Group: o.id.Group})
	for depth := 1; depth < len(o.id.Names); depth++ {
		parent := o.id
		parent.Types, parent.Names = o.id.Types[:depth], o.id.Names[:depth]
		place(w, parent)
	}
	if o.prefix.IsValid() {
		return o.seedSubnet(w)
	}
	place(w, o.id)
	return nil
}

// place puts a resource where none is.
func place(w *world.World, id arm.ID) {
	if w.Find(id.String()) != nil {
		return
	}
	r := &world.Resource{
		ID: id.String(), Type: id.Type(), Name: id.Name(), Owner: world.OwnerOutside,
		Inputs: map[string]any{}, Outputs: map[string]any{"name": id.Name(), "type": id.Type(), "provisioningState": "Succeeded"},
	}
	if group := w.Find(id.GroupID()); group != nil && tree.String(group.Outputs, "location") != "" {
		r.Outputs["location"] = tree.String(group.Outputs, "location")
	}
	op := &operation{world: w, id: r.ID}
	switch {
	case strings.EqualFold(r.Type, identityType):
		r.Outputs["clientId"], r.Outputs["principalId"], r.Outputs["tenantId"] = op.guid("client"), op.guid("principal"), TenantID
	case strings.EqualFold(r.Type, workspaceType):
		r.Outputs["customerId"] = op.guid("customer")
		if _, ok := r.Outputs["location"]; !ok {
			r.Outputs["location"] = "westeurope"
		}
	case strings.EqualFold(r.Type, publicIPType):
		r.Outputs["sku"] = map[string]any{"name": "Standard", "tier": "Regional"}
		r.Outputs["publicIPAllocationMethod"] = "Static"
		r.Outputs["ipAddress"] = netpath.FreePublicAddress(w, r.ID).String()
	case strings.EqualFold(r.Type, keyvault.VaultType):
		r.Outputs["properties"] = map[string]any{"vaultUri": "https://" + strings.ToLower(r.Name) + ".vault.azure.net/"}
	}
	w.Resources[world.Key(r.ID)] = r
}

// seedSubnet gives the virtual network the subnet's range, and the subnet. Networks of others have ways out of their own:
// those from before 2025-09-30 a default one, newer ones what their owners made.
// https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
func (o outside) seedSubnet(w *world.World) error {
	parent, _ := o.id.Parent()
	vnet := w.Find(parent.String())
	id := o.id.String()
	if part(vnet.Outputs, "subnets", id) != nil || vnet.Owner != world.OwnerOutside {
		return nil
	}
	for _, s := range tree.List(vnet.Outputs, "subnets") {
		ranges, err := subnetPrefixes(s)
		if err != nil {
			return err
		}
		if other, ok := overlapping(o.prefix, ranges); ok {
			return fmt.Errorf("subnet %s: its range %s overlaps %s of subnet %s", id, o.prefix, other, tree.String(s, "name"))
		}
	}
	space := append(tree.List(vnet.Outputs, "addressSpace", "addressPrefixes"), o.prefix.String())
	vnet.Outputs["addressSpace"] = map[string]any{"addressPrefixes": space}
	vnet.Outputs["subnets"] = append(tree.List(vnet.Outputs, "subnets"), map[string]any{
		"id": id, "name": o.id.Name(), "type": subnetType, "addressPrefix": o.prefix.String(), "provisioningState": "Succeeded",
		"defaultOutboundAccess": true,
	})
	return nil
}
