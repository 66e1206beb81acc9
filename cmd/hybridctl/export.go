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

func newUnlock(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "unlock [STACK]",
		Short: "Take away the lock that a dead run left on a stack",
		Long: `Take away a stack's lock. The lock of a run that died on this machine goes by
itself; this is for one that died elsewhere. Be sure that it is dead: two runs at
once spoil the state.`,
		Example:           `  hybridctl unlock prod --backend azblob://state?storage_account=mine`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, s, err := a.existing(cmd.Context(), stackName(args), false)
			if err != nil {
				return err
			}
			defer func() { _ = t.Close() }()
			return s.Unlock(cmd.Context())
		},
	}
}
