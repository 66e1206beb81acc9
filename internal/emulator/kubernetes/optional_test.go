package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	linuxOnly = `nodeSelector: {kubernetes.io/os: linux}`
	toMasters = `tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}]`
)

func release(name, chart, version, repo, namespace, values string) string {
	return "name: " + name + "\nchart: " + chart + "\nversion: " + version + "\nnamespace: " + namespace +
		"\ncreateNamespace: true\nrepositoryOpts: {repo: \"" + repo + "\"}\nvalues: {" + values + "}\n"
}

func metricsServer(values string) string {
	return release("metrics-server", "metrics-server", "3.13.1", "https://kubernetes-sigs.github.io/metrics-server/", "kube-system", values)
}

func volumeDriver(kind, version, values string) string {
	return release(kind+"-csi-driver", kind+"-csi-driver", version,
		"https://raw.githubusercontent.com/kubernetes-sigs/"+kind+"-csi-driver/master/charts", "kube-system", values)
}

func autoscaler(values string) string {
	return release("ca", "cluster-autoscaler", "9.59.0", "https://kubernetes.github.io/autoscaler", "kube-system", values)
}

func prometheusStack(values string) string {
	return release("kps", "kube-prometheus-stack", "88.5.3", "https://prometheus-community.github.io/helm-charts", "monitoring", values)
}

// placed are the nodes of the pods whose names begin so, each once and sorted.
func (r *rig) placed(namespace, prefix string) []string {
	r.t.Helper()
	var nodes []string
	for _, pod := range r.pods(namespace) {
		if strings.HasPrefix(pod.GetName(), prefix) {
			node, _, _ := unstructured.NestedString(pod.Object, "spec", "nodeName")
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

func TestMetricsServer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ values, want string }{
		"as it should be":      {`args: ["--kubelet-insecure-tls"], ` + linuxOnly, ""},
		"certificates checked": {linuxOnly, "no metrics to serve: tls: failed to verify certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.network()
			resp, err := r.create(tokenRelease, "metrics-server", metricsServer(tt.values))
			if tt.want == "" {
				require.NoError(t, err)
				require.Subset(t, []string{"linux-0", "linux-1"}, r.placed("kube-system", "metrics-server"))
				return
			}
			require.Error(t, err)
			require.Contains(t, strings.Join(resp.PartialState.Reasons, "\n"), tt.want)
		})
	}
}

// Images for Linux that nothing keeps off Windows nodes do not run there.
func TestLinuxImagesOnWindows(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	resp, err := r.create(tokenRelease, "metrics-server", metricsServer(`replicas: 9, args: ["--kubelet-insecure-tls"]`))
	require.Error(t, err)
	require.Contains(t, strings.Join(resp.PartialState.Reasons, "\n"), "no match for platform in manifest")
}

// nodeConfig is what the disks' driver on nodes is told about the cloud.
const nodeConfig = `
metadata: {name: node-config, namespace: kube-system}
stringData: {cloud-config: '{"cloud": "AzurePublicCloud", "useInstanceMetadata": true}'}
`

func TestDiskDriverOnWindowsNeedsToKnowTheCloud(t *testing.T) {
	t.Parallel()
	const ends = "nil pointer dereference"
	windows, linux := "windows: {enabled: true, tolerations: [{operator: Exists}]}", "windows: {enabled: false}"
	for name, tt := range map[string]struct{ kind, version, secret, values, want string }{
		"without settings":            {"azuredisk", "1.34.5", "", windows, ends},
		"with a Secret that is none":  {"azuredisk", "1.34.5", "", "node: {cloudConfigSecretName: node-config}, " + windows, ends},
		"with a Secret without a key": {"azuredisk", "1.34.5", strings.Replace(nodeConfig, "cloud-config:", "config:", 1), "node: {cloudConfigSecretName: node-config}, " + windows, ends},
		"with another Secret":         {"azuredisk", "1.34.5", nodeConfig, windows, ends},
		"with its settings":           {"azuredisk", "1.34.5", nodeConfig, "node: {cloudConfigSecretName: node-config}, " + windows, ""},
		"on Linux alone":              {"azuredisk", "1.34.5", "", linux, ""},
		"for files":                   {"azurefile", "1.35.7", "", windows, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.network()
			if tt.secret != "" {
				r.mustCreate(tokenSecret, "config", tt.secret)
			}
			resp, err := r.create(tokenRelease, "driver", volumeDriver(tt.kind, tt.version, "controller: {runOnControlPlane: true, replicas: 1}, "+tt.values))
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			require.Contains(t, strings.Join(resp.PartialState.Reasons, "\n"), tt.want)
		})
	}
}

