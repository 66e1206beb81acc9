package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/stacks"
)

const masked = "[secret]"

func newOutputs(a *app) *cobra.Command {
	var show bool
	cmd := &cobra.Command{
		Use:   "outputs [STACK [OUTPUT]]",
		Short: "Print what a cluster's stack gives out",
		Long: `Print a stack's outputs, or one of them by itself. Secrets are masked unless
--show-secrets is given; generated passwords and keys are read back this way.`,
		Example: `  hybridctl outputs --emulator
  hybridctl outputs dev apiServer
  hybridctl outputs dev windowsAdminPassword --show-secrets`,
		Args:              stackArgs(2),
		ValidArgsFunction: a.stackNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			outs, err := a.readOutputs(cmd.Context(), stackName(args))
			if err != nil {
				return err
			}
			if len(args) == 2 {
				return a.printOutput(args[0], args[1], outs, show)
			}
			return a.printOutputs(outs, show)
		},
	}
	cmd.Flags().BoolVar(&show, "show-secrets", false, "print secrets in clear")
	return cmd
}

func (a *app) readOutputs(ctx context.Context, name string) (map[string]engine.Output, error) {
	t, s, err := a.existing(ctx, name, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.Close() }()
	return stackOutputs(ctx, s)
}

// stackOutputs are a stack's outputs, secrets included. Where an up failed and gave
// none, what is known of its cluster stands in for them.
func stackOutputs(ctx context.Context, s *engine.Stack) (map[string]engine.Output, error) {
	outs, err := s.Outputs(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := outs[stacks.OutputKubeconfig]; ok {
		return outs, nil
	}
	state, err := s.Export(ctx, true)
	if err != nil {
		return nil, err
	}
	values, secret, err := stacks.RecoverOutputs(state)
	if err != nil {
		return nil, err
	}
	for name, value := range values {
		if _, ok := outs[name]; !ok {
			outs[name] = engine.Output{Value: value, Secret: secret[name]}
		}
	}
	return outs, nil
}

func (a *app) printOutput(stack, name string, outs map[string]engine.Output, show bool) error {
	v, ok := outs[name]
	if !ok {
		return usage(fmt.Errorf("stack %s has no output %q; it has %s",
			stack, name, strings.Join(slices.Sorted(maps.Keys(outs)), ", ")))
	}
	if v.Secret && !show {
		return usage(fmt.Errorf("output %s is a secret: add --show-secrets to print it", name))
	}
	if a.global.output == "json" {
		return a.printJSON(v.Value)
	}
	text, err := outputText(v.Value)
	if err != nil {
		return err
	}
	a.outf("%s\n", strings.TrimRight(text, "\n"))
	return nil
}

func (a *app) printOutputs(outs map[string]engine.Output, show bool) error {
	values := make(map[string]any, len(outs))
	for name, v := range outs {
		values[name] = v.Value
		if v.Secret && !show {
			values[name] = masked
		}
	}
	if a.global.output == "json" {
		return a.printJSON(values)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text, err := outputText(values[name])
		if err != nil {
			return err
		}
		if text = strings.TrimRight(text, "\n"); strings.Contains(text, "\n") {
			text = "|\n  " + strings.ReplaceAll(text, "\n", "\n  ")
		}
		a.outf("%s: %s\n", name, text)
	}
	return nil
}

func outputText(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("writing an output: %w", err)
	}
	return string(data), nil
}
