package stacks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/hybridcluster"
	"github.com/hybridcluster/hybridcluster/components/workload"
)

// Program returns the program for a configuration, for the automation API.
func Program(c Config) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		d, report := c.Resolve()
		if err := report.Err(); err != nil {
			return err
		}
		for _, w := range slices.Concat(report.Substitutions, report.Warnings) {
			if err := ctx.Log.Warn(w.String(), nil); err != nil {
				return err
			}
		}
		return declare(ctx, c, d)
	}
}

// declare is the whole program: a cluster, what runs on every cluster, and the
// sample workload.
func declare(ctx *pulumi.Context, c Config, d *apimodel.Definition) error {
	cluster, err := hybridcluster.New(ctx, "cluster", &hybridcluster.Args{
		Definition:            d,
		ResourceGroup:         c.ResourceGroup,
		ExistingResourceGroup: c.ExistingResourceGroup,
		SSHSourceCIDRs:        c.SSHSourceCIDRs,
		APIServerSourceCIDRs:  c.APIServerSourceCIDRs,
		Mirrors:               c.Mirrors,
		Tags:                  c.Tags,
	})
	if err != nil {
		return err
	}
	installed, err := addons.New(ctx, "addons", addonArgs(d, cluster))
	if err != nil {
		return fmt.Errorf("install the add-ons: %w", err)
	}
	exportCluster(ctx, d, cluster)
	if !c.runsWorkload(d) {
		return nil
	}
	args := workload.Args{
		WindowsReleases: windowsReleases(d), Taints: windowsTaints(d), Provider: cluster.Provider, Lifetime: cluster.Lifetime,
	}
	if cluster.OwnsResourceGroup {
		args.ServiceLifetime = cluster.Lifetime
	}
	ready := append([]pulumi.Resource{installed}, cluster.WindowsNodes...)
	page, err := workload.New(ctx, "example", args, pulumi.DependsOn(ready))
	if err != nil {
		return fmt.Errorf("run the sample workload: %w", err)
	}
	ctx.Export(OutputWorkloadURL, page.URL)
	return nil
}

// runsWorkload: the sample is a Windows application, so it needs a Windows pool.
func (c Config) runsWorkload(d *apimodel.Definition) bool {
	return !c.SkipWorkload && len(windowsReleases(d)) > 0
}

// workloadFaults says before anything is created that no image fits the nodes.
func (c Config) workloadFaults(d *apimodel.Definition) apimodel.Faults {
	if !c.runsWorkload(d) {
		return nil
	}
	if err := workload.Fits(windowsReleases(d)); err != nil {
		return apimodel.Faults{{Path: "properties.agentPoolProfiles", Message: err.Error()}}
	}
	return nil
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
