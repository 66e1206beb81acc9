package azure

import (
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// checkReferences looks for every ARM id in the declaration: what it names has to exist, or be a part of the resource
// itself. https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found
func (op *operation) checkReferences() error {
	var problem error
	tree.Walk(op.outputs, func(path, s string) bool {
		if !isReference(path, s) || arm.Under(s, op.id) && op.hasPart(s) {
			return true
		}
		problem = op.checkReference(s)
		return problem == nil
	})
	return problem
}

// isReference: free text is none, whatever it looks like.
func isReference(path, s string) bool {
	root, _, _ := strings.Cut(path, ".")
	if root == "tags" || root == "settings" || root == "protectedSettings" || root == "scope" {
		return false
	}
	_, err := arm.Parse(s)
	return err == nil
}

func (op *operation) checkReference(id string) error {
	parsed, _ := arm.Parse(id)
	if external(parsed) {
		return nil
	}
	found := holder(op.world, id)
	if found == nil {
		return badRequest("InvalidResourceReference",
			"Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, "+
				"and that both resources are in the same region.", id, op.id)
	}
	theirs := tree.String(found.Outputs, "location")
	if op.location() != "" && theirs != "" && theirs != op.location() && found.Type != identityType && found.Type != groupType {
		return badRequest("InvalidResourceReference",
			"Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, "+
				"and that both resources are in the same region.", id, op.id)
	}
	return nil
}

// external are types that the emulator does not make and therefore cannot miss.
func external(id arm.ID) bool {
	t := strings.ToLower(id.Type())
	return slices.ContainsFunc([]string{
		"microsoft.compute/images", "microsoft.compute/galleries", "microsoft.compute/disks", "microsoft.compute/snapshots",
		"microsoft.compute/diskencryptionsets", "microsoft.keyvault/", "microsoft.operationalinsights/", "microsoft.storage/",
	}, func(prefix string) bool { return strings.HasPrefix(t, prefix) })
}

// hasPart says whether an id is the resource's or that of one of its parts.
func (op *operation) hasPart(id string) bool {
	return strings.EqualFold(id, op.id) || hasID(op.outputs, id, op.kind.parts)
}

// hasID looks for a part with the id in the lists.
func hasID(outputs map[string]any, id string, lists []string) bool {
	return slices.ContainsFunc(lists, func(list string) bool {
		return slices.ContainsFunc(tree.List(outputs, list), func(part any) bool {
			return strings.EqualFold(tree.String(part, "id"), id)
		})
	})
}

// holder finds the resource that has the id, or that has a part with it.
func holder(w *world.World, id string) *world.Resource {
	if r := w.Find(id); r != nil {
		return r
	}
	parsed, err := arm.Parse(id)
	if err != nil {
		return nil
	}
	parent, ok := parsed.Parent()
	if !ok {
		return nil
	}
	r := w.Find(parent.String())
	if r == nil {
		return nil
	}
	for list := range r.Outputs {
		if strings.EqualFold(list, parsed.Types[len(parsed.Types)-1]) && hasID(r.Outputs, id, []string{list}) {
			return r
		}
	}
	return nil
}

// use is where a resource is used.
type use struct {
	by *world.Resource
	// part is the id of the part of by that uses it, or by's own.
	part string
}

// usesOf finds what uses the id or a part of it, among the resources of some types.
func usesOf(w *world.World, id string, types ...string) []use {
	var uses []use
	for _, t := range types {
		for _, r := range ofType(w, t) {
			if arm.Under(r.ID, id) {
				continue
			}
			if part, ok := usedIn(r.ID, r.Outputs, id); ok {
				uses = append(uses, use{r, part})
			}
		}
	}
	return uses
}

// usedIn gives the id of the innermost part of v that mentions id.
func usedIn(owner string, v any, id string) (string, bool) {
	switch v := v.(type) {
	case string:
		return owner, arm.Under(v, id)
	case []any:
		for _, item := range v {
			if part, ok := usedIn(owner, item, id); ok {
				return part, true
			}
		}
	case map[string]any:
		if own := tree.String(v, "id"); own != "" && arm.Under(own, owner) {
			owner = own
		}
		for _, item := range v {
			if part, ok := usedIn(owner, item, id); ok {
				return part, true
			}
		}
	}
	return "", false
}
