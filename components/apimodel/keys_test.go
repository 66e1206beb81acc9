package apimodel_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// authorized renders a public key as a line of authorized_keys.
func authorized(t *testing.T, public any) string {
	t.Helper()
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func ed25519Key(t *testing.T) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return authorized(t, public)
}

// rsaKey has a modulus of that many bits. It is no product of primes, which
// nobody who only sees the public key can tell.
func rsaKey(t *testing.T, bits uint) string {
	t.Helper()
	modulus := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return authorized(t, &rsa.PublicKey{N: modulus.Add(modulus, big.NewInt(12345)), E: 65537})
}

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	good := ed25519Key(t)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, test := range map[string]struct{ key, want string }{
		"none":           {"", ""},
		"ed25519":        {good, ""},
		"with a comment": {good + " me@example.com", ""},
		"with a newline": {good + "\n", ""},
		"rsa 2048":       {rsaKey(t, 2048), ""},
		"rsa 1024":       {rsaKey(t, 1024), "is an RSA key of 1024 bits; Azure wants 2048"},
		"ecdsa":          {authorized(t, &curve.PublicKey), "is a key of type ecdsa-sha2-nistp256, which Azure does not take"},
		"private key":    {string(pem.EncodeToMemory(block)), "is a private key"},
		"pem":            {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "is a public key in PEM form"},
		"garbage":        {"not a key", "is no SSH public key"},
		"damaged":        {good[:40], "is a damaged SSH public key"},
		"only the type":  {"ssh-rsa", "is a damaged SSH public key"},
		"two lines":      {good + "\n" + good, "has more than one line"},
		"with options":   {`no-pty ` + good, "has options in front of the key"},
		"a file's name":  {"~/.ssh/id_rsa.pub", "is no SSH public key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := loaded(t, with())
			d.Properties.LinuxProfile.SSH.PublicKeys = []apimodel.PublicKey{{KeyData: good}, {KeyData: test.key}}
			faults := d.Validate(apimodel.Given{}).Faults
			if test.want == "" {
				require.Empty(t, faults)
				return
			}
			requireFault(t, faults, "properties.linuxProfile.ssh.publicKeys[1].keyData", test.want)
			require.NotContains(t, faults.Error(), strings.Split(test.key, "\n")[0], "a key is never shown")
		})
	}
}
