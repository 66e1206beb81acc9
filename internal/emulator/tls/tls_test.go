package tls_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	emulated "github.com/hybridcluster/hybridcluster/internal/emulator/tls"
)

const (
	keyToken     = "tls:index/privateKey:PrivateKey"
	selfToken    = "tls:index/selfSignedCert:SelfSignedCert"
	requestToken = "tls:index/certRequest:CertRequest"
	signedToken  = "tls:index/locallySignedCert:LocallySignedCert"
)

func urn(token string) resource.URN { return resource.URN("urn:pulumi:dev::demo::" + token + "::it") }

func create(t *testing.T, token string, in map[string]any) property.Map {
	t.Helper()
	provider := emulated.Provider(emulated.Options{})
	checked, err := provider.Check(t.Context(), p.CheckRequest{Urn: urn(token), Inputs: props.FromPlainMap(in)})
	require.NoError(t, err)
	require.Empty(t, checked.Failures)
	tried, err := provider.Create(t.Context(), p.CreateRequest{Urn: urn(token), Properties: checked.Inputs, DryRun: true})
	require.NoError(t, err)
	require.True(t, property.New(tried.Properties).HasComputed())
	made, err := provider.Create(t.Context(), p.CreateRequest{Urn: urn(token), Properties: checked.Inputs})
	require.NoError(t, err)
	require.NotEmpty(t, made.ID)
	return made.Properties
}

func text(t *testing.T, m property.Map, name string) string {
	t.Helper()
	require.True(t, m.Get(name).IsString(), name)
	return m.Get(name).AsString()
}

func parse(t *testing.T, certificate string) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode([]byte(certificate))
	require.NotNil(t, block)
	require.Empty(t, rest)
	cert, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return cert
}

func TestPrivateKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in      map[string]any
		openSSH bool
	}{
		{map[string]any{"algorithm": "RSA"}, true},
		{map[string]any{"algorithm": "RSA", "rsaBits": 3072}, true},
		{map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"}, true},
		{map[string]any{"algorithm": "ECDSA"}, false}, // P-224, which SSH does not know
		{map[string]any{"algorithm": "ED25519"}, true},
	} {
		out := create(t, keyToken, tc.in)
		for _, name := range []string{"privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"} {
			require.True(t, out.Get(name).Secret(), name)
		}
		if !tc.openSSH {
			require.Empty(t, text(t, out, "publicKeyOpenssh"))
			continue
		}
		signer, err := ssh.ParsePrivateKey([]byte(text(t, out, "privateKeyOpenssh")))
		require.NoError(t, err)
		require.Equal(t, text(t, out, "publicKeyOpenssh"), string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
		require.Equal(t, text(t, out, "publicKeyFingerprintSha256"), ssh.FingerprintSHA256(signer.PublicKey()))
		require.Equal(t, text(t, out, "publicKeyFingerprintMd5"), ssh.FingerprintLegacyMD5(signer.PublicKey()))
	}
}

// TestChain makes an authority and a server's and a client's certificate, as a
// cluster has them, and verifies them.
func TestChain(t *testing.T) {
	t.Parallel()
	caKey := text(t, create(t, keyToken, map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P384"}), "privateKeyPem")
	caOut := create(t, selfToken, map[string]any{
		"privateKeyPem": caKey, "isCaCertificate": true, "validityPeriodHours": 87600,
		"allowedUses": []any{"cert_signing", "key_encipherment", "digital_signature"},
		"subject":     map[string]any{"commonName": "kubernetes"},
	})
	require.True(t, caOut.Get("privateKeyPem").Secret())
	require.Equal(t, "ECDSA", text(t, caOut, "keyAlgorithm"))
	ca := parse(t, text(t, caOut, "certPem"))
	require.True(t, ca.IsCA)
	require.NotEmpty(t, ca.SubjectKeyId)

	leafKey := text(t, create(t, keyToken, map[string]any{"algorithm": "RSA"}), "privateKeyPem")
	request := create(t, requestToken, map[string]any{
		"privateKeyPem": leafKey, "dnsNames": []any{"demo.example.com"}, "ipAddresses": []any{"10.0.0.4"},
		"uris":    []any{"spiffe://demo"},
		"subject": map[string]any{"commonName": "admin", "organization": "system:masters"},
	})
	leafOut := create(t, signedToken, map[string]any{
		"certRequestPem": text(t, request, "certRequestPem"), "caCertPem": text(t, caOut, "certPem"), "caPrivateKeyPem": caKey,
		"validityPeriodHours": 24, "allowedUses": []any{"client_auth", "server_auth", "digital_signature"},
	})
	require.True(t, leafOut.Get("caPrivateKeyPem").Secret())
	leaf := parse(t, text(t, leafOut, "certPem"))
	require.Equal(t, []string{"system:masters"}, leaf.Subject.Organization)
	require.Equal(t, ca.SubjectKeyId, leaf.AuthorityKeyId)
	require.False(t, leaf.IsCA)

	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for _, name := range []string{"demo.example.com", "10.0.0.4"} {
		_, err := leaf.Verify(x509.VerifyOptions{
			Roots: roots, DNSName: name, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		})
		require.NoError(t, err)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}})
	require.Error(t, err)
	_, err = tls.X509KeyPair([]byte(text(t, leafOut, "certPem")), []byte(leafKey))
	require.NoError(t, err)
}

func TestForeignAuthorityKey(t *testing.T) {
	t.Parallel()
	key := text(t, create(t, keyToken, map[string]any{"algorithm": "ED25519"}), "privateKeyPem")
	other := text(t, create(t, keyToken, map[string]any{"algorithm": "ED25519"}), "privateKeyPem")
	ca := create(t, selfToken, map[string]any{
		"privateKeyPem": key, "isCaCertificate": true, "validityPeriodHours": 1, "allowedUses": []any{"cert_signing"},
	})
	request := create(t, requestToken, map[string]any{"privateKeyPem": key})
	_, err := emulated.Provider(emulated.Options{}).Create(t.Context(), p.CreateRequest{Urn: urn(signedToken), Properties: props.FromPlainMap(map[string]any{
		"certRequestPem": text(t, request, "certRequestPem"), "caCertPem": text(t, ca, "certPem"), "caPrivateKeyPem": other,
		"validityPeriodHours": 24, "allowedUses": []any{"client_auth"},
	})})
	require.ErrorContains(t, err, "doesn't match parent's PublicKey")
	require.NotContains(t, err.Error(), "PRIVATE")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := func() map[string]any {
		return map[string]any{"privateKeyPem": "x", "validityPeriodHours": 1, "allowedUses": []any{"cert_signing"}}
	}
	for name, tc := range map[string]struct {
		token    string
		change   map[string]any
		property string
		reason   string
	}{
		"algorithm":      {keyToken, map[string]any{"algorithm": "DSA"}, "algorithm", "must be one of"},
		"weak":           {keyToken, map[string]any{"algorithm": "RSA", "rsaBits": 512}, "rsaBits", "at least 1024"},
		"missing":        {keyToken, map[string]any{}, "algorithm", "missing required property"},
		"unknown":        {keyToken, map[string]any{"algorithm": "RSA", "rsaBit": 1}, "rsaBit", "did you mean 'rsaBits'"},
		"usage":          {selfToken, map[string]any{"allowedUses": []any{"signing"}}, "allowedUses[0]", "not a key usage"},
		"no usages":      {selfToken, map[string]any{"allowedUses": nil}, "allowedUses", "missing required property"},
		"address":        {selfToken, map[string]any{"ipAddresses": []any{"10.0.0"}}, "ipAddresses[0]", "not an IP address"},
		"negative hours": {selfToken, map[string]any{"validityPeriodHours": -1}, "validityPeriodHours", "at least 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := tc.change
			if tc.token == selfToken {
				in = good()
				maps.Copy(in, tc.change)
			}
			resp, err := emulated.Provider(emulated.Options{}).Check(t.Context(), p.CheckRequest{Urn: urn(tc.token), Inputs: props.FromPlainMap(in)})
			require.NoError(t, err)
			require.Len(t, resp.Failures, 1)
			require.Equal(t, tc.property, resp.Failures[0].Property)
			require.Contains(t, resp.Failures[0].Reason, tc.reason)
		})
	}
}

