package guest

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const defaultCertificates = "/etc/kubernetes/pki"

// authorities checks the certificate authorities and keys that cloud-init wrote for kubeadm, as kubeadm's "certs" phase
// does, and gives the cluster's CA certificate: https://kubernetes.io/docs/setup/best-practices/certificates/
func authorities(files map[string]string, dir string) (string, error) {
	if dir == "" {
		dir = defaultCertificates
	}
	ca := files[path.Join(dir, "ca.crt")]
	if ca == "" {
		return "", fmt.Errorf("no certificate authority in %s: one that is made inside of the machine cannot be followed", dir)
	}
	for _, name := range []string{"ca", "front-proxy-ca", "etcd/ca"} {
		cert, key := files[path.Join(dir, name+".crt")], files[path.Join(dir, name+".key")]
		if cert == "" && key == "" {
			continue // kubeadm makes one
		}
		if err := checkAuthority(cert, key); err != nil {
			return "", fmt.Errorf("error execution phase certs/%s: %w", path.Base(name), err)
		}
	}
	return ca, checkServiceAccount(files[path.Join(dir, "sa.key")], files[path.Join(dir, "sa.pub")])
}

// shared is the digest of the files that every control plane needs the same of, or empty if there are not all of them.
func shared(files map[string]string, dir string) string {
	if dir == "" {
		dir = defaultCertificates
	}
	var all strings.Builder
	for _, name := range []string{"front-proxy-ca.crt", "front-proxy-ca.key", "etcd/ca.crt", "etcd/ca.key", "sa.key"} {
		content := files[path.Join(dir, name)]
		if content == "" {
			return ""
		}
		all.WriteString(strings.TrimSpace(content) + "\n")
	}
	return world.Digest(all.String())
}

// checkShared is kubeadm's own preflight check of a joining control plane without a certificate key: it loads the CA, the
// keys of service accounts, and the authorities of the front proxy and of etcd.
func checkShared(files map[string]string) error {
	var failures []string
	for _, part := range []struct{ file, what, kind string }{
		{"ca.crt", "certificate for CA", "certificate"}, {"ca.key", "key for CA", "private key"},
		{"sa.key", "key for service account", "private key"}, {"sa.pub", "key for service account", "public key"},
		{"front-proxy-ca.crt", "certificate for front-proxy CA", "certificate"}, {"front-proxy-ca.key", "key for front-proxy CA", "private key"},
		{"etcd/ca.crt", "certificate for etcd CA", "certificate"}, {"etcd/ca.key", "key for etcd CA", "private key"},
	} {
		file := path.Join(defaultCertificates, part.file)
		if files[file] == "" {
			failures = append(failures, fmt.Sprintf("failure loading %s: couldn't load the %s file %s: open %s: no such file or directory",
				part.what, part.kind, file, file))
		}
	}
	if len(failures) == 0 {
		return nil
	}
	return fmt.Errorf("error execution phase preflight: one or more conditions for hosting a new control plane instance is not satisfied: "+
		"[%s]: please ensure that the certificates that must be shared among control plane instances are provided", strings.Join(failures, ", "))
}

func checkAuthority(cert, key string) error {
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		return errors.New("the certificate and the key of the authority do not fit together or cannot be read")
	}
	if !pair.Leaf.IsCA {
		return fmt.Errorf("the certificate %s is not a CA", pair.Leaf.Subject)
	}
	return nil
}

func checkServiceAccount(private, public string) error {
	if private == "" && public == "" {
		return nil
	}
	problem := errors.New("error execution phase certs/sa: the service account key files sa.key and sa.pub do not fit together or cannot be read")
	key := parsePrivate(private)
	block, _ := pem.Decode([]byte(public))
	if key == nil || block == nil {
		return problem
	}
	want, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil || !bytes.Equal(want, block.Bytes) {
		return problem
	}
	return nil
}

func parsePrivate(text string) crypto.Signer {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		signer, _ := key.(crypto.Signer)
		return signer
	}
	return nil
}

// Pin is the hash of a certificate's public key, in the form of caCertHashes.
func Pin(certificate string) (string, error) {
	block, _ := pem.Decode([]byte(certificate))
	if block == nil {
		return "", errors.New("no PEM certificate")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("parse certificate: %w", err)
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
