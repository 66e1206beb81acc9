package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/firstboot"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

func newBootstrap(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "bootstrap",
		Short:   "Look at what nodes run at their first boot",
		Long:    `Look at what nodes run at their first boot. Nothing is created or contacted.`,
		Example: `  hybridctl bootstrap show -f cluster.json`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBootstrapShow(a))
	return cmd
}

func newBootstrapShow(a *app) *cobra.Command {
	var node, path string
	cmd := &cobra.Command{
		Use:   "show [STACK]",
		Short: "Print what a node will run at its first boot",
		Long: `Print the custom data that a node gets, as it reads it: the cloud-init document of
a Linux node, unpacked, or the PowerShell script of a Windows node. The command
of the node's Custom Script extension stands above it, in comments. With --path it
is one file of a Linux node's document.

Without --node the nodes are listed, with the size of their custom data. The
machines of a scale set share one document, under the name of their pool.

Secrets are "[secret]" in it: the bootstrap token, private keys, the service
principal's secret, the parameters of scripts and the queries of their URLs. Files
of the definition (customFiles) are shown as they are. What only the cluster's
resources know is "[known after up: ...]". Sizes are those of the real document,
but for some bytes. Running nodes have what their definition was at their first
boot.`,
		Example: `  hybridctl bootstrap show -f cluster.json
  hybridctl bootstrap show -f cluster.json --node linuxpool1000
  hybridctl bootstrap show -f cluster.json --node linuxpool1000 --path /etc/hybridcluster/kubeadm.yaml
  hybridctl bootstrap show -f cluster.json --node winpool1000 -o json | jq -r .document`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	cmd.Flags().StringVar(&node, "node", "", "`name` of the node, or of a scale set's pool or instance")
	cmd.Flags().StringVar(&path, "path", "", "`path` of one file on a Linux node")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.showBootstrap(cmd.Context(), definition, stackName(args), node, path)
	}
	// The only errors are flags that do not exist.
	_ = cmd.RegisterFlagCompletionFunc("node", func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.nodeNames(cmd.Context(), definition, stackName(args)), cobra.ShellCompDirectiveNoFileComp
	})
	_ = cmd.RegisterFlagCompletionFunc("path", func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.filePaths(cmd.Context(), definition, stackName(args), node), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func (a *app) showBootstrap(ctx context.Context, flags *definitionFlags, stack, node, path string) error {
	if node == "" && path != "" {
		return usage(errors.New("--path is for one node: name it with --node"))
	}
	c, d, err := a.resolve(ctx, flags, stack)
	if err != nil {
		return err
	}
	cluster := firstboot.Cluster{Definition: d, Mirrors: c.Mirrors}
	if node == "" {
		return a.listBootstraps(cluster)
	}
	m, err := cluster.Find(node)
	if err != nil {
		return usage(err)
	}
	p, err := cluster.Preview(m, cmp.Or(c.ExistingResourceGroup, c.ResourceGroup))
	if err != nil {
		return err
	}
	if path != "" {
		f, err := p.File(path)
		if err != nil {
			return usage(err)
		}
		if a.global.output == "json" {
			return a.printJSON(f)
		}
		a.outf("%s", f.Content)
		return nil
	}
	if a.global.output == "json" {
		return a.printJSON(p)
	}
	return report.WritePreview(a.stdout, p)
}

func (a *app) listBootstraps(cluster firstboot.Cluster) error {
	list, err := cluster.Sizes()
	if err != nil {
		return err
	}
	if a.global.output == "json" {
		return a.printJSON(list)
	}
	return report.WriteSizes(a.stdout, list)
}

// quietCluster is the definition for completions, which say nothing; ok tells
// whether it can be used.
func (a *app) quietCluster(ctx context.Context, flags *definitionFlags, stack string) (cluster firstboot.Cluster, ok bool) {
	c, err := a.configure(ctx, flags, stack)
	if err != nil || c.Source.Name == "-" {
		return firstboot.Cluster{}, false
	}
	d, found := c.Resolve()
	return firstboot.Cluster{Definition: d, Mirrors: c.Mirrors}, found.Err() == nil
}

func (a *app) nodeNames(ctx context.Context, flags *definitionFlags, stack string) []string {
	var names []string
	if cluster, ok := a.quietCluster(ctx, flags, stack); ok {
		for _, m := range cluster.Machines() {
			names = append(names, fmt.Sprintf("%s\t%s", m.Name, strings.TrimSpace(m.OS+" "+m.Role)))
		}
	}
	return names
}

func (a *app) filePaths(ctx context.Context, flags *definitionFlags, stack, node string) []string {
	cluster, ok := a.quietCluster(ctx, flags, stack)
	if !ok {
		return nil
	}
	m, err := cluster.Find(node)
	if err != nil {
		return nil
	}
	p, err := cluster.Preview(m, "")
	if err != nil {
		return nil
	}
	return p.Paths()
}
