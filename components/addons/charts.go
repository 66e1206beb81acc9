package addons

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// chart is a Helm chart at one version.
type chart struct {
	name, version, repository string
}

// The charts of the optional add-ons. Each version was read in its publisher's
// repository, with the names of the values that are set here.
var (
	// https://github.com/kubernetes-sigs/metrics-server/blob/master/charts/metrics-server/Chart.yaml
	metricsServerChart = chart{"metrics-server", "3.13.1", "https://kubernetes-sigs.github.io/metrics-server/"}
	// https://github.com/kubernetes-sigs/azuredisk-csi-driver/tree/master/charts/v1.34.5
	azureDiskChart = chart{
		"azuredisk-csi-driver", "1.34.5", "https://raw.githubusercontent.com/kubernetes-sigs/azuredisk-csi-driver/master/charts",
	}
	// https://github.com/kubernetes-sigs/azurefile-csi-driver/tree/master/charts/v1.35.7
	azureFileChart = chart{
		"azurefile-csi-driver", "1.35.7", "https://raw.githubusercontent.com/kubernetes-sigs/azurefile-csi-driver/master/charts",
	}
	// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/charts/cluster-autoscaler/Chart.yaml
	clusterAutoscalerChart = chart{"cluster-autoscaler", "9.59.0", "https://kubernetes.github.io/autoscaler"}
	// https://github.com/microsoft/Docker-Provider/blob/ci_prod/charts/azuremonitor-containers/Chart.yaml
	monitoringChart = chart{"azuremonitor-containers", "3.1.24", "https://microsoft.github.io/charts/repo"}
	// https://github.com/prometheus-community/helm-charts/blob/main/charts/kube-prometheus-stack/Chart.yaml
	prometheusChart = chart{"kube-prometheus-stack", "88.5.3", "https://prometheus-community.github.io/helm-charts"}
)

const kubeSystem = "kube-system"

// onLinux keeps pods of images that are for Linux alone on Linux nodes.
func onLinux() pulumi.StringMap { return pulumi.StringMap{"kubernetes.io/os": pulumi.String("linux")} }

const controlPlaneRole = "node-role.kubernetes.io/control-plane"

// onMasters keeps pods where azure.json and the cluster's identity are.
func onMasters() pulumi.StringMap { return pulumi.StringMap{controlPlaneRole: pulumi.String("")} }

// bearMasters tolerates the taint of control-plane nodes.
func bearMasters() pulumi.Array {
	return pulumi.Array{pulumi.StringMap{
		"key": pulumi.String(controlPlaneRole), "operator": pulumi.String("Exists"), "effect": pulumi.String("NoSchedule"),
	}}
}

// bearAll tolerates every taint, as what runs on each node must.
func bearAll() pulumi.Array {
	return pulumi.Array{pulumi.StringMap{"operator": pulumi.String("Exists")}}
}
