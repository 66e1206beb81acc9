package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/child"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/report"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// defaultTTL is how long the cluster of a run may live that could not delete it.
const defaultTTL = "2h"

func newRun(a *app) *cobra.Command {
	r := &ephemeral{app: a}
	var ttl string
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARGUMENT...]",
		Short: "Make a cluster, run a command with it, and delete it",
		Long: `Make a cluster, run a command with it, and delete the cluster, whatever happens: when
up fails, when the command fails or is killed, after Ctrl-C and SIGTERM. The exit
code is the command's: 128 and the signal's number where a signal ended it.

The command finds in its environment
  KUBECONFIG         a file with the administrator's kubeconfig, deleted afterwards
  HYBRIDCTL_STACK    the stack's name
  WORKLOAD_URL       where the workload is served, if there is one
  HYBRIDCTL_OUTPUT_* each output that is no secret: apiServer is
                     HYBRIDCTL_OUTPUT_API_SERVER; lists are JSON
and what makes hybridctl itself find the stack: HYBRIDCTL_EMULATOR and
PULUMI_BACKEND_URL as --emulator and --backend have it. Secrets other than the
kubeconfig are left out; "hybridctl outputs --show-secrets" has them.

The stack is named after the pull request or the branch, with a random ending. Its
name is the dnsPrefix, too, unless --dns-prefix or HYBRIDCTL_DNS_PREFIX gives one,
so that runs do not get into each other's way. A stack of that name that is there
already is left alone.

The first Ctrl-C goes to the command, and the cluster is deleted when it has ended.
The second kills it. While the cluster is being deleted, one Ctrl-C is not heeded;
the second leaves what is left. That, and what a run leaves that was itself killed,
is for reap, once --ttl has passed.`,
		Example: `  hybridctl run --emulator -f examples/windows-hybrid.json -- hybridctl nodes '$HYBRIDCTL_STACK'
  hybridctl run -f cluster.json -- go test ./e2e/...
  hybridctl run --ttl 4h --name nightly --keep-on-failure -f cluster.json -- ./conformance.sh`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || cmd.ArgsLenAtDash() != 0 {
				return errors.New("name the command to run after --")
			}
			return nil
		},
	}
	r.definition = addDefinitionFlags(cmd)
	addRunFlags(cmd, &r.options)
	addTTLFlag(cmd, &ttl, defaultTTL, "`time` until reap may delete the cluster, or none")
	cmd.Flags().StringVar(&r.name, "name", "", "`name` of the stack (default: from the pull request or branch, and unique)")
	cmd.Flags().BoolVar(&r.keep, "keep-on-failure", false, "leave the cluster until its end when up or the command fails")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if r.ttl, err = readTTL(ttl); err != nil {
			return err
		}
		r.args = args
		return r.run(cmd.Context())
	}
	return cmd
}

// ephemeral is a cluster for one command.
type ephemeral struct {
	app        *app
	definition *definitionFlags
	options    engine.RunOptions
	ttl        lifetime.TTL
	name       string
	keep       bool
	args       []string

	config   stacks.Config
	resolved *apimodel.Definition
	summary  summary
	// kubeconfig is known when the cluster is up.
	kubeconfig string
	// target is open while the cluster is made.
	target *target.Target
	stack  *engine.Stack
}

func (r *ephemeral) run(ctx context.Context) error {
	if r.name == "" {
		r.name = r.app.surroundings().Name(ctx)
	} else if !stackPattern.MatchString(r.name) {
		return usage(fmt.Errorf("--name is %q, which is no name for a stack: use letters, digits, dots, - and _", r.name))
	}
	var missing *child.NotRunnable
	if _, err := child.Find(r.args[0], r.app.dir); errors.As(err, &missing) {
		return &exitError{code: missing.Code, err: err}
	}
	if err := r.configure(ctx); err != nil {
		return err
	}
	defer func() {
		if r.target != nil {
			_ = r.target.Close()
		}
	}()
	code, err := lifetime.Run{
		Create: r.create, Up: r.up, Down: r.down, Start: r.start,
		OnSignal: r.app.signals.handle, Say: r.app.say, KeepOnFailure: r.keep,
	}.Do(ctx)
	return r.conclude(code, err)
}

// configure gives the cluster a dnsPrefix of its own, unless one was given for
// this run: that of the definition is for one cluster at a time.
func (r *ephemeral) configure(ctx context.Context) error {
	given := r.definition.cmd.Flags().Changed("dns-prefix") || r.app.getenv("HYBRIDCTL_DNS_PREFIX") != ""
	if !given {
		if err := r.definition.cmd.Flags().Set("dns-prefix", lifetime.Prefix(r.name)); err != nil {
			return usage(err)
		}
	}
	var err error
	r.config, r.resolved, err = r.app.resolve(ctx, r.definition, r.name)
	return err
}

