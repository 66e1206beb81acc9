package emulator

import (
	"errors"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
)

// groupToken is Pulumi's type of what Azure Resource Manager is asked for here, so that faults and logs name it as ever.
const groupToken = "azure-native:resources:ResourceGroup" //nolint:gosec // a type

// Azure gives the Azure SDK access to the emulated subscription: its id, and what requests for resource groups go through.
// No login is asked for.
func (e *Emulator) Azure() (subscription string, transport policy.Transporter) {
	return azure.SubscriptionID, e.manager
}

// watch stands around each request: faults and the journal.
func (e *Emulator) watch(o Options) func(op, group string, next func() error) error {
	due := dueFaults(o.Faults)
	return func(op, group string, next func() error) error {
		start := time.Now()
		err := due(info{op: op, typ: groupToken, name: group, id: "/" + group})
		if err == nil {
			err = next()
		}
		var coded interface{ ErrorCode() string }
		code := ""
		if errors.As(err, &coded) {
			code = coded.ErrorCode()
		}
		if op == "update" || op == "delete" {
			e.record(Call{Type: groupToken, Op: op, Name: group, Start: start, Duration: time.Since(start), Code: code})
		}
		return err
	}
}
