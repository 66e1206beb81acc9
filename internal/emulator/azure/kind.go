package azure

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// kind is everything the emulator knows about a resource type that the SDK's types do not say.
type kind struct {
	// pulumi is Pulumi's type, such as azure-native:network:VirtualNetwork.
	pulumi string
	// armType is ARM's, such as Microsoft.Network/virtualNetworks.
	armType string
	// path is the id, with inputs in braces. The last one is the name. Like in azure-native, all of them replace the
	// resource when they change.
	path string
	// args and outputs are the SDK's types.
	args, outputs any
	// name is the rule for the name, nil for none.
	name *nameRule
	// global resources have no location.
	global bool
	// movable resources are replaced when their location changes. azure-native updates all others, which Azure refuses:
	// https://github.com/pulumi/pulumi-azure-native/issues/3053
	movable bool
	// replace are further properties that azure-native replaces the resource for.
	replace []string
	// frozen are the properties that Azure refuses to change (PropertyChangeNotAllowed).
	frozen []string
	// hidden are the properties that Azure takes and never gives back. A name that ends with [] is a list.
	hidden []string
	// kept are the lists of children that stay as they are when an update does not name them, as azure-native keeps
	// sub-resources that have types of their own.
	kept []string
	// list is the list of its parent's that the resource stands in, empty for what is in none.
	list string
	// parts are the lists of children that get ids of their own below the resource's.
	parts []string
	// fill computes outputs. It runs before references are checked.
	fill func(*operation) error
	// validate checks what declarations alone cannot say, after references.
	validate func(*operation) error
	// guard refuses a deletion, usually because the resource is in use.
	guard func(*world.World, *world.Resource) error
	// gone cleans up after a deletion.
	gone func(*world.World, *world.Resource)
	// shown changes the copy of a resource that a reader gets, nil where it is shown as it is.
	shown func(*world.World, *world.Resource)
	// watch gives the machines whose first boot the resource waits for, nil if it never does.
	watch func(*world.World, *world.Resource) []watched

	argSchema, outSchema *schema.Schema
	replacePaths         []resource.PropertyPath
}

// nameRule is what names of a type have to look like:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
type nameRule struct {
	min, max int
	pattern  *regexp.Regexp
	// code and message are Azure's answer; %s is the name.
	code, message string
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

func (k *kind) parameters() []string {
	var names []string
	for _, match := range pathParameter.FindAllStringSubmatch(k.path, -1) {
		if match[1] != subscriptionParameter {
			names = append(names, match[1])
		}
	}
	return names
}

// nameInput is the input that names the resource.
func (k *kind) nameInput() string {
	all := k.parameters()
	return all[len(all)-1]
}

const subscriptionParameter = "subscriptionId"

// id fills the path in. Missing inputs give an empty id.
func (k *kind) id(inputs map[string]any) string {
	complete := true
	id := pathParameter.ReplaceAllStringFunc(k.path, func(match string) string {
		name := strings.Trim(match, "{}")
		if name == subscriptionParameter {
			return SubscriptionID
		}
		value, _ := inputs[name].(string)
		complete = complete && value != ""
		return value
	})
	if !complete {
		return ""
	}
	return "/" + strings.TrimPrefix(id, "/")
}

// prepare does the reflection once.
func (k *kind) prepare() *kind {
	k.argSchema, k.outSchema = schema.Of(k.args), schema.Outputs(k.outputs)
	for _, name := range k.parameters() {
		k.replacePaths = append(k.replacePaths, resource.PropertyPath{name})
	}
	if k.movable {
		k.replacePaths = append(k.replacePaths, resource.PropertyPath{"location"})
	}
	for _, text := range k.replace {
		k.replacePaths = append(k.replacePaths, pathOf(text))
	}
	return k
}

// pathOf splits a path of names at its dots.
func pathOf(text string) resource.PropertyPath {
	var path resource.PropertyPath
	for name := range strings.SplitSeq(text, ".") {
		path = append(path, name)
	}
	return path
}

// kinds are all types, by Pulumi's name.
func kinds() map[string]*kind {
	all := map[string]*kind{}
	for _, service := range [][]*kind{resourceKinds(), networkKinds(), childKinds(), computeKinds(), identityKinds(), authorizationKinds(), insightsKinds()} {
		for _, k := range service {
			all[k.pulumi] = k.prepare()
		}
	}
	return all
}
