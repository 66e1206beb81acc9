package main

import (
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func newValidate(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate [STACK]",
		Short: "Check a cluster definition, and create nothing",
		Long: `Check a cluster definition with everything that flags, environment and the
stack's config lay over it. All faults are listed at once, each with its place
and what to do. The exit code is 2 if there are any; warnings do not count.`,
		Example: `  hybridctl validate -f cluster.json
  hybridctl validate -f cluster.yaml --kubernetes-release 1.36 -o json`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	definition := addDefinitionFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		_, report, err := a.resolve(cmd.Context(), definition, stackName(args))
		if err != nil {
			return err
		}
		return a.printReport(report)
	}
	return cmd
}

func (a *app) printReport(report apimodel.Report) error {
	var verdict error
	if len(report.Faults) > 0 {
		verdict = &exitError{code: exitUsage}
	}
	if a.global.output == "json" {
		if err := a.printJSON(report); err != nil {
			return err
		}
		return verdict
	}
	for _, f := range report.Faults {
		a.outf("error: %s\n", f)
	}
	for _, w := range report.Warnings {
		a.outf("warning: %s\n", w)
	}
	if verdict == nil {
		a.outf("The definition is valid.\n")
	}
	return verdict
}
