package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/child"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/target"
)

func newEmulator(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "emulator [-- COMMAND [ARGUMENT...]]",
		Short: "Let another program, such as pulumi, use the emulator",
		Long: `Run a command whose Pulumi finds the emulator in place of Azure and Kubernetes: its
environment names the emulator's providers in PULUMI_DEBUG_PROVIDERS, and has no
credentials of Azure. Everything else is as it was, the backend and its passphrase
too. The exit code is the command's.

Without a command the variables are printed, for another shell, and the emulator
stays until Ctrl-C.

The emulated cloud is the one of --emulator, so that with the same --backend nodes,
kubeconfig and the like work on what pulumi up made.`,
		Example: `  hybridctl emulator -- pulumi up --stack trial
  hybridctl nodes trial --emulator --backend file://~/state`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && cmd.ArgsLenAtDash() != 0 {
				return errors.New("name the command to run after --")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.lend(cmd.Context(), args) },
	}
}

// lend gives the emulator to another program.
func (a *app) lend(ctx context.Context, args []string) error {
	if len(args) > 0 {
		var missing *child.NotRunnable
		if _, err := child.Find(args[0], a.dir); errors.As(err, &missing) {
			return &exitError{code: missing.Code, err: err}
		}
	}
	o := a.targetOptions()
	o.Emulator = true
	w, err := target.StartWorld(ctx, o)
	if err != nil {
		return err
	}
	code, err := a.useWorld(ctx, w.Env(), args)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

func (a *app) useWorld(ctx context.Context, env map[string]string, args []string) (code int, err error) {
	if len(args) == 0 {
		for _, name := range slices.Sorted(maps.Keys(env)) {
			a.outf("export %s='%s'\n", name, strings.ReplaceAll(env[name], "'", `'\''`))
		}
		a.say("The emulator runs until you press Ctrl-C.")
		<-ctx.Done()
		return 0, nil
	}
	p, err := child.Start(child.Command{
		Args: args, Dir: a.dir, Env: lentEnvironment(a.environ, env),
		Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr,
	})
	if err != nil {
		return 0, err
	}
	// Who runs the command stops it; the emulator stays until it has ended.
	a.signals.handle(func(s os.Signal) { p.Pass(s) })
	return p.Wait()
}

// lentEnvironment is what a program sees that uses the emulator: nothing that leads to
// a real Azure or a real cluster, and Pulumi's own settings as they were.
func lentEnvironment(base []string, env map[string]string) []string {
	set := maps.Clone(env)
	// A plugin that is not the emulator's would ask the real cloud.
	set["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
	return engine.Environment{Base: base, Sealed: true, Keep: []string{"PULUMI_*", "AZURE_STORAGE_*"}, Set: set}.List()
}
