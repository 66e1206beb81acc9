package hybridcluster

import (
	"maps"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// machine is one node's virtual machine and what belongs to it alone.
type machine struct {
	// name is the VM's, the computer's and the node's: the cloud provider finds
	// a node's VM by it.
	name     string
	size     string
	subnetID pulumi.StringInput
	// guard is the security group of the machine alone; nil where its subnet has one.
	guard                 *network.NetworkSecurityGroup
	acceleratedNetworking bool
	privateIP             string
	publicIPID            pulumi.StringPtrInput
	poolIDs               []pulumi.StringOutput
	// natRuleID leads a port of the API load balancer to this machine; nil for none.
	natRuleID pulumi.StringPtrInput
	placement placement
	// number is the machine's among those of its pool.
	number int
	// identityIDs are the managed identities that the machine has.
	identityIDs pulumi.StringArray
	image       compute.ImageReferenceArgs
	disks       disks
	osProfile   compute.OSProfileArgs
	extension   extension
	// license is "Windows_Server" for licences that the user has; empty for Linux.
	license string
	profile apimodel.MachineProfile
	// tags are further ones of the machine.
	tags pulumi.StringMap
	// keepsOffer: the machine's image has moved in the marketplace, and a machine that
	// is there is left as it is.
	keepsOffer bool
	// keepsData: the machine holds etcd's data, so nothing but a new name
	// replaces it.
	keepsData bool
	// after is what has to be there before the machine is made.
	after []pulumi.Resource
}

// extension is the one Custom Script extension that a VM may have. It succeeds
// only when the node has joined.
//
// Its time limit is clearly longer than that of its command, and than the 90 minutes
// that Azure gives any extension: who ends first decides whether there is a reason
// to read. Whatever ends a call of the provider's leaves a resource without outputs.
type extension struct {
	publisher, kind, version, command string
	timeout                           string
}

// extensionLimit is how long the provider waits for an extension: longer than Azure
// does, so that Azure's reason reaches the user, and not only that it was waited for.
const extensionLimit = bootstrap.AzureLimit + 20*time.Minute

// linuxExtension waits for the bootstrap to finish.
func linuxExtension() extension {
	return extension{
		publisher: "Microsoft.Azure.Extensions", kind: "CustomScript", version: "2.1",
		command: bootstrap.LinuxExtensionCommand(), timeout: extensionLimit.String(),
	}
}

// windowsExtension runs the bootstrap, for Windows images ignore custom data.
func windowsExtension() extension {
	return extension{
		publisher: "Microsoft.Compute", kind: "CustomScriptExtension", version: "1.10",
		command: bootstrap.WindowsExtensionCommand(), timeout: extensionLimit.String(),
	}
}

// initError is what the engine calls a resource that was there and not ready in time,
// among the changes that replace it.
const initError = "#initerror"

// declareMachine declares the NIC, the VM and its extension. It returns the
// extension: who depends on it depends on a node that has joined.
func (b *builder) declareMachine(m machine) (*compute.VirtualMachine, *compute.VirtualMachineExtension, error) {
	vm, err := b.declareMachineAlone(m)
	if err != nil {
		return nil, nil, err
	}
	ext, err := b.declareBootstrap(m, vm)
	return vm, ext, err
}

// declareBootstrap declares what runs or watches the first boot of a machine. It
// occupies one of the engine's slots until the node has joined, so whatever a boot
// needs of others has to come before: after is that.
func (b *builder) declareBootstrap(
	m machine, vm *compute.VirtualMachine, after ...pulumi.Resource,
) (*compute.VirtualMachineExtension, error) {
	return compute.NewVirtualMachineExtension(b.ctx, b.child(m.name+"-bootstrap"), &compute.VirtualMachineExtensionArgs{
		ResourceGroupName:       b.group.name,
		VmName:                  vm.Name,
		VmExtensionName:         pulumi.String("bootstrap"),
		Location:                pulumi.String(b.location),
		Publisher:               pulumi.String(m.extension.publisher),
		Type:                    pulumi.String(m.extension.kind),
		TypeHandlerVersion:      pulumi.String(m.extension.version),
		AutoUpgradeMinorVersion: pulumi.Bool(true),
		Settings:                pulumi.Map{"commandToExecute": pulumi.String(m.extension.command)},
		Tags:                    b.tags(),
	}, b.options(
		// The extension goes with its machine, without a call of its own.
		pulumi.DeletedWith(vm),
		pulumi.DependsOn(after),
		pulumi.DeleteBeforeReplace(true),
		// A newer command is for new nodes; the old ones have finished.
		pulumi.IgnoreChanges([]string{"settings"}),
		// Azure does not run a command again whose settings are the same, and answers
		// with the old failure. One that is taken off the machine and put on again runs;
		// the machine stays. https://github.com/Azure/azure-cli/issues/6930
		pulumi.ReplaceOnChanges([]string{initError}),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: m.extension.timeout, Update: m.extension.timeout}),
	)...)
}

