package azure_test

import (
	"context"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// fails lets the first bootstraps of a machine fail.
func fails(machine string, times int) func(string, ...string) string {
	return func(typ string, names ...string) string {
		if times == 0 || typ == "azure-native:"+extToken || names[len(names)-1] != machine {
			return ""
		}
		times--
		return "PackagesNotFound"
	}
}

// starter is an extension that starts the bootstrap's unit again and waits for it.
func starter(vm string) m {
	return with(extensionInputs(vm, "ext"), "settings.commandToExecute", "systemctl --no-block restart node.service; wait")
}

// machineThatFails is a cluster with the machine linux1, whose bootstrap fails so often.
func machineThatFails(t *testing.T, times int) *lab {
	t.Helper()
	b, pin := clusterOf(t)
	b.provider = cloudIn(t, b, azure.Options{BootFault: fails("linux1", times)})
	b.create(nicToken, "linux1", nicInputs("linux1-nic"))
	j := joiner{"linux1", joinToken, pin, endpoint + ":6443", ""}
	b.create(vmToken, "linux1", with(linuxInputs("linux1"), "osProfile.customData", j.linux()))
	return b
}

// TestExtensionWithTheSameSettingsDoesNotRunAgain: its command runs when it is new or
// differs, and else the answer is that of its last run.
func TestExtensionWithTheSameSettingsDoesNotRunAgain(t *testing.T) {
	t.Parallel()
	b := machineThatFails(t, 1)
	inputs := starter("linux1")
	id := computeID + "virtualMachines/linux1/extensions/ext"

	waits := with(inputs, "settings.commandToExecute", "until test -e /done; do sleep 5; done")
	_, err := b.tryCreate(t.Context(), extToken, "ext", waits)
	requireCode(t, err, "VMExtensionProvisioningError")
	require.ErrorContains(t, err, "PackagesNotFound")
	for range 2 {
		_, err = b.update(extToken, id, waits, waits)
		requireCode(t, err, "VMExtensionProvisioningError")
	}
	_, err = b.update(extToken, id, waits, inputs)
	require.NoError(t, err, "other settings run, and start the bootstrap")
	require.Contains(t, b.nodes(), "linux1")
}

// TestExtensionThatIsPutOnAgainRuns: the remedy where the settings are the same.
func TestExtensionThatIsPutOnAgainRuns(t *testing.T) {
	t.Parallel()
	b := machineThatFails(t, 2)
	inputs := starter("linux1")
	response, err := b.tryCreate(t.Context(), extToken, "ext", inputs)
	requireCode(t, err, "VMExtensionProvisioningError")
	_, err = b.update(extToken, response.ID, inputs, inputs)
	requireCode(t, err, "VMExtensionProvisioningError")
	require.NoError(t, b.delete(extToken, response.ID))
	b.create(extToken, "ext", inputs)
	require.Contains(t, b.nodes(), "linux1")
}

// TestExtensionDoesNotSayHowItsCommandEnded: Azure has a failure, and the node joins all
// the same. The answer stays until the extension is put on again.
func TestExtensionDoesNotSayHowItsCommandEnded(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct{ code, text string }{
		"InterruptedByRestart":            {"VMExtensionProvisioningError", "may have been interrupted by a VM restart"},
		"VMExtensionProvisioningTimeout":  {"VMExtensionProvisioningTimeout", "extension ext has timed out"},
		"VMAgentStatusCommunicationError": {"VMAgentStatusCommunicationError", "VM 'linux1' has not reported status"},
		"SomethingElse":                   {"VMExtensionProvisioningError", "Enable failed: SomethingElse"},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			b := machineThatFails(t, 0)
			times := 1
			b.provider = cloudIn(t, b, azure.Options{BootFault: func(typ string, names ...string) string {
				if typ != "azure-native:"+extToken || names[0] != "linux1" || times == 0 {
					return ""
				}
				times--
				return fault
			}})
			inputs := starter("linux1")
			response, err := b.tryCreate(t.Context(), extToken, "ext", inputs)
			requireCode(t, err, want.code)
			require.ErrorContains(t, err, want.text)
			require.Contains(t, b.nodes(), "linux1")
			_, err = b.update(extToken, response.ID, inputs, inputs)
			requireCode(t, err, want.code)
			require.NoError(t, b.delete(extToken, response.ID))
			b.create(extToken, "ext", inputs)
		})
	}
}

