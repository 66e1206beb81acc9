package apimodel

// The verdicts on the control plane, the pools and their machines.

func machineEntries() []entry {
	return []entry{
		does("osDiskSizeGB", "the OS disk, in GiB; the image's own size by default, 128 on Windows"),
		does("osDiskCachingType", "the OS disk's caching: None, ReadOnly or ReadWrite (the default)"),
		does("storageProfile", "ManagedDisks (the default), or Ephemeral for pools; StorageAccount becomes ManagedDisks: Azure retired unmanaged disks in March 2026"),
		does("availabilityZones", "the zones of the machines, in place of an availability set"),
		does("platformFaultDomainCount", "fault domains of the availability set or scale set"),
		does("platformUpdateDomainCount", "update domains of the availability set"),
		does("proximityPlacementGroupID", "an existing proximity placement group"),
		does("distro", "ubuntu-24.04 (the default) or ubuntu-22.04, ours; AKS Engine's Ubuntu images become the default, Flatcar and others are refused"),
		does("imageReference", "a managed image, or an image of a gallery"),
		does("customVMTags", "tags of the machines"),
		does("encryptionAtHost", "encrypts caches and temporary disks too"),
		does("ultraSSDEnabled", "lets ultra disks be attached"),
		does("auditDEnabled", "installs auditd on Linux machines"),
		does("sysctldConfig", "kernel parameters of Linux machines"),
		does("kubernetesConfig", "settings of these nodes' kubelets"),
		does("preProvisionExtension", "a script that runs before the node is set up"),
		does("extensions", "scripts that run after the node has joined, and winrm"),
		instead("fqdn", text, "has no effect: AKS Engine wrote it; the stack's outputs have it"),
		instead("ipAddressCount", number, "has no effect: pods take no addresses of the virtual network", "0", "1"),
	}
}

func masterEntries() []entry {
	return append(machineEntries(),
		does("count", "1, 3 or 5 masters"),
		does("dnsPrefix", "the label of the API server's public name; resources are named after it"),
		does("subjectAltNames", "further names of the API server's certificate"),
		does("vmSize", "the masters' size"),
		does("availabilityProfile", "AvailabilitySet; masters of a scale set become machines of their own, for each holds an etcd member with a fixed address"),
		does("vnetCidr", "the virtual network"),
		does("vnetSubnetID", "an existing subnet for the masters"),
		does("agentVnetSubnetID", "an existing subnet for pools that name none"),
		does("firstConsecutiveStaticIP", "the first master's address; the others follow it"),
		does("HTTPSourceAddressPrefix", "a CIDR that may reach the API server, or * for all; AKS Engine did nothing with it"),
		does("customFiles", "files on each master"),
		instead("agentSubnet", text, "has no effect: masters and nodes have subnets of their own in vnetCidr"),
		instead("singlePlacementGroup", truth, "has no effect: masters are no scale set", "false"),
		instead("oauthEnabled", truth, "has no effect: it had none in AKS Engine", "false"),
		refused("cosmosEtcd", truth, "etcd runs on the masters; Cosmos DB's etcd interface is retired", "remove it", "false"),
	)
}

func poolEntries() []entry {
	const dead = "has no effect: it had none in AKS Engine for Kubernetes"
	return append(machineEntries(),
		does("name", "the pool's name; its nodes are named after it"),
		does("count", "the number of nodes"),
		does("vmSize", "the nodes' size"),
		does("osType", "Linux (the default) or Windows"),
		does("availabilityProfile", "VirtualMachineScaleSets (the default) or AvailabilitySet; pools may differ"),
		does("vnetSubnetID", "an existing subnet"),
		does("customNodeLabels", "labels of the nodes"),
		adds("taints", "taints of the nodes, key=value:Effect"),
		does("diskSizesGB", "data disks, in GiB"),
		does("dataDiskCachingType", "the data disks' caching: None, ReadOnly or ReadWrite; ReadOnly by default, None where a disk is larger than 4095 GiB, which no host caches"),
		does("diskEncryptionSetID", "encrypts the disks with a customer's key"),
		does("acceleratedNetworkingEnabled", "accelerated networking of a Linux pool; as the size allows by default"),
		does("acceleratedNetworkingEnabledWindows", "accelerated networking of a Windows pool; off by default"),
		does("scaleSetPriority", "Regular (the default) or Spot; Low becomes Spot, its successor"),
		does("scaleSetEvictionPolicy", "Delete (the default) or Deallocate"),
		does("spotMaxPrice", "the most that a Spot machine may cost in US dollars an hour; -1 for the regular price"),
		does("singlePlacementGroup", "limits a scale set to 100 machines"),
		adds("windowsRelease", "2019, 2022 (the default) or 2025"),
		adds("windowsImage", "a marketplace image for this pool alone"),
		instead("dnsPrefix", text, dead),
		instead("ports", list, dead),
		refused("role", text, "nodes have no role but their operating system", "remove it, and use customNodeLabels or taints"),
		instead("vmssOverProvisioningEnabled", truth, "scale sets never start more machines than asked for: each would join and vanish", "false"),
		refused("enableVMSSNodePublicIP", truth, "nodes have no public addresses", "remove it; a Service of type LoadBalancer gives pods one", "false"),
		refused("loadBalancerBackendAddressPoolIDs", list, "nodes join no load balancers but those of the cluster's Services", "remove it"),
		instead("vmssName", text, "has no effect: AKS Engine wrote it; a scale set is named after its pool"),
	)
}

func customFileEntries() []entry {
	return []entry{
		does("source", "the file's path on the machine that runs the program"),
		does("dest", "its path on the masters"),
		adds("content", "the file's text, in place of source"),
	}
}

func imageEntries() []entry {
	return []entry{
		does("name", "the image, or the image definition of a gallery"),
		does("resourceGroup", "its resource group"),
		does("subscriptionId", "its subscription; the cluster's by default"),
		does("gallery", "the gallery"),
		does("version", "the image's version in the gallery"),
	}
}

func marketplaceImageEntries() []entry {
	return []entry{
		adds("publisher", "the image's publisher"), adds("offer", "its offer"), adds("sku", "its SKU"),
		adds("version", "its version; the latest by default"),
	}
}
