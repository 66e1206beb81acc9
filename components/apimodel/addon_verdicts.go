package apimodel

import "slices"

// AddonVerdict says what becomes of one of AKS Engine's add-ons.
type AddonVerdict struct {
	Name string `json:"name"`
	// Verdict is Supported for an add-on that is installed, in every cluster or on
	// demand, Substituted for one whose work something else does, and Unsupported
	// for one that is refused where it is switched on.
	Verdict Verdict `json:"verdict"`
	// Reason says what the add-on did, what does it instead, or why it is refused.
	Reason string `json:"reason"`
	// Remedy says what to do about one that is refused.
	Remedy string `json:"remedy,omitempty"`
	// Later marks those that are refused because they are not supported yet.
	Later bool `json:"later,omitempty"`
	// Optional marks those that are installed only where they are switched on.
	Optional bool `json:"optional,omitempty"`
	// Ours marks one that AKS Engine lacked.
	Ours bool `json:"ours,omitempty"`
	// Settings are the keys that its config takes, and PoolSettings those of the
	// configs of its pools.
	Settings     []AddonSetting `json:"settings,omitempty"`
	PoolSettings []AddonSetting `json:"poolSettings,omitempty"`
}

// AddonVerdicts returns the verdict on every add-on, sorted by name. The names
// are AKS Engine's at its last release, and ours:
// https://github.com/Azure/aks-engine/blob/master/pkg/api/common/const.go
func AddonVerdicts() []AddonVerdict {
	verdicts := slices.Concat(installedAddons(), optionalAddons(), substitutedAddons(), laterAddons(), retiredAddons())
	slices.SortFunc(verdicts, func(a, b AddonVerdict) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return verdicts
}

func findAddon(name string) (AddonVerdict, bool) {
	verdicts := AddonVerdicts()
	i := slices.IndexFunc(verdicts, func(v AddonVerdict) bool { return v.Name == name })
	if i < 0 {
		return AddonVerdict{}, false
	}
	return verdicts[i], true
}

// installedAddons are those that every cluster has. They cannot be switched off.
func installedAddons() []AddonVerdict {
	const always = "part of every cluster"
	return []AddonVerdict{
		{Name: "azure-cloud-provider", Verdict: Supported, Reason: always + ": the cloud provider's controller"},
		{Name: "calico-daemonset", Verdict: Supported, Reason: always + ": the network plugin, on Linux and Windows"},
		{Name: "cloud-node-manager", Verdict: Supported, Reason: always + ": the cloud provider's part on each node"},
		{Name: "coredns", Verdict: Supported, Reason: always + ": the cluster's DNS"},
		{Name: "kube-proxy", Verdict: Supported, Reason: always + ": Services, on Linux and Windows"},
	}
}

// substitutedAddons are those whose work is done otherwise, or that nothing needs
// any more.
func substitutedAddons() []AddonVerdict {
	with := func(name, reason string) AddonVerdict {
		return AddonVerdict{Name: name, Verdict: Substituted, Reason: reason}
	}
	const calico = "Calico is the network plugin"
	return []AddonVerdict{
		with("antrea", calico),
		with("azure-cni-networkmonitor", calico+", which needs no monitor"),
		with("azure-network-policy", calico+" and enforces network policies"),
		with("cilium", calico),
		with("flannel", calico),
		with("heapster", "Kubernetes retired Heapster in 2018; nothing of today asks it"),
		with("ip-masq-agent", "Calico's natOutgoing masks the pods' addresses outside of the cluster"),
		with("kube-dns", "CoreDNS is the cluster's DNS"),
		with("tiller", "Helm needs no Tiller since its version 3"),
	}
}

// laterAddons are those that the project may come to support.
func laterAddons() []AddonVerdict {
	later := func(name, reason, remedy string) AddonVerdict {
		return AddonVerdict{Name: name, Verdict: Unsupported, Reason: reason, Remedy: remedy, Later: true}
	}
	const chart = "install its chart with helm: "
	const classes = "it makes storage classes of the CSI drivers"
	return []AddonVerdict{
		later("audit-policy", "it configures the API server's audit log", "bring the policy with customFiles of the masterProfile, and name its dest as --audit-policy-file in apiServerConfig; the API server sees the file, and --audit-log-path is written on the masters"),
		later("azure-csi-storage-classes", classes, "apply them with kubectl, once the CSI drivers are installed"),
		later("azure-storage-classes", classes, "apply them with kubectl, once the CSI drivers are installed"),
		later("csi-secrets-store", "it mounts secrets of a key vault", chart+"https://github.com/Azure/secrets-store-csi-driver-provider-azure"),
		later("nvidia-device-plugin", "it offers graphics cards to pods", chart+"https://github.com/NVIDIA/k8s-device-plugin"),
	}
}

// retiredAddons are those that have no place in a cluster of today.
func retiredAddons() []AddonVerdict {
	retired := func(name, reason, remedy string) AddonVerdict {
		return AddonVerdict{Name: name, Verdict: Unsupported, Reason: reason, Remedy: remedy}
	}
	const flexvolume = "FlexVolume drivers are deprecated since Kubernetes 1.23, and there is none for Windows Server of today"
	return []AddonVerdict{
		retired("aad", "the legacy integration with Azure Active Directory left Kubernetes with release 1.26", "set the API server's OIDC flags in apiServerConfig"),
		retired("aad-pod-identity", "Microsoft retired it in 2023", "use workload identity: https://azure.github.io/azure-workload-identity"),
		retired("aci-connector", "it is retired", "install Virtual Kubelet, if pods in Azure Container Instances are needed"),
		retired("appgw-ingress", "it configures an Application Gateway that AKS Engine made, and none is made here", "install an ingress controller with helm"),
		retired("azure-arc-onboarding", "it registers the cluster with Azure Arc", "run `az connectedk8s connect` once the cluster is up"),
		retired("azure-kms-provider", "Secrets are not encrypted inside etcd; Azure encrypts the disk that etcd lies on", "remove it; encryptionAtHost of the masterProfile encrypts caches and temporary disks too"),
		retired("azure-npm-daemonset", "it enforces network policies of the Azure network plugin, and Calico is the network plugin", "remove it; Calico enforces network policies"),
		retired("azure-policy", "outside of AKS it works through Azure Arc", "register the cluster with Azure Arc, or install Gatekeeper"),
		retired("blobfuse-flexvolume", flexvolume, "install the Blob CSI driver"),
		retired("keyvault-flexvolume", flexvolume, "install the Secrets Store CSI driver"),
		retired("kubernetes-dashboard", "an administrator's web page inside the cluster is a way in that nobody looks after", "use a client on your own machine, such as Headlamp or k9s"),
		retired("pod-security-policy", "pod security policies left Kubernetes with release 1.25", "label namespaces for Pod Security admission: https://kubernetes.io/docs/concepts/security/pod-security-admission/"),
		retired("rescheduler", "it left Kubernetes with release 1.11", "use pod priority"),
		retired("scheduled-maintenance", "it is an experiment of AKS Engine's that has ended", "use Kured, or Azure's maintenance configurations"),
		retired("smb-flexvolume", flexvolume, "install the SMB CSI driver"),
	}
}
