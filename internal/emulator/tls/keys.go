package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	sdk "github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/internal/emulator/computed"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
)

type keyArgs struct {
	Algorithm  string `json:"algorithm"`
	RSABits    int    `json:"rsaBits"`
	ECDSACurve string `json:"ecdsaCurve"`
}

func privateKey() computed.Kind {
	return computed.Kind{
		Args: schema.Of(sdk.PrivateKeyArgs{}),
		Outputs: []string{
			"privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8", "publicKeyPem", "publicKeyOpenssh",
			"publicKeyFingerprintMd5", "publicKeyFingerprintSha256",
		},
		Secret: []string{"privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"},
		Check:  checkKey,
		Create: createKey,
	}
}

func checkKey(in property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	if v := in.Get("algorithm"); v.IsString() {
		switch v.AsString() {
		case "RSA", "ECDSA", "ED25519":
		default:
			failures = append(failures, p.CheckFailure{
				Property: "algorithm", Reason: `value must be one of: ["RSA" "ECDSA" "ED25519"], got: ` + v.AsString(),
			})
		}
	}
	if v := in.Get("ecdsaCurve"); v.IsString() && curve(v.AsString()) == nil {
		failures = append(failures, p.CheckFailure{
			Property: "ecdsaCurve", Reason: `value must be one of: ["P224" "P256" "P384" "P521"], got: ` + v.AsString(),
		})
	}
	if v := in.Get("rsaBits"); v.IsNumber() && v.AsNumber() < 1024 {
		failures = append(failures, p.CheckFailure{
			Property: "rsaBits", Reason: fmt.Sprintf("an RSA key needs at least 1024 bits, got %g", v.AsNumber()),
		})
	}
	return failures
}

func createKey(in property.Map, _ time.Time) (string, map[string]any, error) {
	args := keyArgs{RSABits: 2048, ECDSACurve: "P224"}
	if err := props.Decode(in, &args); err != nil {
		return "", nil, err
	}
	key, err := generate(args)
	if err != nil {
		return "", nil, fmt.Errorf("generate %s key: %w", args.Algorithm, err)
	}
	out, id, err := keyOutputs(key)
	if err != nil {
		return "", nil, err
	}
	out["rsaBits"], out["ecdsaCurve"] = args.RSABits, args.ECDSACurve
	return id, out, nil
}

func generate(args keyArgs) (crypto.Signer, error) {
	switch args.Algorithm {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, args.RSABits)
	case "ECDSA":
		return ecdsa.GenerateKey(curve(args.ECDSACurve), rand.Reader)
	case "ED25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default:
		return nil, errors.New("algorithm is none of RSA, ECDSA and ED25519")
	}
}

func curve(name string) elliptic.Curve {
	switch name {
	case "P224":
		return elliptic.P224()
	case "P256":
		return elliptic.P256()
	case "P384":
		return elliptic.P384()
	case "P521":
		return elliptic.P521()
	default:
		return nil
	}
}

// keyOutputs encodes the key in every form that the package offers. The id is
// the hexadecimal SHA-1 of the public key in DER.
func keyOutputs(key crypto.Signer) (map[string]any, string, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, "", fmt.Errorf("encode private key as PKCS #8: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, "", fmt.Errorf("encode public key: %w", err)
	}
	traditional := &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		traditional = &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		if err != nil {
			return nil, "", fmt.Errorf("encode ECDSA private key: %w", err)
		}
		traditional = &pem.Block{Type: "EC PRIVATE KEY", Bytes: der}
	}
	out := map[string]any{
		"privateKeyPem":              string(pem.EncodeToMemory(traditional)),
		"privateKeyPemPkcs8":         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
		"publicKeyPem":               string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"privateKeyOpenssh":          "",
		"publicKeyOpenssh":           "",
		"publicKeyFingerprintMd5":    "",
		"publicKeyFingerprintSha256": "",
	}
	if err := addOpenSSH(out, key); err != nil {
		return nil, "", err
	}
	sum := sha1.Sum(public)
	return out, hex.EncodeToString(sum[:]), nil
}

// addOpenSSH adds the OpenSSH forms. SSH knows no P-224: such a key has none.
func addOpenSSH(out map[string]any, key crypto.Signer) error {
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return nil //nolint:nilerr // not an SSH algorithm
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return fmt.Errorf("encode private key for OpenSSH: %w", err)
	}
	out["privateKeyOpenssh"] = string(pem.EncodeToMemory(block))
	out["publicKeyOpenssh"] = string(ssh.MarshalAuthorizedKey(public))
	out["publicKeyFingerprintMd5"] = ssh.FingerprintLegacyMD5(public)
	out["publicKeyFingerprintSha256"] = ssh.FingerprintSHA256(public)
	return nil
}

// parsePrivateKey reads a private key in any of the PEM forms that keyOutputs writes.
func parsePrivateKey(text string) (crypto.Signer, string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", errors.New("no PEM block found in the private key")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, "", fmt.Errorf("a PEM block of type %q is not a private key that tls knows", block.Type)
	}
	if err != nil {
		return nil, "", errors.New("the private key's PEM block cannot be parsed")
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, "RSA", nil
	case *ecdsa.PrivateKey:
		return key, "ECDSA", nil
	case ed25519.PrivateKey:
		return key, "ED25519", nil
	default:
		return nil, "", fmt.Errorf("private keys of type %T are not supported", key)
	}
}
