package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/review"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// previewFlags are the flags of preview.
type previewFlags struct {
	definition *definitionFlags
	run        engine.RunOptions
	base       string
	baseState  string
	format     string
	reportDir  string
	footer     string
	prices     string
	replace    bool
	expectNone bool
	guards     review.Guards
	// autoscaled are the scale sets whose size is not the definition's.
	autoscaled map[string]bool
}

func newPreview(a *app) *cobra.Command {
	var p previewFlags
	cmd := &cobra.Command{
		Use:   "preview [STACK]",
		Short: "Show what up would do",
		Long: `Show what up would do: first the verdict, then each resource, what hurts most
first. Nothing is created, and a stack that does not exist yet is not created
either. Secrets are masked, and long values stand as the lines that change.

By default the definition is compared with the stack's own state. With --base it
is compared with itself at another commit: that definition and the stack's config
of then go up on an emulator that is gone afterwards, and the preview is made
there. This needs no credentials, no backend and no secrets, so it is safe for a
pull request from a fork. --base-state compares with an exported state.

For an approval without a reader, guards end the command with a code of their own:
  3   --expect-no-changes: up would change something
  10  --max-replace N: more than N resources would be replaced
  11  --no-replace-control-plane: something of the control plane would go
  12  --no-delete: something would be deleted
Of several, the gravest gives the code: 11, then 12, 10, 3.`,
		Example: `  hybridctl preview --emulator -f examples/windows-hybrid.json
  hybridctl preview prod -f cluster.yaml --expect-no-changes
  hybridctl preview -f cluster.json --base origin/main --format markdown
  hybridctl preview -f cluster.json --base origin/main --no-delete --max-replace 2
  hybridctl preview prod -f cluster.json --base-state state.json --format json`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	p.definition = addDefinitionFlags(cmd)
	addRunFlags(cmd, &p.run)
	f := cmd.Flags()
	f.StringVar(&p.base, "base", "", "compare with the definition at this git `commit`, on a scratch emulator")
	f.StringVar(&p.baseState, "base-state", "", "compare with the state in this `file`, as export prints it, on a scratch emulator")
	f.StringVar(&p.format, "format", "", "`form` of the report: text, markdown or json (default: that of --output)")
	f.StringVar(&p.reportDir, "report-dir", "", "write preview.md, preview.txt and preview.json into this `folder` too")
	f.StringVar(&p.footer, "footer", "", "`text` below the Markdown, for example the commit")
	f.StringVar(&p.prices, "prices", "", "estimate the cost from the prices in this `file` (see hybridctl prices)")
	f.BoolVar(&p.replace, "replace-cluster", false, replaceUsage)
	f.BoolVar(&p.expectNone, "expect-no-changes", false, "exit with code 3 if up would change anything")
	f.IntVar(&p.guards.MaxReplace, "max-replace", -1, "exit with code 10 if more than this `number` of resources would be replaced")
	f.BoolVar(&p.guards.NoReplaceControlPlane, "no-replace-control-plane", false, "exit with code 11 if something of the control plane would be replaced or deleted")
	f.BoolVar(&p.guards.NoDelete, "no-delete", false, "exit with code 12 if anything would be deleted")
	completeWith(cmd, "format", "text", "markdown", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := errors.Join(notEmpty(cmd, "base", "base-state"), notNegative(cmd, "max-replace", "parallel")); err != nil {
			return usage(err)
		}
		return a.preview(cmd.Context(), stackName(args), &p)
	}
	return cmd
}

func (a *app) preview(ctx context.Context, name string, p *previewFlags) error {
	if err := p.check(a.global.output, a.global.yaml); err != nil {
		return usage(err)
	}
	estimate, err := a.estimator(p.prices)
	if err != nil {
		return err
	}
	in, err := a.compare(ctx, name, p)
	a.closeDisplay()
	if err != nil && !p.reports(err) {
		return err
	}
	in.Stack, in.Err, in.Cost = name, err, estimate
	r := review.Build(in)
	r.Guards = p.guards.Check(r)
	if len(r.Faults) > 0 {
		a.printFaults(r.Faults)
	}
	// The faults of a definition stand on standard error already.
	if r.Outcome != review.Invalid || p.format != "text" {
		if err := a.printReview(r, p); err != nil {
			return err
		}
	}
	if err := a.keepReview(r, p); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return p.conclude(r)
}

// notEmpty refuses flags that are given and empty: a script's variable was, and what
// it names would be left out without a word.
func notEmpty(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return fmt.Errorf("--%s is empty: give it a value, or leave it out", name)
		}
	}
	return nil
}

// notNegative refuses flags that are given and below zero: a script's sum went wrong,
// and a guard that nothing breaks guards nothing.
func notNegative(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		n, err := cmd.Flags().GetInt(name)
		if err != nil {
			return err
		}
		if cmd.Flags().Changed(name) && n < 0 {
			return fmt.Errorf("--%s is %d: write 0 or more", name, n)
		}
	}
	return nil
}

