// Package settings gathers what a user says about a cluster, from flags,
// environment and the stack's config, into the program's configuration.
//
// A flag wins over the environment, that over the stack's config, and that over
// the definition.
package settings

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/stacks"
)

// Form says how a setting is written.
type Form int

// The forms.
const (
	// Text is taken as it is.
	Text Form = iota
	// SecretFile is a file that holds the value: a secret has no place on a
	// command line. The environment variable holds the value itself; the same
	// name with _FILE holds a file.
	SecretFile
	// KeyFile is a file with a public key, or the key itself.
	KeyFile
	// List can be given more than once; the environment has commas.
	List
	// Pairs are key=value and can be given more than once.
	Pairs
	// UniquePairs are pairs of which each name can be given once.
	UniquePairs
	// Switch is true or false.
	Switch
	// Number is a whole number.
	Number
	// SecretFilePairs are name=file and can be given more than once, each name once. The
	// files hold the values; the environment has commas.
	SecretFilePairs
)

// Repeats tells whether a setting's flag can be given more than once.
func (f Form) Repeats() bool {
	return f == List || f == Pairs || f == UniquePairs || f == SecretFilePairs
}

// Field is one setting.
type Field struct {
	// Key is its name in the stack's config, after "hybridcluster:".
	Key string
	// Flag is its name on the command line, without dashes.
	Flag string
	// Env is its environment variable.
	Env string
	// Form says how it is written.
	Form Form
	// Usage explains it in one line.
	Usage string
}

// Fields lists every setting but the definition's file, in the order of the
// help.
func Fields() []Field {
	return []Field{
		field(stacks.KeyLocation, "location", Text, "Azure `region`"),
		field(stacks.KeyDNSPrefix, "dns-prefix", Text, "`label` of the API server's public name"),
		field(stacks.KeyResourceGroup, "resource-group", Text, "`name` of the resource group to create (default: the dns prefix)"),
		field(stacks.KeyExistingResourceGroup, "existing-resource-group", Text, "`name` of a resource group that is there and is never deleted"),
		field(stacks.KeyKubernetesRelease, "kubernetes-release", Text, "Kubernetes `release`, for example 1.36"),
		field(stacks.KeySSHPublicKey, "ssh-public-key", KeyFile, "`file` with the SSH public key for the nodes (default: a generated key)"),
		field(stacks.KeyWindowsAdminPassword, "windows-admin-password-file", SecretFile, "`file` with the Windows administrator's password (default: a generated one)"),
		field(stacks.KeyClientID, "client-id", Text, "`id` of the service principal for the cloud provider (default: a managed identity)"),
		field(stacks.KeyClientSecret, "client-secret-file", SecretFile, "`file` with the service principal's secret"),
		field(stacks.KeyWorkspaceKey, "workspace-key-file", SecretFile, "`file` with the key of the Log Analytics workspace that container-monitoring names by its id"),
		field(stacks.KeySSHSourceCIDRs, "ssh-source-cidr", List, "`range` that may reach SSH (default: none)"),
		field(stacks.KeyAPIServerSourceCIDRs, "api-server-source-cidr", List, "`range` that may reach the API server (default: everyone)"),
		field(stacks.KeyTags, "tag", Pairs, "tag for every Azure resource, as `name=value`"),
		field(stacks.KeyMirrors, "mirror", UniquePairs, "where nodes find the files, packages and images of a host, as `host=prefix`"),
		field(stacks.KeySkipWorkload, "skip-workload", Switch, "leave the workload out"),
		field(stacks.KeyNoDefaultClass, "no-default-class", Switch, "make no storage class the default one"),
		field(stacks.KeyPullSecrets, "pull-secret", SecretFilePairs, "login to registries for the pods of a namespace, as `namespace=file`; the file is one of Docker's"),
		field(stacks.KeyWorkloadImage, "workload-image", Text, "`image` for Windows to run in place of the sample page"),
		field(stacks.KeyWorkloadPort, "workload-port", Number, "`port` that the image serves HTTP on (default: the sample's, and 80 of another image)"),
		field(stacks.KeyWorkloadReplicas, "workload-replicas", Number, "`number` of its pods (default: 3)"),
		field(stacks.KeyWorkloadMaxReplicas, "workload-max-replicas", Number, "most `number` of its pods, which then follow their use of CPU (needs metrics-server)"),
		field(stacks.KeyWorkloadCPUPercent, "workload-cpu-percent", Number, "`use` of CPU that is aimed at, in per cent of the request (default: 70)"),
		field(stacks.KeyWorkloadRequests, "workload-request", UniquePairs, "what a pod asks for, as `name=amount`, of cpu (100m) and memory (300M)"),
		field(stacks.KeyWorkloadLimits, "workload-limit", UniquePairs, "the most that a pod gets, as `name=amount`, of cpu (1) and memory (800M)"),
		field(stacks.KeyWorkloadNodeSelector, "workload-node-selector", UniquePairs, "label of the nodes that may run it, as `name=value`"),
		field(stacks.KeyWorkloadInternal, "workload-internal", Switch, "serve it inside the virtual network alone"),
		field(stacks.KeyWorkloadPullSecret, "workload-pull-secret", SecretFile, "`file` of Docker's with the login to its image's registry"),
		field(stacks.KeyWorkloadSourceCIDRs, "workload-source-cidr", List, "`range` that may reach it (default: everyone)"),
	}
}

// DefinitionEnv is the environment variable that names the definition's file.
const DefinitionEnv = "HYBRIDCTL_DEFINITION"

func field(key, flag string, form Form, usage string) Field {
	return Field{Key: key, Flag: flag, Env: envName(key), Form: form, Usage: usage}
}

// envName turns a config key into a variable's name: dnsPrefix is
// HYBRIDCTL_DNS_PREFIX.
func envName(key string) string {
	var b strings.Builder
	b.WriteString("HYBRIDCTL_")
	for _, r := range key {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
