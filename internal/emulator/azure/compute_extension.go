package azure

import (
	"reflect"
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
	if !op.runsCommand() {
		for _, name := range []string{failureOutput, failureCodeOutput} {
			if kept := tree.String(op.old.Outputs, name); kept != "" {
				op.outputs[name] = kept
			}
		}
		return nil
	}
	if customScript(op.outputs) && startsBoot(op.inputs, system) {
		guest.RunCustomData(op.world, vm.ID)
		op.begin(vm.ID, vm.Name)
	}
	op.misreport(vm.Name)
	return nil
}

// runsCommand says whether the handler runs its command: it does for an extension that is new, or whose settings differ
// from those that it has run. The result of the last run is the answer to any other PUT.
// https://github.com/Azure/custom-script-extension-linux/issues/79, https://github.com/Azure/azure-cli/issues/6930
func (op *operation) runsCommand() bool {
	if op.old == nil {
		return true
	}
	for _, name := range []string{"settings", "protectedSettings", "forceUpdateTag", "publisher", "type", "typeHandlerVersion"} {
		if !reflect.DeepEqual(op.declared[name], op.old.Inputs[name]) {
			return true
		}
	}
	return false
}

// startsUnit is how a command starts what the first boot had started.
var startsUnit = regexp.MustCompile(`systemctl\s+(?:-\S+\s+)*(?:re)?start\b`)

// startsBoot says whether an extension's command runs the machine's bootstrap, rather than only waiting for it.
func startsBoot(extension map[string]any, system string) bool {
	if system == guest.Windows {
		return runsCustomData(extension)
	}
	return startsUnit.MatchString(command(extension))
}

// extensionMachine is the id of the machine that an extension belongs to.
func extensionMachine(id string) string {
	if i := strings.LastIndex(strings.ToLower(id), "/extensions/"); i >= 0 {
		return id[:i]
	}
	return ""
}

var customDataFile = regexp.MustCompile(`(?i)AzureData[\\/]+CustomData\.bin`)

func runsCustomData(inputs map[string]any) bool { return customDataFile.MatchString(command(inputs)) }

func command(inputs map[string]any) string {
	const name = "commandToExecute"
	return tree.String(inputs, "settings", name) + tree.String(inputs, "protectedSettings", name)
}

// watchExtension: the Custom Script extension's command ends when the machine's bootstrap does.
func watchExtension(_ *world.World, r *world.Resource) []watched {
	if !customScript(r.Outputs) {
		return nil
	}
	return []watched{{machine: extensionMachine(r.ID), extension: r.Name, vm: "VM", reporter: r.ID}}
}
