package tls

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// subject is the distinguished name as the package takes it.
type subject struct {
	CommonName         string   `json:"commonName"`
	Country            string   `json:"country"`
	EmailAddress       string   `json:"emailAddress"`
	Locality           string   `json:"locality"`
	Organization       string   `json:"organization"`
	OrganizationalUnit string   `json:"organizationalUnit"`
	PostalCode         string   `json:"postalCode"`
	Province           string   `json:"province"`
	SerialNumber       string   `json:"serialNumber"`
	StreetAddresses    []string `json:"streetAddresses"`
}

func (s subject) name() pkix.Name {
	list := func(text string) []string {
		if text == "" {
			return nil
		}
		return []string{text}
	}
	name := pkix.Name{
		CommonName:         s.CommonName,
		Country:            list(s.Country),
		Locality:           list(s.Locality),
		Organization:       list(s.Organization),
		OrganizationalUnit: list(s.OrganizationalUnit),
		PostalCode:         list(s.PostalCode),
		Province:           list(s.Province),
		SerialNumber:       s.SerialNumber,
		StreetAddress:      s.StreetAddresses,
	}
	if s.EmailAddress != "" {
		// PKCS #9 emailAddress, an IA5String.
		name.ExtraNames = []pkix.AttributeTypeAndValue{{
			Type:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1},
			Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(s.EmailAddress)},
		}}
	}
	return name
}

// usages splits the allowed uses into the two X.509 extensions. It leaves out
// what it does not know; checkCert has refused that before.
func usages(allowed []string) (x509.KeyUsage, []x509.ExtKeyUsage) {
	var usage x509.KeyUsage
	var extended []x509.ExtKeyUsage
	for _, name := range allowed {
		if bit, ok := keyUsage(name); ok {
			usage |= bit
		} else if ext, ok := extKeyUsage(name); ok {
			extended = append(extended, ext)
		}
	}
	return usage, extended
}

func knownUse(name string) bool {
	_, plain := keyUsage(name)
	_, extended := extKeyUsage(name)
	return plain || extended
}

func keyUsage(name string) (x509.KeyUsage, bool) {
	usage, ok := map[string]x509.KeyUsage{
		"digital_signature":  x509.KeyUsageDigitalSignature,
		"content_commitment": x509.KeyUsageContentCommitment,
		"key_encipherment":   x509.KeyUsageKeyEncipherment,
		"data_encipherment":  x509.KeyUsageDataEncipherment,
		"key_agreement":      x509.KeyUsageKeyAgreement,
		"cert_signing":       x509.KeyUsageCertSign,
		"crl_signing":        x509.KeyUsageCRLSign,
		"encipher_only":      x509.KeyUsageEncipherOnly,
		"decipher_only":      x509.KeyUsageDecipherOnly,
	}[name]
	return usage, ok
}

func extKeyUsage(name string) (x509.ExtKeyUsage, bool) {
	usage, ok := map[string]x509.ExtKeyUsage{
		"any_extended":                      x509.ExtKeyUsageAny,
		"server_auth":                       x509.ExtKeyUsageServerAuth,
		"client_auth":                       x509.ExtKeyUsageClientAuth,
		"code_signing":                      x509.ExtKeyUsageCodeSigning,
		"email_protection":                  x509.ExtKeyUsageEmailProtection,
		"ipsec_end_system":                  x509.ExtKeyUsageIPSECEndSystem,
		"ipsec_tunnel":                      x509.ExtKeyUsageIPSECTunnel,
		"ipsec_user":                        x509.ExtKeyUsageIPSECUser,
		"timestamping":                      x509.ExtKeyUsageTimeStamping,
		"ocsp_signing":                      x509.ExtKeyUsageOCSPSigning,
		"microsoft_server_gated_crypto":     x509.ExtKeyUsageMicrosoftServerGatedCrypto,
		"netscape_server_gated_crypto":      x509.ExtKeyUsageNetscapeServerGatedCrypto,
		"microsoft_commercial_code_signing": x509.ExtKeyUsageMicrosoftCommercialCodeSigning,
		"microsoft_kernel_code_signing":     x509.ExtKeyUsageMicrosoftKernelCodeSigning,
	}[name]
	return usage, ok
}

// subjectPublicKeyInfo is the X.509 structure of that name.
type subjectPublicKeyInfo struct {
	Algorithm        pkix.AlgorithmIdentifier
	SubjectPublicKey asn1.BitString
}

func (i *subjectPublicKeyInfo) unmarshal(der []byte) error {
	if _, err := asn1.Unmarshal(der, i); err != nil {
		return fmt.Errorf("read public key: %w", err)
	}
	return nil
}
