package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newDown(a *app) *cobra.Command {
	var yes bool
	var o engine.RunOptions
	cmd := &cobra.Command{
		Use:   "down [STACK]",
		Short: "Delete a cluster and its stack",
		Long: `Delete everything a cluster consists of, and then its stack. A resource group
that was there before the cluster stays.`,
		Example: `  hybridctl down --emulator --yes
  hybridctl down prod --backend azblob://state?storage_account=mine`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notNegative(cmd, "parallel"); err != nil {
				return usage(err)
			}
			return a.down(cmd.Context(), stackName(args), yes, o)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	addRunFlags(cmd, &o)
	return cmd
}

func (a *app) down(ctx context.Context, name string, yes bool, o engine.RunOptions) error {
	if !yes && !a.stdinTerminal {
		return usage(fmt.Errorf("down deletes the cluster of stack %s: confirm it with --yes", name))
	}
	t, s, err := a.existing(ctx, name, true)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return err
	}
	group, _ := outs[stacks.OutputResourceGroup].Value.(string)
	if !yes {
		a.closeDisplay()
		if err := a.confirm(ctx, "Delete the cluster of stack "+name+inGroup(group)+" and everything in it?", name, "deleted"); err != nil {
			return err
		}
	}
	gone, err := a.raze(ctx, t, s, o)
	if err != nil {
		err = a.failed(name, gone.result, err, nil)
		return fmt.Errorf("%w\nThe stack is kept; `%s` goes on with what is left", err, a.command("down", name))
	}
	a.closeDisplay()
	left := ""
	if group != "" && !gone.group {
		left = group
	}
	return a.printDown(name, gone.result, left)
}

func (a *app) printDown(name string, result engine.Result, left string) error {
	if a.global.output == "json" {
		return a.printJSON(struct {
			summary
			Left []string `json:"left"`
		}{summary{Stack: name, Outcome: "succeeded", Changes: result.Changes}, nonEmpty(left)})
	}
	a.outf("Stack %s is gone: %s\n", name, report.Verdict(result.Changes, false))
	if left != "" {
		a.outf("Resource group %s was there before the cluster and stays.\n", left)
		return nil
	}
	a.outf("Nothing is left of it.\n")
	return nil
}

func nonEmpty(s string) []string {
	if s == "" {
		return []string{}
	}
	return []string{s}
}

// inGroup names a resource group, where it is known.
func inGroup(group string) string {
	if group == "" {
		return ""
	}
	return " (resource group " + group + ")"
}

// existing opens a stack that must be there, with the emulator's providers
// where attach says so. The caller closes the target.
func (a *app) existing(ctx context.Context, name string, attach bool) (*target.Target, *engine.Stack, error) {
	t, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	if attach {
		err = t.Attach(ctx)
	}
	if err != nil {
		return nil, nil, errors.Join(err, t.Close())
	}
	s, err := t.Stack(ctx, name, nil)
	if err == nil {
		var tags map[string]string
		if tags, err = t.Enter(ctx, s); err == nil && tags == nil {
			err = &exitError{code: exitNoStack, err: fmt.Errorf("there is no stack %s here; `%s` creates one",
				name, a.command("up", name))}
		}
	}
	if err != nil {
		return nil, nil, errors.Join(err, t.Close())
	}
	return t, s, nil
}
