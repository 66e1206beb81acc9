package hybridcluster

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SSHAccess is the form of [HybridCluster.SSH], for who reads a stack's output. It
// holds nothing secret.
type SSHAccess struct {
	// Entry is the only machine that SSH reaches from outside.
	Entry SSHEntry `json:"entry"`
	// SourceCIDRs may reach it; empty means nobody.
	SourceCIDRs []string `json:"sourceCidrs"`
	// Private tells that Entry has no public address: it is reached from the
	// virtual network and its peers alone.
	Private bool `json:"private"`
	// LinuxUser and WindowsUser log in on the nodes. WindowsUser is empty where no
	// Windows machine runs OpenSSH.
	LinuxUser   string `json:"linuxUser"`
	WindowsUser string `json:"windowsUser,omitempty"`
	// Masters are the private addresses of the control plane, by name.
	Masters map[string]string `json:"masters"`
	// HostKeys are ED25519 keys in authorized_keys form, by the name of the master,
	// of the jumpbox or of the pool whose machines have it.
	HostKeys map[string]string `json:"hostKeys"`
}

// SSHEntry is where SSH enters: the first master, or the jumpbox of a private
// cluster.
type SSHEntry struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	User    string `json:"user"`
	// Jumpbox tells that it is no node.
	Jumpbox bool `json:"jumpbox"`
}

func (b *builder) describeSSH() error {
	keys, masters := pulumi.StringMap{}, pulumi.StringMap{}
	for owner, key := range b.hostKeys {
		keys[owner] = key.PublicKeyOpenssh.ApplyT(strings.TrimSpace).(pulumi.StringOutput)
	}
	for i, address := range b.plan.MasterIPs {
		masters[b.def.MasterName(i)] = pulumi.String(address)
	}
	access := pulumi.Map{
		"entry":       b.sshEntry(),
		"sourceCidrs": pulumi.ToStringArray(b.args.SSHSourceCIDRs),
		"private":     pulumi.Bool(b.def.IsPrivate() && b.def.Jumpbox() == nil),
		"linuxUser":   pulumi.String(b.def.Properties.LinuxProfile.AdminUsername),
		"masters":     masters,
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
