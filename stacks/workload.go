package stacks

import (
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/components/workload"
)

// readWorkload reads what a stack's config says about the workload.
func readWorkload(get func(key string) (string, bool)) (workload.Settings, error) {
	var s workload.Settings
	s.Image, _ = get(KeyWorkloadImage)
	var scaling workload.Autoscaling
	err := readValues(get, map[string]any{
		KeyWorkloadPort:         &s.Port,
		KeyWorkloadReplicas:     &s.Replicas,
		KeyWorkloadMaxReplicas:  &scaling.MaxReplicas,
		KeyWorkloadCPUPercent:   &scaling.CPUPercent,
		KeyWorkloadRequests:     &s.Requests,
		KeyWorkloadLimits:       &s.Limits,
		KeyWorkloadNodeSelector: &s.NodeSelector,
		KeyWorkloadInternal:     &s.Internal,
		KeyWorkloadSourceCIDRs:  &s.SourceCIDRs,
	})
	if scaling != (workload.Autoscaling{}) {
		s.Autoscaling = &scaling
	}
	return s, err
}

// runsWorkload: the workload is for Windows, so it needs a Windows pool.
func (c Config) runsWorkload(d *apimodel.Definition) bool {
	return !c.SkipWorkload && len(windowsReleases(d)) > 0
}

func (c Config) workloadArgs(d *apimodel.Definition, cluster *hybridcluster.HybridCluster) workload.Args {
	args := workload.Args{
		Settings: c.Workload, WindowsReleases: windowsReleases(d), Taints: windowsTaints(d), Provider: cluster.Provider, Lifetime: cluster.Lifetime,
	}
	if cluster.OwnsResourceGroup {
		args.ServiceLifetime = cluster.Lifetime
	}
	return args
}

// workloadFlags are the flags by the names that the workload has for its settings.
func workloadFlags() map[string]string {
	return map[string]string{
		"image": "--workload-image", "port": "--workload-port", "replicas": "--workload-replicas", "maxReplicas": "--workload-max-replicas",
		"cpuPercent": "--workload-cpu-percent", "requests.cpu": "--workload-request cpu", "requests.memory": "--workload-request memory",
		"limits.cpu": "--workload-limit cpu", "limits.memory": "--workload-limit memory", "nodeSelector": "--workload-node-selector",
		"sourceCidrs": "--workload-source-cidr",
	}
}

// workloadFaults says before anything is created what is wrong with the workload's
// settings, and that no image fits the nodes.
func (c Config) workloadFaults(d *apimodel.Definition) apimodel.Faults {
	if !c.runsWorkload(d) {
		return nil
	}
	faults := c.Workload.Faults()
	for i := range faults {
		faults[i].Path = workloadFlags()[faults[i].Path]
	}
	if c.Workload.Autoscaling != nil && d.EnabledAddon(apimodel.AddonMetricsServer) == nil {
		faults = append(faults, apimodel.Fault{
			Path: "--workload-max-replicas", Message: "pods are scaled by their use of CPU, and nothing in the cluster measures it",
			Remedy: "add the " + apimodel.AddonMetricsServer + " add-on to the definition, or leave the number of pods as it is",
		})
	}
	if err := c.Workload.Fits(windowsReleases(d)); err != nil {
		faults = append(faults, apimodel.Fault{Path: "properties.agentPoolProfiles", Message: err.Error()})
	}
	return faults
}

// windowsReleases are the Windows releases of the pools, one for each pool.
func windowsReleases(d *apimodel.Definition) []string {
	var releases []string
	for _, p := range d.Properties.AgentPoolProfiles {
		if p.OSType == apimodel.Windows {
			releases = append(releases, p.WindowsRelease)
		}
	}
	return releases
}

// windowsTaints are the taints of the Windows pools.
func windowsTaints(d *apimodel.Definition) []string {
	var taints []string
	for _, p := range d.Properties.AgentPoolProfiles {
		if p.OSType == apimodel.Windows {
			taints = append(taints, d.NodeTaints(p)...)
		}
	}
	return taints
}
