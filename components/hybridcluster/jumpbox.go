package hybridcluster

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// declareJumpbox declares the way into a private cluster: a Linux machine with a
// public address, which SSH reaches from the ranges that may. It is no node, and
// knows nothing of the cluster but its own host key.
func (b *builder) declareJumpbox() error {
	profile := b.def.Jumpbox()
	if profile == nil {
		return nil
	}
	ip, err := b.newPublicIP("jumpbox-ip", b.prefix+"-jumpbox-ip", nil)
	if err != nil {
		return err
	}
	guard, err := b.newSecurityGroup("jumpbox-nsg")
	if err != nil {
		return err
	}
	if cidrs := b.args.SSHSourceCIDRs; len(cidrs) > 0 {
		if _, err := b.open("jumpbox", guard, sshRule(cidrs)); err != nil {
			return err
		}
	}
	size := parseVMSize(profile.VMSize)
	keys := b.login.sshPublicKeys
	if profile.PublicKey != "" {
		keys = []pulumi.StringInput{pulumi.String(profile.PublicKey)}
	}
	document := b.hostKeys.of(profile.Name).ApplyT(func(v any) (string, error) {
		return encoded(bootstrap.Jumpbox(profile.Name, v.(bootstrap.HostKey)))
	})
	osProfile := b.linuxProfile(profile.Name, pulumi.ToSecret(document).(pulumi.StringOutput))
	osProfile.AdminUsername = pulumi.String(profile.Username)
	osProfile.LinuxConfiguration = b.linuxLogin(profile.Username, keys)
	osProfile.Secrets = nil
	_, err = b.declareMachineAlone(machine{
		name:       profile.Name,
		size:       profile.VMSize,
		subnetID:   b.network.controlPlaneSubnetID,
		guard:      guard,
		publicIPID: ip.ID().ToStringOutput().ToStringPtrOutput(),
		image:      b.linuxImage(apimodel.MachineProfile{}, nil, size),
		disks:      disks{osSizeGB: profile.OSDiskSizeGB, osCaching: "ReadWrite", kind: size.diskType()},
		osProfile:  osProfile,
	})
	b.jumpboxAddress = ip.IpAddress.Elem()
	return err
}
