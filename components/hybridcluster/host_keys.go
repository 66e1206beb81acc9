package hybridcluster

import (
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// hostKeys are the SSH host keys of the machines, by who has them: a master, the
// jumpbox or a pool. They are made here, so that a client knows them before its
// first login.
//
// The machines of a pool share a key. Those of a scale set share their document
// anyway, whatever Azure or the autoscaler adds later; single machines do likewise,
// so that a pool is one thing and the number of keys does not grow with it. Who is
// root on one of them can pass for another of that pool, and for nothing else.
type hostKeys map[string]*tls.PrivateKey

func (b *builder) declareHostKeys() error {
	b.hostKeys = hostKeys{}
	for _, owner := range b.hostKeyOwners() {
		key, err := tls.NewPrivateKey(b.ctx, b.child(owner+"-host-key"), &tls.PrivateKeyArgs{
			Algorithm: pulumi.String("ED25519"),
		}, pulumi.Parent(b.component))
		if err != nil {
			return err
		}
		b.hostKeys[owner] = key
	}
	return nil
}

func (b *builder) hostKeyOwners() []string {
	var owners []string
	for i := range b.plan.MasterIPs {
		owners = append(owners, b.def.MasterName(i))
	}
	if jumpbox := b.def.Jumpbox(); jumpbox != nil {
		owners = append(owners, jumpbox.Name)
	}
	for _, pool := range b.def.Properties.AgentPoolProfiles {
		if pool.OSType != apimodel.Windows || b.windowsSSH() {
			owners = append(owners, pool.Name)
		}
	}
	return owners
}

// windowsSSH tells whether the Windows machines run OpenSSH.
func (b *builder) windowsSSH() bool {
	return b.def.HasWindows() && isTrue(b.def.Properties.WindowsProfile.SSHEnabled)
}

// of is a [bootstrap.HostKey], a secret; the empty one for who has none.
func (k hostKeys) of(owner string) pulumi.Output {
	key, ok := k[owner]
	if !ok {
		return pulumi.ToOutput(bootstrap.HostKey{})
	}
	both := pulumi.All(key.PrivateKeyOpenssh, key.PublicKeyOpenssh).ApplyT(func(v []any) bootstrap.HostKey {
		return bootstrap.HostKey{Private: v[0].(string), Public: v[1].(string)}
	})
	return pulumi.ToSecret(both)
}
