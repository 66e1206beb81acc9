package azure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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
}

// await waits until the machines that the resource watches have finished their bootstrap. A machine that has nothing to
// do does not keep anybody waiting. Machines that come or go meanwhile count as they are at the end.
func (c *Cloud) await(ctx context.Context, k *kind, id string) error {
	limited, cancel := context.WithTimeout(ctx, c.options.BootTimeout)
	defer cancel()
	started := time.Now()
	err := c.store.Wait(limited, func(w *world.World) bool {
		r := w.Find(id)
		return r == nil || !slices.ContainsFunc(k.watch(w, r), func(m watched) bool { return booting(w, m.machine) })
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("waiting for the bootstrap of %s: %w", id, ctx.Err())
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return c.store.View(ctx, func(w *world.World) error {
		r := w.Find(id)
		if r == nil {
			return notFound("ParentResourceNotFound", "The resource %s is gone while its machines started.", id)
		}
		for _, m := range k.watch(w, r) {
			if err := m.ended(w, time.Since(started)); err != nil {
				return err
			}
		}
		return nil
	})
}

func booting(w *world.World, machine string) bool {
	g := w.Guests[world.Key(machine)]
	return g != nil && g.State == world.GuestBooting
}

// ended is the error with which the extension reports the machine's bootstrap, or nil.
func (m watched) ended(w *world.World, after time.Duration) error {
	g := w.Guests[world.Key(m.machine)]
	how := ""
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
	return conflict("VMExtensionProvisioningError", "%s has reported a failure when processing extension '%s'. Error message: "+
		"\"Enable failed: the command %s: %s\"", m.vm, m.extension, how, g.Log)
}
