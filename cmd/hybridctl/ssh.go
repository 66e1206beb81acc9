package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/remote"
)

// sshFlags are those of hybridctl ssh.
type sshFlags struct {
	*loginFlags
	tty, config, knownHostsFile bool
}

func newSSH(a *app) *cobra.Command {
	var f sshFlags
	cmd := &cobra.Command{
		Use:   "ssh [STACK [NODE]] [-- COMMAND...]",
		Short: "Log in on a node, or run a command on it",
		Long: `Log in on a node over SSH, or run a command on it and end with its exit code.
Without a node it is the first master. Others are reached through it, or through
the jumpbox of a private cluster.

The machines prove themselves with host keys that the stack knows, so there is
nothing to confirm. Your key is one named with --identity-file, the one that the
stack generated, one of your agent's (SSH_AUTH_SOCK), or one of ~/.ssh.

SSH is closed unless the cluster was made with --ssh-source-cidr; up with that
flag opens it, and without it closes it.

The words of a command are put together with spaces and read by the node's shell:
PowerShell on Windows. What could not log in ends with exit code 255.

--print-config and --print-known-hosts write what OpenSSH's own client needs.`,
		Example: `  hybridctl ssh prod
  hybridctl ssh prod linuxpool1000
  hybridctl ssh prod -- sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get pods -A
  hybridctl ssh prod windowspool2000 -- Get-Service kubelet
  hybridctl ssh prod --print-known-hosts > ~/.ssh/prod.known_hosts
  hybridctl ssh prod --print-config > ~/.ssh/prod.config && ssh -F ~/.ssh/prod.config linuxpool1000`,
		ValidArgsFunction: a.stackNames,
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		named, _ := splitAtDash(cmd, args)
		return stackArgs(2)(cmd, named)
	}
	f.loginFlags = addLoginFlags(cmd)
	cmd.Flags().BoolVarP(&f.tty, "tty", "t", false, "run a command in a terminal as well")
	cmd.Flags().BoolVar(&f.config, "print-config", false, "print a configuration for OpenSSH's client, and log in nowhere")
	cmd.Flags().BoolVar(&f.knownHostsFile, "print-known-hosts", false, "print the host keys in known_hosts form, and log in nowhere")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		named, command := splitAtDash(cmd, args)
		if f.config && f.knownHostsFile {
			return usage(errors.New("--print-config and --print-known-hosts write two files: ask for one after the other"))
		}
		if f.config || f.knownHostsFile {
			return a.printSSH(cmd.Context(), stackName(named), f)
		}
		node := ""
		if len(named) == 2 {
			node = named[1]
		}
		return a.ssh(cmd.Context(), stackName(named), node, command, f)
	}
	return cmd
}

// splitAtDash takes what stands behind "--" off the arguments.
func splitAtDash(cmd *cobra.Command, args []string) (named, command []string) {
	if at := cmd.ArgsLenAtDash(); at >= 0 {
		return args[:at], args[at:]
	}
	return args, nil
}

func (a *app) printSSH(ctx context.Context, stack string, f sshFlags) error {
	_, c, err := a.openCluster(ctx, stack)
	if err != nil {
		return err
	}
	if f.knownHostsFile {
		a.outf("%s", c.KnownHosts())
		return nil
	}
	config, err := c.Config("~/.ssh/" + strings.ReplaceAll(stack, "/", ".") + ".known_hosts")
	if err != nil {
		return err
	}
	a.outf("%s", config)
	return nil
}

func (a *app) ssh(ctx context.Context, stack, node string, command []string, f sshFlags) error {
	if a.global.emulator {
		return usage(errNoMachines)
	}
	client, c, err := a.login(ctx, stack, node, f.loginFlags)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	terminal, restore, err := a.takeTerminal(f.tty || len(command) == 0)
	if err != nil {
		return err
	}
	code, err := client.Run(ctx, strings.Join(command, " "), remote.Streams{In: a.stdin, Out: a.stdout, Err: a.stderr}, terminal)
	restore()
	if err != nil {
		return noSession(err, c)
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// login connects to a node; an empty name is the first master.
func (a *app) login(ctx context.Context, stack, node string, f *loginFlags) (*remote.Client, remote.Cluster, error) {
	values, c, err := a.openCluster(ctx, stack)
	if err != nil {
		return nil, c, err
	}
	if _, master := c.Access.Masters[node]; node != "" && !master && node != c.Access.Entry.Name {
		c.Addresses = lookUp(ctx, values)
	}
	route, err := c.Route(node)
	if err != nil {
		return nil, c, usage(err)
	}
	o, err := a.credentials(ctx, f, values)
	if err != nil {
		return nil, c, err
	}
	defer func() { _ = o.Credentials.Close() }()
	client, err := remote.Dial(ctx, route, o)
	if err != nil {
		return nil, c, noSession(err, c)
	}
	return client, c, nil
}

// takeTerminal hands the terminal to the node where there is one and it is wanted.
func (a *app) takeTerminal(wanted bool) (*remote.Terminal, func(), error) {
	in, isFile := a.stdin.(*os.File)
	if !wanted || !isFile || !a.stdinTerminal || !a.stdoutTTY {
		return nil, func() {}, nil
	}
	t, restore, err := remote.OpenTerminal(in, os.Stdout, a.getenv("TERM"))
	if err != nil {
		return nil, nil, fmt.Errorf("a shell needs a terminal: %w", err)
	}
	return t, restore, nil
}
