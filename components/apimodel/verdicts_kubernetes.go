package apimodel

// The verdicts on the Kubernetes settings.

func orchestratorEntries() []entry {
	return []entry{
		does("orchestratorType", "Kubernetes, in any case"),
		does("orchestratorRelease", "a supported minor release; --kubernetes-release wins over one that is past its end of life"),
		does("orchestratorVersion", "the release's supported version"),
		does("kubernetesConfig", "Kubernetes' settings"),
		refused("dcosConfig", mapping, "DC/OS is retired", "remove it"),
	}
}

func kubernetesEntries() []entry {
	entries := []entry{
		does("clusterSubnet", "the pods' network"),
		does("serviceCidr", "the Services' network"),
		does("dnsServiceIP", "the cluster DNS address, the tenth of serviceCidr: kubeadm leaves no choice"),
		does("kubeProxyMode", "iptables (the default), ipvs or nftables on Linux nodes; Windows nodes have kernelspace"),
		does("maxPods", "the kubelet's max-pods; 110 by default"),
		does("addons", "add-ons, by name"),
		does("useManagedIdentity", "a managed identity (the default without a service principal) or the service principal; AKS Engine's identity of each machine is one user-assigned identity of the masters"),
		does("userAssignedID", "an existing user-assigned identity, by resource id or by its name in the cluster's resource group"),
		adds("containerRegistries", "registries of Azure's that nodes pull from as a managed identity"),
		does("etcdDiskSizeGB", "the size of each master's etcd disk, in GiB; 256 by default"),
		does("privateCluster", "an API server without a public address"),
		does("loadBalancerOutboundIPs", "the number of public addresses of the NAT gateway"),
		does("outboundRuleIdleTimeoutInMinutes", "the NAT gateway's idle timeout"),
		does("gchighthreshold", "the kubelet's image-gc-high-threshold"),
		does("gclowthreshold", "the kubelet's image-gc-low-threshold"),
		does("kubeletConfig", "flags of every kubelet; register-with-taints are taints of the agent pools, node-labels are labels; flags that the release does not know are left out or refused"),
		does("apiServerConfig", "flags of the API server"),
		does("controllerManagerConfig", "flags of the controller-manager"),
		does("schedulerConfig", "flags of the scheduler"),
	}
	entries = append(entries, networkEntries()...)
	entries = append(entries, runtimeEntries()...)
	entries = append(entries, imageSourceEntries()...)
	entries = append(entries, securityEntries()...)
	return append(entries, cloudProviderEntries()...)
}

func networkEntries() []entry {
	const cni = "Calico's VXLAN overlay is used, the network plugin that Linux and Windows nodes share; pods have addresses of clusterSubnet, not of the virtual network"
	return []entry{
		instead("networkPlugin", text, cni).of("kubenet", "azure", "cilium", "antrea", "flannel"),
		instead("networkPolicy", text, "Calico enforces network policies, on Linux and Windows nodes; policies of another plugin's own kind have no effect",
			"calico").of("calico", "cilium", "antrea", "azure", "none"),
		instead("networkMode", text, "has no effect: it tuned the Azure network plugin").of("bridge", "transparent"),
		instead("dockerBridgeSubnet", text, "has no effect: there is no Docker bridge"),
		instead("azureCNIVersion", text, "has no effect: "+cni),
		instead("azureCNIURLLinux", text, "has no effect: "+cni),
		instead("azureCNIURLWindows", text, "has no effect: "+cni),
		instead("windowsSdnPluginURL", text, "has no effect: "+cni),
	}
}

func runtimeEntries() []entry {
	const pinned = "has no effect: containerd and runc of the release are installed, checked against their publisher's checksums"
	return []entry{
		instead("containerRuntime", text, "containerd is used: Kubernetes runs Docker no more since release 1.24", "containerd").of("docker", "containerd"),
		instead("containerRuntimeConfig", mapping, "has no effect: containerd keeps its data in its default folder on the OS disk"),
		instead("dockerEngineVersion", text, pinned),
		instead("mobyVersion", text, pinned),
		instead("linuxMobyURL", text, pinned),
		instead("linuxRuncURL", text, pinned),
		instead("containerdVersion", text, pinned),
		instead("linuxContainerdURL", text, pinned),
		instead("windowsContainerdURL", text, pinned),
		instead("microsoftAptRepositoryURL", text, "has no effect: nothing is installed from that repository"),
		instead("etcdVersion", text, "has no effect: etcd comes with the Kubernetes release"),
		instead("etcdStorageLimitGB", number, "etcd's database may grow to 8 GiB, the most that etcd recommends", "0", "8"),
		instead("kubeReservedCgroup", text, "has no effect: the kubelet has no cgroup of its own; reserve with kubeletConfig's --kube-reserved"),
	}
}

