package addons

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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
func (in installer) cloudControllerManager(after []pulumi.Resource) (pulumi.Resource, error) {
	controller := pulumi.Map{
		"enabled":     pulumi.Bool(true),
		"imageTag":    pulumi.String(in.args.Release.CloudProviderImage),
		"clusterCIDR": pulumi.String(in.args.PodCIDR),
		// The pod network is an overlay: Azure routes nothing of it, and
		// Calico hands out the pods' addresses. The chart wants strings.
		"allocateNodeCidrs":    pulumi.String("false"),
		"configureCloudRoutes": pulumi.String("false"),
		// There is one to a node at most, and one of them leads.
		"replicas": pulumi.Int(min(in.args.masters(), 3)),
	}
	if in.args.masters() == 1 {
		// It listens on the host, where there is place for one.
		controller["updateStrategy"] = pulumi.Map{"type": pulumi.String("Recreate")}
	}
	return in.cloudProvider("cloud-controller-manager", pulumi.Map{
		"infra":                  pulumi.Map{"clusterName": pulumi.String(in.args.ClusterName)},
		"cloudControllerManager": controller,
		"cloudNodeManager":       pulumi.Map{"enabled": pulumi.Bool(false)},
	}, pulumi.DependsOn(after))
}

func (in installer) cloudProvider(name string, values pulumi.Map, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	return in.install(chart{cloudProviderChart, in.args.Release.CloudProviderChart, cloudProviderRepository}, name, kubeSystem, values, opts...)
}
