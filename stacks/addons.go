package stacks

import (
	"slices"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
)

func (c Config) addonArgs(d *apimodel.Definition, cluster *hybridcluster.HybridCluster) addons.Args {
	plan, options := d.AddressPlan(), addonOptions(d)
	options.NoDefaultClass = c.NoDefaultClass
	if options.Autoscaler != nil {
		options.Autoscaler.Login = azureLogin(cluster)
	}
	if logs := cluster.Logs; logs != nil && options.ContainerMonitoring != nil {
		options.ContainerMonitoring.WorkspaceID, options.ContainerMonitoring.WorkspaceKey = logs.ID, logs.Key
	}
	return addons.Args{
		ClusterName:  d.Properties.MasterProfile.DNSPrefix,
		Release:      d.Release(),
		PodCIDR:      plan.Pods,
		ServiceCIDR:  plan.Services,
		Endpoint:     cluster.KubernetesEndpoint,
		EndpointPort: bootstrap.APIServerPort,
		Location:     d.Location,
		Masters:      d.Properties.MasterProfile.Count,
		LinuxWorkers: hasOpenLinuxPool(d),
		Windows:      len(windowsReleases(d)) > 0,
		Options:      options,

		KubeProxyMode: d.Properties.OrchestratorProfile.KubernetesConfig.KubeProxyMode,
		Provider:      cluster.Provider,
		Lifetime:      cluster.Lifetime,
	}
}

// addonOptions are the add-ons that the definition switches on, without what only
// the cluster's resources know.
func addonOptions(d *apimodel.Definition) addons.Options {
	on := func(name string) bool { return d.EnabledAddon(name) != nil }
	options := addons.Options{
		MetricsServer:   on(apimodel.AddonMetricsServer),
		AzureDiskCSI:    on(apimodel.AddonAzureDiskCSI),
		AzureFileCSI:    on(apimodel.AddonAzureFileCSI),
		Prometheus:      on(apimodel.AddonPrometheus),
		ProblemMonitors: d.ProblemMonitors(),
		DataDisks:       mostDataDisks(d),
	}
	if m := d.ContainerMonitoring(); m != nil {
		options.ContainerMonitoring = &addons.ContainerMonitoring{ClusterName: m.ClusterName}
	}
	if scaling := d.Autoscaling(); scaling != nil {
		options.Autoscaler = &addons.Autoscaler{Flags: scaling.Flags}
		for _, p := range scaling.Pools {
			options.Autoscaler.Sets = append(options.Autoscaler.Sets, addons.ScaledSet{
				Name: firstboot.ScaleSetName(d, p.Pool), Min: p.Min, Max: p.Max,
			})
		}
	}
	return options
}

func azureLogin(cluster *hybridcluster.HybridCluster) addons.AzureLogin {
	login := cluster.CloudLogin
	return addons.AzureLogin{
		SubscriptionID: login.SubscriptionID, TenantID: login.TenantID, ResourceGroup: cluster.ResourceGroupName,
		IdentityClientID: login.IdentityClientID, ClientID: login.ClientID, ClientSecret: login.ClientSecret,
	}
}

// mostDataDisks is the number of data disks of the machines that have most of them. A
// cluster of masters alone has the disk of etcd on each.
func mostDataDisks(d *apimodel.Definition) int {
	if len(d.Properties.AgentPoolProfiles) == 0 {
		return 1
	}
	most := 0
	for _, p := range d.Properties.AgentPoolProfiles {
		most = max(most, len(p.DiskSizesGB))
	}
	return most
}

// hasOpenLinuxPool tells whether a pod without tolerations finds a Linux node that
// is no control-plane node.
func hasOpenLinuxPool(d *apimodel.Definition) bool {
	return slices.ContainsFunc(d.Properties.AgentPoolProfiles, func(p *apimodel.AgentPoolProfile) bool {
		return p.OSType != apimodel.Windows && len(d.NodeTaints(p)) == 0
	})
}
