package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/engine/cli"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, and the versions of what a cluster is made of",
		Example: `  hybridctl version -o json`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

// version is the module's version as the go command stamped it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

func (a *app) printVersion() error {
	doc := struct {
		Version       string             `json:"version"`
		Go            string             `json:"go"`
		Pulumi        string             `json:"pulumi"`
		PulumiMinimum string             `json:"pulumiMinimum"`
		Default       string             `json:"defaultRelease"`
		Releases      []apimodel.Release `json:"releases"`
	}{version(), runtime.Version(), cli.Pinned, cli.Minimum, apimodel.DefaultRelease, apimodel.Releases()}
	if a.global.output == "json" {
		return a.printJSON(doc)
	}
	a.outf("hybridctl %s, %s\nPulumi %s (at least %s)\n", doc.Version, doc.Go, doc.Pulumi, doc.PulumiMinimum)
	for _, r := range doc.Releases {
		mark := ""
		if r.Minor == doc.Default {
			mark = " (default)"
		}
		a.outf("Kubernetes %s%s: containerd %s, Calico %s, cloud provider %s\n",
			r.Kubernetes, mark, r.Containerd, r.Calico, r.CloudProviderImage)
	}
	return nil
}