// declareMachineAlone declares a machine and its NIC, without a bootstrap.
func (b *builder) declareMachineAlone(m machine) (*compute.VirtualMachine, error) {
	nic, err := b.newNetworkInterface(m)
	if err != nil {
		return nil, err
	}
	return b.newVirtualMachine(m, nic)
}

func (b *builder) newNetworkInterface(m machine) (*network.NetworkInterface, error) {
	address := network.NetworkInterfaceIPConfigurationArgs{
		Name:                      pulumi.String("primary"),
		Primary:                   pulumi.Bool(true),
		PrivateIPAllocationMethod: pulumi.String("Dynamic"),
		PrivateIPAddressVersion:   pulumi.String("IPv4"),
		Subnet:                    network.SubnetTypeArgs{Id: m.subnetID.ToStringOutput()},
	}
	if m.privateIP != "" {
		address.PrivateIPAllocationMethod = pulumi.String("Static")
		address.PrivateIPAddress = pulumi.String(m.privateIP)
	}
	if len(m.poolIDs) > 0 {
		var pools network.BackendAddressPoolArray
		for _, id := range m.poolIDs {
			pools = append(pools, network.BackendAddressPoolArgs{Id: id.ToStringPtrOutput()})
		}
		address.LoadBalancerBackendAddressPools = pools
	}
	if m.natRuleID != nil {
		address.LoadBalancerInboundNatRules = network.InboundNatRuleTypeArray{
			network.InboundNatRuleTypeArgs{Id: m.natRuleID},
		}
	}
	if m.publicIPID != nil {
		address.PublicIPAddress = network.PublicIPAddressTypeArgs{Id: m.publicIPID}
	}
	args := &network.NetworkInterfaceArgs{
		ResourceGroupName:    b.group.name,
		NetworkInterfaceName: pulumi.String(m.name + "-nic"),
		Location:             pulumi.String(b.location),
		IpConfigurations:     network.NetworkInterfaceIPConfigurationArray{address},
		Tags:                 b.tags(),
	}
	if m.acceleratedNetworking {
		args.EnableAcceleratedNetworking = pulumi.Bool(true)
	}
	if m.guard != nil {
		args.NetworkSecurityGroup = network.NetworkSecurityGroupTypeArgs{Id: m.guard.ID().ToStringOutput()}
	}
	return network.NewNetworkInterface(b.ctx, b.child(m.name+"-nic"), args, b.options(pulumi.DeleteBeforeReplace(true))...)
}

func (b *builder) newVirtualMachine(m machine, nic *network.NetworkInterface) (*compute.VirtualMachine, error) {
	dataDisks, leaveDisks := b.dataDisks(m)
	args := &compute.VirtualMachineArgs{
		ResourceGroupName: b.group.name,
		VmName:            pulumi.String(m.name),
		Location:          pulumi.String(b.location),
		HardwareProfile:   compute.HardwareProfileArgs{VmSize: pulumi.String(m.size)},
		OsProfile:         m.osProfile,
		StorageProfile: compute.StorageProfileArgs{
			ImageReference: m.image, OsDisk: m.disks.osDisk(), DataDisks: dataDisks,
		},
		NetworkProfile: compute.NetworkProfileArgs{NetworkInterfaces: compute.NetworkInterfaceReferenceArray{
			compute.NetworkInterfaceReferenceArgs{Id: nic.ID().ToStringOutput(), Primary: pulumi.Bool(true)},
		}},
		DiagnosticsProfile: bootDiagnostics(),
		Tags:               b.machineTags(m),
	}
	m.place(args)
	m.secure(args)
	if m.license != "" {
		args.LicenseType = pulumi.String(m.license)
	}
	if len(m.identityIDs) > 0 {
		args.Identity = compute.VirtualMachineIdentityArgs{
			Type:                   compute.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: m.identityIDs,
		}
	}
	lifecycle := append(m.lifecycle(leaveDisks), pulumi.DependsOn(m.after))
	return compute.NewVirtualMachine(b.ctx, b.child(m.name), args, b.options(lifecycle...)...)
}

