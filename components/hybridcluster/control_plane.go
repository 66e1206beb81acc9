package hybridcluster

import (
	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// controlPlane is the masters, up and joined.
type controlPlane struct {
	machines []*compute.VirtualMachine
	ready    []pulumi.Resource
}

func (b *builder) declareControlPlane() error {
	set, err := b.newAvailabilitySet("control-plane-as")
	if err != nil {
		return err
	}
	for i := range b.plan.MasterIPs {
		vm, ext, err := b.declareMachine(b.master(i, set))
		if err != nil {
			return err
		}
		b.control.machines = append(b.control.machines, vm)
		b.control.ready = append(b.control.ready, ext)
	}
	return nil
}

func (b *builder) master(i int, set *compute.AvailabilitySet) machine {
	profile := b.def.Properties.MasterProfile
	name := b.def.MasterName(i)
	size := parseVMSize(profile.VMSize)
	return machine{
		name:            name,
		size:            profile.VMSize,
		subnetID:        b.network.controlPlaneSubnetID,
		privateIP:       b.plan.MasterIPs[i],
		poolID:          b.frontend.poolID.ToStringPtrOutput(),
		availabilitySet: set,
		identityID:      b.identity.resourceID,
		image:           linuxImage(size),
		keepsData:       true,
		natRuleID:       b.sshRuleFor(i),
		osDiskSizeGB:    profile.OSDiskSizeGB,
		// etcd gets a disk of its own, so that nothing else slows its writes.
		dataDisks: compute.DataDiskArray{compute.DataDiskArgs{
			Name:         pulumi.String(name + "-etcd"),
			Lun:          pulumi.Int(0),
			CreateOption: pulumi.String("Empty"),
			DeleteOption: pulumi.String("Delete"),
			Caching:      compute.CachingTypesReadOnly,
			DiskSizeGB:   pulumi.Int(b.def.Properties.OrchestratorProfile.KubernetesConfig.EtcdDiskSizeGB),
			ManagedDisk: compute.ManagedDiskParametersArgs{
				StorageAccountType: pulumi.String(size.diskType()),
			},
		}},
		osProfile: b.linuxProfile(name, b.masterCustomData(i)),
		extension: linuxExtension(),
	}
}

// masterCustomData renders the document that holds the cluster's root keys. It
// is a secret because they are.
func (b *builder) masterCustomData(i int) pulumi.StringOutput {
	node := bootstrap.Node{Name: b.def.MasterName(i), PrivateIP: b.plan.MasterIPs[i]}
	document := pulumi.All(
		b.pki.token, b.pki.caCertHash, b.frontend.address, b.pki.material(), b.cloudConfig(),
	).ApplyT(func(v []any) (string, error) {
		cluster := b.bootstrapCluster(v[0].(string), v[1].(string), v[2].(string))
		text, err := bootstrap.ControlPlane(cluster, node, v[3].(bootstrap.PKI), v[4].(bootstrap.CloudConfig))
		if err != nil {
			return "", err
		}
		return encodeCustomData(text), nil
	}).(pulumi.StringOutput)
	return pulumi.ToSecret(document).(pulumi.StringOutput)
}

// cloudConfig is what the cloud provider is told; only masters run it.
func (b *builder) cloudConfig() pulumi.Output {
	return pulumi.All(
		b.identity.tenantID, b.group.subscriptionID(), b.group.name,
		b.network.vnetName, b.network.nodeGroupName,
		b.identity.identityClientID, b.identity.clientID, b.identity.clientSecret,
	).ApplyT(func(v []any) bootstrap.CloudConfig {
		s := func(i int) string { return v[i].(string) }
		return bootstrap.CloudConfig{
			TenantID: s(0), SubscriptionID: s(1), ResourceGroup: s(2), Location: b.location,
			VnetName: s(3), VnetResourceGroup: s(2), SubnetName: nodeSubnet,
			SecurityGroupName: s(4), LoadBalancerName: b.prefix,
			PrimaryAvailabilitySet: b.primaryAvailabilitySet(),
			IdentityClientID:       s(5), ClientID: s(6), ClientSecret: s(7),
		}
	})
}

// primaryAvailabilitySet is the set of the first pool by name, so that the order
// of pools means nothing.
func (b *builder) primaryAvailabilitySet() string {
	first := ""
	for _, p := range b.def.Properties.AgentPoolProfiles {
		if first == "" || p.Name < first {
			first = p.Name
		}
	}
	if first == "" {
		return ""
	}
	return b.prefix + "-" + availabilitySetSuffix(first)
}

func availabilitySetSuffix(pool string) string { return pool + "-as" }

// linuxProfile is the first login of a Linux machine: by key alone.
func (b *builder) linuxProfile(name string, customData pulumi.StringInput) compute.OSProfileArgs {
	admin := b.def.Properties.LinuxProfile.AdminUsername
	var keys compute.SshPublicKeyTypeArray
	for _, key := range b.login.sshPublicKeys {
		keys = append(keys, compute.SshPublicKeyTypeArgs{
			KeyData: key.ToStringOutput(),
			Path:    pulumi.String("/home/" + admin + "/.ssh/authorized_keys"),
		})
	}
	return compute.OSProfileArgs{
		ComputerName:  pulumi.String(name),
		AdminUsername: pulumi.String(admin),
		CustomData:    customData.ToStringOutput(),
		LinuxConfiguration: compute.LinuxConfigurationArgs{
			DisablePasswordAuthentication: pulumi.Bool(true),
			Ssh:                           compute.SshConfigurationArgs{PublicKeys: keys},
		},
	}
}

// linuxExtension waits for cloud-init to finish.
func linuxExtension() extension {
	return extension{
		publisher: "Microsoft.Azure.Extensions", kind: "CustomScript", version: "2.1",
		command: bootstrap.LinuxExtensionCommand(), timeout: "60m",
	}
}

// windowsExtension runs the bootstrap, for Windows images ignore custom data.
func windowsExtension() extension {
	return extension{
		publisher: "Microsoft.Compute", kind: "CustomScriptExtension", version: "1.10",
		command: bootstrap.WindowsExtensionCommand(), timeout: "90m",
	}
}
