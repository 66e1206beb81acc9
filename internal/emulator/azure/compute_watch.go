package azure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// watched is a machine whose bootstrap an extension watches.
type watched struct {
	// machine is the ARM id of the virtual machine, or of the instance of a scale set.
	machine string
	// extension is the extension's name.
	extension string
	// vm is what error messages call the machine.
	vm string
	// reporter is the id of the resource that keeps what the extension reported: the extension, or the instance.
	reporter string
}

// failed says whether the extension has failed, then or now. What the machine does afterwards changes nothing.
func (m watched) failed(w *world.World) bool {
	return m.reported(w) != "" || w.Guests[world.Key(m.machine)] != nil && w.Guests[world.Key(m.machine)].State == world.GuestFailed
}

// reported is what the extension said when it failed, or "".
func (m watched) reported(w *world.World) string {
	if r := w.Find(m.reporter); r != nil {
		return tree.String(r.Outputs, failureOutput)
	}
	return ""
}

// await waits until the machines that the resource watches have finished their bootstrap. A machine that has nothing to
// do does not keep anybody waiting. Machines that come or go meanwhile count as they are at the end.
func (c *Cloud) await(ctx context.Context, k *kind, id string) error {
	limited, cancel := context.WithTimeout(ctx, c.options.BootTimeout)
	defer cancel()
	started := time.Now()
	err := c.store.Wait(limited, func(w *world.World) bool {
		r := w.Find(id)
		return r == nil || !slices.ContainsFunc(k.watch(w, r), func(m watched) bool {
			return m.reported(w) == "" && booting(w, m.machine)
		})
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("waiting for the bootstrap of %s: %w", id, ctx.Err())
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var failure error
	err = c.store.Update(ctx, func(w *world.World) error {
		r := w.Find(id)
		if r == nil {
			failure = notFound("ParentResourceNotFound", "The resource %s is gone while its machines started.", id)
			return nil
		}
		for _, m := range k.watch(w, r) {
			err := m.ended(w, time.Since(started))
			m.keep(w, err)
			failure = cmp.Or(failure, err)
		}
		return nil
	})
	return cmp.Or(failure, err)
}

// keep remembers what the extension reported.
func (m watched) keep(w *world.World, failure error) {
	var answer *Error
	if r := w.Find(m.reporter); r != nil && errors.As(failure, &answer) {
		r.Outputs[failureOutput], r.Outputs[failureCodeOutput] = answer.Message, answer.Code
	}
}

func booting(w *world.World, machine string) bool {
	g := w.Guests[world.Key(machine)]
	return g != nil && g.State == world.GuestBooting
}

// ended is the error with which the extension reports the machine's bootstrap, or nil.
func (m watched) ended(w *world.World, after time.Duration) error {
	g := w.Guests[world.Key(m.machine)]
	how := ""
	if text := m.reported(w); text != "" {
		code := tree.String(w.Find(m.reporter).Outputs, failureCodeOutput)
		return conflict(cmp.Or(code, codeExtension), "%s", text)
	}
	switch {
	case g == nil:
		return notFound("ParentResourceNotFound", "The virtual machine %s of extension %s is gone.", m.machine, m.extension)
	case g.State == world.GuestFailed:
		how = "exited with code 1"
	case g.State == world.GuestBooting:
		how = fmt.Sprintf("did not end within %s", after.Round(time.Second))
	default:
		return nil
	}
	return conflict(codeExtension, "%s has reported a failure when processing extension '%s'. Error message: "+
		"\"Enable failed: the command %s: %s\"", m.vm, m.extension, how, g.Log)
}

// begin lets a bootstrap that begins now fail, if it is to.
func (op *operation) begin(machine string, names ...string) {
	g, fails := op.world.Guests[world.Key(machine)], op.cloud.options.BootFault
	if g == nil || g.State != world.GuestBooting || fails == nil {
		return
	}
	typ := op.kind.pulumi
	if op.kind.armType == extensionType {
		typ = "azure-native:compute:VirtualMachine"
	}
	if code := fails(typ, names...); code != "" {
		g.State, g.Log = world.GuestFailed, "the bootstrap failed: "+code
	}
}
