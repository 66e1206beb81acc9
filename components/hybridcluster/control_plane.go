package hybridcluster

import (
	"github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// controlPlane is the masters, up and joined.
type controlPlane struct {
	machines []*compute.VirtualMachine
	ready    []pulumi.Resource
}

func (b *builder) declareControlPlane() error {
	placed, err := b.newPlacement("control-plane-as", b.def.Properties.MasterProfile.MachineProfile)
	if err != nil {
		return err
	}
	for i := range b.plan.MasterIPs {
		vm, err := b.declareMachineAlone(b.master(i, placed))
		if err != nil {
			return err
		}
		b.control.machines = append(b.control.machines, vm)
	}
	for i, vm := range b.control.machines {
		ext, err := b.declareBootstrap(b.master(i, placed), vm, b.control.booting(b.identity)...)
		if err != nil {
			return err
		}
		b.control.ready = append(b.control.ready, ext)
	}
	return nil
}

// booting is what a control plane needs to come up by itself: its machines, with
// the network that they stand in, and their rights.
//
// Whatever waits for nodes comes after all of it. The engine works on a limited
// number of resources at once, by default four for each processor, and what waits
// keeps its place: if scale sets took all places first, they would wait for masters
// whose machines never get one.
func (c controlPlane) booting(identity cloudIdentity) []pulumi.Resource {
	var all []pulumi.Resource
	for _, vm := range c.machines {
		all = append(all, vm)
	}
	return append(all, identity.rights...)
}

func (b *builder) master(i int, placed placement) machine {
	profile := b.def.Properties.MasterProfile
	name := b.def.MasterName(i)
	size := parseVMSize(profile.VMSize)
	return machine{
		name:        name,
		size:        profile.VMSize,
		subnetID:    b.network.controlPlaneSubnetID,
		guard:       b.network.controlPlaneGroup,
		privateIP:   b.plan.MasterIPs[i],
		poolIDs:     b.frontend.poolIDs,
		placement:   placed,
		number:      i,
		identityIDs: identities(b.identity.resourceID, b.pull.resourceID),
		image:       b.linuxImage(profile.MachineProfile, profile.ImageReference, size),
		keepsData:   true,
		natRuleID:   b.sshRuleFor(i),
		profile:     profile.MachineProfile,
		tags:        b.logTags(),
		// etcd gets a disk of its own, so that nothing else slows its writes.
		disks: disks{
			osSizeGB: profile.OSDiskSizeGB, osCaching: profile.OSDiskCachingType, kind: size.diskType(),
			dataSizesGB: []int{b.kubernetes().EtcdDiskSizeGB}, dataCaching: "ReadOnly", dataNames: []string{name + "-etcd"},
		},
		osProfile: b.linuxProfile(name, b.masterCustomData(i)),
		extension: linuxExtension(),
	}
}

// identities leaves out what is not there.
func identities(ids ...pulumi.StringInput) pulumi.StringArray {
	var list pulumi.StringArray
	for _, id := range ids {
		if id != nil {
			list = append(list, id)
		}
	}
	return list
}

// linuxProfile is the first login of a Linux machine: by key alone.
func (b *builder) linuxProfile(name string, customData pulumi.StringInput) compute.OSProfileArgs {
	profile := b.def.Properties.LinuxProfile
	args := compute.OSProfileArgs{
		ComputerName:       pulumi.String(name),
		AdminUsername:      pulumi.String(profile.AdminUsername),
		LinuxConfiguration: b.linuxLogin(profile.AdminUsername, b.login.sshPublicKeys),
		Secrets:            vaultSecrets(profile.Secrets),
	}
	if customData != nil {
		args.CustomData = customData.ToStringOutput()
	}
	return args
}

func (b *builder) linuxLogin(admin string, sshKeys []pulumi.StringInput) compute.LinuxConfigurationArgs {
	var keys compute.SshPublicKeyTypeArray
	for _, key := range sshKeys {
		keys = append(keys, compute.SshPublicKeyTypeArgs{
			KeyData: key.ToStringOutput(),
			Path:    pulumi.String("/home/" + admin + "/.ssh/authorized_keys"),
		})
	}
	return compute.LinuxConfigurationArgs{
		DisablePasswordAuthentication: pulumi.Bool(true),
		Ssh:                           compute.SshConfigurationArgs{PublicKeys: keys},
	}
}
