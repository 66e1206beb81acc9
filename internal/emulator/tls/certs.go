package tls

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	sdk "github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/hybridcluster/hybridcluster/internal/emulator/computed"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
)

type certArgs struct {
	Subject           subject  `json:"subject"`
	DNSNames          []string `json:"dnsNames"`
	IPAddresses       []string `json:"ipAddresses"`
	URIs              []string `json:"uris"`
	PrivateKeyPem     string   `json:"privateKeyPem"`
	CertRequestPem    string   `json:"certRequestPem"`
	CACertPem         string   `json:"caCertPem"`
	CAPrivateKeyPem   string   `json:"caPrivateKeyPem"`
	AllowedUses       []string `json:"allowedUses"`
	ValidityHours     float64  `json:"validityPeriodHours"`
	EarlyRenewalHours float64  `json:"earlyRenewalHours"`
	IsCA              bool     `json:"isCaCertificate"`
	SetSubjectKeyID   bool     `json:"setSubjectKeyId"`
	SetAuthorityKeyID bool     `json:"setAuthorityKeyId"`
}

func selfSignedCert() computed.Kind {
	k := certificate()
	k.Args = schema.Of(sdk.SelfSignedCertArgs{})
	k.Outputs = append(k.Outputs, "keyAlgorithm")
	k.Secret = []string{"privateKeyPem"}
	k.Create = createSelfSigned
	return k
}

func locallySignedCert() computed.Kind {
	k := certificate()
	k.Args = schema.Of(sdk.LocallySignedCertArgs{})
	k.Outputs = append(k.Outputs, "caKeyAlgorithm")
	k.Secret = []string{"caPrivateKeyPem"}
	k.Create = createLocallySigned
	return k
}

// certificate is what both kinds of certificates share.
func certificate() computed.Kind {
	return computed.Kind{
		RequiredLists: []string{"allowedUses"},
		Outputs:       []string{"certPem", "validityStartTime", "validityEndTime", "readyForRenewal"},
		Mutable:       []string{"earlyRenewalHours"},
		Check:         checkCert,
		Refresh: func(state property.Map, now time.Time) map[string]any {
			return map[string]any{"readyForRenewal": renewable(state, now)}
		},
		Expired: func(state property.Map, now time.Time) string {
			if renewable(state, now) {
				return "readyForRenewal"
			}
			return ""
		},
	}
}

func certRequest() computed.Kind {
	return computed.Kind{
		Args:    schema.Of(sdk.CertRequestArgs{}),
		Outputs: []string{"certRequestPem", "keyAlgorithm"},
		Secret:  []string{"privateKeyPem"},
		Check:   checkCert,
		Create:  createRequest,
	}
}

// renewable tells whether now is in the last earlyRenewalHours of the validity.
func renewable(state property.Map, now time.Time) bool {
	end := state.Get("validityEndTime")
	if !end.IsString() {
		return false
	}
	notAfter, err := time.Parse(time.RFC3339, end.AsString())
	if err != nil {
		return false
	}
	early := 0.0
	if v := state.Get("earlyRenewalHours"); v.IsNumber() {
		early = v.AsNumber()
	}
	return !now.Before(notAfter.Add(-time.Duration(early * float64(time.Hour))))
}

func checkCert(in property.Map) []p.CheckFailure {
	var args certArgs
	if err := props.Decode(in, &args); err != nil {
		return []p.CheckFailure{{Reason: err.Error()}}
	}
	var failures []p.CheckFailure
	fail := func(property, format string, values ...any) {
		failures = append(failures, p.CheckFailure{Property: property, Reason: fmt.Sprintf(format, values...)})
	}
	if args.ValidityHours < 0 {
		fail("validityPeriodHours", "value must be at least 0, got: %g", args.ValidityHours)
	}
	if args.EarlyRenewalHours < 0 {
		fail("earlyRenewalHours", "value must be at least 0, got: %g", args.EarlyRenewalHours)
	}
	unknown := unknownElements(in.Get("ipAddresses"))
	for i, address := range args.IPAddresses {
		if !unknown[i] && net.ParseIP(address) == nil {
			fail(fmt.Sprintf("ipAddresses[%d]", i), "%q is not an IP address", address)
		}
	}
	for i, text := range args.URIs {
		if _, err := url.Parse(text); err != nil {
			fail(fmt.Sprintf("uris[%d]", i), "%q is not a URI", text)
		}
	}
	unknown = unknownElements(in.Get("allowedUses"))
	for i, use := range args.AllowedUses {
		if !unknown[i] && !knownUse(use) {
			fail(fmt.Sprintf("allowedUses[%d]", i), "%q is not a key usage that tls knows", use)
		}
	}
	return failures
}

// unknownElements gives the indexes of a list's unknown elements.
func unknownElements(v property.Value) map[int]bool {
	unknown := map[int]bool{}
	if v.IsArray() {
		for i, e := range v.AsArray().All {
			unknown[i] = e.IsComputed()
		}
	}
	return unknown
}

