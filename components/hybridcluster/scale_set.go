package hybridcluster

import (
	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// declareScaleSet declares a pool as one scale set. It is there when all of its
// machines have joined: their extension is part of the set.
//
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-orchestration-modes
func (b *builder) declareScaleSet(pool *apimodel.AgentPoolProfile) (*compute.VirtualMachineScaleSet, error) {
	args := &compute.VirtualMachineScaleSetArgs{
		ResourceGroupName: b.group.name,
		VmScaleSetName:    pulumi.String(firstboot.ScaleSetName(b.def, pool)),
		Location:          pulumi.String(b.location),
		OrchestrationMode: pulumi.String("Uniform"),
		Sku: compute.SkuArgs{
			Name: pulumi.String(pool.VMSize), Tier: pulumi.String("Standard"), Capacity: pulumi.Float64(float64(pool.Count)),
		},
		// A machine too many would join and vanish.
		Overprovision:         pulumi.Bool(false),
		SinglePlacementGroup:  pulumi.Bool(isTrue(pool.SinglePlacementGroup)),
		UpgradePolicy:         compute.UpgradePolicyArgs{Mode: compute.UpgradeModeManual},
		VirtualMachineProfile: b.scaleSetMachine(pool),
		Tags:                  b.tags(pool.CustomVMTags),
	}
	if len(pool.AvailabilityZones) > 0 {
		args.Zones = pulumi.ToStringArray(pool.AvailabilityZones)
	}
	if n := pool.PlatformFaultDomainCount; n != nil {
		args.PlatformFaultDomainCount = pulumi.Int(*n)
	}
	if group := pool.ProximityPlacementGroupID; group != "" {
		args.ProximityPlacementGroup = compute.SubResourceArgs{Id: pulumi.String(group)}
	}
	if isTrue(pool.UltraSSDEnabled) {
		args.AdditionalCapabilities = compute.AdditionalCapabilitiesArgs{UltraSSDEnabled: pulumi.Bool(true)}
	}
	lifecycle := scaleSetLifecycle()
	if b.keepsOffer(pool) {
		lifecycle = append(lifecycle, pulumi.IgnoreChanges([]string{"virtualMachineProfile.storageProfile.imageReference.offer"}))
	}
	if b.def.IsAutoscaled(pool) {
		// Cluster Autoscaler decides how many machines there are, after the first ones.
		lifecycle = append(lifecycle, pulumi.IgnoreChanges([]string{"sku.capacity"}))
	}
	return compute.NewVirtualMachineScaleSet(b.ctx, b.child(pool.Name), args, b.options(lifecycle...)...)
}

// scaleSetLifecycle: what Azure takes for the next machine is changed in the set
// alone, and the running machines are left (upgrade mode Manual). What it refuses
// to change replaces the set, and so does what makes other machines of a pool: a
// half-changed pool would be worse.
func scaleSetLifecycle() []pulumi.ResourceOption {
	return []pulumi.ResourceOption{
		pulumi.ReplaceOnChanges([]string{
			"sku.name", "orchestrationMode", "singlePlacementGroup", "zones", "platformFaultDomainCount", "proximityPlacementGroup",
			"virtualMachineProfile.osProfile.computerNamePrefix", "virtualMachineProfile.osProfile.adminUsername",
			"virtualMachineProfile.storageProfile.imageReference", "virtualMachineProfile.storageProfile.osDisk",
			"virtualMachineProfile.priority", "virtualMachineProfile.evictionPolicy",
		}),
		// Azure refuses a new password; new machines get the old one.
		pulumi.IgnoreChanges([]string{"virtualMachineProfile.osProfile.adminPassword"}),
		pulumi.DeleteBeforeReplace(true),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "120m", Update: "120m", Delete: "60m"}),
	}
}

