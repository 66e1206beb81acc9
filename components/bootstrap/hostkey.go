package bootstrap

import (
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// HostKey is the SSH host key of a machine, or of all machines that share a
// document. Where it is empty, a machine makes keys of its own, which nobody
// knows before the first login.
type HostKey struct {
	// Private is an ED25519 key in OpenSSH's format, as one PEM block. It is a
	// secret.
	Private string
	// Public is its other half in authorized_keys form.
	Public string
}

const hostKeyBlock = "OPENSSH PRIVATE KEY"

// check shows nothing of the private key.
func (k HostKey) check(owner string) error {
	if k == (HostKey{}) {
		return nil
	}
	block, rest := pem.Decode([]byte(k.Private))
	if block == nil || block.Type != hostKeyBlock || strings.TrimSpace(string(rest)) != "" || !strings.HasPrefix(k.Private, "-----BEGIN ") {
		return fmt.Errorf("%s: the SSH host key is not one PEM block of type %s", owner, hostKeyBlock)
	}
	if k.publicLine() == "" {
		return fmt.Errorf("%s: the public half of the SSH host key is not a key of type %s", owner, ssh.KeyAlgoED25519)
	}
	return nil
}

// publicLine is the public key without its comment; empty for none.
func (k HostKey) publicLine() string {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(k.Public))
	if err != nil || key.Type() != ssh.KeyAlgoED25519 {
		return ""
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// hostKeys is a host key as cloud-config has it:
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html#ssh
type hostKeys struct {
	Private fileText `yaml:"ed25519_private"`
	Public  string   `yaml:"ed25519_public"`
}

// moreHostKeys makes the kinds of host keys that are missing. cloud-init makes
// none where it is given one, and the Azure agent does nothing, not even an
// extension, before it finds one of kind RSA; it gives up after half an hour:
// https://github.com/Azure/WALinuxAgent/blob/master/azurelinuxagent/pa/provision/cloudinit.py
// Clients that know the given key ask for no other kind.
var moreHostKeys = []string{"ssh-keygen", "-A"}

// hostKey gives the machine its key in place of those that the image may hold.
func (d *cloudInit) hostKey(k HostKey) {
	if k == (HostKey{}) {
		return
	}
	d.SSHDeleteKeys = true
	d.SSHKeys = &hostKeys{Private: fileText(k.Private), Public: k.publicLine()}
	d.RunCmd = append([][]string{moreHostKeys}, d.RunCmd...)
}

// Jumpbox renders the cloud-init document of a machine that is no node: it gets
// its host key and nothing else. The document is a secret.
func Jumpbox(name string, k HostKey) (string, error) {
	if err := k.check(fmt.Sprintf("jumpbox %q", name)); err != nil {
		return "", err
	}
	var doc cloudInit
	doc.hostKey(k)
	return doc.render(Node{Name: name})
}

// hostKey writes the host key for Windows, where a node runs OpenSSH.
func (p *powershell) hostKey(n Node, o WindowsOptions) {
	if !o.OpenSSH || n.HostKey == (HostKey{}) {
		p.text("$HostKey = ''\n$HostPublicKey = ''\n")
		return
	}
	p.document("HostKey", n.HostKey.Private)
	p.text("$HostPublicKey = " + powershellQuote(n.HostKey.publicLine()) + "\n")
}
