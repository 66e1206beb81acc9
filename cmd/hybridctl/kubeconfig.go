package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/kubeconfig"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newKubeconfig(a *app) *cobra.Command {
	var merge bool
	var o kubeconfig.Options
	cmd := &cobra.Command{
		Use:   "kubeconfig [STACK]",
		Short: "Print the administrator's kubeconfig, or merge it into yours",
		Long: `Print the kubeconfig of the cluster's administrator, as YAML. It is a credential:
keep it in a file that only you can read.

With --merge the cluster goes into the files that KUBECONFIG names, or into
~/.kube/config: as hybridctl-STACK, or as --context says. Everything else in them
stays. An entry of that name that is not this stack's is left alone unless --force
is given. down takes the entries out again.`,
		Example: `  hybridctl kubeconfig prod --merge --set-context
  (umask 077 && hybridctl kubeconfig prod > prod.kubeconfig)
  KUBECONFIG=prod.kubeconfig kubectl get nodes`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	f := cmd.Flags()
	f.BoolVar(&merge, "merge", false, "merge it into the files that kubectl reads")
	f.BoolVar(&o.SetContext, "set-context", false, "make it the current context (with --merge)")
	f.StringVar(&o.Name, "context", "", "`name` of the context, the cluster and the user (with --merge)")
	f.BoolVar(&o.Force, "force", false, "replace entries of that name that are not this stack's (with --merge)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !merge && (o != kubeconfig.Options{}) {
			return usage(errors.New("--set-context, --context and --force are for --merge: add it"))
		}
		if merge {
			return a.mergeKubeconfig(cmd.Context(), stackName(args), o)
		}
		text, _, err := a.kubeconfigOf(cmd.Context(), stackName(args))
		if err != nil {
			return err
		}
		a.outf("%s\n", strings.TrimRight(text, "\n"))
		return nil
	}
	return cmd
}

// kubeconfigOf reads a stack's kubeconfig, for use on this machine, and says where
// the stack is.
func (a *app) kubeconfigOf(ctx context.Context, name string) (text, place string, err error) {
	t, s, err := a.existing(ctx, name, true)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = t.Close() }()
	outs, err := stackOutputs(ctx, s)
	if err != nil {
		return "", "", err
	}
	text, err = reachable(ctx, t, outs)
	return text, t.Place(), err
}

// reachable is the kubeconfig in a stack's outputs, with an address that works on
// this machine: a rehearsal's control plane is not where the name leads.
func reachable(ctx context.Context, t *target.Target, outs map[string]engine.Output) (string, error) {
	text, err := kubeconfigIn(outs)
	if err != nil || t.World() == nil {
		return text, err
	}
	here, err := t.World().Reachable(ctx, text)
	if err == nil && here == "" {
		// In memory there is nothing to reach; what would lead to Azure is still worth a look.
		return text, nil
	}
	return here, err
}

// kubeconfigIn finds the kubeconfig in a stack's outputs.
func kubeconfigIn(outs map[string]engine.Output) (string, error) {
	text, _ := outs[stacks.OutputKubeconfig].Value.(string)
	if text == "" {
		return "", errors.New("the stack has no kubeconfig yet: run hybridctl up")
	}
	return text, nil
}

func (a *app) mergeKubeconfig(ctx context.Context, name string, o kubeconfig.Options) error {
	text, place, err := a.kubeconfigOf(ctx, name)
	if err != nil {
		return err
	}
	files, err := kubeconfig.Default(a.getenv)
	if err != nil {
		return usage(err)
	}
	merged, err := files.Merge([]byte(text), kubeconfig.Owner{Stack: name, Place: place}, o)
	if err != nil {
		return err
	}
	if a.global.output == "json" {
		return a.printJSON(merged)
	}
	a.outf("%s\n", merged.Context)
	if merged.Current {
		a.say(fmt.Sprintf("Merged into %s. It is the current context.", merged.File))
		return nil
	}
	a.say(fmt.Sprintf("Merged into %s. Use it with: kubectl --context %s get nodes", merged.File, merged.Context))
	return nil
}

// forgetKubeconfig takes a stack that is gone out of the user's kubeconfig. That
// it cannot be done is no reason to fail: the cluster is gone all the same.
func (a *app) forgetKubeconfig(t *target.Target, name string) {
	files, err := kubeconfig.Default(a.getenv)
	if err != nil {
		return
	}
	removed, err := files.Remove(kubeconfig.Owner{Stack: name, Place: t.Place()})
	if err != nil {
		a.say(fmt.Sprintf("The kubeconfig was not looked at for entries of stack %s: %v", name, err))
		return
	}
	for _, context := range removed {
		a.say("Removed context " + context + " from the kubeconfig.")
	}
}
