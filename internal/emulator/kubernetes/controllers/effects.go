package controllers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
)

// effects does what a pod's program would do to the cluster, where other pods wait
// for that. No container runs.
func (s *state) effects(pod *unstructured.Unstructured, spec *rules.PodSpec) {
	for _, c := range spec.Containers {
		name := repository(c.Image)
		if name[strings.LastIndex(name, "/")+1:] == "kube-webhook-certgen" {
			s.webhookCertificate(pod.GetNamespace(), c)
		}
	}
}

// certificateAge is how long a webhook's certificate is good.
const certificateAge = 100 * 365 * 24 * time.Hour

// webhookCertificate is kube-webhook-certgen, which charts run as a hook ahead of
// their own objects: with create it makes the Secret that the webhook's pod mounts,
// unless it is there:
// https://github.com/jkroepke/kube-webhook-certgen.
func (s *state) webhookCertificate(namespace string, c rules.Container) {
	if len(c.Args) == 0 || c.Args[0] != "create" {
		return
	}
	flags := map[string]string{"namespace": namespace, "ca-name": "ca", "cert-name": "cert", "key-name": "key"}
	for _, argument := range c.Args[1:] {
		name, value, _ := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
		flags[name] = value
	}
	if flags["secret-name"] == "" || s.get("Secret", flags["namespace"], flags["secret-name"]) != nil {
		return
	}
	certificate, key, err := selfSigned(strings.Split(flags["host"], ","))
	if err != nil {
		return // there is no randomness; the pod that mounts the Secret says that it is missing
	}
	encode := base64.StdEncoding.EncodeToString
	s.ensure(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
		"metadata": map[string]any{"name": flags["secret-name"], "namespace": flags["namespace"]},
		"data": map[string]any{
			flags["ca-name"]: encode(certificate), flags["cert-name"]: encode(certificate), flags["key-name"]: encode(key),
		},
	}})
}

// selfSigned is a certificate for DNS names that is its own authority.
func selfSigned(names []string) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateAge),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), nil
}
