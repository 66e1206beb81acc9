package hybridcluster

import (
	"encoding/base64"

	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// machine is one node's virtual machine and what belongs to it alone.
type machine struct {
	// name is the VM's, the computer's and the node's: the cloud provider finds
	// a node's VM by it.
	name            string
	size            string
	subnetID        pulumi.StringInput
	privateIP       string
	poolID          pulumi.StringPtrInput
	availabilitySet *compute.AvailabilitySet
	identityID      pulumi.StringInput
	image           compute.ImageReferenceArgs
	osDiskSizeGB    int
	dataDisks       compute.DataDiskArray
	osProfile       compute.OSProfileArgs
	extension       extension
	// keepsData: the machine holds etcd's data, so nothing but a new name
	// replaces it.
	keepsData bool
	// natRuleID leads a port of the API load balancer to this machine; nil for none.
	natRuleID pulumi.StringPtrInput
}

// extension is the one Custom Script extension that a VM may have. It succeeds
// only when the node has joined.
type extension struct {
	publisher, kind, version, command string
	timeout                           string
}

// declareMachine declares the NIC, the VM and its extension. It returns the
// extension: who depends on it depends on a node that has joined.
func (b *builder) declareMachine(m machine) (*compute.VirtualMachine, *compute.VirtualMachineExtension, error) {
	nic, err := b.newNetworkInterface(m)
	if err != nil {
		return nil, nil, err
	}
	vm, err := b.newVirtualMachine(m, nic)
	if err != nil {
		return nil, nil, err
	}
	ext, err := compute.NewVirtualMachineExtension(b.ctx, b.child(m.name+"-bootstrap"), &compute.VirtualMachineExtensionArgs{
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
		pulumi.DeleteBeforeReplace(true),
		// A newer command is for new nodes; the old ones have finished.
		pulumi.IgnoreChanges([]string{"settings"}),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: m.extension.timeout, Update: m.extension.timeout}),
	)...)
	return vm, ext, err
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
	if m.poolID != nil {
		address.LoadBalancerBackendAddressPools = network.BackendAddressPoolArray{
			network.BackendAddressPoolArgs{Id: m.poolID},
		}
	}
	if m.natRuleID != nil {
		address.LoadBalancerInboundNatRules = network.InboundNatRuleTypeArray{
			network.InboundNatRuleTypeArgs{Id: m.natRuleID},
		}
	}
	return network.NewNetworkInterface(b.ctx, b.child(m.name+"-nic"), &network.NetworkInterfaceArgs{
		ResourceGroupName:    b.group.name,
		NetworkInterfaceName: pulumi.String(m.name + "-nic"),
		Location:             pulumi.String(b.location),
		IpConfigurations:     network.NetworkInterfaceIPConfigurationArray{address},
		Tags:                 b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
}

func (b *builder) newVirtualMachine(m machine, nic *network.NetworkInterface) (*compute.VirtualMachine, error) {
	osDisk := compute.OSDiskArgs{
		Name:         pulumi.String(m.name + "-os"),
		CreateOption: pulumi.String("FromImage"),
		// Disks outlive their VM unless told otherwise.
		DeleteOption: pulumi.String("Delete"),
		Caching:      compute.CachingTypesReadWrite,
		ManagedDisk: compute.ManagedDiskParametersArgs{
			StorageAccountType: pulumi.String(parseVMSize(m.size).diskType()),
		},
	}
	if m.osDiskSizeGB > 0 {
		osDisk.DiskSizeGB = pulumi.Int(m.osDiskSizeGB)
	}
	args := &compute.VirtualMachineArgs{
		ResourceGroupName: b.group.name,
		VmName:            pulumi.String(m.name),
		Location:          pulumi.String(b.location),
		HardwareProfile:   compute.HardwareProfileArgs{VmSize: pulumi.String(m.size)},
		OsProfile:         m.osProfile,
		StorageProfile:    compute.StorageProfileArgs{ImageReference: m.image, OsDisk: osDisk, DataDisks: m.dataDisks},
		NetworkProfile: compute.NetworkProfileArgs{NetworkInterfaces: compute.NetworkInterfaceReferenceArray{
			compute.NetworkInterfaceReferenceArgs{Id: nic.ID().ToStringOutput(), Primary: pulumi.Bool(true)},
		}},
		// The serial log is the last resort when a node does not join.
		DiagnosticsProfile: compute.DiagnosticsProfileArgs{
			BootDiagnostics: compute.BootDiagnosticsArgs{Enabled: pulumi.Bool(true)},
		},
		Tags: b.tags(),
	}
	if m.availabilitySet != nil {
		args.AvailabilitySet = compute.SubResourceArgs{Id: m.availabilitySet.ID().ToStringOutput()}
	}
	if m.identityID != nil {
		args.Identity = compute.VirtualMachineIdentityArgs{
			Type:                   compute.ResourceIdentityTypeUserAssigned,
			UserAssignedIdentities: pulumi.StringArray{m.identityID},
		}
	}
	return compute.NewVirtualMachine(b.ctx, b.child(m.name), args, b.options(m.lifecycle()...)...)
}

// lifecycle says what happens to a running machine when its declaration
// changes. Azure refuses to change most of what a machine was made with
// (PropertyChangeNotAllowed), so there are two ways: replace it, or leave it.
func (m machine) lifecycle() []pulumi.ResourceOption {
	// First-boot settings are left: a node is renewed on purpose, one at a time,
	// never because a script or a key changed.
	leave := []string{
		"osProfile.customData", "osProfile.adminPassword",
		"osProfile.linuxConfiguration", "osProfile.windowsConfiguration",
	}
	replace := []string{"osProfile.computerName", "availabilitySet"}
	// Image, login and disks of a machine that keeps the cluster's data are left
	// too: a replaced master would come back without it.
	asked := []string{"osProfile.adminUsername", "storageProfile.imageReference", "storageProfile.osDisk"}
	if m.keepsData {
		leave = append(append(leave, asked...), "storageProfile.dataDisks")
	} else {
		replace = append(replace, asked...)
	}
	return []pulumi.ResourceOption{
		pulumi.ReplaceOnChanges(replace),
		pulumi.IgnoreChanges(leave),
		// Names are fixed, so the old one has to go first.
		pulumi.DeleteBeforeReplace(true),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "45m", Update: "45m", Delete: "45m"}),
	}
}

// newAvailabilitySet spreads a pool over a region's hardware. Two fault domains
// are there in every region.
func (b *builder) newAvailabilitySet(suffix string) (*compute.AvailabilitySet, error) {
	return compute.NewAvailabilitySet(b.ctx, b.child(suffix), &compute.AvailabilitySetArgs{
		ResourceGroupName:         b.group.name,
		AvailabilitySetName:       pulumi.String(b.prefix + "-" + suffix),
		Location:                  pulumi.String(b.location),
		Sku:                       compute.SkuArgs{Name: pulumi.String("Aligned")},
		PlatformFaultDomainCount:  pulumi.Int(2),
		PlatformUpdateDomainCount: pulumi.Int(5),
		Tags:                      b.tags(),
	}, b.options(
		pulumi.DeleteBeforeReplace(true),
		pulumi.ReplaceOnChanges([]string{"platformFaultDomainCount", "platformUpdateDomainCount"}),
	)...)
}

// encodeCustomData turns a rendered document into what Azure takes.
func encodeCustomData(document string) string {
	return base64.StdEncoding.EncodeToString([]byte(document))
}