func (p *previewFlags) check(output string, yaml bool) error {
	if p.format != "" && yaml {
		return errors.New("--format and --output yaml are two forms of the report: leave one of them out")
	}
	if p.format == "" {
		p.format = output
	}
	if p.format == "table" {
		p.format = "text"
	}
	if !slices.Contains([]string{"text", "markdown", "json"}, p.format) {
		return fmt.Errorf("--format is %q: write text, markdown or json", p.format)
	}
	if p.base != "" && p.baseState != "" {
		return errors.New("--base and --base-state are two things to compare with: leave one of them out")
	}
	if p.base != "" && p.definition.file == "-" {
		return errors.New("--base compares a file in git, and -f - is none: name the file")
	}
	if p.run.Refresh && (p.base != "" || p.baseState != "") {
		return errors.New("--refresh reads the cloud, and --base and --base-state need none: leave one of them out")
	}
	return nil
}

// reports says whether a failure is worth a report: who waits for one in a pull
// request should see why there is no other.
func (p *previewFlags) reports(err error) bool {
	var exit *exitError
	if errors.As(err, &exit) && exit.err == nil || engine.KindOf(err) == engine.Interrupted {
		return false
	}
	return p.format != "text" || p.reportDir != ""
}

// conclude is the exit code of a preview that was made.
func (p *previewFlags) conclude(r review.Review) error {
	if len(r.Faults) > 0 {
		return &exitError{code: exitUsage}
	}
	codes := map[string]int{
		review.GuardControlPlane: exitControlPlane, review.GuardNoDelete: exitDeletes, review.GuardMaxReplace: exitReplaces,
	}
	if len(r.Guards) > 0 {
		first := r.Guards[0]
		return &exitError{code: codes[first.Guard], err: fmt.Errorf("--%s: %s", first.Guard, first.Message)}
	}
	if p.expectNone && changed(r, p.autoscaled) {
		return &exitError{code: exitPending}
	}
	return nil
}

// compare makes the preview. Faults of the definition are part of the result.
func (a *app) compare(ctx context.Context, name string, p *previewFlags) (review.Input, error) {
	switch {
	case p.base != "":
		return a.compareBase(ctx, name, p)
	case p.baseState != "":
		return a.compareState(ctx, name, p)
	default:
		return a.compareLive(ctx, name, p)
	}
}

// compareLive previews against the stack's own state.
func (a *app) compareLive(ctx context.Context, name string, p *previewFlags) (review.Input, error) {
	in := review.Input{Against: review.Against{Kind: review.AgainstLive}}
	c, err := a.configure(ctx, p.definition, name)
	if err != nil {
		return in, err
	}
	c.EndedLater = true
	d, found := c.Resolve()
	if in.Faults, in.Warnings = found.Faults, found.Warnings; len(in.Faults) > 0 {
		return in, nil
	}
	in.After, p.autoscaled = review.SideOf(c, d), autoscaled(d)
	t, err := a.attach(ctx)
	if err != nil {
		return in, err
	}
	defer func() { _ = t.Close() }()
	s, tags, err := previewed(ctx, t, name, func(run *pulumi.Context) error { return stacks.Program(c)(run) })
	if err != nil {
		return in, err
	}
	if in.Exists = tags != nil; !in.Exists {
		if in.Faults = c.Ended(); len(in.Faults) > 0 {
			return in, nil
		}
	}
	c.GroupTags, c.ReplaceCluster = lifetime.FromStackTags(tags).GroupTags(), p.replace
	state, err := s.Export(ctx, false)
	if err != nil {
		return in, err
	}
	if in.Faults, err = c.RunningFaults(state); err != nil {
		return in, err
	}
	in.Refused = len(in.Faults) > 0
	in.Events = &review.Collector{}
	display := a.progress()
	p.run.Events = func(e engine.Event) {
		in.Events.Event(e)
		if e.DiagnosticEvent != nil {
			display.Event(e)
		}
	}
	result, err := s.Preview(ctx, p.run)
	in.Changes = result.Changes
	return in, err
}

// previewed opens the stack and gives its tags, or, where there is none, one in a place
// that is gone afterwards.
func previewed(ctx context.Context, t *target.Target, name string, program pulumi.RunFunc) (*engine.Stack, map[string]string, error) {
	s, err := t.Stack(ctx, name, program)
	if err != nil {
		return nil, nil, err
	}
	tags, err := t.Enter(ctx, s)
	if err != nil || tags != nil {
		return s, tags, err
	}
	s, err = t.Scratch(ctx, name, program)
	if err != nil {
		return nil, nil, err
	}
	return s, nil, s.CreateFresh(ctx)
}
