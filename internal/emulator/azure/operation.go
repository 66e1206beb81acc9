package azure

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// operation is one PUT: a creation, or an update if old is set.
type operation struct {
	cloud *Cloud
	world *world.World
	kind  *kind
	id    string
	name  string
	// inputs are what was declared, with secrets in clear. They never enter the world.
	inputs map[string]any
	// declared are the inputs as the world keeps them.
	declared map[string]any
	// outputs are what the resource becomes.
	outputs map[string]any
	old     *world.Resource
}

// put runs the checks in the order in which Azure does, and stores the resource.
func (op *operation) put() (*world.Resource, error) {
	steps := []func() error{op.checkScope, op.checkName, op.checkFrozen, op.start, op.checkLocation, op.kindFill, op.checkReferences, op.kindValidate}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if op.kind.outSchema.Has("provisioningState") {
		op.outputs["provisioningState"] = "Succeeded"
	}
	r := &world.Resource{ID: op.id, Type: op.kind.armType, Name: op.name, Inputs: op.declared, Outputs: op.outputs}
	if op.old == nil {
		op.world.Next()
	}
	op.world.Resources[world.Key(op.id)] = r
	op.enlist()
	return r, nil
}

func (op *operation) checkScope() error {
	if op.old != nil || op.kind.armType == groupType {
		return nil
	}
	id, err := arm.Parse(op.id)
	if err == nil { // else it is a role assignment at the subscription
		return op.checkParents(id)
	}
	return nil
}

func (op *operation) checkParents(id arm.ID) error {
	if op.world.Find(id.GroupID()) == nil {
		return notFound("ResourceGroupNotFound", "Resource group '%s' could not be found.", id.Group)
	}
	if parent, ok := id.Parent(); ok && strings.EqualFold(id.Type(), op.kind.armType) && op.world.Find(parent.String()) == nil {
		return notFound("ParentResourceNotFound",
			"Can not perform requested operation on nested resource. Parent resource '%s' not found.", parent.Name())
	}
	return nil
}

func (op *operation) checkName() error {
	if op.old != nil {
		return nil
	}
	return op.kind.name.check(op.name)
}

// checkFrozen: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
func (op *operation) checkFrozen() error {
	if op.old == nil {
		return nil
	}
	for _, text := range op.kind.frozen {
		path := strings.Split(text, ".")
		now := tree.Get(op.declared, path...)
		if now == nil || reflect.DeepEqual(now, tree.Get(op.old.Inputs, path...)) {
			continue
		}
		return &Error{409, "PropertyChangeNotAllowed", fmt.Sprintf("Changing property '%s' is not allowed.", text)}
	}
	return nil
}

// start makes the outputs: the inputs, without what Azure does not give back, and what the old resource keeps.
func (op *operation) start() error {
	op.outputs = tree.CloneMap(op.declared)
	for _, parameter := range op.kind.parameters() {
		delete(op.outputs, parameter)
	}
	for _, text := range op.kind.hidden {
		eachAt(op.outputs, strings.Split(text, "."), func(m map[string]any, key string) { delete(m, key) })
	}
	for _, list := range op.kind.kept {
		if _, declared := op.outputs[list]; declared {
			continue
		}
		op.outputs[list] = []any{}
		if op.old != nil {
			op.outputs[list] = tree.Clone(op.old.Outputs[list])
		}
	}
	op.outputs["name"] = op.name
	if op.kind.armType != extensionType {
		op.outputs["type"] = op.kind.armType
	}
	op.set("etag", `W/"`+op.guid("etag")+`"`)
	op.set("resourceGuid", op.guid("resource"))
	return op.startParts()
}

// startParts gives the children their ids.
func (op *operation) startParts() error {
	for _, list := range op.kind.parts {
		seen := map[string]bool{}
		for i, part := range tree.List(op.outputs, list) {
			name := tree.String(part, "name")
			if name == "" {
				return badRequest("InvalidRequestFormat", "Cannot parse the request: %s[%d] of %s has no name.", list, i, op.name)
			}
			if seen[world.Key(name)] {
				return badRequest("InvalidRequestFormat", "Cannot parse the request: %s of %s has more than one item named %s.", list, op.name, name)
			}
			seen[world.Key(name)] = true
			if err := networkName(1, 80).check(name); err != nil {
				return err
			}
			m := tree.Map(part)
			m["id"] = op.id + "/" + list + "/" + name
			m["provisioningState"] = "Succeeded"
			m["etag"] = op.outputs["etag"]
		}
	}
	return nil
}

func (op *operation) checkLocation() error {
	if op.kind.global || !op.kind.argSchema.Has("location") {
		return nil
	}
	location := normalLocation(tree.String(op.inputs, "location"))
	if location == "" && op.old != nil {
		location = tree.String(op.old.Outputs, "location")
	}
	if location == "" {
		return badRequest("LocationRequired", "The location property is required for this definition.")
	}
	if !op.cloud.region(location) {
		return badRequest("LocationNotAvailableForResourceType",
			"The provided location '%s' is not available for resource type '%s'.", location, op.kind.armType)
	}
	if op.old != nil && location != tree.String(op.old.Outputs, "location") {
		return conflict("InvalidResourceLocation", "The resource '%s' already exists in location '%s' in resource group '%s'. A resource with the "+
			"same name cannot be created in location '%s'. Please select a new resource name.",
			op.name, tree.String(op.old.Outputs, "location"), groupOf(op.id), location)
	}
	op.outputs["location"] = location
	return nil
}

// groupOf is the name of the resource group that an id is in.
func groupOf(id string) string {
	parsed, err := arm.Parse(id)
	if err != nil {
		return ""
	}
	return parsed.Group
}

// normalLocation: Azure takes "West Europe" and answers "westeurope".
func normalLocation(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

func (op *operation) location() string { return tree.String(op.outputs, "location") }

func (op *operation) kindFill() error {
	if op.kind.fill == nil {
		return nil
	}
	return op.kind.fill(op)
}

func (op *operation) kindValidate() error {
	if op.kind.validate == nil {
		return nil
	}
	return op.kind.validate(op)
}

// set gives an output that the type has, and leaves others alone.
func (op *operation) set(name string, value any) {
	if op.kind.outSchema.Has(name) {
		op.outputs[name] = value
	}
}

// setDefault gives an output a value that was not declared.
func (op *operation) setDefault(name string, value any) {
	if _, ok := op.outputs[name]; !ok {
		op.set(name, value)
	}
}

// guid is a GUID that depends on what it is for, the id and how often the id was made.
func (op *operation) guid(purpose string) string {
	key := world.Key(op.id)
	if op.old == nil && purpose == "etag" {
		op.world.Made[key]++
	}
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://management.azure.com"+key))
	return uuid.NewSHA1(space, fmt.Appendf(nil, "%s|%d", purpose, op.world.Made[key])).String()
}

// hash is hexadecimal and depends on the id.
func (op *operation) hash() string {
	sum := sha256.Sum256([]byte(world.Key(op.id)))
	return hex.EncodeToString(sum[:])
}

// others are the resources of some types but this one, in the order of their ids.
func (op *operation) others(types ...string) []*world.Resource {
	return slices.DeleteFunc(ofType(op.world, types...), func(r *world.Resource) bool { return strings.EqualFold(r.ID, op.id) })
}

// ofType are the resources of some types, in the order of their ids.
func ofType(w *world.World, types ...string) []*world.Resource {
	var out []*world.Resource
	for _, r := range w.Resources {
		if slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(r.Type, t) }) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *world.Resource) int { return strings.Compare(a.ID, b.ID) })
	return out
}