// TestRenewal: a certificate in its renewal window is replaced; the window itself
// can be changed in place.
func TestRenewal(t *testing.T) {
	t.Parallel()
	now := time.Now()
	provider := emulated.Provider(emulated.Options{Now: func() time.Time { return now.Add(20 * time.Hour) }})
	key := text(t, create(t, keyToken, map[string]any{"algorithm": "ED25519"}), "privateKeyPem")
	in := props.FromPlainMap(map[string]any{
		"privateKeyPem": key, "validityPeriodHours": 24, "earlyRenewalHours": 2, "allowedUses": []any{"cert_signing"},
	})
	made, err := emulated.Provider(emulated.Options{}).Create(t.Context(), p.CreateRequest{Urn: urn(selfToken), Properties: in})
	require.NoError(t, err)
	diff := func(next property.Map) map[string]p.PropertyDiff {
		resp, err := provider.Diff(t.Context(), p.DiffRequest{Urn: urn(selfToken), ID: made.ID, State: made.Properties, OldInputs: in, Inputs: next})
		require.NoError(t, err)
		return resp.DetailedDiff
	}
	require.Empty(t, diff(in))
	require.Equal(t, map[string]p.PropertyDiff{"earlyRenewalHours": {Kind: p.Update, InputDiff: true}}, diff(in.Set("earlyRenewalHours", property.New(3.0))))
	require.Equal(t, p.UpdateReplace, diff(in.Set("earlyRenewalHours", property.New(5.0)))["readyForRenewal"].Kind)
	require.Equal(t, p.UpdateReplace, diff(in.Set("validityPeriodHours", property.New(48.0)))["validityPeriodHours"].Kind)
	require.Equal(t, p.AddReplace, diff(in.Set("dnsNames", property.New([]property.Value{property.New("a")})))["dnsNames"].Kind)

	updated, err := provider.Update(t.Context(), p.UpdateRequest{
		Urn: urn(selfToken), ID: made.ID, State: made.Properties, OldInputs: in, Inputs: in.Set("earlyRenewalHours", property.New(5.0)),
	})
	require.NoError(t, err)
	require.True(t, updated.Properties.Get("readyForRenewal").AsBool())
	require.Equal(t, made.Properties.Get("certPem"), updated.Properties.Get("certPem"))
}
