package azure

import (
	"context"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// What Azure keeps for a while after what used it has failed or is gone.
const (
	// nicReservation is how long an interface stays that of a machine that could not be made or deleted:
	// https://github.com/rancher/machine/issues/359, https://github.com/Azure/karpenter-provider-azure/issues/92
	nicReservation = 180 * time.Second
	// setInterfaces is how long the interfaces of a scale set outlive its DELETE. How long that is in Azure is not documented;
	// that they do is why Terraform scales a set to none before it deletes it:
	// https://github.com/hashicorp/terraform-provider-azurerm/pull/28549
	setInterfaces = time.Minute
)

const diskType = "Microsoft.Compute/disks"

// The marks of what is kept, in outputs. None is a property of Azure's.
const (
	// reservedOutput is on an interface the id of the machine that it is reserved for.
	reservedOutput = "reservedFor"
	// untilOutput is when the mark, or the resource that is kept, goes: in seconds since 1970 of the world's time.
	untilOutput = "keptUntil"
)

// tick gives the world its time, and lets go what it has been kept long enough.
func (c *Cloud) tick(w *world.World) {
	w.Now = c.options.Now().Add(w.Ahead)
	for key, r := range w.Resources {
		until, kept := tree.Int(r.Outputs, untilOutput)
		if !kept || w.Now.Before(time.Unix(int64(until), 0)) {
			continue
		}
		if r.Type == setInterfaceType {
			delete(w.Resources, key)
			continue
		}
		delete(r.Outputs, reservedOutput)
		delete(r.Outputs, untilOutput)
	}
}

// Pass lets time pass in the world without anybody waiting for it.
func (c *Cloud) Pass(ctx context.Context, d time.Duration) error {
	return c.store.Update(ctx, func(w *world.World) error {
		w.Ahead += d
		c.tick(w)
		return nil
	})
}

func keep(w *world.World, r *world.Resource, d time.Duration) {
	// Up to the next whole second: nothing goes too early.
	r.Outputs[untilOutput] = float64(w.Now.Add(d + time.Second - 1).Unix())
}

// MachineRefused is told of a machine that Azure could not make, with what was asked for. Its interfaces stay reserved.
func (c *Cloud) MachineRefused(ctx context.Context, inputs map[string]any) error {
	k := c.kinds["azure-native:compute:VirtualMachine"]
	id := k.id(inputs)
	return c.store.Update(ctx, func(w *world.World) error {
		c.tick(w)
		if id == "" || w.Find(id) != nil {
			return nil
		}
		reserve(w, id, inputs)
		return nil
	})
}

// MachineStays is told of a machine that Azure could not delete.
func (c *Cloud) MachineStays(ctx context.Context, id string) error {
	return c.store.Update(ctx, func(w *world.World) error {
		c.tick(w)
		if vm := w.Find(id); vm != nil {
			reserve(w, vm.ID, vm.Outputs)
		}
		return nil
	})
}

func reserve(w *world.World, machine string, declared map[string]any) {
	for _, nic := range tree.List(declared, "networkProfile", "networkInterfaces") {
		if r := w.Find(tree.String(nic, "id")); r != nil {
			r.Outputs[reservedOutput] = machine
			keep(w, r, nicReservation)
		}
	}
}

// stayReserved: an update of an interface does not free it.
func stayReserved(old, now *world.Resource) {
	if old == nil {
		return
	}
	for _, mark := range []string{reservedOutput, untilOutput} {
		if kept, ok := old.Outputs[mark]; ok {
			now.Outputs[mark] = kept
		}
	}
}

// checkReserved refuses an interface that is still another machine's, or anybody's use where machine is "".
func checkReserved(nic *world.Resource, machine string) error {
	if nic == nil {
		return nil
	}
	if other := tree.String(nic.Outputs, reservedOutput); other != "" && !strings.EqualFold(other, machine) {
		return badRequest("NicReservedForAnotherVm", "Nic(s) in request is reserved for another Virtual Machine for %d seconds. "+
			"Please provide another nic(s) or retry after %[1]d seconds. Reserved VM: %[2]s", int(nicReservation.Seconds()), other)
	}
	return nil
}

// takeInterfaces ends the reservations of a machine that is made after all.
func (op *operation) takeInterfaces() {
	for _, nic := range tree.List(op.outputs, "networkProfile", "networkInterfaces") {
		if r := op.world.Find(tree.String(nic, "id")); r != nil {
			delete(r.Outputs, reservedOutput)
			delete(r.Outputs, untilOutput)
		}
	}
}

// diskID is a disk's beside a machine.
func diskID(machine, name string) string {
	id, _, _ := strings.Cut(machine, "/virtualMachines/")
	return id + "/disks/" + name
}

// leaveDisk leaves a deleted machine's OS disk behind: where nothing says that it goes along, and that of a machine that
// failed in any case (https://github.com/kubernetes-sigs/cluster-api-provider-azure/issues/755). It matters where a user
// has named it, for Azure's own names do not come again.
func leaveDisk(w *world.World, vm *world.Resource) {
	disk := tree.Map(vm.Inputs, "storageProfile", "osDisk")
	name := tree.String(disk, "name")
	goes := strings.EqualFold(tree.String(disk, "deleteOption"), "Delete") && tree.String(vm.Outputs, "provisioningState") != stateFailed
	if name == "" || goes || tree.Map(disk, "diffDiskSettings") != nil {
		return
	}
	id := diskID(vm.ID, name)
	w.Resources[world.Key(id)] = &world.Resource{ID: id, Type: diskType, Name: name, Inputs: map[string]any{}, Outputs: map[string]any{}}
}

// checkOSDisk refuses to make a disk that is there. The answer is that of https://github.com/Azure/azure-cli/issues/3918
func (op *operation) checkOSDisk() error {
	disk := tree.Map(op.inputs, "storageProfile", "osDisk")
	name := tree.String(disk, "name")
	if op.old != nil || name == "" || strings.EqualFold(tree.String(disk, "createOption"), "Attach") || op.world.Find(diskID(op.id, name)) == nil {
		return nil
	}
	return conflict("ConflictingUserInput", "Disk %s already exists in resource group %s. Only CreateOption.Attach is supported.",
		name, strings.ToUpper(groupOf(op.id)))
}

// keepInterfaces lets the interfaces of a scale set's instances outlive it: they hold their subnets and security groups.
func keepInterfaces(w *world.World, set *world.Resource) {
	for _, nic := range ofType(w, setInterfaceType) {
		if !arm.Under(nic.ID, set.ID) {
			continue
		}
		holds := map[string]any{"networkSecurityGroup": nic.Outputs["networkSecurityGroup"]}
		var configs []any
		for _, config := range tree.List(nic.Outputs, "ipConfigurations") {
			m := tree.Map(config)
			configs = append(configs, map[string]any{"id": m["id"], "name": m["name"], "subnet": m["subnet"]})
		}
		holds["ipConfigurations"] = configs
		nic.Outputs = holds
		keep(w, nic, setInterfaces)
	}
}
