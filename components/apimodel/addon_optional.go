package apimodel

// The add-ons that are installed where a definition switches them on.
const (
	AddonAzureDiskCSI        = "azuredisk-csi-driver"
	AddonAzureFileCSI        = "azurefile-csi-driver"
	AddonClusterAutoscaler   = "cluster-autoscaler"
	AddonContainerMonitoring = "container-monitoring"
	AddonMetricsServer       = "metrics-server"
	AddonNodeProblemDetector = "node-problem-detector"
	// AddonPrometheus is ours: AKS Engine had nothing like it.
	AddonPrometheus = "kube-prometheus-stack"
)

// AddonSetting is a key of an add-on's config, or of the config of its pools.
type AddonSetting struct {
	Key string `json:"key"`
	// Verdict is Supported, or Substituted for a key without effect.
	Verdict Verdict `json:"verdict"`
	// Reason says what the key sets, or why it has no effect.
	Reason string `json:"reason"`
	form   settingForm
}

// settingForm is how a value is written. All values of a config are text.
type settingForm int

const (
	settingText settingForm = iota
	settingCount
	settingInteger
	settingFraction
	settingDuration
	settingTruth
	// settingRange is two numbers with a colon between them, the lower one first.
	settingRange
	// settingFiles is a list of absolute paths with commas between them.
	settingFiles
)

func optionalAddons() []AddonVerdict {
	optional := func(name, reason string, settings ...AddonSetting) AddonVerdict {
		return AddonVerdict{Name: name, Verdict: Supported, Optional: true, Reason: reason, Settings: settings}
	}
	autoscaler := optional(AddonClusterAutoscaler, "it scales scale sets with the pods that wait for a node", autoscalerSettings()...)
	autoscaler.PoolSettings = []AddonSetting{
		{Key: settingMinNodes, Verdict: Supported, form: settingCount, Reason: "the fewest nodes of the pool; its count by default"},
		{Key: settingMaxNodes, Verdict: Supported, form: settingCount, Reason: "the most nodes of the pool; its count by default"},
	}
	prometheus := optional(AddonPrometheus, "it gathers metrics of nodes and pods, on Linux and Windows, in a Prometheus inside the cluster, with Grafana and Alertmanager")
	prometheus.Ours = true
	return []AddonVerdict{
		optional(AddonAzureDiskCSI, "it provides volumes on Azure disks, on Linux and Windows"),
		optional(AddonAzureFileCSI, "it provides volumes on Azure file shares, on Linux and Windows"),
		autoscaler,
		optional(AddonContainerMonitoring, "it sends logs and metrics to an Azure Log Analytics workspace, with a key, which Microsoft has retired", monitoringSettings()...),
		optional(AddonMetricsServer, "it serves the nodes' and pods' use of resources, which `kubectl top` and autoscalers of pods ask for"),
		optional(AddonNodeProblemDetector, "it reports problems of Linux nodes as events and conditions", detectorSettings()...),
		prometheus,
	}
}

// The keys that code asks for by name.
const (
	settingMinNodes           = "min-nodes"
	settingMaxNodes           = "max-nodes"
	settingSystemLogMonitor   = "systemLogMonitor"
	settingCustomMonitor      = "customPluginMonitor"
	settingSystemStatsMonitor = "systemStatsMonitor"
	settingWorkspaceID        = "logAnalyticsWorkspaceResourceId"
	settingWorkspaceGUID      = "workspaceGuid"
	settingWorkspaceKey       = "workspaceKey"
	settingClusterName        = "clusterName"
	settingOnboardWorkspace   = "onboardWorkspace"
)

