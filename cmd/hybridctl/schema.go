package main

import (
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func newSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print a JSON Schema of cluster definitions, for editors",
		Long: `Print the format of cluster definitions as a JSON Schema (draft 2020-12). An
editor that is given it completes keys, explains them and marks mistakes. Keys
of AKS Engine's that have no effect any more are marked as deprecated.`,
		Example: `  hybridctl schema > cluster.schema.json
  # first line of a definition in YAML, for the YAML language server:
  # yaml-language-server: $schema=cluster.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			a.outf("%s", apimodel.JSONSchema())
			return nil
		},
	}
}
