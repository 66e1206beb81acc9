package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/target"
)

const rootHelp = `hybridctl makes self-managed Kubernetes clusters with Linux and Windows nodes on
Azure, from a cluster definition in AKS Engine's format.

Standard output holds only data; progress and messages go to standard error.

Exit codes:
  0    done
  1    it failed
  2    the command line or the cluster definition is wrong, the stack is of the other
       world (Azure or emulator), or what takes something away was not confirmed;
       nothing was changed (with validate --strict, substitutions and warnings count)
  3    preview --expect-no-changes found changes
  4    there is no such stack
  5    another run holds the stack
  6    reap left something that has expired
  10   preview --max-replace: too many replacements
  11   preview --no-replace-control-plane: something of the control plane would go
  12   preview --no-delete: something would be deleted
  130  interrupted; run the same command again to go on
  255  ssh, tunnel and rdp: nobody got in (other codes of ssh are the command's)
run ends with the exit code of its command: 128 and the signal's number where a
signal ended it, 127 for a command that is not there, 126 for one that cannot run.`

// newRoot builds the command line. started is set when a command begins to run.
func newRoot(a *app, started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "hybridctl",
		Short: "Hybrid Linux/Windows Kubernetes clusters on Azure",
		Long:  rootHelp,
		Example: `  hybridctl up --emulator -f examples/windows-hybrid.json
  hybridctl nodes --emulator
  hybridctl down --emulator --yes`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkGlobals(cmd.Flags().Changed("kubernetes")); err != nil {
				return err
			}
			*started = true
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := root.PersistentFlags()
	f.BoolVar(&a.global.emulator, "emulator", a.emulatorByDefault(), "rehearse on this machine, without Azure (HYBRIDCTL_EMULATOR=1)")
	f.StringVar(&a.global.kubernetes, "kubernetes", a.kubernetesByDefault(),
		"`where` a rehearsal's Kubernetes runs: memory, or local for a real control plane on this machine (HYBRIDCTL_EMULATOR_KUBERNETES)")
	f.StringVar(&a.global.provider, "kubernetes-provider", providerEmulated,
		"`which` Kubernetes provider a rehearsal uses: emulated, or plugin for the real one (needs --kubernetes local)")
	f.StringVar(&a.global.backend, "backend", "", "`URL` of the place for state (default: the emulator's own, or what Pulumi is logged into)")
	f.StringVarP(&a.global.output, "output", "o", "table", "`format` of the data: table, json or yaml; text is table")
	f.StringVar(&a.global.color, "color", "auto", "colours: auto, always or never (`when`); NO_COLOR is respected")
	f.BoolVarP(&a.global.quiet, "quiet", "q", false, "no progress")
	f.BoolVarP(&a.global.verbose, "verbose", "v", false, "show the engine's informational messages")
	completeWith(root, "output", "table", "json", "yaml")
	completeWith(root, "kubernetes", kubernetesInMemory, kubernetesLocal)
	completeWith(root, "kubernetes-provider", providerEmulated, providerPlugin)
	completeWith(root, "color", "auto", "always", "never")
	addGroup(root, "clusters", "Make and delete clusters:", newUp(a), newPreview(a), newDown(a), newRun(a))
	addGroup(root, "use", "Use a cluster:", newNodes(a), newKubeconfig(a), newOutputs(a),
		newSSH(a), newTunnel(a), newRDP(a), newLogs(a))
	addGroup(root, "stacks", "Many clusters:", newList(a), newExtend(a), newReap(a), newExport(a), newUnlock(a))
	addGroup(root, "definitions", "Look at a definition:",
		newValidate(a), newSchema(a), newArtifacts(a), newBootstrap(a), newGraph(a), newPrices(a), newVersions(a), newVersion(a), newEmulator(a))
	root.AddCommand(newControlPlane(a), newComment(a))
	return root
}

// addGroup adds commands under a title of the help.
func addGroup(root *cobra.Command, id, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: id, Title: title})
	for _, cmd := range commands {
		cmd.GroupID = id
		root.AddCommand(cmd)
	}
}

func completeWith(cmd *cobra.Command, flag string, values ...string) {
	// The only error is a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

func (a *app) emulatorByDefault() bool {
	on, err := strconv.ParseBool(a.getenv("HYBRIDCTL_EMULATOR"))
	return err == nil && on
}

func (a *app) kubernetesByDefault() string {
	if where := a.getenv("HYBRIDCTL_EMULATOR_KUBERNETES"); where != "" {
		return where
	}
	return kubernetesInMemory
}

func (a *app) checkGlobals(given bool) error {
	if err := a.checkKubernetes(given); err != nil {
		return err
	}
	switch a.global.output {
	case "table", "text":
		a.global.output = "table"
	case "json":
	case "yaml":
		// YAML is the JSON document in other clothes: see printJSON.
		a.global.output, a.global.yaml = "json", true
	default:
		return fmt.Errorf("--output is %q: write table, json or yaml", a.global.output)
	}
	if !slices.Contains([]string{"auto", "always", "never"}, a.global.color) {
		return fmt.Errorf("--color is %q: write auto, always or never", a.global.color)
	}
	if v := a.getenv("HYBRIDCTL_EMULATOR"); v != "" {
		if _, err := strconv.ParseBool(v); err != nil {
			return fmt.Errorf("HYBRIDCTL_EMULATOR is %q: write 1 or 0", v)
		}
	}
	return nil
}

// stackPattern is a stack's name as Pulumi has it, perhaps with its
// organization and project: https://www.pulumi.com/docs/iac/concepts/stacks/
var stackPattern = regexp.MustCompile(`^([A-Za-z0-9_.-]{1,100}/){0,2}[A-Za-z0-9_.-]{1,100}$`)

// stackArgs takes a stack's name and at most so many arguments.
func stackArgs(most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.MaximumNArgs(most)(cmd, args); err != nil {
			return err
		}
		if len(args) > 0 && !stackPattern.MatchString(args[0]) {
			return fmt.Errorf("%q is no name for a stack: use letters, digits, dots, - and _", args[0])
		}
		return nil
	}
}

// defaultStack is the stack of commands that name none.
const defaultStack = "dev"

func stackName(args []string) string {
	if len(args) == 0 {
		return defaultStack
	}
	return args[0]
}

// stackNames completes the first argument.
func (a *app) stackNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return target.StackNames(a.targetOptions()), cobra.ShellCompDirectiveNoFileComp
}
