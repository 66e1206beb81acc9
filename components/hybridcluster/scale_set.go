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
	capacity, err := b.capacity(pool)
	if err != nil {
		return nil, err
	}
	args := &compute.VirtualMachineScaleSetArgs{
		ResourceGroupName: b.group.name,
		VmScaleSetName:    pulumi.String(firstboot.ScaleSetName(b.def, pool)),
		Location:          pulumi.String(b.location),
		OrchestrationMode: pulumi.String("Uniform"),
		Sku: compute.SkuArgs{
			Name: pulumi.String(pool.VMSize), Tier: pulumi.String("Standard"), Capacity: pulumi.Float64(float64(capacity)),
		},
		// A machine too many would join and vanish.
		Overprovision:         pulumi.Bool(false),
		SinglePlacementGroup:  pulumi.Bool(isTrue(pool.SinglePlacementGroup)),
		UpgradePolicy:         compute.UpgradePolicyArgs{Mode: compute.UpgradeModeManual},
		VirtualMachineProfile: b.scaleSetMachine(pool),
		Tags:                  b.tags(firstboot.AutoscalerTags(b.def, pool), pool.CustomVMTags),
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
	if ids := identities(b.pull.resourceID); len(ids) > 0 {
		args.Identity = compute.VirtualMachineScaleSetIdentityArgs{
			Type: compute.ResourceIdentityTypeUserAssigned, UserAssignedIdentities: ids,
		}
	}
	lifecycle := append(scaleSetLifecycle(), pulumi.DependsOn(b.beforePools()))
	if b.keepsOffer(pool) {
		lifecycle = append(lifecycle, pulumi.IgnoreChanges([]string{"virtualMachineProfile.storageProfile.imageReference.offer"}))
	}
	return compute.NewVirtualMachineScaleSet(b.ctx, b.child(pool.Name), args, b.options(lifecycle...)...)
}

// scaleSetLifecycle: what Azure takes for the next machine is changed in the set
// alone, and the running machines are left (upgrade mode Manual). What it refuses
// to change replaces the set, and so does what makes other machines of a pool: a
// half-changed pool would be worse.
func scaleSetLifecycle() []pulumi.ResourceOption {
	const profile = "virtualMachineProfile.storageProfile."
	return []pulumi.ResourceOption{
		pulumi.ReplaceOnChanges(append([]string{
			"sku.name", "orchestrationMode", "singlePlacementGroup", "zones", "platformFaultDomainCount",
			"virtualMachineProfile.osProfile.computerNamePrefix", "virtualMachineProfile.osProfile.adminUsername",
			"virtualMachineProfile.priority", "virtualMachineProfile.evictionPolicy",
			profile + "osDisk.diskSizeGB", profile + "osDisk.managedDisk.storageAccountType",
		}, madeFrom(profile)...)),
		// Azure refuses a new password; new machines get the old one. Ids are left, for
		// Azure gives them back in letters of its own.
		pulumi.IgnoreChanges(append([]string{
			"virtualMachineProfile.osProfile.adminPassword", "proximityPlacementGroup",
		}, references(profile)...)),
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
			// Azure's default. It takes up to 120 minutes; the provider waits that long.
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
