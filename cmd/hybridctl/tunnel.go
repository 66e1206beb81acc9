package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/remote"
)

func newTunnel(a *app) *cobra.Command {
	var local int
	cmd := &cobra.Command{
		Use:   "tunnel [STACK] NODE:PORT",
		Short: "Lead a port of this machine to one of a node",
		Long: `Lead a port of this machine's loopback to a port of a node, over SSH. The
connection to the node starts at the first master, or at the jumpbox of a private
cluster, so the node itself needs no SSH. Standard output gets the address to
connect to. The tunnel is open until it is interrupted.`,
		Example: `  hybridctl tunnel prod linuxpool1000:9100
  hybridctl tunnel prod windowspool2000:5986 --local 15986`,
		ValidArgsFunction: a.stackNames,
		Args:              stackThenOne,
	}
	f := addLoginFlags(cmd)
	addLocalFlag(cmd, &local)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, port, err := nodePort(args[len(args)-1])
		if err != nil {
			return usage(err)
		}
		return a.tunnel(cmd.Context(), stackName(args[:len(args)-1]), node, port, local, f, func(address string) error {
			if a.global.output == "json" {
				return a.printJSON(map[string]string{"address": address})
			}
			a.outf("%s\n", address)
			return nil
		})
	}
	return cmd
}

func addLocalFlag(cmd *cobra.Command, local *int) {
	cmd.Flags().IntVar(local, "local", 0, "`port` on this machine (default: one that is free)")
}

// stackThenOne takes a stack's name, which may be left out, and one thing more.
func stackThenOne(cmd *cobra.Command, args []string) error {
	if err := cobra.RangeArgs(1, 2)(cmd, args); err != nil {
		return err
	}
	return stackArgs(1)(cmd, args[:len(args)-1])
}

func nodePort(text string) (node string, port int, err error) {
	node, number, _ := strings.Cut(text, ":")
	port, err = strconv.Atoi(number)
	if node == "" || err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q is no NODE:PORT: write for example linuxpool1000:9100", text)
	}
	return node, port, nil
}

// tunnel opens a port and tells its address once it is open.
func (a *app) tunnel(ctx context.Context, stack, node string, port, local int, f *loginFlags, opened func(address string) error) error {
	if a.global.emulator {
		return usage(errNoMachines)
	}
	if local < 0 || local > 65535 {
		return usage(fmt.Errorf("--local is %d: write a port, 1 to 65535", local))
	}
	values, c, err := a.openCluster(ctx, stack)
	if err != nil {
		return err
	}
	if _, master := c.Access.Masters[node]; !master {
		c.Addresses = lookUp(ctx, values)
	}
	host, err := c.Address(node)
	if err != nil {
		return usage(err)
	}
	entry, err := c.Entry()
	if err != nil {
		return err
	}
	o, err := a.credentials(ctx, f, values)
	if err != nil {
		return err
	}
	defer func() { _ = o.Credentials.Close() }()
	client, err := remote.Dial(ctx, []remote.Machine{entry}, o)
	if err != nil {
		return noSession(err, c)
	}
	defer func() { _ = client.Close() }()
	return a.forward(ctx, client, net.JoinHostPort(host, strconv.Itoa(port)), local, opened)
}

func (a *app) forward(ctx context.Context, client *remote.Client, address string, local int, opened func(string) error) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(local)))
	if err != nil {
		return fmt.Errorf("--local: opening the port on this machine: %w", err)
	}
	if err := opened(listener.Addr().String()); err != nil {
		return errors.Join(err, listener.Close())
	}
	a.say("The tunnel to " + address + " is open; Ctrl-C closes it.")
	return client.Forward(ctx, listener, address, func(err error) { a.say(err.Error()) })
}