func createSelfSigned(in property.Map, now time.Time) (string, map[string]any, error) {
	var args certArgs
	if err := props.Decode(in, &args); err != nil {
		return "", nil, err
	}
	key, algorithm, err := parsePrivateKey(args.PrivateKeyPem)
	if err != nil {
		return "", nil, fmt.Errorf("privateKeyPem: %w", err)
	}
	request, err := args.request()
	if err != nil {
		return "", nil, err
	}
	template, err := args.template(request, key.Public(), now)
	if err != nil {
		return "", nil, err
	}
	if args.SetAuthorityKeyID {
		if template.AuthorityKeyId, err = keyID(key.Public()); err != nil {
			return "", nil, err
		}
	}
	out, id, err := args.sign(template, template, key.Public(), key, now)
	if err != nil {
		return "", nil, err
	}
	out["keyAlgorithm"] = algorithm
	return id, out, nil
}

func createRequest(in property.Map, _ time.Time) (string, map[string]any, error) {
	var args certArgs
	if err := props.Decode(in, &args); err != nil {
		return "", nil, err
	}
	key, algorithm, err := parsePrivateKey(args.PrivateKeyPem)
	if err != nil {
		return "", nil, fmt.Errorf("privateKeyPem: %w", err)
	}
	request, err := args.request()
	if err != nil {
		return "", nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, request, key)
	if err != nil {
		return "", nil, fmt.Errorf("sign certificate request: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	return fmt.Sprintf("%x", sha1.Sum(text)), map[string]any{"certRequestPem": string(text), "keyAlgorithm": algorithm}, nil
}

func createLocallySigned(in property.Map, now time.Time) (string, map[string]any, error) {
	var args certArgs
	if err := props.Decode(in, &args); err != nil {
		return "", nil, err
	}
	caKey, algorithm, err := parsePrivateKey(args.CAPrivateKeyPem)
	if err != nil {
		return "", nil, fmt.Errorf("caPrivateKeyPem: %w", err)
	}
	caDER, err := decodePEM(args.CACertPem, "CERTIFICATE")
	if err != nil {
		return "", nil, fmt.Errorf("caCertPem: %w", err)
	}
	ca, err := x509.ParseCertificate(caDER)
	if err != nil {
		return "", nil, fmt.Errorf("caCertPem: %w", err)
	}
	requestDER, err := decodePEM(args.CertRequestPem, "CERTIFICATE REQUEST")
	if err != nil {
		return "", nil, fmt.Errorf("certRequestPem: %w", err)
	}
	request, err := x509.ParseCertificateRequest(requestDER)
	if err != nil {
		return "", nil, fmt.Errorf("certRequestPem: %w", err)
	}
	if err := request.CheckSignature(); err != nil {
		return "", nil, fmt.Errorf("certRequestPem: %w", err)
	}
	template, err := args.template(request, request.PublicKey, now)
	if err != nil {
		return "", nil, err
	}
	out, id, err := args.sign(template, ca, request.PublicKey, caKey, now)
	if err != nil {
		return "", nil, err
	}
	out["caKeyAlgorithm"] = algorithm
	return id, out, nil
}

// request is what the subject and the alternative names amount to.
func (a certArgs) request() (*x509.CertificateRequest, error) {
	request := &x509.CertificateRequest{Subject: a.Subject.name(), DNSNames: a.DNSNames}
	for i, text := range a.IPAddresses {
		address := net.ParseIP(text)
		if address == nil {
			return nil, fmt.Errorf("ipAddresses[%d]: %q is not an IP address", i, text)
		}
		request.IPAddresses = append(request.IPAddresses, address)
	}
	for i, text := range a.URIs {
		uri, err := url.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("uris[%d]: %w", i, err)
		}
		request.URIs = append(request.URIs, uri)
	}
	return request, nil
}

func (a certArgs) template(request *x509.CertificateRequest, public crypto.PublicKey, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, fmt.Errorf("draw serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               request.Subject,
		DNSNames:              request.DNSNames,
		IPAddresses:           request.IPAddresses,
		URIs:                  request.URIs,
		NotBefore:             now,
		NotAfter:              now.Add(time.Duration(a.ValidityHours * float64(time.Hour))),
		BasicConstraintsValid: true,
		IsCA:                  a.IsCA,
	}
	template.KeyUsage, template.ExtKeyUsage = usages(a.AllowedUses)
	if a.IsCA || a.SetSubjectKeyID {
		if template.SubjectKeyId, err = keyID(public); err != nil {
			return nil, err
		}
	}
	return template, nil
}

func (a certArgs) sign(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer, now time.Time) (map[string]any, string, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, "", fmt.Errorf("sign certificate: %w", err)
	}
	early := time.Duration(a.EarlyRenewalHours * float64(time.Hour))
	return map[string]any{
		"certPem":           string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		"validityStartTime": template.NotBefore.UTC().Format(time.RFC3339),
		"validityEndTime":   template.NotAfter.UTC().Format(time.RFC3339),
		"readyForRenewal":   !now.Before(template.NotAfter.Add(-early)),
		"isCaCertificate":   a.IsCA,
		"setSubjectKeyId":   a.SetSubjectKeyID,
		"earlyRenewalHours": a.EarlyRenewalHours,
	}, template.SerialNumber.String(), nil
}

// keyID is RFC 5280's first method: the SHA-1 of the subject public key.
func keyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	var info subjectPublicKeyInfo
	if err := info.unmarshal(der); err != nil {
		return nil, err
	}
	sum := sha1.Sum(info.SubjectPublicKey.Bytes)
	return sum[:], nil
}

func decodePEM(text, kind string) ([]byte, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM block found")
	}
	if block.Type != kind {
		return nil, fmt.Errorf("the PEM block is a %s, not a %s", block.Type, kind)
	}
	return block.Bytes, nil
}
