package hybridcluster

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

const (
	// authorityValidity is kubeadm's own for its CAs: ten years, in hours.
	authorityValidity = 10 * 365 * 24
	// adminValidity and adminRenewal are in hours: a year, renewed by the first
	// `up` in its last month.
	adminValidity = 365 * 24
	adminRenewal  = 30 * 24
	// adminGroup is bound to cluster-admin by kubeadm. Unlike system:masters the
	// binding can be taken away:
	// https://kubernetes.io/docs/setup/best-practices/certificates/
	adminGroup = "kubeadm:cluster-admins"
)

// authority is a certificate authority; its key is a secret.
type authority struct {
	certPem pulumi.StringOutput
	keyPem  pulumi.StringOutput
}

// pki is everything that the cluster's trust rests on. It is made here and not
// on the first master, so that the kubeconfig is known and any master can be
// replaced.
type pki struct {
	cluster, frontProxy, etcd            authority
	serviceAccountKey, serviceAccountPub pulumi.StringOutput
	adminCert, adminKey                  pulumi.StringOutput
	// caCertHash pins the cluster CA for nodes that join.
	caCertHash pulumi.StringOutput
	// token lets nodes join. It does not expire, so that pools can grow later.
	token pulumi.StringOutput
}

func (b *builder) declarePKI() error {
	var err error
	if b.pki.cluster, err = b.newAuthority("ca", "kubernetes"); err != nil {
		return err
	}
	if b.pki.frontProxy, err = b.newAuthority("front-proxy-ca", "front-proxy-ca"); err != nil {
		return err
	}
	if b.pki.etcd, err = b.newAuthority("etcd-ca", "etcd-ca"); err != nil {
		return err
	}
	serviceAccount, err := b.newKey("service-account-key")
	if err != nil {
		return err
	}
	b.pki.serviceAccountKey = serviceAccount.PrivateKeyPem
	b.pki.serviceAccountPub = serviceAccount.PublicKeyPem
	if err := b.newAdmin(); err != nil {
		return err
	}
	b.pki.caCertHash = b.pki.cluster.certPem.ApplyT(publicKeyPin).(pulumi.StringOutput)
	return b.newToken()
}

func (b *builder) newKey(suffix string) (*tls.PrivateKey, error) {
	return tls.NewPrivateKey(b.ctx, b.child(suffix), &tls.PrivateKeyArgs{
		Algorithm: pulumi.String("RSA"),
		RsaBits:   pulumi.Int(2048),
	}, pulumi.Parent(b.component))
}

func (b *builder) newAuthority(suffix, commonName string) (authority, error) {
	key, err := b.newKey(suffix + "-key")
	if err != nil {
		return authority{}, err
	}
	cert, err := tls.NewSelfSignedCert(b.ctx, b.child(suffix), &tls.SelfSignedCertArgs{
		PrivateKeyPem:       key.PrivateKeyPem,
		IsCaCertificate:     pulumi.Bool(true),
		SetSubjectKeyId:     pulumi.Bool(true),
		ValidityPeriodHours: pulumi.Int(authorityValidity),
		AllowedUses:         pulumi.ToStringArray([]string{"cert_signing", "digital_signature", "key_encipherment"}),
		Subject:             tls.SelfSignedCertSubjectArgs{CommonName: pulumi.String(commonName)},
	}, pulumi.Parent(b.component))
	if err != nil {
		return authority{}, err
	}
	return authority{certPem: cert.CertPem, keyPem: key.PrivateKeyPem}, nil
}

// newAdmin makes the client certificate of the kubeconfig.
func (b *builder) newAdmin() error {
	key, err := b.newKey("admin-key")
	if err != nil {
		return err
	}
	request, err := tls.NewCertRequest(b.ctx, b.child("admin-request"), &tls.CertRequestArgs{
		PrivateKeyPem: key.PrivateKeyPem,
		Subject: tls.CertRequestSubjectArgs{
			CommonName:   pulumi.String(b.prefix + "-admin"),
			Organization: pulumi.String(adminGroup),
		},
	}, pulumi.Parent(b.component))
	if err != nil {
		return err
	}
	cert, err := tls.NewLocallySignedCert(b.ctx, b.child("admin"), &tls.LocallySignedCertArgs{
		CaCertPem:           b.pki.cluster.certPem,
		CaPrivateKeyPem:     b.pki.cluster.keyPem,
		CertRequestPem:      request.CertRequestPem,
		ValidityPeriodHours: pulumi.Int(adminValidity),
		EarlyRenewalHours:   pulumi.Int(adminRenewal),
		AllowedUses:         pulumi.ToStringArray([]string{"client_auth", "digital_signature", "key_encipherment"}),
	}, pulumi.Parent(b.component))
	if err != nil {
		return err
	}
	b.pki.adminCert, b.pki.adminKey = cert.CertPem, key.PrivateKeyPem
	return nil
}

// newToken makes the bootstrap token, "[a-z0-9]{6}.[a-z0-9]{16}":
// https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#token-format
func (b *builder) newToken() error {
	part := func(suffix string, length int) (pulumi.StringOutput, error) {
		p, err := random.NewRandomPassword(b.ctx, b.child(suffix), &random.RandomPasswordArgs{
			Length:  pulumi.Int(length),
			Upper:   pulumi.Bool(false),
			Special: pulumi.Bool(false),
		}, pulumi.Parent(b.component))
		if err != nil {
			return pulumi.StringOutput{}, err
		}
		return p.Result, nil
	}
	id, err := part("token-id", 6)
	if err != nil {
		return err
	}
	secret, err := part("token-secret", 16)
	if err != nil {
		return err
	}
	b.pki.token = pulumi.ToSecret(pulumi.Sprintf("%s.%s", id, secret)).(pulumi.StringOutput)
	return nil
}

// material is the root material for the masters, as a secret output of
// bootstrap.PKI.
func (p pki) material() pulumi.Output {
	return pulumi.All(
		p.cluster.certPem, p.cluster.keyPem,
		p.frontProxy.certPem, p.frontProxy.keyPem,
		p.etcd.certPem, p.etcd.keyPem,
		p.serviceAccountPub, p.serviceAccountKey,
	).ApplyT(func(v []any) bootstrap.PKI {
		s := func(i int) string { return v[i].(string) }
		return bootstrap.PKI{
			CACert: s(0), CAKey: s(1),
			FrontProxyCACert: s(2), FrontProxyCAKey: s(3),
			EtcdCACert: s(4), EtcdCAKey: s(5),
			ServiceAccountPublicKey: s(6), ServiceAccountKey: s(7),
		}
	})
}

// publicKeyPin is kubeadm's form of a CA pin: the SHA-256 of the certificate's
// SubjectPublicKeyInfo.
// https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-with-ca-pinning
func publicKeyPin(certPem string) (string, error) {
	block, _ := pem.Decode([]byte(certPem))
	if block == nil {
		return "", errors.New("the cluster CA's certificate is not PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("read the cluster CA's certificate: %w", err)
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
