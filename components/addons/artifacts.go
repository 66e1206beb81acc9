package addons

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// cloudProviderImages is where the chart has its images since Kubernetes 1.32:
// https://github.com/kubernetes-sigs/cloud-provider-azure/tree/master/helm/cloud-provider-azure
const cloudProviderImages = "mcr.microsoft.com/oss/v2/kubernetes/"

// Artifacts lists what the add-ons of a release come from: the charts, and the images
// that they, the hooks of charts and the operators of Calico and Prometheus pull. The
// tags are this package's or those of the pinned charts.
func Artifacts(r apimodel.Release, windows bool, o Options) []bootstrap.Artifact {
	const manager, nodes = "azure-cloud-controller-manager", "azure-cloud-node-manager"
	list := []bootstrap.Artifact{
		chart{cloudProviderChart, r.CloudProviderChart, cloudProviderRepository}.artifact(),
		chart{calicoChart, r.Calico, calicoRepository}.artifact(),
		image(manager, apimodel.Linux, cloudProviderImages+manager+":"+r.CloudProviderImage),
		image(nodes, apimodel.Linux, cloudProviderImages+nodes+":"+r.CloudProviderImage),
	}
	if windows {
		list = append(list,
			image(nodes, apimodel.Windows, cloudProviderImages+nodes+":"+r.CloudProviderImage),
			image(kubeProxyName, apimodel.Windows, hostProcessImage))
	}
	list = append(list, calicoImages(r, windows)...)
	return append(list, o.artifacts(r, windows)...)
}

// AllOptions has every add-on on, for lists of what a release may fetch.
func AllOptions() Options {
	return Options{
		MetricsServer: true, AzureDiskCSI: true, AzureFileCSI: true, Prometheus: true,
		Autoscaler: &Autoscaler{}, ProblemMonitors: &apimodel.ProblemMonitors{}, ContainerMonitoring: &ContainerMonitoring{},
	}
}

func (o Options) artifacts(r apimodel.Release, windows bool) []bootstrap.Artifact {
	var list []bootstrap.Artifact
	if o.MetricsServer {
		// https://github.com/kubernetes-sigs/metrics-server/blob/master/charts/metrics-server/values.yaml
		list = append(list, metricsServerChart.artifact(),
			image(apimodel.AddonMetricsServer, apimodel.Linux, "registry.k8s.io/metrics-server/metrics-server:v0.8.1"))
	}
	if o.AzureDiskCSI {
		list = append(list, volumeArtifacts(azureDiskChart, "azuredisk-csi", windows,
			"csi-provisioner:v6.3.0", "csi-attacher:v4.12.0", "csi-resizer:v2.2.0", "csi-snapshotter:v8.6.0")...)
	}
	if o.AzureFileCSI {
		list = append(list, volumeArtifacts(azureFileChart, "azurefile-csi", windows,
			"csi-provisioner:v6.3.0", "csi-resizer:v2.2.0", "csi-snapshotter:v8.5.0")...)
	}
	if o.Autoscaler != nil {
		list = append(list, clusterAutoscalerChart.artifact(),
			image(autoscalerName, apimodel.Linux, "registry.k8s.io/autoscaling/cluster-autoscaler:"+r.ClusterAutoscaler))
	}
	if o.ProblemMonitors != nil {
		list = append(list, image(detectorName, apimodel.Linux, detectorImage))
	}
	if o.ContainerMonitoring != nil {
		// https://github.com/microsoft/Docker-Provider/blob/ci_prod/charts/azuremonitor-containers/values.yaml
		const agent = "mcr.microsoft.com/azuremonitor/containerinsights/ciprod:"
		list = append(list, monitoringChart.artifact(), image(apimodel.AddonContainerMonitoring, apimodel.Linux, agent+"3.1.24"))
		if windows {
			list = append(list, image(apimodel.AddonContainerMonitoring, apimodel.Windows, agent+"win-3.1.24"))
		}
	}
	if o.Prometheus {
		list = append(list, prometheusChart.artifact())
		list = append(list, prometheusImages(windows)...)
	}
	return list
}

// volumeArtifacts are what a volume driver's chart has in its values, at the
// versions in charts.go.
func volumeArtifacts(c chart, driver string, windows bool, controllers ...string) []bootstrap.Artifact {
	const repository, probe, registrar = "mcr.microsoft.com/oss/v2/kubernetes-csi/", "livenessprobe:v2.19.0", "csi-node-driver-registrar:v2.17.0"
	list := []bootstrap.Artifact{c.artifact(), image(c.name, apimodel.Linux, repository+driver+":v"+c.version)}
	for _, sidecar := range append(controllers, probe, registrar) {
		list = append(list, image(c.name, apimodel.Linux, repository+sidecar))
	}
	if windows {
		list = append(list, image(c.name, apimodel.Windows, repository+driver+":v"+c.version+"-windows-hp"),
			image(c.name, apimodel.Windows, repository+registrar))
	}
	return list
}

func (c chart) artifact() bootstrap.Artifact {
	return bootstrap.Artifact{Name: c.name + " " + c.version, Kind: bootstrap.Chart, URL: c.repository}
}

func image(name string, os apimodel.OSType, reference string) bootstrap.Artifact {
	return bootstrap.Artifact{Name: name, OS: os, Kind: bootstrap.Image, URL: reference}
}
