package hybridcluster

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// describeSSH says how SSH reaches the machines, in the form of [sshaccess.Access].
func (b *builder) describeSSH() error {
	keys, masters := pulumi.StringMap{}, pulumi.StringMap{}
	for owner, key := range b.hostKeys {
		keys[owner] = key.PublicKeyOpenssh.ApplyT(strings.TrimSpace).(pulumi.StringOutput)
	}
	for i, address := range b.plan.MasterIPs {
		masters[b.def.MasterName(i)] = pulumi.String(address)
	}
	pools := pulumi.Map{}
	for _, pool := range b.def.Properties.AgentPoolProfiles {
		prefix := pool.Name
		if pool.IsScaleSet() {
			prefix = pool.ComputerNamePrefix()
		}
		pools[pool.Name] = pulumi.Map{
			"os":       pulumi.String(strings.ToLower(string(pool.OSType))),
			"prefix":   pulumi.String(prefix),
			"scaleSet": pulumi.Bool(pool.IsScaleSet()),
		}
	}
	access := pulumi.Map{
		"entry":       b.sshEntry(),
		"sourceCidrs": pulumi.ToStringArray(b.args.SSHSourceCIDRs),
		"private":     pulumi.Bool(b.def.IsPrivate() && b.def.Jumpbox() == nil),
		"linuxUser":   pulumi.String(b.def.Properties.LinuxProfile.AdminUsername),
		"masters":     masters,
		"pools":       pools,
		"hostKeys":    keys,
	}
	if b.windowsSSH() {
		access["windowsUser"] = pulumi.String(b.def.Properties.WindowsProfile.AdminUsername)
	}
	b.component.SSH = access.ToMapOutput()
	return nil
}

func (b *builder) sshEntry() pulumi.Map {
	entry := pulumi.Map{
		"name":    pulumi.String(b.def.MasterName(0)),
		"address": pulumi.String(b.endpoint),
		"user":    pulumi.String(b.def.Properties.LinuxProfile.AdminUsername),
		"jumpbox": pulumi.Bool(false),
	}
	switch jumpbox := b.def.Jumpbox(); {
	case jumpbox != nil:
		entry["name"], entry["user"] = pulumi.String(jumpbox.Name), pulumi.String(jumpbox.Username)
		entry["address"], entry["jumpbox"] = b.jumpboxAddress, pulumi.Bool(true)
	case b.def.IsPrivate():
		entry["address"] = pulumi.String(b.plan.MasterIPs[0])
	}
	return entry
}
