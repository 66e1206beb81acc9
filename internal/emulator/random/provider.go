// Package random serves the Pulumi package random from the system's
// cryptographic random source.
//
// Behaviour follows the package's version 4:
// https://www.pulumi.com/registry/packages/random/api-docs/.
package random

import (
	p "github.com/pulumi/pulumi-go-provider"

	"github.com/hybridcluster/hybridcluster/internal/emulator/computed"
)

// Name and Version identify the Pulumi package that [Provider] stands in for.
const (
	Name    = "random"
	Version = "4.18.0"
)

// Provider serves the package. It keeps no state of its own.
func Provider() p.Provider {
	return computed.Package{
		Name:    Name,
		Version: Version,
		Kinds: map[string]computed.Kind{
			"random:index/randomPassword:RandomPassword": password(),
			"random:index/randomString:RandomString":     text(),
			"random:index/randomBytes:RandomBytes":       bytes(),
			"random:index/randomId:RandomId":             id(),
			"random:index/randomInteger:RandomInteger":   integer(),
			"random:index/randomUuid:RandomUuid":         uuidKind(),
		},
	}.Provider()
}