// TestFailedInstanceFailsEachPut: whatever changes in the scale set, the answer is
// the old failure, until the instance is made anew or deleted.
func TestFailedInstanceFailsEachPut(t *testing.T) {
	t.Parallel()
	for name, mend := range map[string]func(*azure.Cloud, context.Context, string, string) error{
		"reimaged": (*azure.Cloud).Reimage, "deleted": (*azure.Cloud).DeleteInstance,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, pin := clusterOf(t)
			b.provider = cloudIn(t, b, azure.Options{BootFault: fails("Pool-000001", 1)})
			inputs := linuxSet(pin, joinToken, 2)
			response, err := b.tryCreate(t.Context(), vmssToken, "pool", inputs)
			requireCode(t, err, "VMExtensionProvisioningError")
			more := with(inputs, "sku.capacity", 3.0)
			for _, put := range []m{inputs, more, with(more, "tags", m{"a": "b"})} {
				_, err = b.update(vmssToken, response.ID, inputs, put)
				requireCode(t, err, "VMExtensionProvisioningError")
				require.ErrorContains(t, err, "VM 'pool_1'")
			}
			require.Contains(t, b.nodes(), "pool-000002", "the change was made all the same")
			require.NoError(t, mend(b.cloud, t.Context(), response.ID, "1"))
			_, err = b.update(vmssToken, response.ID, inputs, more)
			require.NoError(t, err)
			require.Len(t, b.nodes(), 4)
		})
	}
}

// TestCutCallLeavesInputsAndNoOutputs: the provider's calls end at once, by Cancel or
// by their time limit, and Azure works on.
func TestCutCallLeavesInputsAndNoOutputs(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]struct {
		latency time.Duration
		timeout float64
	}{
		"while the provider polls": {latency: time.Hour},
		"at the time limit":        {latency: time.Hour, timeout: 0.01},
		"in a bootstrap":           {},
		"bootstrap, time limit":    {timeout: 0.01},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{BootTimeout: time.Hour})
			b.build(goodPlan(), "linux1")
			j := joiner{name: "linux1", token: joinToken, pin: "sha256:00", endpoint: endpoint + ":6443"}
			b.create(vmToken, "linux1", with(linuxInputs("linux1"), "osProfile.customData", j.linux()))
			b.provider = cloudIn(t, b, azure.Options{BootTimeout: time.Hour, Latency: cut.latency})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			extension := computeID + "virtualMachines/linux1/extensions/ext"
			if cut.timeout == 0 {
				go func() {
					_ = b.store.Wait(ctx, func(w *world.World) bool { return w.Find(extension) != nil })
					cancel()
				}()
			}
			checked, _ := b.check(extToken, "ext", extensionInputs("linux1", "ext"))
			response, err := b.provider.Create(ctx, p.CreateRequest{Urn: urn(extToken, "ext"), Properties: checked, Timeout: cut.timeout})
			require.Error(t, err)
			require.NotNil(t, response.PartialState)
			require.Equal(t, extension, response.ID)
			require.Zero(t, response.Properties.Len())

			state := func() string {
				read, err := b.provider.Read(t.Context(), p.ReadRequest{ID: extension, Urn: urn(extToken, "ext"), Inputs: checked})
				require.NoError(t, err)
				return tree.String(props.PlainMap(read.Properties), "provisioningState")
			}
			require.Equal(t, "Creating", state())
			b.change(func(w *world.World) {
				w.Guests[world.Key(computeID+"virtualMachines/linux1")].State = world.GuestReady
			})
			require.Equal(t, "Succeeded", state(), "it goes on in the world")
		})
	}
}

// TestReadWithoutOutputsOverwritesInputs: a resource whose outputs the state does not
// have gets Azure's own form of everything for inputs.
func TestReadWithoutOutputsOverwritesInputs(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network("vm")
	inputs := with(with(linuxInputs("vm"), "location", "westeurope"), "osProfile.customData", "c2VjcmV0")
	id, outputs := b.create(vmToken, "vm", inputs)
	read := func(state m) m {
		response, err := b.provider.Read(t.Context(), p.ReadRequest{
			ID: id, Urn: urn(vmToken, "vm"), Inputs: props.FromPlainMap(inputs), Properties: props.FromPlainMap(state),
		})
		require.NoError(t, err)
		return props.PlainMap(response.Inputs)
	}
	require.Equal(t, inputs, read(outputs), "nothing has changed")
	empty := read(m{})
	require.NotEmpty(t, tree.String(empty, "storageProfile", "osDisk", "osType"), "as Azure answers, not as declared")
	require.Empty(t, tree.String(empty, "osProfile", "customData"), "what Azure does not give back is lost")
	require.Equal(t, "rg", tree.String(empty, "resourceGroupName"), "what is no output stays")

	b.change(func(w *world.World) { w.Find(id).Outputs["tags"] = m{"by": "a policy"} })
	require.Equal(t, with(inputs, "tags", m{"by": "a policy"}), read(outputs), "and only that")
}

