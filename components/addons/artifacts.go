package addons

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// cloudProviderImages is where the chart has its images since Kubernetes 1.32:
// https://github.com/kubernetes-sigs/cloud-provider-azure/tree/master/helm/cloud-provider-azure
const cloudProviderImages = "mcr.microsoft.com/oss/v2/kubernetes/"

// Artifacts lists what the add-ons of a release come from, as far as it is known
// here: the charts, and the images whose tags this package gives. What the Calico
// operator and its operands pull is for its chart to say.
func Artifacts(r apimodel.Release, windows bool) []bootstrap.Artifact {
	image := func(name string, os apimodel.OSType, reference string) bootstrap.Artifact {
		return bootstrap.Artifact{Name: name, OS: os, Kind: bootstrap.Image, URL: reference}
	}
	const manager, nodes = "azure-cloud-controller-manager", "azure-cloud-node-manager"
	list := []bootstrap.Artifact{
		{Name: cloudProviderChart + " " + r.CloudProviderChart, Kind: bootstrap.Chart, URL: cloudProviderRepository},
		{Name: calicoChart + " " + r.Calico, Kind: bootstrap.Chart, URL: calicoRepository},
		image(manager, apimodel.Linux, cloudProviderImages+manager+":"+r.CloudProviderImage),
		image(nodes, apimodel.Linux, cloudProviderImages+nodes+":"+r.CloudProviderImage),
	}
	if windows {
		list = append(list,
			image(nodes, apimodel.Windows, cloudProviderImages+nodes+":"+r.CloudProviderImage),
			image("kube-proxy", apimodel.Windows, r.KubeProxyWindows))
	}
	return list
}
