package firstboot

import (
	"cmp"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// standIns stand for what only a cluster's resources know. They have the form
// that the renderer wants.
type standIns struct {
	facts   Facts
	pki     bootstrap.PKI
	azure   Azure
	sshKeys []string
	// marks are pairs: a stand-in whose form says nothing, and what to show for it.
	marks []string
}

// mark replaces the stand-ins of a rendered document by words.
func (s standIns) mark(document string) string {
	return strings.NewReplacer(s.marks...).Replace(document)
}

// known is the text for what only resources know.
func known(what string) string { return "[known after up: " + what + "]" }

// Stand-ins of a form that leaves no room for words. None of them can be real:
// the ids and the hash are of nothing, and ".invalid" is kept for names that
// never exist.
const (
	tokenStandIn    = "secret.ofthestackitself"
	addressStandIn  = "api-server.known-after-up.invalid"
	identityStandIn = "00000000-0000-0000-0000-00000000d000"
	sshKeyStandIn   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	// Another key of the same form.
	hostKeyStandIn = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"
)

// marked stands in for the resources in what is shown. The definition has no
// secrets any more.
func marked(d *apimodel.Definition, resourceGroup string) standIns {
	s := standIns{sshKeys: SSHKeys(d)}
	mark := func(standIn, text string) string {
		s.marks = append(s.marks, standIn, text)
		return standIn
	}
	if len(s.sshKeys) == 0 {
		s.sshKeys = []string{mark(sshKeyStandIn, known("the generated SSH key"))}
	}
	s.facts = Facts{
		Token:      mark(tokenStandIn, apimodel.Redaction),
		CACertHash: "sha256:" + mark(strings.Repeat("0123456789abcdef", 4), known("the hash of the CA key")),
		APIAddress: d.AddressPlan().APIServerIP,
	}
	if s.facts.APIAddress == "" {
		s.facts.APIAddress = mark(addressStandIn, known("the address of the API server"))
	}
	// One line of base64 in a block of PEM.
	block := func(kind, name, text string) string {
		digest := sha256.Sum256([]byte(name + kind))
		mark(base64.StdEncoding.EncodeToString(digest[:]), text)
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: digest[:]}))
	}
	s.pki = material(func(kind, name string, _ int) string {
		if strings.HasSuffix(kind, privateKey) {
			return block(kind, name, apimodel.Redaction)
		}
		return block(kind, name, known("the "+strings.ToLower(kind)+" of "+name))
	})
	s.facts.HostKey = bootstrap.HostKey{
		Private: block(hostKeyBlock, "this machine", apimodel.Redaction),
		Public:  mark(hostKeyStandIn, known("the SSH host key")),
	}
	s.azure = azureStandIns(d, resourceGroup, known, mark(identityStandIn, known("the client id of the identity")))
	s.facts.TenantID, s.facts.PullClientID = known("the tenant id"), known("the client id of the pull identity")
	return s
}

// likeReal stands in for the resources where only the size counts: everything is
// as long as the real thing, and compresses as badly.
func likeReal(d *apimodel.Definition) standIns {
	s := standIns{sshKeys: SSHKeys(d)}
	if len(s.sshKeys) == 0 {
		s.sshKeys = []string{generatedKey()}
	}
	s.facts = Facts{
		Token: tokenStandIn, CACertHash: fmt.Sprintf("sha256:%x", sha256.Sum256(nil)),
		APIAddress: cmp.Or(d.AddressPlan().APIServerIP, "203.0.113.100"),
	}
	s.pki = material(func(kind, name string, size int) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: noise(name+kind, size)}))
	})
	s.facts.HostKey = bootstrap.HostKey{
		Private: string(pem.EncodeToMemory(&pem.Block{Type: hostKeyBlock, Bytes: noise("host key", hostKeySize)})),
		Public:  hostKeyStandIn,
	}
	guid := func(string) string { return identityStandIn }
	s.azure = azureStandIns(d, "", guid, identityStandIn)
	s.facts.TenantID, s.facts.PullClientID = identityStandIn, identityStandIn
	if s.azure.ClientID != "" && s.azure.SecretRef == nil {
		// It may come from elsewhere than the definition.
		s.azure.ClientSecret = cmp.Or(s.azure.ClientSecret, strings.Repeat("s", 40))
	}
	return s
}

// azureStandIns says for each value that only resources know what text makes of it.
func azureStandIns(d *apimodel.Definition, resourceGroup string, text func(string) string, identity string) Azure {
	a := Azure{
		TenantID: text("the tenant id"), SubscriptionID: text("the subscription id"),
		ResourceGroup: cmp.Or(resourceGroup, Prefix(d)), VnetResourceGroup: cmp.Or(resourceGroup, Prefix(d)),
		VnetName: text("the virtual network"), SecurityGroup: text("the security group of the nodes"),
		IdentityClientID: identity,
	}
	if subnet, err := apimodel.ParseSubnetID(d.Properties.MasterProfile.VnetSubnetID); d.HasExistingSubnets() && err == nil {
		a.VnetName, a.VnetResourceGroup = subnet.Vnet, subnet.ResourceGroup
	}
	if sp := ServicePrincipal(d); sp != nil {
		a.ClientID, a.ClientSecret, a.SecretRef = sp.ClientID, sp.Secret, sp.KeyvaultSecretRef
		if sp.KeyvaultSecretRef == nil {
			a.IdentityClientID = ""
		}
	}
	return a
}

const privateKey = "RSA PRIVATE KEY"

// hostKeyBlock is OpenSSH's own form of a private key; one of kind ED25519 without
// a comment has hostKeySize bytes in it.
const (
	hostKeyBlock = "OPENSSH PRIVATE KEY"
	hostKeySize  = 234
)

// material is root material of blocks that block makes of a PEM type, what it
// belongs to, and the size that the real one has in DER, in bytes: RSA with 2048
// bits.
func material(block func(kind, name string, size int) string) bootstrap.PKI {
	certificate := func(name string) string { return block("CERTIFICATE", name, 800) }
	key := func(name string) string { return block(privateKey, name, 1192) }
	const cluster, proxy, etcd, accounts = "the cluster CA", "the CA of the front proxy", "the CA of etcd", "the service accounts"
	return bootstrap.PKI{
		CACert: certificate(cluster), CAKey: key(cluster),
		FrontProxyCACert: certificate(proxy), FrontProxyCAKey: key(proxy),
		EtcdCACert: certificate(etcd), EtcdCAKey: key(etcd),
		ServiceAccountPublicKey: block("PUBLIC KEY", accounts, 294), ServiceAccountKey: key(accounts),
	}
}

// noise is the same for the same seed, and does not compress.
func noise(seed string, size int) []byte {
	var out []byte
	for i := 0; len(out) < size; i++ {
		digest := sha256.Sum256(fmt.Appendf(nil, "%s %d", seed, i))
		out = append(out, digest[:]...)
	}
	return out[:size]
}

// generatedKey has the form and the size of a key that is generated: RSA with
// 3072 bits.
func generatedKey() string {
	modulus := noise("ssh key", 3072/8)
	modulus[0] |= 0x80
	key, err := ssh.NewPublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537})
	if err != nil {
		return sshKeyStandIn // only the size would differ
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}
