package azure

import (
	"regexp"
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
	if strings.HasPrefix(path, "tags.") || path == "scope" || freeText.MatchString(path) {
		return false
	}
	_, err := arm.Parse(s)
	return err == nil
}

// freeText is an extension's settings, at any depth.
var freeText = regexp.MustCompile(`(^|[.\]])(settings|protectedSettings)\.`)

func (op *operation) checkReference(id string) error {
	found := holder(op.world, id)
	if parsed, _ := arm.Parse(id); found == nil && strings.EqualFold(parsed.Type(), "Microsoft.Compute/images") {
		return notFound("ImageNotFound", "The image %s referenced by %s was not found.", id, op.id)
	} else if found == nil && strings.HasPrefix(strings.ToLower(parsed.Type()), "microsoft.compute/galleries") {
		return notFound("GalleryImageNotFound", "The gallery image %s is not available in %s region. Please contact image owner to replicate to this region, "+
			"or change your requested region.", id, op.location())
	}
	if found == nil {
		return badRequest("InvalidResourceReference",
			"Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, "+
				"and that both resources are in the same region.", id, op.id)
	}
	theirs := tree.String(found.Outputs, "location")
	if parent := parentOf(op.world, found.ID); theirs == "" && parent != nil {
		theirs = tree.String(parent.Outputs, "location")
	}
	if op.location() != "" && theirs != "" && theirs != op.location() && !anywhere(found.Type) {
		return badRequest("InvalidResourceReference",
			"Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, "+
				"and that both resources are in the same region.", id, op.id)
	}
	return nil
}

// anywhere says whether resources of a type are of use in other regions too.
func anywhere(armType string) bool {
	t := strings.ToLower(armType)
	return slices.ContainsFunc([]string{
		strings.ToLower(identityType), strings.ToLower(groupType), "microsoft.compute/galleries", "microsoft.operationalinsights/",
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
