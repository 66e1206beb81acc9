package addons

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Options are the add-ons that a cluster has on demand. The zero value has none.
type Options struct {
	// MetricsServer serves the use of resources.
	MetricsServer bool
	// AzureDiskCSI and AzureFileCSI provide volumes.
	AzureDiskCSI, AzureFileCSI bool
	// Prometheus gathers metrics inside the cluster.
	Prometheus bool
	// Autoscaler scales scale sets; nil for none.
	Autoscaler *Autoscaler
	// ContainerMonitoring sends logs and metrics to Azure Monitor; nil for none.
	ContainerMonitoring *ContainerMonitoring
	// DataDisks is how many data disks a machine has from the start, of the pool with
	// the most.
	DataDisks int
	// NoDefaultClass leaves the cluster without a default storage class.
	NoDefaultClass bool
	// ProblemMonitors is what node-problem-detector watches; nil for no detector.
	ProblemMonitors *apimodel.ProblemMonitors
}

// Autoscaler is what Cluster Autoscaler is told.
type Autoscaler struct {
	// Flags are command-line flags of its, without dashes.
	Flags map[string]string
	// Sets are the scale sets.
	Sets []ScaledSet
	// Login is how it logs in to Azure.
	Login AzureLogin
}

// ScaledSet is a scale set and the range of its machines.
type ScaledSet struct {
	// Name is Azure's.
	Name     string
	Min, Max int
}

// AzureLogin is how a program on a control-plane node logs in to Azure: as the
// node's managed identity, or as a service principal.
type AzureLogin struct {
	SubscriptionID, TenantID, ResourceGroup pulumi.StringInput
	// IdentityClientID is the managed identity's; nil with a service principal.
	IdentityClientID pulumi.StringInput
	// ClientID and ClientSecret are the service principal's. The secret is treated
	// as one whatever it is.
	ClientID, ClientSecret pulumi.StringInput
}

// names lists the options that are on, for the component's inputs.
func (o Options) names() []string {
	var names []string
	for _, option := range []struct {
		name string
		on   bool
	}{
		{apimodel.AddonAzureDiskCSI, o.AzureDiskCSI},
		{apimodel.AddonAzureFileCSI, o.AzureFileCSI},
		{apimodel.AddonClusterAutoscaler, o.Autoscaler != nil},
		{apimodel.AddonContainerMonitoring, o.ContainerMonitoring != nil},
		{apimodel.AddonPrometheus, o.Prometheus},
		{apimodel.AddonMetricsServer, o.MetricsServer},
		{apimodel.AddonNodeProblemDetector, o.ProblemMonitors != nil},
	} {
		if option.on {
			names = append(names, option.name)
		}
	}
	return names
}

// optional installs the add-ons that are on. They wait for the node manager and
// the network, and for nothing of each other.
func (in installer) optional(after []pulumi.Resource) error {
	o, wait := in.args.Options, pulumi.DependsOn(after)
	for _, option := range []struct {
		on      bool
		install func(...pulumi.ResourceOption) error
	}{
		{o.MetricsServer, in.metricsServer},
		{o.AzureDiskCSI, in.azureDisk},
		{o.AzureFileCSI, in.azureFile},
		{o.Autoscaler != nil, in.clusterAutoscaler},
		{o.ProblemMonitors != nil, in.problemDetector},
		{o.ContainerMonitoring != nil, in.containerMonitoring},
		{o.Prometheus, in.prometheus},
	} {
		if !option.on {
			continue
		}
		if err := option.install(wait); err != nil {
			return err
		}
	}
	return nil
}