func imageSourceEntries() []entry {
	const own = "the images and binaries of a release go together, and are Kubernetes' own"
	const remedy = "remove it, and choose a supported orchestratorRelease"
	entries := []entry{
		instead("kubernetesImageBase", text, "images come from registry.k8s.io"),
		instead("kubernetesImageBaseType", text, "images come from registry.k8s.io"),
		instead("mcrKubernetesImageBase", text, "images come from registry.k8s.io"),
		refused("privateAzureRegistryServer", text, "a private registry for Kubernetes' own images is not supported", "remove it; containerRegistries is for images of your own"),
	}
	for _, key := range []string{
		"customHyperkubeImage", "customKubeAPIServerImage", "customKubeControllerManagerImage", "customKubeProxyImage",
		"customKubeSchedulerImage", "customKubeBinaryURL", "customCcmImage", "customWindowsPackageURL", "windowsNodeBinariesURL",
	} {
		entries = append(entries, refused(key, text, own, remedy))
	}
	return entries
}

func securityEntries() []entry {
	const psp = "pod security policies left Kubernetes with release 1.25"
	const pspRemedy = "remove it, and label namespaces for Pod Security admission: https://kubernetes.io/docs/concepts/security/pod-security-admission/"
	const etcd = "Secrets are not encrypted inside etcd; Azure encrypts the disk that etcd lies on"
	const etcdRemedy = "remove it; encryptionAtHost of the masterProfile encrypts caches and temporary disks too"
	return []entry{
		refused("enableRbac", truth, "the API server always authorizes with RBAC", "remove it", "true"),
		instead("enableSecureKubelet", truth, "kubelets always authenticate and authorize", "true"),
		instead("enableAggregatedAPIs", truth, "API aggregation is always on", "true", "false"),
		refused("enablePodSecurityPolicy", truth, psp, pspRemedy, "false"),
		refused("podSecurityPolicyConfig", mapping, psp, pspRemedy),
		refused("enableDataEncryptionAtRest", truth, etcd, etcdRemedy, "false"),
		refused("enableEncryptionWithExternalKms", truth, etcd, etcdRemedy, "false"),
		refused("etcdEncryptionKey", text, etcd, etcdRemedy),
		instead("keyVaultSku", text, "has no effect: no key vault is made"),
		componentsEntry(),
	}
}

// componentsEntry is about the control plane's parts, which kubeadm runs.
func componentsEntry() entry {
	const kubeadm = "kubeadm runs the control plane's parts; apiServerConfig, controllerManagerConfig and schedulerConfig tune them"
	enabled := refused("enabled", truth, "each part of the control plane is needed", "remove it", "true")
	enabled.mayBeOff = []string{"cloud-controller-manager", "kube-addon-manager", "azure-kms-provider"}
	return instead("components", list, kubeadm).holding(
		instead("name", text, kubeadm, "kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager", "kube-addon-manager", "azure-kms-provider"),
		enabled,
		instead("containers", list, "has no effect: "+kubeadm).holding(containerEntries("has no effect: "+kubeadm)...),
		instead("config", mapping, "has no effect: "+kubeadm),
		refused("data", text, "a manifest of one's own for a part of the control plane is not supported", "remove it"),
	)
}

func containerEntries(reason string) []entry {
	var entries []entry
	for _, key := range []string{"name", "image", "cpuRequests", "memoryRequests", "cpuLimits", "memoryLimits"} {
		entries = append(entries, instead(key, text, reason))
	}
	return entries
}

