package azure

import (
	"regexp"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// customScript is the handler that runs a command of ours:
// https://learn.microsoft.com/azure/virtual-machines/extensions/custom-script-windows and .../custom-script-linux
func customScript(v map[string]any) bool {
	publisher, handler := strings.ToLower(tree.String(v, "publisher")), strings.ToLower(tree.String(v, "type"))
	return publisher == "microsoft.compute" && handler == "customscriptextension" ||
		publisher == "microsoft.azure.extensions" && handler == "customscript"
}

func validateExtension(op *operation) error {
	for _, name := range []string{"publisher", "type", "typeHandlerVersion"} {
		if tree.String(op.outputs, name) == "" {
			return badRequest("InvalidParameter", "Required parameter '%s' is missing (null).", name)
		}
	}
	vm := op.world.Find(extensionMachine(op.id))
	if vm == nil {
		return notFound("ParentResourceNotFound", "Can not perform requested operation on nested resource. Parent resource of '%s' not found.", op.name)
	}
	publisher, handler := tree.String(op.outputs, "publisher"), tree.String(op.outputs, "type")
	system := systemOf(vm.Outputs)
	if err := checkHandler(op.outputs, system); err != nil {
		return err
	}
	for _, other := range op.others(extensionType) {
		if strings.EqualFold(extensionMachine(other.ID), vm.ID) && strings.EqualFold(tree.String(other.Outputs, "publisher"), publisher) &&
			strings.EqualFold(tree.String(other.Outputs, "type"), handler) {
			return badRequest("BadRequest", "Multiple VMExtensions per handler not supported for OS type '%s'. VMExtension '%s' with handler "+
				"'%s.%s' already added or specified in input.", system, op.name, publisher, handler)
		}
	}
	if customScript(op.outputs) && system == guest.Windows && runsCustomData(op.inputs) {
		guest.RunCustomData(op.world, vm.ID)
	}
	return nil
}

// extensionMachine is the id of the machine that an extension belongs to.
func extensionMachine(id string) string {
	if i := strings.LastIndex(strings.ToLower(id), "/extensions/"); i >= 0 {
		return id[:i]
	}
	return ""
}

var customDataFile = regexp.MustCompile(`(?i)AzureData[\\/]+CustomData\.bin`)

func runsCustomData(inputs map[string]any) bool {
	for _, settings := range []string{"settings", "protectedSettings"} {
		if customDataFile.MatchString(tree.String(inputs, settings, "commandToExecute")) {
			return true
		}
	}
	return false
}

// watchExtension: the Custom Script extension's command ends when the machine's bootstrap does.
func watchExtension(_ *world.World, r *world.Resource) []watched {
	if !customScript(r.Outputs) {
		return nil
	}
	return []watched{{machine: extensionMachine(r.ID), extension: r.Name, vm: "VM"}}
}