// TestPodsWithTheSamePortOfAHostDoNotFit: on the only master a Deployment that rolls
// starts the new pod first, for ever.
func TestPodsWithTheSamePortOfAHostDoNotFit(t *testing.T) {
	t.Parallel()
	const onMaster = `nodeSelector: {node-role.kubernetes.io/control-plane: ""}, ` + toMasters
	const scaler = `cloudProvider: azure, fullnameOverride: ca, autoscalingGroups: [{name: lin, minSize: 1, maxSize: 5}], hostNetwork: true, ` +
		`azureUseManagedIdentityExtension: true, azureUserAssignedIdentityID: x, ` + onMaster
	driver := func(kind, version, more string) string {
		return volumeDriver(kind, version, "windows: {enabled: false}, controller: {runOnControlPlane: true, replicas: 1"+more+"}")
	}
	const ports = "didn't have free ports for the requested pod ports"
	for name, tt := range map[string]struct{ id, from, to, want string }{
		"rolled": {"kube-system/ca", autoscaler(scaler), autoscaler(scaler + ", extraArgs: {scan-interval: 1m}"), ports},
		"made anew": {
			"kube-system/ca", autoscaler(scaler + ", updateStrategy: {type: Recreate}"),
			autoscaler(scaler + ", updateStrategy: {type: Recreate}, extraArgs: {scan-interval: 1m}"), "",
		},
		"on the pods' network": {
			"kube-system/ca", autoscaler(strings.Replace(scaler, "hostNetwork: true", "hostNetwork: false", 1)),
			autoscaler(strings.Replace(scaler, "hostNetwork: true", "hostNetwork: false", 1) + ", extraArgs: {scan-interval: 1m}"), "",
		},
		"files, rolled": {"kube-system/azurefile-csi-driver", driver("azurefile", "1.35.6", ""), driver("azurefile", "1.35.7", ""), ports},
		"files, made anew": {
			"kube-system/azurefile-csi-driver", driver("azurefile", "1.35.6", ", strategyType: Recreate"),
			driver("azurefile", "1.35.7", ", strategyType: Recreate"), "",
		},
		"disks, whose chart only rolls": {
			"kube-system/azuredisk-csi-driver", driver("azuredisk", "1.34.4", ", strategyType: Recreate"),
			driver("azuredisk", "1.34.5", ", strategyType: Recreate"), ports,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.network()
			r.mustCreate(tokenRelease, "it", tt.from)
			resp, err := r.provider.Update(t.Context(), p.UpdateRequest{
				ID: tt.id, Urn: urn(tokenRelease, "it"), OldInputs: r.checked(tokenRelease, "it", tt.from), Inputs: r.checked(tokenRelease, "it", tt.to),
			})
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			require.Contains(t, strings.Join(resp.PartialState.Reasons, "\n"), tt.want)
		})
	}
}

func TestVolumeDrivers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	r.mustCreate(tokenSecret, "config", strings.Replace(nodeConfig, "node-config", "azure-cloud-provider", 1))
	const windows = `windows: {enabled: true, tolerations: [{operator: Exists}]}`
	r.mustCreate(tokenRelease, "disk", volumeDriver("azuredisk", "1.34.5", "controller: {runOnControlPlane: true, replicas: 1}, "+windows))
	r.mustCreate(tokenRelease, "file", volumeDriver("azurefile", "1.35.7", "controller: {runOnControlPlane: true, replicas: 1}, windows: {enabled: false}"))
	require.Equal(t, []string{"master-0"}, r.placed("kube-system", "csi-azuredisk-controller"))
	require.Equal(t, []string{"master-0"}, r.placed("kube-system", "csi-azurefile-controller"))
	require.Equal(t, []string{"linux-0", "linux-1", "master-0", "win-0", "win-1"}, r.placed("kube-system", "csi-azuredisk-node"))
	require.Equal(t, []string{"linux-0", "linux-1", "master-0"}, r.placed("kube-system", "csi-azurefile-node"))
}

