package apimodel

import (
	"reflect"
)

// limit is what a value may be beyond its type.
type limit struct {
	enum    []any
	pattern string
	// between bounds a number; nil for none.
	between []float64
}

// oneOf allows these values. Empty text is as good as none at all.
func oneOf[T any](values ...T) limit {
	var l limit
	for _, v := range values {
		l.enum = append(l.enum, v)
	}
	return l
}

func like(pattern string) limit { return limit{pattern: pattern} }

// blankOrLike allows empty text too: a blank that a flag fills.
func blankOrLike(pattern string) limit {
	return like("^$|" + pattern)
}

func inRange(low, high float64) limit { return limit{between: []float64{low, high}} }

// apply puts the limit on a value, or on each value of a list.
func (l limit) apply(s *jsonSchema) {
	if s.Items != nil {
		s = s.Items
	}
	s.Enum = l.enum
	if l.pattern != "" {
		s.Pattern = l.pattern
	}
	if l.between != nil {
		s.Minimum, s.Maximum = &l.between[0], &l.between[1]
	}
}

// limitOf finds the limit of a key; the zero limit for one that takes anything.
func limitOf(owner reflect.Type, key string) limit {
	for _, of := range []map[string]limit{limitsOfMachines(owner), limitsOfTheRest()} {
		for _, path := range []string{owner.Name() + "." + key, key} {
			if l, ok := of[path]; ok {
				return l
			}
		}
	}
	return limit{}
}

// limitsOfMachines are those of masters and pools.
func limitsOfMachines(owner reflect.Type) map[string]limit {
	if owner != reflect.TypeFor[MasterProfile]() && owner != reflect.TypeFor[AgentPoolProfile]() {
		return nil
	}
	caching := oneOf(cachingNone, cachingReadOnly, cachingReadWrite)
	return map[string]limit{
		"MasterProfile.count":          oneOf(1, 3, 5),
		"dnsPrefix":                    blankOrLike(dnsPrefixShape.String()),
		"AgentPoolProfile.name":        like(poolNameShape.String()),
		"AgentPoolProfile.count":       inRange(1, maxPoolNodes),
		"osType":                       oneOf(Linux, Windows),
		"windowsRelease":               oneOf(WindowsReleases()...),
		"vmSize":                       like(vmSizeShape.String()),
		"availabilityProfile":          oneOf(AvailabilitySet, ScaleSets),
		"availabilityZones":            oneOf("1", "2", "3"),
		"MasterProfile.storageProfile": oneOf(ManagedDisks, retiredDisks),
		"storageProfile":               oneOf(ManagedDisks, EphemeralDisks, retiredDisks),
		"osDiskCachingType":            caching,
		"dataDiskCachingType":          caching,
		"scaleSetPriority":             oneOf(priorityRegular, prioritySpot, priorityLow),
		"scaleSetEvictionPolicy":       oneOf(evictionDelete, evictionDeallocate),
		"distro":                       oneOf(append([]string{Ubuntu2404, Ubuntu2204}, engineUbuntus...)...),
		"taints":                       like(`^[^=:]+(=[^:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$`),
	}
}

// limitsOfTheRest are those of the other objects, by the Go type's name and key.
func limitsOfTheRest() map[string]limit {
	var releases, versions []string
	for _, r := range Releases() {
		releases, versions = append(releases, r.Minor), append(versions, r.Kubernetes)
	}
	var addons []string
	for _, v := range AddonVerdicts() {
		addons = append(addons, v.Name)
	}
	const digest = `^[0-9A-Fa-f]{64}$`
	return map[string]limit{
		"Definition.apiVersion":                             oneOf(APIVersion),
		"OrchestratorProfile.orchestratorType":              oneOf(defaultOrchestrator),
		"OrchestratorProfile.orchestratorRelease":           oneOf(releases...),
		"OrchestratorProfile.orchestratorVersion":           oneOf(versions...),
		"KubernetesConfig.kubeProxyMode":                    oneOf("iptables", "ipvs", "nftables"),
		"KubernetesConfig.clusterSubnet":                    like(cidrPattern),
		"KubernetesConfig.serviceCidr":                      like(cidrPattern),
		"KubernetesConfig.dnsServiceIP":                     like(addressPattern),
		"KubernetesConfig.loadBalancerOutboundIPs":          inRange(1, 16),
		"KubernetesConfig.outboundRuleIdleTimeoutInMinutes": inRange(4, 120),
		"MasterProfile.vnetCidr":                            like(cidrPattern),
		"MasterProfile.firstConsecutiveStaticIP":            like(addressPattern),
		"Addon.name":                                        oneOf(addons...),
		"JumpboxProfile.vmSize":                             like(vmSizeShape.String()),
		"Extension.singleOrAll":                             like(`^([Aa][Ll][Ll]|[Ss][Ii][Nn][Gg][Ll][Ee])?$`),
		"ExtensionProfile.scriptSHA256":                     like(digest),
		"WindowsProfile.csiProxySHA256":                     like(digest),
		"ContainerRegistries.linuxProviderSHA256":           like(digest),
		"ContainerRegistries.windowsProviderSHA256":         like(digest),
		"CustomNodesDNS.dnsServer":                          like(addressPattern),
		"CustomFile.dest":                                   like(`^/`),
	}
}

const (
	cidrPattern    = `^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$`
	addressPattern = `^[0-9]{1,3}(\.[0-9]{1,3}){3}$`
	// retiredDisks are AKS Engine's unmanaged disks, which become managed ones.
	retiredDisks = "StorageAccount"
)
