package hybridcluster

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// running is what Azure has already of the cluster's machines, where others change
// what is declared: the autoscaler the number of a scale set's machines, the driver
// of volumes the disks of a machine.
//
// Who ignores changes of a property sends what the state has of it, not nothing. Any
// other change of an autoscaled pool would take away the machines that came since,
// and any of a machine that lists its disks the volumes of its pods: lists are taken
// as a whole.
// https://learn.microsoft.com/previous-versions/azure/virtual-machines/put-calls-create-or-update
type running struct {
	// capacities are by the name of the pool.
	capacities map[string]int
	// machines are by their names; of those that list disks.
	machines map[string]*compute.LookupVirtualMachineResult
}

// notFound is how Azure says that there is no such thing, or no group that it could
// be in; the provider passes the code on.
var notFound = regexp.MustCompile(`\b(ResourceNotFound|ResourceGroupNotFound|NotFound)\b`)

// groupName is the name of the resource group, known before it exists.
func (b *builder) groupName() string {
	return cmp.Or(b.args.ExistingResourceGroup, b.args.ResourceGroup, b.prefix)
}

// readRunning asks Azure, for everything at once.
func (b *builder) readRunning() error {
	b.running = running{capacities: map[string]int{}, machines: map[string]*compute.LookupVirtualMachineResult{}}
	var all sync.WaitGroup
	var mu sync.Mutex
	var problems []error
	ask := func(what string, read func() (keep func(), err error)) {
		all.Go(func() {
			keep, err := read()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				keep()
			case !notFound.MatchString(err.Error()):
				problems = append(problems, fmt.Errorf("what Azure has of %s is not known: %w", what, err))
			}
		})
	}
	for _, pool := range b.def.Properties.AgentPoolProfiles {
		if pool.IsScaleSet() {
			ask("pool "+pool.Name, func() (func(), error) { return b.readScaleSet(pool) })
		}
	}
	for _, name := range b.machinesWithDisks() {
		ask("machine "+name, func() (func(), error) { return b.readMachine(name) })
	}
	all.Wait()
	return errors.Join(problems...)
}

// machinesWithDisks are the single machines that declare data disks. The others leave
// the list out, and Azure then leaves it as it is.
func (b *builder) machinesWithDisks() []string {
	var names []string
	for i := range b.plan.MasterIPs {
		names = append(names, b.def.MasterName(i))
	}
	for _, pool := range b.def.Properties.AgentPoolProfiles {
		for i := 0; i < pool.Count && !pool.IsScaleSet() && len(pool.DiskSizesGB) > 0; i++ {
			names = append(names, pool.NodeName(i))
		}
	}
	return names
}

func (b *builder) readScaleSet(pool *apimodel.AgentPoolProfile) (func(), error) {
	set, err := compute.LookupVirtualMachineScaleSet(b.ctx, &compute.LookupVirtualMachineScaleSetArgs{
		ResourceGroupName: b.groupName(), VmScaleSetName: firstboot.ScaleSetName(b.def, pool),
	}, pulumi.Parent(b.component))
	return func() {
		if set.Sku != nil && set.Sku.Capacity != nil {
			b.running.capacities[pool.Name] = int(*set.Sku.Capacity)
		}
	}, err
}

func (b *builder) readMachine(name string) (func(), error) {
	vm, err := compute.LookupVirtualMachine(b.ctx, &compute.LookupVirtualMachineArgs{
		ResourceGroupName: b.groupName(), VmName: name,
	}, pulumi.Parent(b.component))
	return func() {
		if vm.VmId != "" {
			b.running.machines[name] = vm
		}
	}, err
}

// capacity is how many machines a scale set is declared with: as many as the
// definition says, or, where Cluster Autoscaler decides, as many as there are: Azure
// takes no update without a number (https://github.com/Azure/vm-scale-sets/issues/70).
// It says it where a pool of a fixed size has another one in Azure.
func (b *builder) capacity(pool *apimodel.AgentPoolProfile) (int, error) {
	now, exists := b.running.capacities[pool.Name]
	switch {
	case !exists || now == pool.Count:
		return pool.Count, nil
	case b.def.IsAutoscaled(pool):
		return now, nil
	}
	return pool.Count, b.ctx.Log.Warn(fmt.Sprintf(
		"pool %s has %d machines in Azure where the definition has %d: the next change of the pool's scale set makes them %d, "+
			"and so does an up with --refresh", pool.Name, now, pool.Count, pool.Count), nil)
}

// dataDisks are the disks that a machine is declared with, and whether changes of
// them are left alone. As long as nothing else of the machine changes they are. When
// an update is due, its list has the disks that others attached, too.
func (b *builder) dataDisks(m machine) (list compute.DataDiskArray, leave bool) {
	own := m.disks.dataDisks()
	now := b.running.machines[m.name]
	switch {
	case len(own) == 0 || now == nil:
		return own, m.keepsData
	case !b.updateDue(m, now):
		return own, true
	}
	return withOthers(m, own, now), false
}

// updateDue says whether something of a machine changes but its disks: all that
// Azure changes on a running machine, and a machine that is not well.
func (b *builder) updateDue(m machine, now *compute.LookupVirtualMachineResult) bool {
	size, license := "", noLicense
	if now.HardwareProfile != nil && now.HardwareProfile.VmSize != nil {
		size = *now.HardwareProfile.VmSize
	}
	if now.LicenseType != nil {
		license = *now.LicenseType
	}
	tags := map[string]string{}
	for name, value := range b.machineTags(m) {
		plain, known := value.(pulumi.String)
		if !known {
			return true
		}
		tags[name] = string(plain)
	}
	return size != m.size || license != cmp.Or(m.license, noLicense) || now.ProvisioningState != "Succeeded" || !maps.Equal(tags, now.Tags) ||
		!m.keepsData && len(attachedAt(now)) < len(m.disks.dataSizesGB)
}

// attachedAt are a machine's data disks by their logical unit numbers.
func attachedAt(vm *compute.LookupVirtualMachineResult) map[int]compute.DataDiskResponse {
	disks := map[int]compute.DataDiskResponse{}
	if vm.StorageProfile == nil {
		return disks
	}
	for _, d := range vm.StorageProfile.DataDisks {
		if d.ToBeDetached == nil || !*d.ToBeDetached {
			disks[d.Lun] = d
		}
	}
	return disks
}

// withOthers adds the disks that others attached. Those of a machine that keeps its
// data stay as they are.
func withOthers(m machine, own compute.DataDiskArray, now *compute.LookupVirtualMachineResult) compute.DataDiskArray {
	attached := attachedAt(now)
	for i := range own {
		disk, there := attached[i]
		if args, ok := own[i].(compute.DataDiskArgs); ok && there && m.keepsData {
			args.DiskSizeGB = pulumi.IntPtrFromPtr(disk.DiskSizeGB)
			own[i] = args
		}
		delete(attached, i)
	}
	for _, lun := range slices.Sorted(maps.Keys(attached)) {
		disk := attached[lun]
		args := compute.DataDiskArgs{
			Lun: pulumi.Int(lun), CreateOption: pulumi.String("Attach"), Name: pulumi.StringPtrFromPtr(disk.Name),
		}
		if disk.Caching != nil {
			args.Caching = caching(*disk.Caching)
		}
		if disk.ManagedDisk != nil {
			args.ManagedDisk = compute.ManagedDiskParametersArgs{Id: pulumi.StringPtrFromPtr(disk.ManagedDisk.Id)}
		}
		own = append(own, args)
	}
	return own
}
