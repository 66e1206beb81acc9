package emulator

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
)

// Fault is a failure to come.
type Fault struct {
	// Op is create, update, delete, read or invoke; or boot, for a machine's bootstrap, or for what its extension reports of
	// it where the type is VirtualMachineExtension.
	Op string
	// Type is a resource type's last part, such as VirtualMachine. * stands for any.
	Type string
	// Name matches the resource's name in Azure or its logical name, as path.Match has it.
	Name string
	// Code is Azure's error code.
	Code string
	// Count is how often the fault happens; 0 is every time.
	Count int
}

// ParseFault reads "create:VirtualMachine:linuxpool1*:SkuNotAvailable:1". The count may be missing.
func ParseFault(text string) (Fault, error) {
	parts := strings.Split(text, ":")
	const withCount = 5
	if len(parts) != withCount && len(parts) != withCount-1 {
		return Fault{}, fmt.Errorf("fault %q is not of the form op:Type:name:Code or op:Type:name:Code:count", text)
	}
	f := Fault{Op: parts[0], Type: parts[1], Name: parts[2], Code: parts[3]}
	switch f.Op {
	case "create", "update", "delete", "read", "invoke", opBoot:
	default:
		return Fault{}, fmt.Errorf("fault %q: operation %q is none of create, update, delete, read, invoke, boot", text, f.Op)
	}
	if _, err := path.Match(f.Name, ""); err != nil || f.Code == "" {
		return Fault{}, fmt.Errorf("fault %q: needs a name pattern such as linuxpool1* and an error code", text)
	}
	if len(parts) == withCount {
		n, err := strconv.Atoi(parts[4])
		if err != nil || n < 0 {
			return Fault{}, fmt.Errorf("fault %q: count %q is no whole number", text, parts[4])
		}
		f.Count = n
	}
	return f, nil
}

// WithFaults makes calls fail. Each fault counts for itself.
func WithFaults(faults []Fault, provider p.Provider) p.Provider {
	return withFaults(faults, provider, func(context.Context, info) error { return nil })
}

// withFaults tells after of each call that failed so.
func withFaults(faults []Fault, provider p.Provider, after func(context.Context, info) error) p.Provider {
	if len(faults) == 0 {
		return provider
	}
	due := dueFaults(faults)
	return around(func(ctx context.Context, call info, next func(context.Context) error) error {
		if !call.preview {
			if err := due(call); err != nil {
				return errors.Join(err, after(ctx, call))
			}
		}
		return next(ctx)
	}, provider)
}

// leftovers keeps what Azure keeps of a machine that it could not make or delete.
func leftovers(cloud *azure.Cloud) func(context.Context, info) error {
	return func(ctx context.Context, call info) error {
		switch {
		case call.typ != machineToken:
			return nil
		case call.op == "create":
			return cloud.MachineRefused(ctx, props.PlainMap(call.inputs))
		case call.op == "delete":
			return cloud.MachineStays(ctx, call.id)
		default:
			return nil
		}
	}
}

const machineToken = "azure-native:compute:VirtualMachine" //nolint:gosec // a type

// opBoot is a machine's bootstrap, which is no call.
const opBoot = "boot"

// bootFaults returns what says of a bootstrap that begins how it fails, or nothing.
func bootFaults(faults []Fault) func(typ string, names ...string) string {
	due := dueFaults(faults)
	return func(typ string, names ...string) string {
		var answer *azure.Error
		if errors.As(due(info{op: opBoot, typ: typ, names: names}), &answer) {
			return answer.Code
		}
		return ""
	}
}

// dueFaults returns what says which fault a call meets, and counts them.
func dueFaults(faults []Fault) func(info) error {
	var mu sync.Mutex
	left := make([]int, len(faults))
	for i, f := range faults {
		left[i] = f.Count
	}
	return func(call info) error {
		mu.Lock()
		defer mu.Unlock()
		for i, f := range faults {
			if !f.matches(call) || f.Count > 0 && left[i] == 0 {
				continue
			}
			left[i]--
			return azure.NewError(f.Code)
		}
		return nil
	}
}

func (f Fault) matches(call info) bool {
	if f.Op != call.op || f.Type != "*" && !strings.EqualFold(f.Type, call.typ[strings.LastIndex(call.typ, ":")+1:]) {
		return false
	}
	for _, name := range append(call.names, call.name, path.Base(call.id)) {
		if ok, err := path.Match(f.Name, name); ok && err == nil {
			return true
		}
	}
	return false
}
