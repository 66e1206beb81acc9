package provisioning_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/provisioning"
)

const (
	extensionKind = "azure-native:compute:VirtualMachineExtension"
	extensionURN  = "urn:pulumi:dev::hybridcluster::" + extensionKind + "::cluster-win000-bootstrap"
	otherURN      = "urn:pulumi:dev::hybridcluster::" + extensionKind + "::cluster-lin001-bootstrap"

	interrupted = `Code="VMExtensionProvisioningError" Message="VM has reported a user failure when processing extension 'bootstrap'. Error code: '3'. ` +
		`Error message: 'Command execution finished, but failed because it returned a non-zero exit code of: '1'. Command execution may have been ` +
		`interrupted by a VM restart'."`
	timedOut = `Code="VMExtensionProvisioningTimeout" Message="Provisioning of VM extension bootstrap has timed out. Extension provisioning has taken too ` +
		`long to complete. The extension did not report a message."`
	exited = `Code="VMExtensionProvisioningError" Message="VM has reported a failure when processing extension 'bootstrap'. Error message: ` +
		`\"Enable failed: failed to execute command: command terminated with exit status=1\"`
)

// withExtensions has two extensions under the names of their machines.
const withExtensions = `{"deployment":{"resources":[
  {"urn":"` + extensionURN + `","inputs":{"vmName":"win000","vmExtensionName":"bootstrap"}},
  {"urn":"` + otherURN + `","inputs":{"vmName":"lin001","vmExtensionName":"bootstrap"}},
  {"urn":"` + setURN + `","inputs":{"vmScaleSetName":"demo-lin"}}]}}`

// Only what a machine never told of is asked for again; what it told of is a fault.
func TestRestartsAreToldFromFaults(t *testing.T) {
	t.Parallel()
	of := func(urn, message string) engine.Diagnostic {
		typ, name := engine.Describe(urn)
		return engine.Diagnostic{URN: urn, Type: typ, Name: name, Severity: "error", Message: message}
	}
	for name, tt := range map[string]struct {
		failed []engine.Diagnostic
		want   []string
	}{
		"Windows, a restart":        {[]engine.Diagnostic{of(extensionURN, interrupted)}, []string{"win000"}},
		"Linux, a signal":           {[]engine.Diagnostic{of(otherURN, strings.Replace(exited, "=1", "=-1", 1))}, []string{"lin001"}},
		"no status in time":         {[]engine.Diagnostic{of(extensionURN, timedOut)}, []string{"win000"}},
		"a status of the handler's": {[]engine.Diagnostic{of(otherURN, `Provisioning of VM extension 'bootstrap' has timed out. The extension last reported "Plugin enabled".`)}, []string{"lin001"}},
		"no agent":                  {[]engine.Diagnostic{of(extensionURN, `Code="VMAgentStatusCommunicationError" Message="VM 'win000' has not reported status for VM agent or extensions."`)}, []string{"win000"}},
		"nothing but its state":     {[]engine.Diagnostic{of(extensionURN, provisioning.Broken(extensionKind, map[string]any{"provisioningState": "Failed"}))}, []string{"win000"}},
		"two machines":              {[]engine.Diagnostic{of(extensionURN, interrupted), of(otherURN, timedOut)}, []string{"lin001", "win000"}},
		"a command that failed":     {[]engine.Diagnostic{of(extensionURN, exited)}, nil},
		"one of two failed":         {[]engine.Diagnostic{of(extensionURN, interrupted), of(otherURN, exited)}, nil},
		"a bootstrap that said so":  {[]engine.Diagnostic{of(extensionURN, interrupted+" bootstrap failed: step join_cluster")}, nil},
		"one that was too slow":     {[]engine.Diagnostic{of(extensionURN, interrupted+" bootstrap did not finish within 70 minutes")}, nil},
		"an instance of a set":      {[]engine.Diagnostic{of(setURN, interrupted)}, nil},
		"one that is not there":     {[]engine.Diagnostic{of(extensionURN+"-2", interrupted)}, nil},
		"something else":            {[]engine.Diagnostic{{Message: "update failed: " + interrupted}}, nil},
		"nothing":                   {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := provisioning.Unheard(tt.failed, []byte(withExtensions))
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
	_, err := provisioning.Unheard([]engine.Diagnostic{of(extensionURN, interrupted)}, []byte("{"))
	require.ErrorContains(t, err, "reading the stack's state")
}

func TestRerunSaysWhetherTheNodeIsThere(t *testing.T) {
	t.Parallel()
	two := []string{"lin001", "win000"}
	for want, text := range map[string]string{
		"Nodes by now: all of them.":                       provisioning.Rerun(two, map[string]bool{"lin001": true, "win000": true}, nil),
		"Nodes by now: none of them.":                      provisioning.Rerun(two, nil, nil),
		"Nodes by now: lin001; not yet: win000.":           provisioning.Rerun(two, map[string]bool{"lin001": true}, nil),
		"Whether they are nodes is not known (no answer).": provisioning.Rerun(two, nil, errors.New("no answer")),
	} {
		require.Contains(t, text, want)
		require.Contains(t, text, "on lin001, win000: ")
	}
}
