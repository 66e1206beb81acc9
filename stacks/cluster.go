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
		GroupTags:             c.GroupTags,
	})
	if err != nil {
		return err
	}
	installed, err := addons.New(ctx, "addons", c.addonArgs(d, cluster))
	if err != nil {
		return fmt.Errorf("install the add-ons: %w", err)
	}
	logins, err := c.declarePullSecrets(ctx, cluster)
	if err != nil {
		return fmt.Errorf("put pull secrets into namespaces: %w", err)
	}
	exportCluster(ctx, d, cluster)
	if !c.runsWorkload(d) {
		return nil
	}
	ready := slices.Concat(installed.Core, cluster.WindowsNodes, logins)
	page, err := workload.New(ctx, "example", c.workloadArgs(d, cluster), pulumi.DependsOn(ready))
	if err != nil {
		return fmt.Errorf("run the workload: %w", err)
	}
	ctx.Export(OutputWorkloadURL, page.URL)
	return nil
}
