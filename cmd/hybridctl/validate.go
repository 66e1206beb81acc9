package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/report"
)

func newValidate(a *app) *cobra.Command {
	var strict, resolved bool
	cmd := &cobra.Command{
		Use:   "validate [STACK]",
		Short: "Check a cluster definition, and create nothing",
		Long: `Check a cluster definition with everything that flags, environment and the
stack's config lay over it. All findings are listed at once, each with its place
and what to do: faults, then what the definition asks for and gets in another
way, then warnings. Below them stands what up would make: machines, cores and
memory, addresses, Azure resources.

The exit code is 2 if there are faults. With --strict it is 2 too if anything is
substituted or warned of.

--resolved prints the definition itself, as JSON, with every default filled in.
Secrets are blanks in it; the same flags fill them. Findings then go to standard
error.`,
		Example: `  hybridctl validate -f cluster.json
  hybridctl validate -f cluster.yaml --kubernetes-release 1.36 --strict
  hybridctl validate -f cluster.json -o json | jq .plan.cores
  hybridctl validate -f cluster.json --resolved > resolved.json`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "exit with code 2 for substitutions and warnings too")
	cmd.Flags().BoolVar(&resolved, "resolved", false, "print the definition with every default filled in, as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := a.examine(cmd.Context(), definition, stackName(args))
		if err != nil {
			return err
		}
		print := a.printValidation
		if resolved {
			print = a.printResolved
		}
		if err := print(v); err != nil {
			return err
		}
		return v.verdict(strict)
	}
	return cmd
}

// validation is the outcome of validate, and its JSON document.
type validation struct {
	apimodel.Report
	// Plan says what up would make; nothing for a definition at fault.
	Plan *apimodel.Summary `json:"plan"`

	definition *apimodel.Definition
}

// verdict is the exit code.
func (v validation) verdict(strict bool) error {
	if len(v.Faults) > 0 || strict && len(v.Substitutions)+len(v.Warnings) > 0 {
		return &exitError{code: exitUsage}
	}
	return nil
}

func (a *app) examine(ctx context.Context, flags *definitionFlags, stack string) (validation, error) {
	c, err := a.configure(ctx, flags, stack)
	if err != nil {
		return validation{}, err
	}
	d, found := c.Resolve()
	// Lists are [] in JSON, never null.
	for _, list := range []*apimodel.Faults{&found.Faults, &found.Substitutions, &found.Warnings} {
		if *list == nil {
			*list = apimodel.Faults{}
		}
	}
	v := validation{Report: found, definition: d}
	if len(v.Faults) == 0 {
		plan := d.Summary(apimodel.SummaryOptions{
			ExistingResourceGroup: c.ExistingResourceGroup != "", SSH: len(c.SSHSourceCIDRs) > 0,
		})
		v.Plan = &plan
	}
	return v, nil
}

func (a *app) printValidation(v validation) error {
	if a.global.output == "json" {
		return a.printJSON(v)
	}
	if err := report.WriteFindings(a.stdout, v.Report, a.painter()); err != nil {
		return err
	}
	if v.Plan == nil {
		return nil
	}
	if len(v.Substitutions)+len(v.Warnings) > 0 {
		a.outf("\n")
	}
	if err := report.WritePlan(a.stdout, *v.Plan, a.painter()); err != nil {
		return err
	}
	a.outf("The definition is valid.\n")
	return nil
}

// printResolved prints the definition. One that is at fault has no resolved form.
func (a *app) printResolved(v validation) error {
	if err := report.WriteFindings(a.stderr, v.Report, report.Painter{On: a.colors(a.stderrTTY)}); err != nil {
		return err
	}
	if v.Plan == nil {
		return nil
	}
	return a.printJSON(v.definition.Resolved())
}
