package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
)

func newUnlock(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "unlock [STACK]",
		Short: "Take away the lock that a dead run left on a stack",
		Long: `Take away a stack's lock, and say whose it was. The lock of a run that died on this
machine goes by itself; this is for one that died elsewhere. Be sure that it is dead:
two runs at once spoil the state.

A run that is seen to be alive on this machine keeps its lock, and the command ends
with exit code 5; --force takes it all the same.`,
		Example:           `  hybridctl unlock prod --backend azblob://state?storage_account=mine`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.unlock(cmd.Context(), stackName(args), force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "take the lock also from a run that lives, or that cannot be looked at")
	return cmd
}

func (a *app) unlock(ctx context.Context, name string, force bool) error {
	t, s, err := a.existing(ctx, name, false)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	holders, err := s.Holders(ctx)
	if err != nil && !force {
		return fmt.Errorf("%w\nWho holds stack %s is not known. If nobody does who lives, --force takes the lock away", err, name)
	}
	if err := spare(name, holders, force); err != nil {
		return err
	}
	// Pulumi Cloud keeps its locks to itself, and there it calls off what is under way.
	if err := s.Unlock(ctx); err != nil {
		return err
	}
	return a.printUnlocked(name, holders)
}

// spare refuses to take a lock from a run that lives.
func spare(name string, holders []engine.Holder, force bool) error {
	living := slices.DeleteFunc(slices.Clone(holders), func(h engine.Holder) bool {
		lives, _ := h.Lives()
		return !lives
	})
	if force || len(living) == 0 {
		return nil
	}
	return &exitError{code: exitLocked, err: fmt.Errorf("stack %s is held by a run that lives: %s. Wait for it, or end it; "+
		"--force takes its lock away, and then two runs may write one state", name, listed(living))}
}

func listed(holders []engine.Holder) string {
	var names []string
	for _, h := range holders {
		names = append(names, h.String())
	}
	return strings.Join(names, ", ")
}

func (a *app) printUnlocked(name string, holders []engine.Holder) error {
	if a.global.output == "json" {
		if holders == nil {
			holders = []engine.Holder{}
		}
		return a.printJSON(struct {
			Stack   string          `json:"stack"`
			Removed []engine.Holder `json:"removed"`
		}{name, holders})
	}
	if len(holders) == 0 {
		a.outf("No lock was seen on stack %s.\n", name)
		return nil
	}
	for _, h := range holders {
		a.outf("Removed the lock of %s from stack %s.\n", h, name)
	}
	return nil
}
