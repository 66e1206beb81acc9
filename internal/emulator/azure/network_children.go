package azure

import (
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const ruleType = securityType + "/securityRules"

// childKinds are resources of their own that their parents list, too: subnets and security rules. A parent keeps them
// through updates that do not name the list, and loses those that a list leaves out.
func childKinds() []*kind {
	return []*kind{
		{
			pulumi: "azure-native:network:Subnet", armType: subnetType, list: "subnets",
			path: networkPath + "virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
			args: network.SubnetArgs{}, outputs: network.Subnet{}, global: true,
			name: networkName(1, 80), fill: fillSubnet, validate: validateSubnet, guard: guardSubnet,
		},
		{
			pulumi: "azure-native:network:SecurityRule", armType: ruleType, list: "securityRules",
			path: networkPath + "networkSecurityGroups/{networkSecurityGroupName}/securityRules/{securityRuleName}",
			args: network.SecurityRuleArgs{}, outputs: network.SecurityRule{}, global: true,
			name: networkName(1, 80), validate: validateSecurityRule,
		},
	}
}

func fillSubnet(op *operation) error {
	for name, value := range subnetDefaults() {
		op.setDefault(name, value)
	}
	return nil
}

func validateSubnet(op *operation) error { return validateVirtualNetwork(op.asParent()) }

func validateSecurityRule(op *operation) error { return validateSecurityGroup(op.asParent()) }

// asParent is the change of a child as a change of its parent's list.
func (op *operation) asParent() *operation {
	id, _ := arm.Parse(op.id)
	parentID, _ := id.Parent()
	parent := op.world.Find(parentID.String())
	outputs := tree.CloneMap(parent.Outputs)
	outputs[op.kind.list] = withPart(tree.List(outputs, op.kind.list), op.asPart())
	return &operation{
		cloud: op.cloud, world: op.world, kind: op.kind, id: parent.ID, name: parent.Name, inputs: parent.Inputs, declared: parent.Inputs,
		outputs: outputs, old: parent.Clone(),
	}
}

// asPart is a child as its parent lists it.
func (op *operation) asPart() map[string]any {
	part := tree.CloneMap(op.outputs)
	part["id"], part["name"] = op.id, op.name
	return part
}

// withPart is a list with an item in place of the one with its id, or at the end.
func withPart(list []any, item map[string]any) []any {
	out := make([]any, 0, len(list)+1)
	found := false
	for _, other := range list {
		if strings.EqualFold(tree.String(other, "id"), tree.String(item, "id")) {
			other, found = item, true
		}
		out = append(out, other)
	}
	if !found {
		out = append(out, item)
	}
	return out
}

func withoutPart(list []any, id string) []any {
	out := make([]any, 0, len(list))
	for _, other := range list {
		if !strings.EqualFold(tree.String(other, "id"), id) {
			out = append(out, other)
		}
	}
	return out
}

// enlist puts a child into its parent's list, and takes the children away that a parent's new list leaves out.
func (op *operation) enlist() {
	if op.kind.list != "" {
		parent := parentOf(op.world, op.id)
		parent.Outputs[op.kind.list] = withPart(tree.List(parent.Outputs, op.kind.list), op.asPart())
	}
	for _, list := range op.kind.kept {
		for _, child := range ofType(op.world, op.kind.armType+"/"+list) {
			if arm.Under(child.ID, op.id) && part(op.outputs, list, child.ID) == nil {
				delete(op.world.Resources, world.Key(child.ID))
			}
		}
	}
}

// parentOf is the resource that a child stands in, or nil.
func parentOf(w *world.World, id string) *world.Resource {
	if parsed, err := arm.Parse(id); err == nil {
		if parent, ok := parsed.Parent(); ok {
			return w.Find(parent.String())
		}
	}
	return nil
}

// delist is what a deletion does to lists and to children.
func (k *kind) delist(w *world.World, r *world.Resource) {
	if parent := parentOf(w, r.ID); k.list != "" && parent != nil {
		parent.Outputs[k.list] = withoutPart(tree.List(parent.Outputs, k.list), r.ID)
	}
	for _, list := range k.kept {
		for _, child := range ofType(w, k.armType+"/"+list) {
			if arm.Under(child.ID, r.ID) {
				delete(w.Resources, world.Key(child.ID))
			}
		}
	}
}

// asListed is a child as its parent has it, with what others changed there.
func (k *kind) asListed(w *world.World, r *world.Resource) *world.Resource {
	parent := parentOf(w, r.ID)
	if k.list == "" || parent == nil {
		return r
	}
	listed := part(parent.Outputs, k.list, r.ID)
	if listed == nil {
		return nil // somebody sent another list
	}
	r = r.Clone()
	r.Outputs = tree.CloneMap(listed)
	delete(r.Outputs, "id")
	return r
}

func guardSubnet(w *world.World, r *world.Resource) error {
	if uses := usesOf(w, r.ID, interfaceTypes(balancerType)...); len(uses) > 0 {
		return subnetInUse(r.Name, uses[0])
	}
	return nil
}
