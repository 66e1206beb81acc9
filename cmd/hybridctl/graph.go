package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/baseline"
	"github.com/hybridcluster/hybridcluster/internal/picture"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newGraph(a *app) *cobra.Command {
	var base, format string
	cmd := &cobra.Command{
		Use:   "graph [STACK]",
		Short: "Draw the cluster that a definition describes",
		Long: `Draw the cluster that a definition describes: network, load balancer, control plane,
pools and workload. With --base the picture shows what changes since a commit.
Nothing is asked of any cloud, and secrets are not needed.

  mermaid  for Markdown on GitHub
  dot      for Graphviz
  svg      a picture of its own
  html     a page with the picture and a table; it loads nothing`,
		Example: `  hybridctl graph -f examples/windows-hybrid.json > cluster.mmd
  hybridctl graph -f cluster.json --base origin/main --format html > cluster.html`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	cmd.Flags().StringVar(&base, "base", "", "show what changes since this git `commit`")
	cmd.Flags().StringVar(&format, "format", "mermaid", "`form` of the picture: mermaid, dot, svg or html")
	completeWith(cmd, "format", "mermaid", "dot", "svg", "html")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "base"); err != nil {
			return usage(err)
		}
		draw, known := map[string]func(picture.Picture) string{
			"mermaid": picture.Picture.Mermaid, "dot": picture.Picture.DOT, "svg": picture.Picture.SVG, "html": picture.Picture.HTML,
		}[format]
		if base != "" && definition.file == "-" {
			return usage(errors.New("--base compares a file in git, and -f - is none: name the file"))
		}
		if !known {
			return usage(fmt.Errorf("--format is %q: write mermaid, dot, svg or html", format))
		}
		p, err := a.picture(cmd.Context(), definition, stackName(args), base)
		if err != nil {
			return err
		}
		a.outf("%s", draw(p))
		return nil
	}
	return cmd
}

func (a *app) picture(ctx context.Context, d *definitionFlags, stack, ref string) (picture.Picture, error) {
	head, err := a.declared(d, stack, os.ReadFile, nil)
	if err != nil {
		return picture.Picture{}, usage(err)
	}
	var base *stacks.Config
	if ref != "" {
		if base, err = a.baseOf(ctx, d, stack, ref); err != nil {
			return picture.Picture{}, usage(err)
		}
	}
	baseline.FillBlanks(&head, base)
	resolved, found := head.Resolve()
	if len(found.Faults) > 0 {
		a.printFaults(found.Faults)
		return picture.Picture{}, &exitError{code: exitUsage}
	}
	after := drawn(head, resolved)
	if base == nil {
		return picture.New(after, nil), nil
	}
	was, found := base.Resolve()
	if len(found.Faults) > 0 {
		return picture.Picture{}, usage(fmt.Errorf("the definition at %s has faults: %w", ref, found.Faults))
	}
	before := drawn(*base, was)
	return picture.New(after, &before), nil
}

func drawn(c stacks.Config, d *apimodel.Definition) picture.Cluster {
	return picture.Cluster{Definition: d, Workload: !c.SkipWorkload, Internal: c.Workload.Internal}
}

// baseOf is the configuration at a commit; nil where the definition was not there.
func (a *app) baseOf(ctx context.Context, d *definitionFlags, stack, ref string) (*stacks.Config, error) {
	tree, err := baseline.Open(ctx, a.dir, ref)
	if err != nil {
		return nil, err
	}
	read := func(path string) ([]byte, error) { return tree.Read(ctx, path) }
	then, err := a.declared(d, stack, read, read)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("at %s: %w", ref, err)
	}
	return &then, nil
}
