// Package stacks is the program: configuration in, components, outputs.
package stacks

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Config is everything the program is told.
type Config struct {
	// Source is the definition, with what flags, environment and stack config
	// lay over it.
	Source apimodel.Source
	// ResourceGroup is the name of the resource group to create; the default is
	// the dnsPrefix. ExistingResourceGroup names one that is there already and
	// is never deleted. Only one of them may be set.
	ResourceGroup, ExistingResourceGroup string
	// SSHSourceCIDRs may reach port 22 of the control plane; none by default.
	SSHSourceCIDRs []string
	// APIServerSourceCIDRs may reach the API server; everyone by default.
	APIServerSourceCIDRs []string
	// SkipWorkload leaves the sample workload out.
	SkipWorkload bool
	// Tags are put on every Azure resource that takes tags.
	Tags map[string]string
}

// Resolve loads, defaults and validates the definition. The report holds
// faults and warnings; the definition is usable when report.Err() is nil.
func (c Config) Resolve() (*apimodel.Definition, apimodel.Report) { panic("todo") }

// Program returns the program for a configuration, for the automation API.
func Program(c Config) pulumi.RunFunc { panic("todo") }

// Cluster is the program for `pulumi up`: it reads Config from the stack's config.
func Cluster(ctx *pulumi.Context) error { panic("todo") }

// The names of the program's outputs.
const (
	OutputKubeconfig           = "kubeconfig" // secret, YAML
	OutputAPIServer            = "apiServer"  // https://<fqdn>:6443
	OutputResourceGroup        = "resourceGroup"
	OutputLocation             = "location"
	OutputKubernetesVersion    = "kubernetesVersion"
	OutputNodes                = "nodes"         // list of {name, pool, os, role}
	OutputWorkloadURL          = "workloadUrl"   // absent without the workload
	OutputAdminUsername        = "adminUsername" // Linux
	OutputSSHPublicKey         = "sshPublicKey"
	OutputSSHPrivateKey        = "sshPrivateKey" // secret; only where it was generated
	OutputWindowsAdminUsername = "windowsAdminUsername"
	OutputWindowsAdminPassword = "windowsAdminPassword" // secret
)
