package emulator

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/local"
)

// Options say what kind of a cloud to emulate.
type Options struct {
	// Dir keeps the world between commands.
	Dir string
	// Latency is how long every change takes at least.
	Latency time.Duration
	// BootTimeout is how long an extension waits for the bootstrap that it watches. If zero, 30 s and ten times Latency.
	BootTimeout time.Duration
	// AwaitTimeout is how long a Kubernetes object may take to become ready, in place of ten minutes. If zero, 20 s in
	// memory and 2 min with a real control plane.
	AwaitTimeout time.Duration
	// CoreQuota is the number of virtual CPUs per region; 5000 if zero.
	CoreQuota int
	// Faults are failures to come.
	Faults []Fault
	// ResourceGroups are groups that exist before any program runs: name to location.
	ResourceGroups map[string]string
	// Resources are further ones that exist before any program runs; see [azure.Options].
	Resources []string
	// InsideNetwork is whether programs run in a network that reaches private addresses: over a VPN, or inside of it.
	InsideNetwork bool
	// RetiredSizes lets machines of VM sizes be made that Azure has retired: the world stands for one that ran before.
	RetiredSizes bool
	// ControlPlanes say how clusters get a real control plane. The zero value gives them none.
	ControlPlanes local.Options
	// KubernetesPlugin leaves the Pulumi package kubernetes to the real plugin. It reaches control planes on this machine
	// through a proxy.
	KubernetesPlugin bool
	// Proxy is the way out to what is not of the emulated world, such as charts.
	Proxy httpproxy.Config
	// Log gets a line per change, without values; nil for none.
	Log io.Writer
	// LogFile names a file that gets those lines at its end, in place of Log.
	LogFile string
}

const (
	envLatency     = "HYBRIDCTL_EMULATOR_LATENCY"
	envFaults      = "HYBRIDCTL_EMULATOR_FAULTS"
	envGroups      = "HYBRIDCTL_EMULATOR_RESOURCE_GROUPS"
	envResources   = "HYBRIDCTL_EMULATOR_RESOURCES"
	envInside      = "HYBRIDCTL_EMULATOR_INSIDE_NETWORK"
	envBootTimeout = "HYBRIDCTL_EMULATOR_BOOT_TIMEOUT"
	envCoreQuota   = "HYBRIDCTL_EMULATOR_CORE_QUOTA"
	envAwait       = "HYBRIDCTL_EMULATOR_AWAIT_TIMEOUT"
	envLog         = "HYBRIDCTL_EMULATOR_LOG"
)

// OptionsFromEnv reads what users set in their environment:
//
//	HYBRIDCTL_EMULATOR_LATENCY=2s
//	HYBRIDCTL_EMULATOR_BOOT_TIMEOUT=30s
//	HYBRIDCTL_EMULATOR_AWAIT_TIMEOUT=20s
//	HYBRIDCTL_EMULATOR_CORE_QUOTA=100
//	HYBRIDCTL_EMULATOR_FAULTS=create:VirtualMachine:linuxpool1*:SkuNotAvailable:1,delete:...
//	HYBRIDCTL_EMULATOR_RESOURCE_GROUPS=shared-rg=westeurope,...
//	HYBRIDCTL_EMULATOR_RESOURCES=/subscriptions/.../subnets/one=10.1.0.0/24,/subscriptions/.../images/mine,...
//	HYBRIDCTL_EMULATOR_INSIDE_NETWORK=1
//	HYBRIDCTL_EMULATOR_LOG=calls.log
//
// All faults in it are told at once, each with the variable's name.
func OptionsFromEnv(getenv func(string) string) (Options, error) {
	o := Options{LogFile: getenv(envLog), Proxy: userProxy(getenv)}
	var problems []error
	note := func(name string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
	}
	var err error
	o.Latency, err = duration(getenv(envLatency))
	note(envLatency, err)
	o.BootTimeout, err = duration(getenv(envBootTimeout))
	note(envBootTimeout, err)
	o.AwaitTimeout, err = duration(getenv(envAwait))
	note(envAwait, err)
	if text := getenv(envCoreQuota); text != "" {
		if o.CoreQuota, err = strconv.Atoi(text); err != nil || o.CoreQuota < 1 {
			note(envCoreQuota, fmt.Errorf("%q is no number of virtual CPUs", text))
		}
	}
	for _, text := range items(getenv(envFaults)) {
		f, err := ParseFault(text)
		note(envFaults, err)
		o.Faults = append(o.Faults, f)
	}
	for _, text := range items(getenv(envGroups)) {
		name, location, ok := strings.Cut(text, "=")
		if !ok || name == "" || location == "" {
			note(envGroups, fmt.Errorf("%q is not of the form name=location", text))
			continue
		}
		if o.ResourceGroups == nil {
			o.ResourceGroups = map[string]string{}
		}
		o.ResourceGroups[name] = location
	}
	for _, text := range items(getenv(envResources)) {
		note(envResources, azure.CheckResource(text))
		o.Resources = append(o.Resources, text)
	}
	if text := getenv(envInside); text != "" {
		if o.InsideNetwork, err = strconv.ParseBool(text); err != nil {
			note(envInside, fmt.Errorf("%q is neither 1 nor 0", text))
		}
	}
	return o, errors.Join(problems...)
}

// items splits a list at its commas.
func items(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration such as 2s", text)
	}
	return d, nil
}
