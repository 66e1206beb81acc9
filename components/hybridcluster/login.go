package hybridcluster

import (
	"strings"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// login is who may log in on the nodes.
type login struct {
	// sshPublicKeys are in authorized_keys form; the first is the one shown.
	sshPublicKeys   []pulumi.StringInput
	windowsPassword pulumi.StringOutput
}

func (b *builder) declareLogin() error {
	if err := b.declareSSHKey(); err != nil {
		return err
	}
	return b.declareWindowsPassword()
}

func (b *builder) declareSSHKey() error {
	b.component.SSHPrivateKey = pulumi.String("").ToStringOutput()
	b.login.sshPublicKeys = b.givenSSHKeys()
	if len(b.login.sshPublicKeys) == 0 {
		// RSA, for Azure takes other kinds only on some images:
		// https://learn.microsoft.com/azure/virtual-machines/linux/mac-create-ssh-keys#supported-ssh-key-formats
		key, err := tls.NewPrivateKey(b.ctx, b.child("ssh-key"), &tls.PrivateKeyArgs{
			Algorithm: pulumi.String("RSA"),
			RsaBits:   pulumi.Int(3072),
		}, pulumi.Parent(b.component))
		if err != nil {
			return err
		}
		public := key.PublicKeyOpenssh.ApplyT(strings.TrimSpace).(pulumi.StringOutput)
		b.login.sshPublicKeys = []pulumi.StringInput{public}
		b.component.GeneratedSSHKey = true
		b.component.SSHPrivateKey = pulumi.ToSecret(key.PrivateKeyOpenssh).(pulumi.StringOutput)
	}
	b.component.SSHPublicKey = b.login.sshPublicKeys[0].ToStringOutput()
	return nil
}

func (b *builder) givenSSHKeys() []pulumi.StringInput {
	if b.args.SSHPublicKey != nil {
		return []pulumi.StringInput{b.args.SSHPublicKey}
	}
	var keys []pulumi.StringInput
	for _, key := range firstboot.SSHKeys(b.def) {
		keys = append(keys, pulumi.String(key))
	}
	return keys
}

func (b *builder) declareWindowsPassword() error {
	b.component.WindowsAdminPassword = pulumi.String("").ToStringOutput()
	if !b.def.HasWindows() {
		return nil
	}
	password, err := b.windowsPassword()
	if err != nil {
		return err
	}
	b.login.windowsPassword = pulumi.ToSecret(password).(pulumi.StringOutput)
	b.component.WindowsAdminPassword = b.login.windowsPassword
	return nil
}

func (b *builder) windowsPassword() (pulumi.StringInput, error) {
	if b.args.WindowsAdminPassword != nil {
		return b.args.WindowsAdminPassword, nil
	}
	if given := b.def.Properties.WindowsProfile.AdminPassword; given != "" {
		return pulumi.String(given), nil
	}
	// Azure wants 12 to 123 characters of three classes; this has all four.
	generated, err := random.NewRandomPassword(b.ctx, b.child("windows-password"), &random.RandomPasswordArgs{
		Length:          pulumi.Int(24),
		MinLower:        pulumi.Int(2),
		MinUpper:        pulumi.Int(2),
		MinNumeric:      pulumi.Int(2),
		MinSpecial:      pulumi.Int(2),
		OverrideSpecial: pulumi.String("!#%*+-=?@_"),
	}, pulumi.Parent(b.component))
	if err != nil {
		return nil, err
	}
	return generated.Result, nil
}
