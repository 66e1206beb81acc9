package main

import (
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/report"
)

func newVersions(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "versions",
		Short: "List the supported Kubernetes releases and what goes with each",
		Long: `List the Kubernetes releases that a definition can ask for, with the versions of the
components that go with each: on nodes, in each cluster, and of the add-ons that a
definition can ask for. "hybridctl artifacts --release" says where they come from.`,
		Example: `  hybridctl versions
  hybridctl versions -o json | jq -r '.[] | select(.default) | .kubernetes'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			list := report.NewVersions()
			if a.global.output == "json" {
				return a.printJSON(list)
			}
			return report.WriteVersions(a.stdout, list)
		},
	}
}
