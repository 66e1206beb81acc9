package azure_test

import (
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

const machineID = computeID + "virtualMachines/vm"

// stopped is a clock that a test sets forward.
type stopped struct{ seconds atomic.Int64 }

func (s *stopped) now() time.Time { return time.Unix(1_800_000_000+s.seconds.Load(), 0) }

// located gives a machine its place.
func located(inputs m) m { return with(inputs, "location", "westeurope") }

// TestInterfaceStaysReservedAfterAFailure: for as long as Azure says, and for the machine
// that failed it is not in the way.
func TestInterfaceStaysReservedAfterAFailure(t *testing.T) {
	t.Parallel()
	const nic = networkID + "networkInterfaces/vm-nic"
	inputs := located(linuxInputs("vm"))
	other := with(located(linuxInputs("other")), "networkProfile", inputs["networkProfile"])
	refused := func(b *lab) {
		require.NoError(b.t, b.cloud.MachineRefused(b.t.Context(), inputs))
	}
	remove := func(b *lab) error { return b.delete(nicToken, nic) }
	attach := func(b *lab) error {
		_, err := b.tryCreate(b.t.Context(), vmToken, "other", other)
		return err
	}
	for name, tt := range map[string]struct {
		before func(*lab)
		after  time.Duration
		// passed says that the time is let pass, rather than waited for.
		passed bool
		then   func(*lab) error
		code   string
	}{
		"deleted at once":           {refused, 0, false, remove, "NicReservedForAnotherVm"},
		"deleted a little too soon": {refused, 179 * time.Second, false, remove, "NicReservedForAnotherVm"},
		"deleted in time":           {refused, 180 * time.Second, false, remove, ""},
		"deleted in a rehearsal":    {refused, 180 * time.Second, true, remove, ""},
		"another machine's":         {refused, 0, false, attach, "NicReservedForAnotherVm"},
		"another machine's, later":  {refused, 180 * time.Second, false, attach, ""},
		"after an update of it": {func(b *lab) {
			refused(b)
			_, err := b.update(nicToken, nic, nicInputs("vm-nic"), with(nicInputs("vm-nic"), "tags", m{"a": "b"}))
			require.NoError(b.t, err)
		}, 0, false, remove, "NicReservedForAnotherVm"},
		"the machine's own": {refused, 0, false, func(b *lab) error {
			_, err := b.tryCreate(b.t.Context(), vmToken, "vm", inputs)
			return err
		}, ""},
		"of a machine that was made after all": {func(b *lab) {
			refused(b)
			b.create(vmToken, "vm", inputs)
			require.NoError(b.t, b.delete(vmToken, machineID))
		}, 0, false, remove, ""},
		"of a machine that could not be deleted": {func(b *lab) {
			b.create(vmToken, "vm", inputs)
			require.NoError(b.t, b.cloud.MachineStays(b.t.Context(), machineID))
			require.NoError(b.t, b.delete(vmToken, machineID))
		}, 0, false, remove, "NicReservedForAnotherVm"},
		"of a machine that nothing befell": {func(b *lab) {
			b.create(vmToken, "vm", inputs)
			require.NoError(b.t, b.delete(vmToken, machineID))
		}, 0, false, remove, ""},
		"with its resource group": {refused, 0, false, func(b *lab) error { return b.delete(groupToken, groupID) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &stopped{}
			b := newLab(t, azure.Options{Now: clock.now})
			b.network("vm")
			tt.before(b)
			if tt.passed {
				require.NoError(t, b.cloud.Pass(t.Context(), tt.after))
			} else {
				clock.seconds.Add(int64(tt.after.Seconds()))
			}
			requireCode(t, tt.then(b), tt.code)
		})
	}
}

// TestNamedDiskOutlivesItsMachine: where nothing says that it goes along, and where the
// machine has failed. The next machine cannot have it.
func TestNamedDiskOutlivesItsMachine(t *testing.T) {
	t.Parallel()
	of := func(changes m) m {
		disk := m{"createOption": "FromImage"}
		maps.Copy(disk, changes)
		return with(located(linuxInputs("vm")), "storageProfile.osDisk", disk)
	}
	for name, tt := range map[string]struct {
		disk  m
		fails bool
		code  string
	}{
		"named":                          {m{"name": "vm-os"}, false, "ConflictingUserInput"},
		"named, goes with the machine":   {m{"name": "vm-os", "deleteOption": "Delete"}, false, ""},
		"named, of a failed machine":     {m{"name": "vm-os", "deleteOption": "Delete"}, true, "ConflictingUserInput"},
		"not named":                      {m{}, false, ""},
		"not named, of a failed machine": {m{"deleteOption": "Delete"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("vm")
			b.create(vmToken, "vm", of(tt.disk))
			if tt.fails {
				require.NoError(t, b.cloud.FailMachine(t.Context(), machineID))
			}
			require.NoError(t, b.delete(vmToken, machineID))
			_, err := b.tryCreate(t.Context(), vmToken, "vm", of(tt.disk))
			requireCode(t, err, tt.code)
		})
	}
}

// TestInterfacesOutliveTheirScaleSet: they hold their subnet and its security group, and
// nothing else.
func TestInterfacesOutliveTheirScaleSet(t *testing.T) {
	t.Parallel()
	const network, guard = networkID + "virtualNetworks/vnet", networkID + "networkSecurityGroups/nsg"
	for name, tt := range map[string]struct {
		after     time.Duration
		token, id string
		code      string
	}{
		"the network, at once": {0, vnetToken, network, "InUseSubnetCannotBeDeleted"},
		"the network, soon":    {59 * time.Second, vnetToken, network, "InUseSubnetCannotBeDeleted"},
		"the network, later":   {time.Minute, vnetToken, network, ""},
		"the guard, at once":   {0, nsgToken, guard, "InUseNetworkSecurityGroupCannotBeDeleted"},
		"the guard, later":     {time.Minute, nsgToken, guard, ""},
		"the resource group":   {0, groupToken, groupID, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &stopped{}
			b := newLab(t, azure.Options{Now: clock.now})
			b.network()
			b.create(nsgToken, "nsg", nsgInputs())
			inputs := setInputs(linuxInputs("vm"), "pool-", 2)
			config := tree.Map(tree.List(inputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")[0])
			config["networkSecurityGroup"] = m{"id": guard}
			id, _ := b.create(vmssToken, "pool", inputs)
			require.NoError(t, b.delete(vmssToken, id))
			clock.seconds.Add(int64(tt.after.Seconds()))
			requireCode(t, b.delete(tt.token, tt.id), tt.code)
		})
	}
}