func (b *builder) scaleSetMachine(pool *apimodel.AgentPoolProfile) compute.VirtualMachineScaleSetVMProfileArgs {
	extension := linuxExtension()
	if pool.OSType == apimodel.Windows {
		extension = windowsExtension()
	}
	disks := b.poolDisks(pool)
	profile := compute.VirtualMachineScaleSetVMProfileArgs{
		OsProfile: b.scaleSetLogin(pool),
		StorageProfile: compute.VirtualMachineScaleSetStorageProfileArgs{
			ImageReference: b.poolImage(pool), OsDisk: disks.setOSDisk(pool.OSType), DataDisks: disks.setDataDisks(),
		},
		NetworkProfile: compute.VirtualMachineScaleSetNetworkProfileArgs{
			NetworkInterfaceConfigurations: b.scaleSetInterfaces(pool),
		},
		ExtensionProfile: compute.VirtualMachineScaleSetExtensionProfileArgs{
			Extensions: compute.VirtualMachineScaleSetExtensionTypeArray{scaleSetExtension(extension)},
			// The longest that Azure waits; by default it is 90 minutes, too.
			ExtensionsTimeBudget: pulumi.String("PT1H30M"),
		},
		DiagnosticsProfile: bootDiagnostics(),
	}
	if license := b.license(pool); license != "" {
		profile.LicenseType = pulumi.String(license)
	}
	if isTrue(pool.EncryptionAtHost) {
		profile.SecurityProfile = compute.SecurityProfileArgs{EncryptionAtHost: pulumi.Bool(true)}
	}
	if pool.IsSpot() {
		profile.Priority = pulumi.String("Spot")
		profile.EvictionPolicy = pulumi.String(pool.ScaleSetEvictionPolicy)
		profile.BillingProfile = compute.BillingProfileArgs{MaxPrice: pulumi.Float64(*pool.SpotMaxPrice)}
	}
	return profile
}

func scaleSetExtension(e extension) compute.VirtualMachineScaleSetExtensionTypeArgs {
	return compute.VirtualMachineScaleSetExtensionTypeArgs{
		Name:                    pulumi.String("bootstrap"),
		Publisher:               pulumi.String(e.publisher),
		Type:                    pulumi.String(e.kind),
		TypeHandlerVersion:      pulumi.String(e.version),
		AutoUpgradeMinorVersion: pulumi.Bool(true),
		Settings:                pulumi.Map{"commandToExecute": pulumi.String(e.command)},
	}
}

func (b *builder) scaleSetLogin(pool *apimodel.AgentPoolProfile) compute.VirtualMachineScaleSetOSProfileArgs {
	args := compute.VirtualMachineScaleSetOSProfileArgs{
		ComputerNamePrefix: pulumi.String(pool.ComputerNamePrefix()),
		CustomData:         b.workerCustomData(pool, 0),
	}
	if pool.OSType == apimodel.Windows {
		profile := b.def.Properties.WindowsProfile
		args.AdminUsername = pulumi.String(profile.AdminUsername)
		args.AdminPassword = b.login.windowsPassword
		args.WindowsConfiguration = b.windowsConfiguration()
		args.Secrets = vaultSecrets(profile.Secrets)
		return args
	}
	profile := b.def.Properties.LinuxProfile
	args.AdminUsername = pulumi.String(profile.AdminUsername)
	args.LinuxConfiguration = b.linuxLogin(profile.AdminUsername, b.login.sshPublicKeys)
	args.Secrets = vaultSecrets(profile.Secrets)
	return args
}

func (b *builder) scaleSetInterfaces(pool *apimodel.AgentPoolProfile) compute.VirtualMachineScaleSetNetworkConfigurationArray {
	nic := compute.VirtualMachineScaleSetNetworkConfigurationArgs{
		Name:    pulumi.String("primary"),
		Primary: pulumi.Bool(true),
		IpConfigurations: compute.VirtualMachineScaleSetIPConfigurationArray{compute.VirtualMachineScaleSetIPConfigurationArgs{
			Name:                    pulumi.String("primary"),
			Primary:                 pulumi.Bool(true),
			PrivateIPAddressVersion: pulumi.String("IPv4"),
			Subnet:                  compute.ApiEntityReferenceArgs{Id: b.poolSubnetID(pool)},
		}},
	}
	if pool.AcceleratedNetworking() {
		nic.EnableAcceleratedNetworking = pulumi.Bool(true)
	}
	if guard := b.network.nodeGroup; guard != nil {
		nic.NetworkSecurityGroup = compute.SubResourceArgs{Id: guard.ID().ToStringOutput()}
	}
	return compute.VirtualMachineScaleSetNetworkConfigurationArray{nic}
}