// autoscalerSettings are those of AKS Engine's table. Those that Cluster
// Autoscaler 1.35 and 1.36 have no flag for any more have no effect:
// https://github.com/Azure/aks-engine/blob/master/examples/addons/cluster-autoscaler/README.md
// https://github.com/kubernetes/autoscaler/blob/cluster-autoscaler-1.36.1/cluster-autoscaler/config/flags/flags.go
func autoscalerSettings() []AddonSetting {
	flag := func(form settingForm, key, reason string) AddonSetting {
		return AddonSetting{Key: key, Verdict: Supported, Reason: reason, form: form}
	}
	gone := func(key string) AddonSetting {
		return AddonSetting{Key: key, Verdict: Substituted, Reason: "has no effect: Cluster Autoscaler has no such flag any more"}
	}
	return []AddonSetting{
		flag(settingTruth, "balance-similar-node-groups", "keep pools of one kind equally large; true by default"),
		flag(settingInteger, "expendable-pods-priority-cutoff", "pods of a lower priority cause no new node; -10 by default"),
		flag(settingTruth, "ignore-daemonsets-utilization", "leave pods of DaemonSets out of a node's utilization; false by default"),
		flag(settingTruth, "ignore-mirror-pods-utilization", "leave static pods out of a node's utilization; false by default"),
		gone("max-autoprovisioned-node-group-count"),
		gone("max-empty-bulk-delete"),
		flag(settingDuration, "max-failing-time", "how long it may fail before it restarts; 15m by default"),
		flag(settingCount, "max-graceful-termination-sec", "seconds that pods have to end; 600 by default"),
		flag(settingDuration, "max-inactivity", "how long it may be idle before it restarts; 10m by default"),
		flag(settingDuration, "max-node-provision-time", "how long a node may take to join; 15m by default"),
		flag(settingCount, "max-nodes-total", "the most nodes of the cluster; 0, the default, is no limit"),
		flag(settingFraction, "max-total-unready-percentage", "per cent of unready nodes at which it stops; 45 by default"),
		flag(settingRange, "memory-total", "the least and the most memory of the cluster in gigabytes, as least:most"),
		flag(settingCount, "min-replica-count", "replicas that a set must have for its pods to be moved; 0 by default"),
		flag(settingDuration, "new-pod-scale-up-delay", "how old a waiting pod must be to count; 0s by default"),
		gone("node-autoprovisioning-enabled"),
		flag(settingCount, "ok-total-unready-count", "unready nodes that are always tolerated; 3 by default"),
		flag(settingCount, "scale-down-candidates-pool-min-count", "the fewest nodes looked at as candidates for removal; 50 by default"),
		flag(settingFraction, "scale-down-candidates-pool-ratio", "the part of the nodes looked at as candidates for removal; 0.1 by default"),
		flag(settingDuration, "scale-down-delay-after-add", "how long after a new node none is removed; 10m by default"),
		flag(settingDuration, "scale-down-delay-after-delete", "how long after a removal no other follows; the scan-interval by default"),
		flag(settingDuration, "scale-down-delay-after-failure", "how long after a failed removal no other follows; 3m by default"),
		flag(settingTruth, "scale-down-enabled", "whether nodes are removed; true by default"),
		flag(settingInteger, "scale-down-non-empty-candidates-count", "the most nodes with pods looked at in one scan; 30 by default"),
		flag(settingDuration, "scale-down-unneeded-time", "how long a node must be unneeded to be removed; 10m by default"),
		flag(settingDuration, "scale-down-unready-time", "how long an unready node must be unneeded to be removed; 20m by default"),
		flag(settingFraction, "scale-down-utilization-threshold", "the utilization below which a node may be unneeded; 0.5 by default"),
		flag(settingDuration, "scan-interval", "how often it looks; 1m by default, as in AKS Engine"),
		flag(settingTruth, "skip-nodes-with-local-storage", "keep nodes whose pods have local storage; false by default, as in AKS Engine"),
		flag(settingTruth, "skip-nodes-with-system-pods", "keep nodes with pods of kube-system that are of no DaemonSet; true by default"),
		flag(settingText, "stderrthreshold", "the least severity of what it logs to standard error; info by default"),
		flag(settingDuration, "unremovable-node-recheck-timeout", "how long a node that cannot be removed is left alone; 5m by default"),
		flag(settingCount, "v", "how much it logs; 3 by default, as in AKS Engine"),
		flag(settingTruth, "write-status-configmap", "whether it writes its status to a ConfigMap; true by default"),
	}
}

// detectorSettings: https://github.com/Azure/aks-engine/blob/master/examples/addons/node-problem-detector/README.md
func detectorSettings() []AddonSetting {
	const files = "paths in its image, with commas between them: "
	return []AddonSetting{
		{Key: settingCustomMonitor, Verdict: Supported, form: settingFiles, Reason: files + "configurations of plugin monitors; none by default"},
		{Key: settingSystemLogMonitor, Verdict: Supported, form: settingFiles, Reason: files + "configurations of log monitors; /config/kernel-monitor.json by default"},
		{Key: settingSystemStatsMonitor, Verdict: Supported, form: settingFiles, Reason: files + "configurations of statistics monitors; none by default"},
		{Key: "versionLabel", Verdict: Substituted, Reason: "has no effect: the DaemonSet's pods are chosen by its name"},
	}
}

// monitoringSettings: https://github.com/Azure/aks-engine/blob/master/docs/tutorials/containermonitoringaddon.md
func monitoringSettings() []AddonSetting {
	set := func(key, reason string) AddonSetting {
		return AddonSetting{Key: key, Verdict: Supported, Reason: reason}
	}
	gone := func(key, reason string) AddonSetting {
		return AddonSetting{Key: key, Verdict: Substituted, Reason: "has no effect: " + reason}
	}
	const pinned = "the agent's version goes with its chart"
	onboard := set(settingOnboardWorkspace, "*ours*: true adds the ContainerInsights solution to an existing workspace, and gives the cluster's identity "+
		"the role Log Analytics Contributor there; a new workspace always has both")
	onboard.form = settingTruth
	return []AddonSetting{
		set(settingClusterName, "the cluster's name in the workspace; the dnsPrefix by default"),
		gone("dockerProviderVersion", pinned),
		set(settingWorkspaceID, "an existing workspace of the cluster's subscription, by resource id; a new one is made by default"),
		gone("omsAgentVersion", pinned),
		onboard,
		gone("schema-versions", pinned),
		gone("workspaceDomain", "it is that of Azure's public cloud"),
		set(settingWorkspaceGUID, "an existing workspace of any subscription, by its own id, with workspaceKey; base64 as in AKS Engine, or plain"),
		set(settingWorkspaceKey, "*secret*: a key of that workspace; base64 of it as in AKS Engine, or the key itself"),
	}
}
