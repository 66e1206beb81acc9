package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newExport(a *app) *cobra.Command {
	var show bool
	cmd := &cobra.Command{
		Use:   "export [STACK]",
		Short: "Print a stack's whole state",
		Long: `Print a stack's deployment as JSON, as ` + "`pulumi stack export`" + ` does. Secrets are
encrypted in it. With --show-secrets every one of them is plain text, the
cluster's keys and passwords among them: treat what you get as you treat those.`,
		Example: `  hybridctl export prod > state.json
  (umask 077 && hybridctl export --show-secrets > state.json)`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, s, err := a.existing(cmd.Context(), stackName(args), false)
			if err != nil {
				return err
			}
			defer func() { _ = t.Close() }()
			state, err := s.Export(cmd.Context(), show)
			if err != nil {
				return err
			}
			if _, err := a.stdout.Write(state); err != nil {
				return fmt.Errorf("writing the state: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&show, "show-secrets", false, "print secrets in clear")
	return cmd
}
