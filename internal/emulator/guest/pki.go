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
