package stacks

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/components/workload"
)

// workload reads what a stack's config says about the workload.
func (f *forms) workload(s *workload.Settings) {
	s.Image, _ = f.get(KeyWorkloadImage)
	s.PullSecret, _ = f.get(KeyWorkloadPullSecret)
	var scaling workload.Autoscaling
	f.number(KeyWorkloadPort, &s.Port)
	f.number(KeyWorkloadReplicas, &s.Replicas)
	f.number(KeyWorkloadMaxReplicas, &scaling.MaxReplicas)
	f.number(KeyWorkloadCPUPercent, &scaling.CPUPercent)
	f.amounts(KeyWorkloadRequests, &s.Requests)
	f.amounts(KeyWorkloadLimits, &s.Limits)
	f.pairs(KeyWorkloadNodeSelector, &s.NodeSelector, "agentpool: win")
	f.truth(KeyWorkloadInternal, &s.Internal)
	f.list(KeyWorkloadSourceCIDRs, &s.SourceCIDRs, "203.0.113.0/24")
	if scaling != (workload.Autoscaling{}) {
		s.Autoscaling = &scaling
	}
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

// workloadPlace says where a setting of the workload was given, from the name that the
// workload has for it, for example requests.cpu.
func (c Config) workloadPlace(name string) string {
	name, part, _ := strings.Cut(name, ".")
	key := map[string]string{
		"image": KeyWorkloadImage, "port": KeyWorkloadPort, "replicas": KeyWorkloadReplicas, "maxReplicas": KeyWorkloadMaxReplicas,
		"cpuPercent": KeyWorkloadCPUPercent, "requests": KeyWorkloadRequests, "limits": KeyWorkloadLimits,
		"nodeSelector": KeyWorkloadNodeSelector, "sourceCidrs": KeyWorkloadSourceCIDRs, "pullSecret": KeyWorkloadPullSecret,
	}[name]
	return strings.TrimSpace(c.place(key) + " " + part)
}

// workloadFaults says before anything is created what is wrong with the workload's
// settings, and that no image fits the nodes.
func (c Config) workloadFaults(d *apimodel.Definition) apimodel.Faults {
	if !c.runsWorkload(d) {
		return nil
	}
	faults := c.Workload.Faults()
	for i := range faults {
		faults[i].Path = c.workloadPlace(faults[i].Path)
	}
	if c.Workload.Autoscaling != nil && d.EnabledAddon(apimodel.AddonMetricsServer) == nil {
		faults = append(faults, apimodel.Fault{
			Path: c.place(KeyWorkloadMaxReplicas), Message: "pods are scaled by their use of CPU, and nothing in the cluster measures it",
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