func (b *builder) machineTags(m machine) pulumi.StringMap {
	tags := b.tags(m.profile.CustomVMTags)
	maps.Copy(tags, m.tags)
	return tags
}

// bootDiagnostics keeps the serial log, the last resort when a node does not join.
func bootDiagnostics() compute.DiagnosticsProfileArgs {
	return compute.DiagnosticsProfileArgs{BootDiagnostics: compute.BootDiagnosticsArgs{Enabled: pulumi.Bool(true)}}
}

// place says where the machine stands.
func (m machine) place(args *compute.VirtualMachineArgs) {
	if m.placement.set != nil {
		args.AvailabilitySet = compute.SubResourceArgs{Id: m.placement.set.ID().ToStringOutput()}
	}
	if zone := m.placement.zone(m.number); zone != "" {
		args.Zones = pulumi.StringArray{pulumi.String(zone)}
	}
	if group := m.placement.group; group != "" {
		args.ProximityPlacementGroup = compute.SubResourceArgs{Id: pulumi.String(group)}
	}
}

// secure sets what is off by default.
func (m machine) secure(args *compute.VirtualMachineArgs) {
	if isTrue(m.profile.EncryptionAtHost) {
		args.SecurityProfile = compute.SecurityProfileArgs{EncryptionAtHost: pulumi.Bool(true)}
	}
	if isTrue(m.profile.UltraSSDEnabled) {
		args.AdditionalCapabilities = compute.AdditionalCapabilitiesArgs{UltraSSDEnabled: pulumi.Bool(true)}
	}
}

// lifecycle says what happens to a running machine when its declaration
// changes. Azure refuses to change most of what a machine was made with
// (PropertyChangeNotAllowed), so there are two ways: replace it, or leave it.
func (m machine) lifecycle(leaveDisks bool) []pulumi.ResourceOption {
	// First-boot settings are left: a node is renewed on purpose, one at a time,
	// never because a script or a key changed. So are references: Azure gives their ids
	// back in letters of its own, and another case is no reason to replace a machine.
	leave := append([]string{
		"osProfile.customData", "osProfile.adminPassword",
		"osProfile.linuxConfiguration", "osProfile.windowsConfiguration", "osProfile.secrets",
		"availabilitySet", "proximityPlacementGroup",
	}, references("storageProfile.")...)
	replace := []string{"osProfile.computerName"}
	if len(m.identityIDs) > 0 && !m.keepsData {
		// What uses the identity of a worker, and what keeps its pods from it, comes with
		// its first boot. Where no worker is to have one any more it goes.
		leave = append(leave, "identity")
	}
	// Image, login, disks and place of a machine that keeps the cluster's data are
	// left too: a replaced master would come back without it.
	asked := append([]string{"osProfile.adminUsername", "zones"}, madeFrom("storageProfile.")...)
	if m.keepsData {
		leave = append(append(leave, asked...), "storageProfile.imageReference", "storageProfile.osDisk")
	} else {
		replace = append(replace, asked...)
	}
	if leaveDisks {
		leave = append(leave, "storageProfile.dataDisks")
	}
	if m.keepsOffer {
		leave = append(leave, "storageProfile.imageReference.offer")
	}
	return []pulumi.ResourceOption{
		pulumi.ReplaceOnChanges(replace),
		pulumi.IgnoreChanges(leave),
		// Names are fixed, so the old one has to go first.
		pulumi.DeleteBeforeReplace(true),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "45m", Update: "45m", Delete: "45m"}),
	}
}

// madeFrom is what a machine is made from, below a storage profile. Not the whole of
// the disk: of a machine that is stopped and deallocated Azure shows neither the disk's
// kind nor its size, and a refresh would take that for a change.
// https://github.com/Azure/azure-powershell/issues/13213
func madeFrom(profile string) []string {
	return []string{
		profile + "imageReference.publisher", profile + "imageReference.offer", profile + "imageReference.sku", profile + "imageReference.version",
		profile + "osDisk.diffDiskSettings", profile + "osDisk.caching",
	}
}

// references are ids below a storage profile.
func references(profile string) []string {
	return []string{profile + "imageReference.id", profile + "osDisk.managedDisk.diskEncryptionSet"}
}
