package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
	"github.com/hybridcluster/hybridcluster/internal/access"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/nodelogs"
	"github.com/hybridcluster/hybridcluster/internal/remote"
	"github.com/hybridcluster/hybridcluster/internal/state"
	"github.com/hybridcluster/hybridcluster/stacks"
)

func newLogs(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "logs [STACK [NODE...]]",
		Short: "Take the logs of nodes and of Kubernetes into a folder",
		Long: `Take the logs of all nodes, or of some: of the bootstrap, cloud-init, the kubelet and
containerd. Without nodes it also takes Kubernetes' events, the state of the nodes
and the logs of pods.

Nodes are asked over SSH where it is open, as hybridctl ssh does. Where it is not,
the API server gives what kubelets give. There is a folder for each node, and
index.json says what was taken and what was not, and why.

Keys, tokens and everything that the stack holds as a secret are masked. Logs may
hold what nobody can know to be a secret: look through them before you pass them on.

What was taken is kept when something fails. Then the exit code is 1.`,
		Example: `  hybridctl logs prod
  hybridctl logs prod windowspool2000 --dir ./windowspool2000-logs`,
		ValidArgsFunction: a.stackNames,
		Args: func(cmd *cobra.Command, args []string) error {
			return stackArgs(1)(cmd, args[:min(1, len(args))])
		},
	}
	f := addLoginFlags(cmd)
	cmd.Flags().StringVarP(&dir, "dir", "d", "", "`folder` to fill; it must be new or empty (default: STACK-logs-TIME)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if a.global.emulator {
			return usage(errNoMachines)
		}
		var nodes []string
		if len(args) > 1 {
			nodes = args[1:]
		}
		return a.logs(cmd.Context(), stackName(args), nodes, dir, f)
	}
	return cmd
}

func (a *app) logs(ctx context.Context, stack string, nodes []string, dir string, f *loginFlags) error {
	t, s, err := a.existing(ctx, stack, false)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	index, err := a.takeLogs(ctx, s, nodes, dir, f)
	a.closeDisplay()
	if err != nil {
		return err
	}
	return a.printLogs(index)
}

func (a *app) printLogs(index nodelogs.Index) error {
	failed := index.Failed()
	if a.global.output == "json" {
		if err := a.printJSON(index); err != nil {
			return err
		}
	} else {
		a.outf("%s\n", index.Dir)
		a.say(fmt.Sprintf("%d of %d logs were taken; index.json lists them.", len(index.Items)-len(failed), len(index.Items)))
	}
	for _, item := range failed {
		a.errf("  %s: %s\n", item.File, item.Error)
	}
	if len(failed) > 0 {
		return &exitError{code: exitFailure}
	}
	return nil
}

// takeLogs takes the logs of nodes, or of the whole cluster where none is named.
func (a *app) takeLogs(ctx context.Context, s *engine.Stack, nodes []string, dir string, f *loginFlags) (nodelogs.Index, error) {
	export, err := s.Export(ctx, true)
	if err != nil {
		return nodelogs.Index{}, err
	}
	values, err := remote.FromState(export)
	if err != nil {
		return nodelogs.Index{}, fmt.Errorf("%w: run `%s`", err, a.command("up", s.Name()))
	}
	secrets, err := state.Secrets(export)
	if err != nil {
		return nodelogs.Index{}, err
	}
	c, err := values.Cluster(s.Name())
	if err != nil {
		return nodelogs.Index{}, err
	}
	c.Up = a.command("up", s.Name())
	now := time.Now()
	if dir == "" {
		dir = strings.ReplaceAll(s.Name(), "/", ".") + "-logs-" + now.UTC().Format("20060102T150405Z")
	}
	o := nodelogs.Options{
		Stack: s.Name(), Dir: a.path(filepath.Clean(dir)), AllOfIt: len(nodes) == 0, Mask: nodelogs.NewMask(secrets), Now: now,
	}
	o.Kubernetes, o.NoKubernetes = nodelogs.Connect(values.Text(remote.ValueKubeconfig))
	c.Addresses = lookUp(ctx, values)
	if o.Nodes, err = logNodes(ctx, s, c, nodes); err != nil {
		return nodelogs.Index{}, err
	}
	login, err := a.credentials(ctx, f, values)
	if err != nil {
		return nodelogs.Index{}, err
	}
	defer func() { _ = login.Credentials.Close() }()
	if o.NoLogin = tryEntry(ctx, c, login); o.NoLogin == nil {
		o.Login = func(ctx context.Context, node string) (nodelogs.Shell, error) { return dialNode(ctx, c, node, login) }
	}
	end := a.activity("taking the logs of " + s.Name())
	defer end()
	return nodelogs.Collect(ctx, o)
}

