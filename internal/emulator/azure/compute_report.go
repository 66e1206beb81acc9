package azure

import (
	"cmp"
	"fmt"
)

// codeExtension is how Azure answers where an extension says that it failed.
const codeExtension = "VMExtensionProvisioningError"

// unheard is what Azure says of an extension without knowing how its command ended, by
// the code of the fault that asks for it. The command and the machine go on.
var unheard = map[string]struct {
	// code is Azure's, where it is another one than the fault's.
	code string
	// message has places for the extension's name, the machine's and the fault's code.
	message string
}{
	// https://github.com/Azure-Samples/azuresandbox/issues/155
	"InterruptedByRestart": {
		codeExtension, "VM has reported a user failure when processing extension '%[1]s'. Please correct the error and try again. Error code: '3'. " +
			"Error message: 'Command execution finished, but failed because it returned a non-zero exit code of: '1'. " +
			"Command execution may have been interrupted by a VM restart'.",
	},
	// https://github.com/MicrosoftDocs/azure-docs/issues/49972
	"VMExtensionProvisioningTimeout": {
		"", "Provisioning of VM extension %[1]s has timed out. Extension provisioning has taken too long to complete. The extension did not report a message.",
	},
	// https://github.com/MicrosoftDocs/azure-docs/issues/29351
	"VMAgentStatusCommunicationError": {
		"", "VM '%[2]s' has not reported status for VM agent or extensions. Please verify the VM has a running VM agent and can establish " +
			"outbound connections to Azure storage.",
	},
}

// misreport lets an extension whose command runs now report something else than how the
// command ends, if it is to.
func (op *operation) misreport(machine string) {
	fails := op.cloud.options.BootFault
	if fails == nil {
		return
	}
	code := fails(op.kind.pulumi, machine)
	if code == "" {
		return
	}
	report, known := unheard[code]
	if !known {
		report.code = codeExtension
		report.message = "VM has reported a failure when processing extension '%[1]s'. Error message: \"Enable failed: %[3]s\""
	}
	op.outputs[failureOutput] = fmt.Sprintf(report.message, op.name, machine, code)
	op.outputs[failureCodeOutput] = cmp.Or(report.code, code)
}
