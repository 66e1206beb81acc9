package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Namespace is the prefix of the program's keys in a stack's config:
// hybridcluster:location and so on.
const Namespace = "hybridcluster"

// The keys of the stack's config. Each has a flag of hybridctl beside it.
const (
	KeyDefinition            = "definition" // a file, relative to Pulumi.yaml, or the document itself
	KeyLocation              = "location"
	KeyDNSPrefix             = "dnsPrefix"
	KeyResourceGroup         = "resourceGroup"
	KeyExistingResourceGroup = "existingResourceGroup"
	KeyKubernetesRelease     = "kubernetesRelease"
	KeySSHPublicKey          = "sshPublicKey"
	KeyWindowsAdminPassword  = "windowsAdminPassword" // secret
	KeyClientID              = "clientId"
	KeyClientSecret          = "clientSecret" // secret
	KeyWorkspaceKey          = "workspaceKey" // secret
	KeySSHSourceCIDRs        = "sshSourceCidrs"
	KeyAPIServerSourceCIDRs  = "apiServerSourceCidrs"
	KeyTags                  = "tags"
	KeyMirrors               = "mirrors" // object, host to mirror
	KeySkipWorkload          = "skipWorkload"
	KeyNoDefaultClass        = "noDefaultClass"

	KeyWorkloadImage        = "workloadImage"
	KeyWorkloadPort         = "workloadPort"
	KeyWorkloadReplicas     = "workloadReplicas"
	KeyWorkloadMaxReplicas  = "workloadMaxReplicas"
	KeyWorkloadCPUPercent   = "workloadCpuPercent"
	KeyWorkloadRequests     = "workloadRequests" // object, cpu and memory
	KeyWorkloadLimits       = "workloadLimits"   // object, cpu and memory
	KeyWorkloadNodeSelector = "workloadNodeSelector"
	KeyWorkloadInternal     = "workloadInternal"
	KeyWorkloadSourceCIDRs  = "workloadSourceCidrs"
)

// Cluster is the program for `pulumi up`: it takes its configuration from the
// stack's config.
func Cluster(ctx *pulumi.Context) error {
	c, err := ReadConfig(ctx.RootDirectory(), func(key string) (string, bool) {
		return ctx.GetConfig(Namespace + ":" + key)
	})
	if err != nil {
		return err
	}
	return Program(c)(ctx)
}

// ReadConfig makes a Config from a stack's config. get returns a key's value,
// secrets in clear; root is where the definition's path starts.
func ReadConfig(root string, get func(key string) (string, bool)) (Config, error) {
	value := func(key string) string { v, _ := get(key); return v }
	source, err := readDefinition(root, value(KeyDefinition))
	if err != nil {
		return Config{}, err
	}
	source.Overrides = apimodel.Overrides{
		Location:             value(KeyLocation),
		DNSPrefix:            value(KeyDNSPrefix),
		KubernetesRelease:    value(KeyKubernetesRelease),
		SSHPublicKey:         value(KeySSHPublicKey),
		WindowsAdminPassword: value(KeyWindowsAdminPassword),
		ClientID:             value(KeyClientID),
		ClientSecret:         value(KeyClientSecret),
		WorkspaceKey:         value(KeyWorkspaceKey),
	}
	c := Config{
		Source:                source,
		ResourceGroup:         value(KeyResourceGroup),
		ExistingResourceGroup: value(KeyExistingResourceGroup),
	}
	if err := readValues(get, map[string]any{
		KeySSHSourceCIDRs:       &c.SSHSourceCIDRs,
		KeyAPIServerSourceCIDRs: &c.APIServerSourceCIDRs,
		KeyTags:                 &c.Tags,
		KeySkipWorkload:         &c.SkipWorkload,
		KeyNoDefaultClass:       &c.NoDefaultClass,
	}); err != nil {
		return Config{}, err
	}
	if c.Workload, err = readWorkload(get); err != nil {
		return Config{}, err
	}
	if text, ok := get(KeyMirrors); ok && text != "" {
		if c.Mirrors, err = readMirrors(text); err != nil {
			return Config{}, err
		}
		c.MirrorsFrom = "config " + Namespace + ":" + KeyMirrors
	}
	return c, nil
}

// readValues reads values that are JSON in a stack's config.
func readValues(get func(key string) (string, bool), targets map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(targets)) {
		text, ok := get(key)
		if !ok || text == "" {
			continue
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(targets[key]); err != nil {
			return fmt.Errorf("config %s:%s is %q, which does not read: set it with "+
				"`pulumi config set --path` or as YAML in the stack's file: %w", Namespace, key, text, err)
		}
	}
	return nil
}

// readDefinition reads the file that the config names, or takes the document
// that stands in the config itself.
func readDefinition(root, value string) (apimodel.Source, error) {
	if value == "" {
		return apimodel.Source{}, fmt.Errorf("no cluster definition: name its file with "+
			"`pulumi config set %s:%s FILE`", Namespace, KeyDefinition)
	}
	if strings.HasPrefix(strings.TrimSpace(value), "{") {
		return apimodel.Source{Name: Namespace + ":" + KeyDefinition, Data: []byte(value), ReadFile: FileReader(root)}, nil
	}
	path := value
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return apimodel.Source{}, fmt.Errorf("read the cluster definition that config %s:%s names: %w",
			Namespace, KeyDefinition, err)
	}
	return apimodel.Source{Name: value, Data: data, ReadFile: FileReader(filepath.Dir(path))}, nil
}
