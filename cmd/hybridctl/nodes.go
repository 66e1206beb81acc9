package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/report"
)

func newNodes(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "nodes [STACK]",
		Short: "List a cluster's nodes and say whether they are ready",
		Long: `List the nodes as the cluster's API server sees them. A node that the definition
asks for and that has not joined is listed as Missing.`,
		Example: `  hybridctl nodes --emulator
  hybridctl nodes prod -o json`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.nodes(cmd.Context(), stackName(args))
		},
	}
}

func (a *app) nodes(ctx context.Context, name string) error {
	t, s, err := a.existing(ctx, name, true)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return err
	}
	sum, err := a.inspect(ctx, t, name, outs)
	if err != nil {
		return err
	}
	if a.global.output == "json" {
		return a.printJSON(sum.Nodes)
	}
	return report.WriteNodes(a.stdout, sum.Nodes)
}