func (r *ephemeral) create(ctx context.Context, terminate <-chan struct{}) (made bool, err error) {
	r.app.terminate = terminate
	if err := r.app.needPrograms(ctx); err != nil {
		return false, err
	}
	if r.target, err = r.app.attach(ctx); err != nil {
		return false, err
	}
	r.stack, err = r.target.Stack(ctx, r.name, func(run *pulumi.Context) error { return stacks.Program(r.config)(run) })
	if err != nil {
		return false, err
	}
	if err := r.app.mayAct(ctx, r.target, r.config, r.resolved); err != nil {
		return false, err
	}
	if made, err := r.init(ctx); err != nil {
		return made, err
	}
	r.app.say("The cluster's stack is " + r.name + ".")
	tags := map[string]string{}
	lease := r.app.renewed(tags, r.ttl)
	r.config.GroupTags = lease.GroupTags()
	return true, r.app.renew(ctx, r.target, r.stack, tags, lease)
}

// init creates the stack. made is never true for a stack that may be somebody
// else's: it would be deleted.
func (r *ephemeral) init(ctx context.Context) (made bool, err error) {
	taken := usage(fmt.Errorf("there is a stack %s already, and run makes and deletes its own: "+
		"choose another --name, or delete that one with `%s`", r.name, r.app.command("down", r.name)))
	exists, err := r.stack.Exists(ctx)
	switch {
	case err != nil:
		return false, err
	case exists:
		return false, taken
	}
	err = r.stack.Init(ctx)
	switch engine.KindOf(err) {
	case engine.Conflict:
		return false, taken
	case engine.Interrupted:
		fresh, unknown := lifetime.Fresh(context.WithoutCancel(ctx), r.stack)
		if unknown != nil {
			err = fmt.Errorf("%w\nwhether there is a stack %s now is not known; `hybridctl list` tells", err, r.name)
		}
		return fresh, err
	default:
		return err == nil, err
	}
}

func (r *ephemeral) up(ctx context.Context, terminate <-chan struct{}) (err error) {
	// The stack was opened with the terminate channel of its creation.
	if err := r.reopen(ctx, terminate, func(run *pulumi.Context) error { return stacks.Program(r.config)(run) }); err != nil {
		return err
	}
	o := r.options
	o.Parallel = r.app.slots(o.Parallel, r.config)
	r.summary, err = r.app.raise(ctx, r.target, r.stack, o)
	if err != nil {
		return err
	}
	outs, err := r.stack.Outputs(ctx)
	if err != nil {
		return err
	}
	if r.kubeconfig, err = reachable(ctx, r.target, outs); err != nil {
		return err
	}
	if r.app.global.quiet {
		return nil
	}
	return report.WriteNodes(r.app.stderr, r.summary.Nodes, time.Now())
}

func (r *ephemeral) down(ctx context.Context, terminate <-chan struct{}) error {
	if err := r.reopen(ctx, terminate, nil); err != nil {
		return err
	}
	exists, err := r.stack.Exists(ctx)
	if err != nil || !exists {
		return err
	}
	_, err = r.app.raze(ctx, r.target, r.stack, engine.RunOptions{Parallel: r.options.Parallel})
	r.app.closeDisplay()
	if err == nil {
		r.app.say("Stack " + r.name + " is gone.")
	}
	return err
}

// reopen opens the stack anew, for a phase with its own way to be stopped.
func (r *ephemeral) reopen(ctx context.Context, terminate <-chan struct{}, program pulumi.RunFunc) error {
	if r.target != nil {
		if err := r.target.Close(); err != nil {
			return err
		}
	}
	r.app.terminate, r.target = terminate, nil
	t, err := r.app.attach(ctx)
	if err != nil {
		return err
	}
	r.target = t
	r.stack, err = t.Stack(ctx, r.name, program)
	return err
}

// conclude turns the outcome into an exit code. The command's own counts, unless
// it was well and the cluster is not.
func (r *ephemeral) conclude(code int, err error) error {
	if errors.Is(err, lifetime.ErrKept) {
		r.app.errf("The cluster is kept. Look at it with `%s`, and delete it with `%s`.\n",
			r.app.command("nodes", r.name), r.app.command("down", r.name))
	}
	switch {
	case code == 0 && engine.KindOf(err) == engine.Interrupted:
		return &exitError{code: exitInterrupted, err: err}
	case code == 0:
		return err
	case err == nil || errors.Is(err, lifetime.ErrKept):
		return &exitError{code: code}
	default:
		return &exitError{code: code, err: err}
	}
}