func TestClusterAutoscaler(t *testing.T) {
	t.Parallel()
	const onMaster = `nodeSelector: {node-role.kubernetes.io/control-plane: ""}, ` + toMasters
	const groups = `cloudProvider: azure, fullnameOverride: ca, autoscalingGroups: [{name: demo-lin, minSize: 1, maxSize: 5}], ` + onMaster
	r := newRig(t)
	r.network()
	_, err := r.create(tokenRelease, "aws", strings.Replace(autoscaler(onMaster), "name: ca", "name: aws", 1))
	require.ErrorContains(t, err, "cloudProvider is aws")
	resp, err := r.create(tokenRelease, "keyless", strings.Replace(autoscaler(groups+`, secretKeyRefNameOverride: mine`), "name: ca", "name: keyless", 1))
	require.Error(t, err)
	require.Contains(t, strings.Join(resp.PartialState.Reasons, "\n"), `secret "mine" not found`)

	r = newRig(t)
	r.network()
	r.mustCreate(tokenRelease, "ca", autoscaler(groups+`, azureUseManagedIdentityExtension: true, azureUserAssignedIdentityID: x, extraArgs: {scan-interval: 1m}`))
	require.Equal(t, []string{"master-0"}, r.placed("kube-system", "ca-"))
	for _, pod := range r.pods("kube-system") {
		if strings.HasPrefix(pod.GetName(), "ca-") {
			containers, _, _ := unstructured.NestedSlice(pod.Object, "spec", "containers")
			command := containers[0].(map[string]any)["command"]
			require.Subset(t, command, []any{"--cloud-provider=azure", "--nodes=1:5:demo-lin", "--scan-interval=1m", "--v=4"})
		}
	}
}

func TestPrometheusStack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	resp := r.mustCreate(tokenRelease, "kps", prometheusStack(`windowsMonitoring: {enabled: true}, kubeEtcd: {enabled: false}, prometheusOperator: {`+
		linuxOnly+`}, grafana: {`+linuxOnly+`}, kube-state-metrics: {`+linuxOnly+`}`))
	require.Equal(t, []string{"win-0", "win-1"}, r.placed("monitoring", "kps-prometheus-windows-exporter"))
	require.Equal(t, []string{"linux-0", "linux-1", "master-0"}, r.placed("monitoring", "kps-prometheus-node-exporter"))
	names := resp.Properties.Get("resourceNames").AsMap()
	require.Equal(t, 1, names.Get("Prometheus/monitoring.coreos.com/v1").AsArray().Len())
	require.Equal(t, 8, names.Get("ServiceMonitor/monitoring.coreos.com/v1").AsArray().Len(), "five programs, and the control plane without etcd")
}

func TestAzureMonitor(t *testing.T) {
	t.Parallel()
	agent := func(values string) string {
		return release("monitor", "azuremonitor-containers", "3.1.24", "https://microsoft.github.io/charts/repo", "kube-system", values)
	}
	r := newRig(t)
	r.network()
	resp := r.mustCreate(tokenRelease, "monitor", agent(`amalogs: {secret: {wsid: "", key: k}}`))
	require.Zero(t, resp.Properties.Get("resourceNames").AsMap().Len(), "without the cluster's name the chart is empty")
	r = newRig(t)
	r.network()
	r.mustCreate(tokenRelease, "monitor", agent(`amalogs: {secret: {wsid: w, key: k}, env: {clusterName: demo}, scheduleOnTaintedNodes: true}`))
	require.Equal(t, []string{"linux-0", "linux-1", "master-0", "win-0", "win-1"}, r.placed("kube-system", "ama-logs-"))
	require.Equal(t, []string{"win-0", "win-1"}, r.placed("kube-system", "ama-logs-windows"))
}

// An autoscaler of pods keeps a Deployment in its bounds, and says where nobody
// serves metrics.
func TestPodAutoscaler(t *testing.T) {
	t.Parallel()
	const token = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
	r := newRig(t)
	r.network()
	r.mustCreate(tokenDeployment, "web", strings.Replace(webDeployment(image2022, ""), "replicas: 3", "replicas: 1", 1))
	r.mustCreate(token, "web", "metadata: {name: web, namespace: default}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 4}")
	require.Equal(t, "2", ready(t, r, "default", "web"))
	reason := func() any {
		hpa, err := r.client().Resource(schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}).
			Namespace("default").Get(t.Context(), "web", metav1.GetOptions{})
		require.NoError(t, err)
		conditions, _, _ := unstructured.NestedSlice(hpa.Object, "status", "conditions")
		return conditions[1].(map[string]any)["reason"]
	}
	require.Equal(t, "FailedGetResourceMetric", reason())
	r.mustCreate(tokenRelease, "metrics-server", metricsServer(`args: ["--kubelet-insecure-tls"], `+linuxOnly))
	require.Equal(t, "ValidMetricFound", reason())
}
