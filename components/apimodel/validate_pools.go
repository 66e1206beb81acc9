package apimodel

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// maxPoolNodes is AKS Engine's limit of a pool and what three digits can
// number. Azure's limit of an availability set is lower:
// https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits
const (
	maxPoolNodes       = 1000
	maxAvailabilitySet = 200
)

// A pool's name and three digits are a computer name, which has at most 15
// characters on Windows and must not be digits only.
var poolNameShape = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)

func poolPath(i int) string { return indexPath("properties.agentPoolProfiles", i) }

func (c *checker) pools(pools []*AgentPoolProfile) {
	const path = "properties.agentPoolProfiles"
	if len(pools) == 0 {
		c.warn(path, "there are no agent pools, so workloads have nowhere to run", "add a pool")
	}
	first := map[string]int{}
	for i, p := range pools {
		if p == nil {
			c.fault(poolPath(i), "must be an object, is null", "remove it")
			continue
		}
		if earlier, taken := first[p.Name]; taken && p.Name != "" {
			c.fault(poolPath(i)+".name", fmt.Sprintf("%q is the name of %s already", p.Name, poolPath(earlier)), "give each pool a name of its own")
		} else {
			first[p.Name] = i
		}
		c.pool(poolPath(i), p)
	}
	if c.d.hasPool(Windows) && !c.d.hasPool(Linux) {
		c.warn(path, "there is no Linux pool; what must run on Linux shares the control plane's node", "add a pool with osType Linux")
	}
}

func (c *checker) pool(path string, p *AgentPoolProfile) {
	switch {
	case p.Name == "":
		c.fault(path+".name", "is missing", "name the pool, for example linuxpool1")
	case !poolNameShape.MatchString(p.Name):
		c.fault(path+".name", fmt.Sprintf("%q is no name for a pool", p.Name), "use 1 to 12 lower-case letters and digits, a letter first")
	}
	switch {
	case p.Count < 1 || p.Count > maxPoolNodes:
		c.fault(path+".count", fmt.Sprintf("must be 1 to %d, is %d", maxPoolNodes, p.Count), "set it, or remove the pool")
	case p.Count > maxAvailabilitySet && !p.IsScaleSet():
		c.warn(path+".count", fmt.Sprintf("%d is more than the %d machines that Azure allows in an availability set", p.Count, maxAvailabilitySet),
			"spread the nodes over several pools")
	}
	c.vmSize(path+".vmSize", p.VMSize)
	switch p.AvailabilityProfile {
	case AvailabilitySet, ScaleSets:
	default:
		c.fault(path+".availabilityProfile", fmt.Sprintf("%q is no availability profile", p.AvailabilityProfile),
			valueRemedy(p.AvailabilityProfile, []string{AvailabilitySet, ScaleSets}))
	}
	c.diskSize(path+".osDiskSizeGB", p.OSType, p.OSDiskSizeGB)
	c.poolSystem(path, p)
	for _, key := range slices.Sorted(maps.Keys(p.CustomNodeLabels)) {
		c.label(mapPath(path+".customNodeLabels", key), key, p.CustomNodeLabels[key])
	}
	c.poolExtensions(path+".extensions", p)
}

func (c *checker) poolSystem(path string, p *AgentPoolProfile) {
	switch p.OSType {
	case Linux:
		if p.WindowsRelease != "" {
			c.fault(path+".windowsRelease", "is set on a Linux pool", "remove it, or set osType to Windows")
		}
	case Windows:
		if !slices.Contains(WindowsReleases(), p.WindowsRelease) {
			c.fault(path+".windowsRelease", fmt.Sprintf("%q is no Windows Server release that is supported", p.WindowsRelease),
				"use one of: "+strings.Join(WindowsReleases(), ", "))
		}
	default:
		remedy := `use "Linux" or "Windows"`
		if near := closest(string(p.OSType), []string{string(Linux), string(Windows)}); near != "" {
			remedy = fmt.Sprintf("did you mean %q?", near)
		}
		c.fault(path+".osType", fmt.Sprintf("%q is no operating system", p.OSType), remedy)
	}
}

// WindowsReleases returns the Windows Server releases a pool can run.
func WindowsReleases() []string { return []string{"2019", "2022", "2025"} }

// label holds a node label against Kubernetes' rules and against what a kubelet
// may say about its own node:
// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
func (c *checker) label(path, key, value string) {
	if problems := validation.IsQualifiedName(key); len(problems) > 0 {
		c.fault(path, fmt.Sprintf("%q is no key for a label: %s", key, problems[0]), "use letters, digits, - _ . with an optional domain/ in front")
	}
	if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
		c.fault(path, fmt.Sprintf("%q is no value for a label: %s", value, problems[0]), "use up to 63 letters, digits, - _ .")
	}
	switch domain, _, _ := strings.Cut(key, "/"); {
	case slices.Contains(kubeletsOwnLabels(), key):
		c.fault(path, "the kubelet sets this label itself", "remove it")
	case domain == key || allowedDomain(domain):
	case within(domain, "kubernetes.io") || within(domain, "k8s.io"):
		c.fault(path, "a kubelet may not set labels in "+domain,
			"use a domain of your own, or node.kubernetes.io/ or kubelet.kubernetes.io/")
	}
}

// kubeletsOwnLabels are allowed to the kubelet, and filled by it.
func kubeletsOwnLabels() []string {
	return []string{
		"kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os",
		"beta.kubernetes.io/arch", "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type",
		"topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
		"failure-domain.beta.kubernetes.io/region", "node.kubernetes.io/windows-build",
	}
}

func allowedDomain(domain string) bool {
	return within(domain, "node.kubernetes.io") || within(domain, "kubelet.kubernetes.io")
}

func within(domain, parent string) bool {
	return domain == parent || strings.HasSuffix(domain, "."+parent)
}