// TestUpdateOfAMachineKeepsWhatItLeavesOut: Compute takes a PUT for a PATCH.
func TestUpdateOfAMachineKeepsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	const disk = computeID + "disks/pvc-1"
	own := dataDisk(0, 64, "Premium_LRS")
	for name, tt := range map[string]struct {
		created, updated m
		license          string
		disks            int
	}{
		"licence left out": {with(windowsInputs("vm"), "licenseType", "Windows_Server"), windowsInputs("vm"), "Windows_Server", 1},
		"licence taken off": {
			with(windowsInputs("vm"), "licenseType", "Windows_Server"), with(windowsInputs("vm"), "licenseType", "None"), "None", 1,
		},
		"no disks declared": {linuxInputs("vm"), with(linuxInputs("vm"), "tags", m{"a": "b"}), "", 1},
		"disks declared": {
			with(linuxInputs("vm"), "storageProfile.dataDisks", l{own}),
			with(with(linuxInputs("vm"), "storageProfile.dataDisks", l{own}), "tags", m{"a": "b"}), "", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("vm")
			located := func(inputs m) m { return with(inputs, "location", "westeurope") }
			id, _ := b.create(vmToken, "vm", located(tt.created))
			require.NoError(t, b.cloud.AttachDisk(t.Context(), id, disk))
			outputs, err := b.update(vmToken, id, located(tt.created), located(tt.updated))
			require.NoError(t, err)
			require.Equal(t, tt.license, tree.String(outputs, "licenseType"))
			disks := tree.List(outputs, "storageProfile", "dataDisks")
			require.Len(t, disks, tt.disks)
			_, listed := tree.Get(tt.updated, "storageProfile", "dataDisks").(l)
			require.Equal(t, !listed, tree.String(disks[0], "managedDisk", "id") == disk, "a list takes the others' disks away")
		})
	}
}

func TestResizesThatAMachineCannotTake(t *testing.T) {
	t.Parallel()
	premium := with(linuxInputs("vm"), "storageProfile.osDisk.managedDisk.storageAccountType", "Premium_LRS")
	for name, tt := range map[string]struct {
		machine m
		was, is string
		want    string
	}{
		"same family":                   {linuxInputs("vm"), "Standard_D2s_v5", "Standard_D4s_v5", ""},
		"no temporary disk":             {linuxInputs("vm"), "Standard_D2s_v3", "Standard_D2s_v5", "OperationNotAllowed"},
		"with a temporary disk":         {linuxInputs("vm"), "Standard_D2s_v3", "Standard_D2ds_v5", ""},
		"a temporary disk":              {linuxInputs("vm"), "Standard_D2s_v5", "Standard_D2ds_v5", "OperationNotAllowed"},
		"another controller":            {linuxInputs("vm"), "Standard_D2s_v5", "Standard_D2s_v6", "OperationNotAllowed"},
		"premium disks":                 {premium, "Standard_D2s_v3", "Standard_D2_v3", "OperationNotAllowed"},
		"other disks, other generation": {linuxInputs("vm"), "Standard_D2s_v3", "Standard_D2_v3", "BadRequest"},
		"a size of both generations":    {linuxInputs("vm"), "Standard_D2_v3", "Standard_D2s_v3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("vm")
			sized := func(size string) m {
				return with(with(tt.machine, "location", "westeurope"), "hardwareProfile.vmSize", size)
			}
			id, _ := b.create(vmToken, "vm", sized(tt.was))
			_, err := b.update(vmToken, id, sized(tt.was), sized(tt.is))
			requireCode(t, err, tt.want)
		})
	}
}

// TestStoppedMachineShowsLessOfItsDisk: a refresh then takes that for a change.
func TestStoppedMachineShowsLessOfItsDisk(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network("vm")
	inputs := with(linuxInputs("vm"), "location", "westeurope")
	inputs = with(with(inputs, "storageProfile.osDisk.managedDisk.storageAccountType", "StandardSSD_LRS"), "storageProfile.osDisk.diskSizeGB", 64.0)
	id, outputs := b.create(vmToken, "vm", inputs)
	require.NoError(t, b.cloud.Deallocate(t.Context(), id))
	response, err := b.provider.Read(t.Context(), p.ReadRequest{
		ID: id, Urn: urn(vmToken, "vm"), Inputs: props.FromPlainMap(inputs), Properties: props.FromPlainMap(outputs),
	})
	require.NoError(t, err)
	disk := tree.Map(props.PlainMap(response.Inputs), "storageProfile", "osDisk")
	require.Empty(t, tree.String(disk, "managedDisk", "storageAccountType"))
	require.NotContains(t, disk, "diskSizeGB")
}

// TestOthersScaleAScaleSet: its new machines join, and an update without the SKU
// leaves the number alone.
func TestOthersScaleAScaleSet(t *testing.T) {
	t.Parallel()
	b, pin := clusterOf(t)
	inputs := linuxSet(pin, joinToken, 1)
	id, _ := b.create(vmssToken, "pool", inputs)
	require.NoError(t, b.cloud.Scale(t.Context(), id, 3))
	require.Equal(t, []string{"master", "pool-000000", "pool-000001", "pool-000002"}, nodeNames(b.nodes()))
	_, err := b.update(vmssToken, id, inputs, with(with(inputs, "sku", nil), "tags", m{"a": "b"}))
	require.NoError(t, err)
	require.Len(t, b.nodes(), 4)
	_, err = b.update(vmssToken, id, inputs, with(inputs, "sku.capacity", nil))
	requireCode(t, err, "InvalidParameter")
	_, err = b.update(vmssToken, id, inputs, inputs)
	require.NoError(t, err)
	require.Len(t, b.nodes(), 2, "who sends an old number takes machines away")
}
