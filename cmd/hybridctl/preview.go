package main

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newPreview(a *app) *cobra.Command {
	var o engine.RunOptions
	var expectNone bool
	cmd := &cobra.Command{
		Use:   "preview [STACK]",
		Short: "Show what up would do",
		Long: `Show what up would do, resource by resource and property by property. Nothing is
created, and a stack that does not exist yet is not created either. Secrets are
masked, and long values stand as their hash.`,
		Example: `  hybridctl preview --emulator -f examples/windows-hybrid.json
  hybridctl preview prod -f cluster.yaml --expect-no-changes
  hybridctl preview -f cluster.json -o json`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	addRunFlags(cmd, &o)
	cmd.Flags().BoolVar(&expectNone, "expect-no-changes", false, "exit with code 3 if up would change anything")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.preview(cmd.Context(), stackName(args), definition, o, expectNone)
	}
	return cmd
}

// previewDocument is the JSON of a preview.
type previewDocument struct {
	Stack string `json:"stack"`
	// Exists is false for a stack that up would create.
	Exists  bool           `json:"exists"`
	Changes map[string]int `json:"changes"`
	Steps   []report.Step  `json:"steps"`
}

func (a *app) preview(ctx context.Context, name string, d *definitionFlags, o engine.RunOptions, expectNone bool) error {
	c, err := a.config(ctx, d, name)
	if err != nil {
		return err
	}
	t, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	s, exists, err := previewed(ctx, t, name, func(run *pulumi.Context) error { return stacks.Program(c)(run) })
	if err != nil {
		return err
	}
	if exists {
		lease, err := a.renew(ctx, s, lifetime.TTL{})
		if err != nil {
			return err
		}
		c.GroupTags = lease.GroupTags()
	}
	if err := a.followable(ctx, s, c); err != nil {
		return err
	}
	var steps report.Steps
	display := a.progress()
	o.Events = func(e engine.Event) {
		steps.Event(e)
		if e.DiagnosticEvent != nil {
			display.Event(e)
		}
	}
	result, err := s.Preview(ctx, o)
	a.closeDisplay()
	if err != nil {
		return err
	}
	doc := previewDocument{Stack: name, Exists: exists, Changes: result.Changes, Steps: steps.List()}
	if err := a.printPreview(doc); err != nil {
		return err
	}
	if expectNone && result.Changed() {
		return &exitError{code: exitPending}
	}
	return nil
}

func (a *app) printPreview(doc previewDocument) error {
	if a.global.output == "json" {
		return a.printJSON(doc)
	}
	if err := report.WriteSteps(a.stdout, doc.Steps, a.painter()); err != nil {
		return err
	}
	a.outf("%s\n", report.Verdict(doc.Changes, true))
	return nil
}

// previewed opens the stack, or, where there is none, one in a place that is
// gone afterwards.
func previewed(ctx context.Context, t *target.Target, name string, program pulumi.RunFunc) (*engine.Stack, bool, error) {
	s, err := t.Stack(ctx, name, program)
	if err != nil {
		return nil, false, err
	}
	exists, err := s.Exists(ctx)
	if err != nil || exists {
		return s, exists, err
	}
	s, err = t.Scratch(ctx, name, program)
	if err != nil {
		return nil, false, err
	}
	return s, false, s.Create(ctx)
}
