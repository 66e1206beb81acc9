package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/access"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newNodes(a *app) *cobra.Command {
	var pools []string
	cmd := &cobra.Command{
		Use:   "nodes [STACK [NODE...]]",
		Short: "List a cluster's nodes and say whether they are ready",
		Long: `List the nodes as the cluster's API server sees them. A node that the definition
asks for and that has not joined is listed as Missing.`,
		Example: `  hybridctl nodes --emulator
  hybridctl nodes prod --pool windowspool2
  hybridctl nodes prod -o json | jq -r '.[] | select(.ready | not) | .name'`,
		Args: stackArgs(maxNodes),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return a.stackNames(cmd, args, typed)
			}
			return a.liveNames(cmd.Context(), args[0], nodeName), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringSliceVar(&pools, "pool", nil, "`name` of the pool to list; can be repeated")
	// The only error is a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("pool", func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.liveNames(cmd.Context(), stackName(args), poolName), cobra.ShellCompDirectiveNoFileComp
	})
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var names []string
		if len(args) > 1 {
			names = args[1:]
		}
		return a.nodes(cmd.Context(), stackName(args), names, pools)
	}
	return cmd
}

// maxNodes is more arguments than a command line holds.
const maxNodes = 10000

func (a *app) nodes(ctx context.Context, name string, names, pools []string) error {
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
	chosen, err := choose(sum.Nodes, names, pools)
	if err != nil {
		return err
	}
	if a.global.output == "json" {
		return a.printJSON(chosen)
	}
	return report.WriteNodes(a.stdout, chosen, time.Now())
}

// choose keeps the nodes of the names and pools that were given, if any were.
func choose(nodes []access.Node, names, pools []string) ([]access.Node, error) {
	known := map[string]bool{}
	chosen := []access.Node{}
	for _, n := range nodes {
		known[n.Name], known["pool "+n.Pool] = true, true
		if (len(names) == 0 || slices.Contains(names, n.Name)) && (len(pools) == 0 || slices.Contains(pools, n.Pool)) {
			chosen = append(chosen, n)
		}
	}
	for _, name := range names {
		if !known[name] {
			return nil, usage(fmt.Errorf("there is no node %s in the cluster", name))
		}
	}
	for _, pool := range pools {
		if !known["pool "+pool] {
			return nil, usage(fmt.Errorf("there is no pool %s in the cluster", pool))
		}
	}
	return chosen, nil
}

func nodeName(n access.Node) string { return n.Name + "\t" + strings.TrimSpace(n.OS+" "+n.Pool) }
func poolName(n access.Node) string { return n.Pool }

// liveNames completes something of a running cluster's nodes, and is silent
// where there is none.
func (a *app) liveNames(ctx context.Context, stack string, of func(access.Node) string) []string {
	a.global.quiet = true
	outs, err := a.readOutputs(ctx, stack)
	if err != nil {
		return nil
	}
	nodes, err := access.Declared(outs[stacks.OutputNodes].Value)
	if err != nil {
		return nil
	}
	var names []string
	for _, n := range nodes {
		if name := of(n); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
