package stacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	KeyPullSecrets           = "pullSecrets" // secret object, namespace to Docker's login file

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
	KeyWorkloadPullSecret   = "workloadPullSecret" // secret
)

// Cluster is the program for `pulumi up`: it takes its configuration from the
// stack's config.
func Cluster(ctx *pulumi.Context) error {
	faults, err := unknownInProcess(os.Getenv(pulumi.EnvConfig))
	if err != nil {
		return err
	}
	c, err := ReadConfig(ctx.RootDirectory(), func(key string) (string, bool) {
		return ctx.GetConfig(Namespace + ":" + key)
	})
	var more apimodel.Faults
	if errors.As(err, &more) {
		faults = append(faults, more...)
	} else if err != nil {
		return err
	}
	if len(faults) > 0 {
		return faults
	}
	if note := c.FewSlots(os.Getenv(pulumi.EnvParallel)); note != "" {
		if err := ctx.Log.Info(note, nil); err != nil {
			return err
		}
	}
	return Program(c)(ctx)
}

// unknownInProcess finds the program's unknown keys in the config that the engine gives
// to its process, as JSON: the SDK only looks for keys by their names.
func unknownInProcess(config string) (apimodel.Faults, error) {
	if config == "" {
		return nil, nil
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(config), &all); err != nil {
		return nil, fmt.Errorf("read the stack's config: %w", err)
	}
	var given []string
	for name := range all {
		if key, ours := strings.CutPrefix(name, Namespace+":"); ours {
			given = append(given, key)
		}
	}
	return UnknownKeys(given), nil
}

// ReadConfig makes a Config from a stack's config. get returns a key's value,
// secrets in clear; root is where the definition's path starts. Its error is
// [apimodel.Faults].
func ReadConfig(root string, get func(key string) (string, bool)) (Config, error) {
	value := func(key string) string {
		if v, ok := get(key); ok {
			return v
		}
		return ""
	}
	read := forms{get: get}
	source, err := readDefinition(root, value(KeyDefinition))
	if err != nil {
		read.faults = append(read.faults, apimodel.Fault{Message: err.Error()})
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
		Place:                ConfigPlace,
	}
	c := Config{
		Source:                source,
		ResourceGroup:         value(KeyResourceGroup),
		ExistingResourceGroup: value(KeyExistingResourceGroup),
		Place:                 ConfigPlace,
	}
	read.list(KeySSHSourceCIDRs, &c.SSHSourceCIDRs, "203.0.113.7/32")
	read.list(KeyAPIServerSourceCIDRs, &c.APIServerSourceCIDRs, "203.0.113.7/32")
	read.pairs(KeyTags, &c.Tags, "owner: me")
	read.truth(KeySkipWorkload, &c.SkipWorkload)
	read.truth(KeyNoDefaultClass, &c.NoDefaultClass)
	read.logins(KeyPullSecrets, &c.PullSecrets)
	read.workload(&c.Workload)
	if text := value(KeyMirrors); text != "" {
		if c.Mirrors, err = readMirrors(text); err != nil {
			read.faults = append(read.faults, apimodel.Fault{Message: err.Error()})
		}
	}
	if len(read.faults) > 0 {
		return Config{}, read.faults
	}
	return c, nil
}

// readDefinition reads the file that the config names, or takes the document
// that stands in the config itself.
func readDefinition(root, value string) (apimodel.Source, error) {
	if value == "" {
		return apimodel.Source{}, fmt.Errorf("no cluster definition: name its file with "+
			"`pulumi config set %s:%s FILE`", Namespace, KeyDefinition)
	}
	if strings.HasPrefix(strings.TrimSpace(value), "{") {
		return apimodel.Source{Name: ConfigPlace(KeyDefinition), Data: []byte(value), ReadFile: FileReader(root)}, nil
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
