package provisioning

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

// unheard are the reports of an extension that say that it failed, and not how its
// command ended:
//   - the handler of Windows found the command ended by a restart of the machine:
//     https://github.com/Azure-Samples/azuresandbox/issues/155
//   - the one of Linux found it ended by a signal, which has no exit code:
//     https://github.com/Azure/custom-script-extension-linux/tree/main/pkg/exec
//   - Azure waited in vain, for the command or for the machine's agent:
//     https://github.com/Azure/custom-script-extension-linux/issues/106 and .../172,
//     https://github.com/MicrosoftDocs/azure-docs/issues/29351
//   - nothing but the state is left of it, see [Broken].
var unheard = regexp.MustCompile(`may have been interrupted by a VM restart|command terminated with exit status=-1\b|` +
	`VMExtensionProvisioningTimeout|VM extension \S+ has timed out|VMAgentStatusCommunicationError|has not reported status for VM agent|` + brokenState)

// ownWord is how our command tells of a bootstrap that failed. Then there is a reason,
// and the same would only fail again.
var ownWord = regexp.MustCompile(`bootstrap (failed|did not finish)`)

// ConcernsReports says whether an operation failed for nothing but extensions that did
// not tell how their command ended, before the state is asked for.
func ConcernsReports(diagnostics []engine.Diagnostic) bool {
	for _, d := range diagnostics {
		if d.Type != extensionType || !unheard.MatchString(d.Message) || ownWord.MatchString(d.Message) {
			return false
		}
	}
	return len(diagnostics) > 0
}

// Unheard are the machines of which an operation does not know how their bootstrap
// ended, sorted, where that is all that failed: see [ConcernsReports]. The state has
// their names; an extension that it does not have is none that can run again.
func Unheard(diagnostics []engine.Diagnostic, export []byte) ([]string, error) {
	if !ConcernsReports(diagnostics) {
		return nil, nil
	}
	resources, err := exported(export)
	if err != nil {
		return nil, err
	}
	machines := map[string]string{}
	for _, r := range resources {
		machines[r.URN] = r.Inputs.Machine
	}
	found := map[string]bool{}
	for _, diagnostic := range diagnostics {
		machine := machines[diagnostic.URN]
		if machine == "" {
			return nil, nil
		}
		found[machine] = true
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// Rerun says why the extensions of machines run again. joined are those machines that
// are nodes by now; unasked is why that is not known, or nil.
func Rerun(machines []string, joined map[string]bool, unasked error) string {
	var there, absent []string
	for _, m := range machines {
		if joined[m] {
			there = append(there, m)
		} else {
			absent = append(absent, m)
		}
	}
	var where string
	switch {
	case unasked != nil:
		where = fmt.Sprintf("Whether they are nodes is not known (%v).", unasked)
	case len(absent) == 0:
		where = "Nodes by now: all of them."
	case len(there) == 0:
		where = "Nodes by now: none of them."
	default:
		where = "Nodes by now: " + strings.Join(there, ", ") + "; not yet: " + strings.Join(absent, ", ") + "."
	}
	return fmt.Sprintf("Azure does not know how the bootstrap ended on %s: a machine restarted under its extension, or did not report. %s "+
		"The extension runs again there, and ends when the node has joined.", strings.Join(machines, ", "), where)
}
