package azure

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// patch lets an update of a Microsoft.Compute resource keep what it does not name. Nothing goes by being left out: what is
// to go needs a value that says so. Lists are taken as a whole, so a disk that a list of disks leaves out is detached.
// https://learn.microsoft.com/previous-versions/azure/virtual-machines/put-calls-create-or-update
func (op *operation) patch() error {
	if op.old == nil || !strings.HasPrefix(op.kind.armType, "Microsoft.Compute/") {
		return nil
	}
	// Of the SKU Azure takes all or nothing: https://github.com/Azure/vm-scale-sets/issues/70
	if sku := tree.Map(op.declared, "sku"); op.kind.armType == scaleSetType && sku != nil && sku["capacity"] == nil {
		return badRequest("InvalidParameter", "Required parameter 'sku.capacity' is missing (null).")
	}
	op.declared = patched(op.old.Inputs, op.declared, false)
	op.inputs = patched(op.old.Inputs, op.inputs, true)
	return nil
}

// patched lays a map over another. The world has digests of secrets, which clear leaves out.
func patched(old, now map[string]any, clear bool) map[string]any {
	out := map[string]any{}
	for name, value := range old {
		if _, named := now[name]; named || whole(name) || clear && isDigest(value) {
			continue
		}
		if m, ok := value.(map[string]any); ok {
			value = patched(m, nil, clear)
		}
		out[name] = value
	}
	for name, value := range now {
		before, mapBefore := old[name].(map[string]any)
		after, mapNow := value.(map[string]any)
		if mapBefore && mapNow && !whole(name) {
			value = patched(before, after, clear)
		}
		out[name] = value
	}
	return out
}

// whole tells maps that Azure Resource Manager replaces for every type.
func whole(name string) bool { return name == "tags" }
