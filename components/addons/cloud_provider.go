package addons

import (
	helm "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/helm/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// cloudProviderRepository is where cloud-provider-azure publishes its chart:
// https://github.com/kubernetes-sigs/cloud-provider-azure/tree/master/helm/cloud-provider-azure
const cloudProviderRepository = "https://raw.githubusercontent.com/kubernetes-sigs/cloud-provider-azure/master/helm/repo"

const cloudProviderChart = "cloud-provider-azure"

// The chart holds two programs that must start at different times, so it is
// installed twice, each time with one of them switched off.

// cloudNodeManager tells each node about its VM, which takes the uninitialized
// taint away. It tolerates everything and uses the host's network.
func (in installer) cloudNodeManager() (pulumi.Resource, error) {
	return in.cloudProvider("cloud-node-manager", pulumi.Map{
		"infra":                  pulumi.Map{"clusterName": pulumi.String(in.args.ClusterName)},
		"cloudControllerManager": pulumi.Map{"enabled": pulumi.Bool(false)},
		"cloudNodeManager": pulumi.Map{
			"enabled":  pulumi.Bool(true),
			"imageTag": pulumi.String(in.args.Release.CloudProviderImage),
		},
	})
}

// cloudControllerManager gives Services of type LoadBalancer their address. It
// does not tolerate a node without a network, so it comes after the network.
func (in installer) cloudControllerManager(after ...pulumi.Resource) error {
	_, err := in.cloudProvider("cloud-controller-manager", pulumi.Map{
		"infra": pulumi.Map{"clusterName": pulumi.String(in.args.ClusterName)},
		"cloudControllerManager": pulumi.Map{
			"enabled":     pulumi.Bool(true),
			"imageTag":    pulumi.String(in.args.Release.CloudProviderImage),
			"clusterCIDR": pulumi.String(in.args.PodCIDR),
			// The pod network is an overlay: Azure routes nothing of it, and
			// Calico hands out the pods' addresses. The chart wants strings.
			"allocateNodeCidrs":    pulumi.String("false"),
			"configureCloudRoutes": pulumi.String("false"),
			"replicas":             pulumi.Int(1),
		},
		"cloudNodeManager": pulumi.Map{"enabled": pulumi.Bool(false)},
	}, pulumi.DependsOn(after))
	return err
}

func (in installer) cloudProvider(name string, values pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return helm.NewRelease(in.ctx, in.name+"-"+name, &helm.ReleaseArgs{
		Name:           pulumi.String(name),
		Namespace:      pulumi.String("kube-system"),
		Chart:          pulumi.String(cloudProviderChart),
		Version:        pulumi.String(in.args.Release.CloudProviderChart),
		RepositoryOpts: helm.RepositoryOptsArgs{Repo: pulumi.String(cloudProviderRepository)},
		Values:         values,
		Timeout:        pulumi.Int(1200),
	}, in.options(opts...)...)
}
