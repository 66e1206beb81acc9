package charts

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/manifest"
)

//go:embed metrics-server.yaml
var metricsServerManifest string

//go:embed cluster-autoscaler.yaml
var autoscalerManifest string

//go:embed azuremonitor-containers.yaml
var monitorManifest string

// azureMonitor follows chart 3.1.24, which puts nothing into a cluster before it has
// a workspace, its key and a name:
// https://github.com/microsoft/Docker-Provider/tree/ci_prod/charts/azuremonitor-containers.
func azureMonitor(r Release) (Rendered, error) {
	const version, repository = "3.1.24", "mcr.microsoft.com/azuremonitor/containerinsights/ciprod"
	master := map[string]any{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
	values := merge(map[string]any{"amalogs": map[string]any{
		"image":    map[string]any{"repo": repository, "tag": version, "tagWindows": "win-" + version},
		"secret":   map[string]any{"wsid": "<your_workspace_id>", "key": "<your_workspace_key>"},
		"env":      map[string]any{"clusterName": "<your_cluster_name>", "clusterId": "<your_cluster_id>"},
		"priority": 10, "useAADAuth": false, "scheduleOnTaintedNodes": false, "domain": "opinsights.azure.com",
		"tolerations": []any{master}, "tolerationsUnrestricted": []any{
			map[string]any{"operator": "Exists", "effect": "NoSchedule"}, map[string]any{"operator": "Exists", "effect": "NoExecute"},
		},
	}}, r.Values)
	rendered := Rendered{AppVersion: "7.0.0-1"}
	logs, _ := values["amalogs"].(map[string]any)
	blank := func(path ...string) bool { return strings.HasPrefix(fmt.Sprint(at(logs, path...)), "<your_") }
	if blank("secret", "wsid") || blank("secret", "key") || blank("env", "clusterName") && blank("env", "clusterId") {
		return rendered, nil
	}
	tolerations := logs["tolerations"]
	if logs["scheduleOnTaintedNodes"] == true {
		tolerations = logs["tolerationsUnrestricted"]
	}
	image := func(tag string) string {
		return fmt.Sprintf("%v:%v", at(logs, "image", "repo"), at(logs, "image", tag))
	}
	var err error
	rendered.Objects, err = manifest.Render(monitorManifest, map[string]any{
		"logs": logs, "tolerations": tolerations, "linux": image("tag"), "windows": image("tagWindows"),
	})
	return rendered, err
}

// metricsServer follows chart 3.13.1:
// https://github.com/kubernetes-sigs/metrics-server/tree/master/charts/metrics-server.
func metricsServer(r Release) (Rendered, error) {
	const version = "0.8.1"
	values := merge(map[string]any{
		"replicas": 1, "priorityClassName": "system-cluster-critical",
		"image":       map[string]any{"repository": "registry.k8s.io/metrics-server/metrics-server", "tag": "v" + version},
		"hostNetwork": map[string]any{"enabled": false}, "nodeSelector": map[string]any{}, "tolerations": []any{},
		"args": []any{}, "defaultArgs": []any{
			"--cert-dir=/tmp", "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname", "--kubelet-use-node-status-port", "--metric-resolution=15s",
		},
		"resources": map[string]any{"requests": map[string]any{"cpu": "100m", "memory": "200Mi"}},
	}, r.Values)
	objects, err := manifest.Render(metricsServerManifest, map[string]any{
		"name": r.Name, "namespace": r.Namespace, "values": values,
		"image": fmt.Sprintf("%v:%v", at(values, "image", "repository"), at(values, "image", "tag")),
		"args":  slices.Concat([]any{"--secure-port=10250"}, list(values["defaultArgs"]), list(values["args"])),
	})
	return Rendered{Objects: objects, AppVersion: version}, err
}

// clusterAutoscaler follows chart 9.59.0 for Azure:
// https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/charts/cluster-autoscaler.
func clusterAutoscaler(r Release) (Rendered, error) {
	values := merge(map[string]any{
		"cloudProvider": "aws", "replicaCount": 1, "fullnameOverride": "", "autoscalingGroups": []any{}, "hostNetwork": false,
		"image":        map[string]any{"repository": "registry.k8s.io/autoscaling/cluster-autoscaler", "tag": "v1.35.0"},
		"extraArgs":    map[string]any{"logtostderr": true, "stderrthreshold": "info", "v": 4},
		"nodeSelector": map[string]any{}, "tolerations": []any{}, "resources": map[string]any{}, "secretKeyRefNameOverride": "",
		"updateStrategy": map[string]any{},
		"azureClientID":  "", "azureClientSecret": "", "azureResourceGroup": "", "azureSubscriptionID": "", "azureTenantID": "",
		"azureVMType": "vmss", "azureUserAssignedIdentityID": "", "azureUseManagedIdentityExtension": false,
	}, r.Values)
	if values["cloudProvider"] != "azure" {
		return Rendered{}, fmt.Errorf("the emulator has an Azure only, and cloudProvider is %v", values["cloudProvider"])
	}
	name, _ := values["fullnameOverride"].(string)
	if name == "" {
		name = r.Name + "-azure-cluster-autoscaler"
	}
	login, _ := values["secretKeyRefNameOverride"].(string)
	if login == "" {
		login = name
	}
	command := []any{"./cluster-autoscaler", "--cloud-provider=azure", "--namespace=" + r.Namespace}
	for _, g := range list(values["autoscalingGroups"]) {
		group, _ := g.(map[string]any)
		command = append(command, fmt.Sprintf("--nodes=%v:%v:%v", group["minSize"], group["maxSize"], group["name"]))
	}
	extra, _ := values["extraArgs"].(map[string]any)
	for _, flag := range slices.Sorted(maps.Keys(extra)) {
		command = append(command, fmt.Sprintf("--%s=%v", flag, extra[flag]))
	}
	environment := []map[string]string{
		{"name": "ARM_SUBSCRIPTION_ID", "key": "SubscriptionID"}, {"name": "ARM_RESOURCE_GROUP", "key": "ResourceGroup"}, {"name": "ARM_VM_TYPE", "key": "VMType"},
	}
	if values["azureUseManagedIdentityExtension"] == true {
		environment = append(environment, map[string]string{"name": "ARM_USER_ASSIGNED_IDENTITY_ID", "key": "UserAssignedIdentityID"})
	} else {
		environment = append(environment, map[string]string{"name": "ARM_TENANT_ID", "key": "TenantID"},
			map[string]string{"name": "ARM_CLIENT_ID", "key": "ClientID"}, map[string]string{"name": "ARM_CLIENT_SECRET", "key": "ClientSecret"})
	}
	objects, err := manifest.Render(autoscalerManifest, map[string]any{
		"name": name, "namespace": r.Namespace, "values": values, "command": command, "environment": environment, "login": login,
	})
	return Rendered{Objects: objects, AppVersion: strings.TrimPrefix(fmt.Sprint(at(values, "image", "tag")), "v")}, err
}

// at walks into maps.
func at(v any, path ...string) any {
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
