package azure

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

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
	if customScript(op.outputs) && (system == guest.Windows) != strings.EqualFold(publisher, "Microsoft.Compute") {
		return conflict("VMExtensionHandlerNonTransientError", "The handler for VM extension type '%s.%s' has reported terminal failure: "+
			"it does not run on OS type '%s'.", publisher, handler, system)
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

// await waits until the machine that a Custom Script extension runs on has finished its bootstrap. A machine that has
// nothing to do does not keep anybody waiting.
func (c *Cloud) await(ctx context.Context, id string) error {
	machine := world.Key(extensionMachine(id))
	limited, cancel := context.WithTimeout(ctx, c.options.BootTimeout)
	defer cancel()
	started := time.Now()
	err := c.store.Wait(limited, func(w *world.World) bool {
		g := w.Guests[machine]
		return g == nil || g.State != world.GuestBooting
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("waiting for the bootstrap of %s: %w", extensionMachine(id), ctx.Err())
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var result error
	viewErr := c.store.View(ctx, func(w *world.World) error {
		switch g := w.Guests[machine]; {
		case g == nil:
			result = notFound("ParentResourceNotFound", "The virtual machine of extension %s is gone.", id)
		case g.State == world.GuestFailed:
			result = extensionFailed(w, id, "exited with code 1", g.Log)
		case g.State == world.GuestBooting:
			result = extensionFailed(w, id, fmt.Sprintf("did not end within %s", time.Since(started).Round(time.Second)), g.Log)
		}
		return nil
	})
	return errors.Join(viewErr, result)
}

func extensionFailed(w *world.World, id, how, log string) error {
	name := id
	if r := w.Find(id); r != nil {
		name = r.Name
	}
	return conflict("VMExtensionProvisioningError", "VM has reported a failure when processing extension '%s'. Error message: "+
		"\"Enable failed: the command %s: %s\"", name, how, log)
}
