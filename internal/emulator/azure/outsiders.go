package azure

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// What others do to the machines beside any program: the autoscaler, the disk driver, people with a portal.

// Scale gives a scale set so many instances, as an autoscaler does. New ones boot as those that are there did, so there
// has to be one.
func (c *Cloud) Scale(ctx context.Context, setID string, capacity int) error {
	return c.store.Update(ctx, func(w *world.World) error {
		set := w.Find(setID)
		if set == nil {
			return notFound("ResourceNotFound", "The Resource '%s' was not found.", setID)
		}
		setCapacity(set, capacity)
		op := &operation{
			cloud: c, world: w, kind: c.kinds["azure-native:compute:VirtualMachineScaleSet"], id: set.ID, name: set.Name,
			inputs: set.Inputs, declared: set.Inputs, outputs: set.Outputs, old: set,
		}
		if err := op.scale(tree.Map(set.Inputs, "virtualMachineProfile")); err != nil {
			return err
		}
		guest.Advance(w)
		return nil
	})
}

// DeleteInstance takes one instance out of a scale set, which then has one less.
func (c *Cloud) DeleteInstance(ctx context.Context, setID, number string) error {
	return c.onInstance(ctx, setID, number, func(w *world.World, set, instance *world.Resource) {
		capacity, _ := tree.Int(set.Outputs, "sku", "capacity")
		setCapacity(set, capacity-1)
		removeInstance(w, instance)
	})
}

// Reimage lets one instance of a scale set begin anew.
func (c *Cloud) Reimage(ctx context.Context, setID, number string) error {
	return c.onInstance(ctx, setID, number, func(w *world.World, _, instance *world.Resource) {
		delete(instance.Outputs, failureOutput)
		delete(instance.Outputs, failureCodeOutput)
		again := *w.Guests[world.Key(instance.ID)]
		guest.Gone(w, instance.ID)
		again.State, again.Log = world.GuestBooting, ""
		w.Guests[world.Key(instance.ID)] = &again
	})
}

func (c *Cloud) onInstance(ctx context.Context, setID, number string, change func(w *world.World, set, instance *world.Resource)) error {
	return c.store.Update(ctx, func(w *world.World) error {
		id := fmt.Sprintf("%s/virtualMachines/%s", setID, number)
		set, instance := w.Find(setID), w.Find(id)
		if set == nil || instance == nil {
			return notFound("ResourceNotFound", "The Resource '%s' was not found.", id)
		}
		change(w, set, instance)
		guest.Advance(w)
		return nil
	})
}

// setCapacity: whoever changes a resource changes its model.
func setCapacity(set *world.Resource, capacity int) {
	for _, side := range []map[string]any{set.Inputs, set.Outputs} {
		tree.Map(side, "sku")["capacity"] = float64(capacity)
	}
}

// AttachDisk attaches a new disk to a machine, as the driver of persistent volumes does.
func (c *Cloud) AttachDisk(ctx context.Context, vmID, diskID string) error {
	return c.store.Update(ctx, func(w *world.World) error {
		vm := w.Find(vmID)
		if vm == nil {
			return notFound("ResourceNotFound", "The Resource '%s' was not found.", vmID)
		}
		if err := c.seed(w, diskID); err != nil {
			return err
		}
		disks := tree.List(vm.Outputs, "storageProfile", "dataDisks")
		lun := 0
		for slices.ContainsFunc(disks, func(d any) bool { return sameLun(d, map[string]any{"lun": lun}) }) {
			lun++
		}
		disk := map[string]any{
			"name": path.Base(diskID), "lun": float64(lun), "createOption": "Attach", "caching": "ReadOnly",
			"managedDisk": map[string]any{"id": diskID},
		}
		for _, side := range []map[string]any{vm.Inputs, vm.Outputs} {
			storage := tree.Map(side, "storageProfile")
			storage["dataDisks"] = append(slices.Clone(tree.List(storage, "dataDisks")), tree.Clone(disk))
		}
		return nil
	})
}

// Deallocate stops a machine and gives its host back. Azure then shows less of its OS disk:
// https://github.com/Azure/azure-powershell/issues/13213
func (c *Cloud) Deallocate(ctx context.Context, vmID string) error {
	return c.store.Update(ctx, func(w *world.World) error {
		vm := w.Find(vmID)
		if vm == nil {
			return notFound("ResourceNotFound", "The Resource '%s' was not found.", vmID)
		}
		vm.Outputs[deallocatedOutput] = true
		return nil
	})
}

// deallocatedOutput marks a machine that is stopped and without a host. It is no property of Azure's.
const deallocatedOutput = "deallocated"

// showMachine leaves out what Azure does not know of a machine without a host.
func showMachine(_ *world.World, vm *world.Resource) {
	if tree.Bool(vm.Outputs, deallocatedOutput) {
		delete(tree.Map(vm.Outputs, "storageProfile", "osDisk", "managedDisk"), "storageAccountType")
		delete(tree.Map(vm.Outputs, "storageProfile", "osDisk"), "diskSizeGB")
	}
}

// FailMachine lets a machine fail, as one that Azure could not start or whose system it did not hear of in time.
func (c *Cloud) FailMachine(ctx context.Context, vmID string) error {
	return c.store.Update(ctx, func(w *world.World) error {
		vm := w.Find(vmID)
		if vm == nil {
			return notFound("ResourceNotFound", "The Resource '%s' was not found.", vmID)
		}
		vm.Outputs["provisioningState"] = stateFailed
		return nil
	})
}