// tryEntry finds out whether SSH is open at all, before each node is tried.
func tryEntry(ctx context.Context, c remote.Cluster, o remote.Options) error {
	entry, err := c.Entry()
	if err != nil {
		return err
	}
	client, err := remote.Dial(ctx, []remote.Machine{entry}, o)
	if err != nil {
		return c.Explain(err)
	}
	return client.Close()
}

func dialNode(ctx context.Context, c remote.Cluster, node string, o remote.Options) (nodelogs.Shell, error) {
	route, err := c.Route(node)
	if err != nil {
		return nil, err
	}
	return remote.Dial(ctx, route, o)
}

// logNodes are the named nodes, or those that are declared and those that the API
// server knows.
func logNodes(ctx context.Context, s *engine.Stack, c remote.Cluster, names []string) ([]nodelogs.Node, error) {
	if len(names) == 0 {
		outs, err := stackOutputs(ctx, s)
		if err != nil {
			return nil, err
		}
		declared, err := access.Declared(outs[stacks.OutputNodes].Value)
		if err != nil {
			return nil, err
		}
		for _, n := range declared {
			names = append(names, n.Name)
		}
		for name := range c.Addresses {
			names = append(names, name)
		}
		for name := range c.Access.Masters {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var nodes []nodelogs.Node
	for _, name := range slices.Compact(names) {
		if _, err := c.Address(name); err != nil {
			return nil, usage(err)
		}
		_, pool, _ := c.Access.PoolOf(name)
		nodes = append(nodes, nodelogs.Node{Name: name, Windows: pool.OS == "windows"})
	}
	return nodes, nil
}

// failureLogsTime bounds what a failed up waits for.
const failureLogsTime = 90 * time.Second

// failureLogs takes the logs of the nodes that made an up fail, if SSH is open. It
// changes nothing about the failure.
func (a *app) failureLogs(ctx context.Context, s *engine.Stack, err error) {
	var failure *engine.Error
	if a.global.emulator || ctx.Err() != nil || !errors.As(err, &failure) || failure.Kind != engine.Failed {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, failureLogsTime)
	defer cancel()
	export, err := s.Export(ctx, true)
	if err != nil {
		return
	}
	values, err := remote.FromState(export)
	if err != nil {
		return
	}
	c, err := values.Cluster(s.Name())
	if err != nil {
		return
	}
	nodes := failedNodes(failure, c.Access)
	if len(nodes) == 0 {
		return
	}
	if len(c.Access.SourceCIDRs) == 0 {
		a.say("The logs of " + strings.Join(nodes, ", ") + " were not taken: SSH is closed. " +
			"With --ssh-source-cidr ADDRESS/32 for your own public address, up opens it and takes them.")
		return
	}
	index, err := a.takeLogs(ctx, s, nodes, "", &loginFlags{})
	if err != nil {
		a.say("The logs of the nodes that failed were not taken: " + err.Error())
		return
	}
	a.say(fmt.Sprintf("The logs of %s are in %s (%d of %d; index.json lists them).", strings.Join(nodes, ", "), index.Dir,
		len(index.Items)-len(index.Failed()), len(index.Items)))
}

// failedNodes are the nodes whose bootstrap failed, by the names of their resources:
// "cluster-<node>-bootstrap". Of a scale set it is not known which instance it was.
func failedNodes(failure *engine.Error, a sshaccess.Access) []string {
	var nodes []string
	for _, d := range failure.Diagnostics {
		if d.Type != "azure-native:compute:VirtualMachineExtension" {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(d.Name, "cluster-"), "-bootstrap")
		_, _, worker := a.PoolOf(name)
		if _, master := a.Masters[name]; (master || worker) && !slices.Contains(nodes, name) {
			nodes = append(nodes, name)
		}
	}
	slices.Sort(nodes)
	return nodes
}