func cloudProviderEntries() []entry {
	const tuning = "has no effect: the cloud provider's own defaults are used"
	const ccm = "the cloud provider always runs outside of Kubernetes, which has had none inside since release 1.29"
	return []entry{
		instead("useCloudControllerManager", truth, ccm, "true"),
		instead("cloudControllerManagerConfig", mapping, tuning),
		instead("useInstanceMetadata", truth, "nodes always use Azure's instance metadata", "true"),
		instead("userAssignedClientID", text, "has no effect: it is looked up"),
		instead("cloudProviderBackoffMode", text, tuning),
		instead("cloudProviderBackoff", truth, tuning, "true"),
		instead("cloudProviderBackoffRetries", number, tuning, "0"),
		instead("cloudProviderBackoffJitter", number, tuning, "0"),
		instead("cloudProviderBackoffDuration", number, tuning, "0"),
		instead("cloudProviderBackoffExponent", number, tuning, "0"),
		instead("cloudProviderRateLimit", truth, tuning, "true"),
		instead("cloudProviderRateLimitQPS", number, tuning, "0"),
		instead("cloudProviderRateLimitQPSWrite", number, tuning, "0"),
		instead("cloudProviderRateLimitBucket", number, tuning, "0"),
		instead("cloudProviderRateLimitBucketWrite", number, tuning, "0"),
		instead("cloudProviderDisableOutboundSNAT", truth, "the NAT gateway is the way out, whatever a load balancer does", "true", "false"),
		instead("loadBalancerSku", text, "load balancers are Standard: Azure retired Basic in September 2025", "standard").of("Standard", "Basic"),
		instead("excludeMasterFromStandardLB", truth, "the control plane never backs Services", "true"),
		instead("maximumLoadBalancerRuleCount", number, "a load balancer has up to 250 rules", "0", "250"),
		refused("enableMultipleStandardLoadBalancers", truth, "one load balancer serves all Services", "remove it", "false"),
		refused("tags", text, "tags of what the cloud provider makes are not supported", "use the definition's own tags, which every declared resource gets"),
	}
}

func registriesEntries() []entry {
	return []entry{
		adds("registries", "resource ids of registries, at each of which the nodes' pull identity gets the role AcrPull; or login servers of those at which somebody else gives it"),
		adds("userAssignedID", "an existing user-assigned identity to pull as, by resource id; one is made by default"),
		adds("linuxProviderURL", "where Linux nodes find acr-credential-provider; the publisher's release by default"),
		adds("linuxProviderSHA256", "its digest; another program is not installed"),
		adds("windowsProviderURL", "where Windows nodes find it"),
		adds("windowsProviderSHA256", "its digest"),
	}
}

func privateClusterEntries() []entry {
	return []entry{
		does("enabled", "an internal load balancer in front of the API server, and no public one"),
		instead("enableHostsConfigAgent", truth, "each node has the API server's name in its hosts file, so no agent is needed", "false"),
		does("jumpboxProfile", "a machine with a public address from which the cluster can be reached"),
	}
}

func jumpboxEntries() []entry {
	return []entry{
		does("name", "the machine's name"),
		does("vmSize", "its size"),
		does("osDiskSizeGB", "its OS disk, in GiB"),
		does("username", "its login; azureuser by default"),
		does("publicKey", "who may log in; the linuxProfile's keys by default"),
		instead("storageProfile", text, "disks are managed: Azure retired the others in March 2026", "ManagedDisks").of("ManagedDisks", "StorageAccount"),
	}
}

func addonEntries() []entry {
	const pinned = "has no effect: add-ons run with images and requests that go with the release"
	return []entry{
		does("name", "see the table of add-ons"),
		does("enabled", "whether it is installed"),
		does("config", "settings of the add-on, for which see the table; they have no effect on add-ons that every cluster has"),
		does("pools", "settings of an add-on for one pool each; only cluster-autoscaler has some"),
		instead("mode", text, "has no effect: add-ons are kept as they are declared").of("EnsureExists", "Reconcile"),
		instead("containers", list, pinned).holding(containerEntries(pinned)...),
		refused("data", text, "a manifest of one's own is not installed as an add-on", "apply it with kubectl, or with the program's Kubernetes provider"),
	}
}

func addonPoolEntries() []entry {
	return []entry{
		does("name", "the pool's name"),
		does("config", "settings of the add-on for the pool"),
	}
}

// nodeKubernetesEntries: AKS Engine has all of the cluster's settings at each
// profile again, and looks at few of them there.
func nodeKubernetesEntries() []entry {
	entries := []entry{
		does("maxPods", "the kubelet's max-pods on these nodes"),
		does("gchighthreshold", "the kubelet's image-gc-high-threshold on these nodes"),
		does("gclowthreshold", "the kubelet's image-gc-low-threshold on these nodes"),
		does("kubeletConfig", "flags of these nodes' kubelets"),
	}
	for _, e := range kubernetesEntries() {
		switch {
		case e.shape != "":
			entries = append(entries, e)
		case e.ours: // nobody has it there
		case e.key == "maxPods", e.key == "gchighthreshold", e.key == "gclowthreshold", e.key == "kubeletConfig":
		default:
			entries = append(entries, refused(e.key, anything, "it is a setting of the whole cluster",
				"move it to properties.orchestratorProfile.kubernetesConfig"))
		}
	}
	return entries
}
