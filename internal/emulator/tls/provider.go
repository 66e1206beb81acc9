// Package tls serves the Pulumi package tls with real cryptography: private
// keys, certificate requests and certificates that any client can verify.
//
// Behaviour follows the package's version 5:
// https://www.pulumi.com/registry/packages/tls/api-docs/.
package tls

import (
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/hybridcluster/hybridcluster/internal/emulator/computed"
)

// Name and Version identify the Pulumi package that [Provider] stands in for.
const (
	Name    = "tls"
	Version = "5.2.0"
)

// Options are what a caller may choose.
type Options struct {
	// Now tells the time; time.Now if nil.
	Now func() time.Time
}

// Provider serves the package. It keeps no state of its own.
func Provider(o Options) p.Provider {
	return computed.Package{
		Name:    Name,
		Version: Version,
		Now:     o.Now,
		Kinds: map[string]computed.Kind{
			"tls:index/privateKey:PrivateKey":               privateKey(),
			"tls:index/selfSignedCert:SelfSignedCert":       selfSignedCert(),
			"tls:index/certRequest:CertRequest":             certRequest(),
			"tls:index/locallySignedCert:LocallySignedCert": locallySignedCert(),
		},
	}.Provider()
}
