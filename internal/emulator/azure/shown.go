package azure

import (
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// What Azure lists on a resource because of others: the machines of a set, the gateway that has an address, the members of
// a pool. A refresh carries all of it into inputs that have such a property, although nobody declared it:
// https://github.com/pulumi/pulumi-azure-native/issues/4722

// showNetwork gives subnets the tags of their versions: each network card in one makes another version of it.
func showNetwork(w *world.World, r *world.Resource) {
	for _, s := range tree.List(r.Outputs, "subnets") {
		revise(tree.Map(s), len(usesOf(w, tree.String(s, "id"), interfaceTypes(balancerType)...)))
	}
}

// showSecurityGroup does so for rules: what the group guards makes another version of them.
func showSecurityGroup(w *world.World, r *world.Resource) {
	for _, rule := range tree.List(r.Outputs, "securityRules") {
		revise(tree.Map(rule), len(usesOf(w, r.ID, interfaceTypes(vnetType)...)))
	}
}

func revise(part map[string]any, version int) {
	if etag := tree.String(part, "etag"); version > 0 && etag != "" {
		part["etag"] = fmt.Sprintf("%s-%d\"", strings.TrimSuffix(etag, `"`), version)
	}
}

func showPublicIP(w *world.World, r *world.Resource) {
	if uses := usesOf(w, r.ID, natType); len(uses) > 0 {
		r.Outputs["natGateway"] = map[string]any{"id": uses[0].by.ID}
	}
}

func showAvailabilitySet(w *world.World, r *world.Resource) {
	var machines []any
	for _, u := range usesOf(w, r.ID, machineType) {
		machines = append(machines, map[string]any{"id": loud(u.by.ID)})
	}
	if len(machines) > 0 {
		r.Outputs["virtualMachines"] = machines
	}
}

func showBalancer(w *world.World, r *world.Resource) {
	for _, pool := range tree.List(r.Outputs, "backendAddressPools") {
		var members []any
		for _, nic := range ofType(w, interfaceTypes()...) {
			for _, config := range tree.List(nic.Outputs, "ipConfigurations") {
				if hasID(tree.Map(config), tree.String(pool, "id"), []string{"loadBalancerBackendAddressPools"}) {
					members = append(members, map[string]any{"name": groupOf(r.ID) + "_" + nic.Name + tree.String(config, "name")})
				}
			}
		}
		if len(members) > 0 {
			tree.Map(pool)["loadBalancerBackendAddresses"] = members
		}
	}
}

// loud is an id as Microsoft.Compute answers it in a reference, with the group in capitals:
// https://github.com/Azure/azure-rest-api-specs/issues/19424
func loud(id string) string {
	parsed, err := arm.Parse(id)
	if err != nil {
		return id
	}
	parsed.Group = strings.ToUpper(parsed.Group)
	return parsed.String()
}

// references are the properties of Microsoft.Compute that refer to others of it.
var references = []string{"availabilitySet", "proximityPlacementGroup"}

// answered are a resource's outputs in Azure's own casing.
func (k *kind) answered(outputs map[string]any) map[string]any {
	if !strings.HasPrefix(k.armType, "Microsoft.Compute/") {
		return outputs
	}
	out := tree.CloneMap(outputs)
	for _, name := range references {
		if id := tree.String(out, name, "id"); id != "" {
			tree.Map(out, name)["id"] = loud(id)
		}
	}
	return out
}
