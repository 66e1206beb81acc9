package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	osuser "os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
)

func addTTLFlag(cmd *cobra.Command, ttl *string, value, usage string) {
	cmd.Flags().StringVar(ttl, "ttl", value, usage)
	completeWith(cmd, "ttl", "1h", "2h", "8h", "24h", "none")
}

func readTTL(text string) (lifetime.TTL, error) {
	if text == "" {
		return lifetime.TTL{}, nil
	}
	ttl, err := lifetime.ParseTTL(text)
	if err != nil {
		return lifetime.TTL{}, usage(err)
	}
	return ttl, nil
}

// surroundings are what names, owners and origins are made from.
func (a *app) surroundings() lifetime.Context {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	c := lifetime.Context{Getenv: a.getenv, Dir: a.dir, Host: host}
	if u, err := osuser.Current(); err == nil {
		c.User = u.Username
	}
	return c
}

// create makes a stack unless it is there. A new one is whose makes it.
func (a *app) create(ctx context.Context, s *engine.Stack) error {
	err := s.CreateNew(ctx)
	if engine.KindOf(err) == engine.Conflict {
		return nil
	}
	if err != nil {
		return err
	}
	return s.SetTags(ctx, map[string]string{}, a.surroundings().Identity().StackTags())
}

// renew reads a stack's lease and, where a TTL is given, moves its end.
func (a *app) renew(ctx context.Context, s *engine.Stack, ttl lifetime.TTL) (lifetime.Lease, error) {
	tags, err := s.Tags(ctx)
	if err != nil {
		return lifetime.Lease{}, err
	}
	before := lifetime.FromStackTags(tags)
	lease := before.Renewed(ttl, a.surroundings().Identity(), time.Now())
	if lease == before {
		return lease, nil
	}
	return lease, s.SetTags(ctx, tags, lease.StackTags())
}

func newExtend(a *app) *cobra.Command {
	var ttl string
	cmd := &cobra.Command{
		Use:   "extend [STACK] --ttl TIME",
		Short: "Let a cluster live longer",
		Long: `Move the end of a cluster that has one. It then lives for at least so long from
now; its end never comes nearer, but with --ttl none it goes away. Only tags are
changed, of the stack and of its resource group: the cluster is not touched.`,
		Example: `  hybridctl extend trial --ttl 1h
  hybridctl extend trial --ttl none`,
		Args:              stackArgs(1),
		ValidArgsFunction: a.stackNames,
	}
	addTTLFlag(cmd, &ttl, "", "least `time` from now, such as 1h, or none for no end")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		wanted, err := readTTL(ttl)
		if err != nil {
			return err
		}
		return a.extend(cmd.Context(), stackName(args), wanted)
	}
	return cmd
}

func (a *app) extend(ctx context.Context, name string, ttl lifetime.TTL) error {
	if !ttl.Given {
		return usage(errors.New("say how long with --ttl: a time such as 1h, or none"))
	}
	t, s, err := a.existing(ctx, name, true)
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	found, err := lifetime.Of(ctx, s, time.Now())
	if err != nil {
		return err
	}
	switch {
	case !found.Expires.IsZero():
	case ttl.Forever:
		return a.printLease(name, found.Lease, "Stack "+name+" has no end; there is nothing to take away.")
	default:
		return usage(fmt.Errorf("stack %s has no end to move; `%s --ttl %s` gives it one", name, a.command("up", name), ttl.Duration))
	}
	lease := found.Extended(ttl, a.surroundings().Identity(), time.Now())
	// The group first: where this fails, the stack still says when it ends.
	if found.ResourceGroup != "" {
		client, err := t.Groups(ctx)
		if err != nil {
			return err
		}
		if err := client.SetTags(ctx, found.ResourceGroup, lease.GroupChange()); err != nil {
			return err
		}
	}
	if err := s.SetTags(ctx, nil, lease.StackTags()); err != nil {
		return err
	}
	if lease.Expires.IsZero() {
		return a.printLease(name, lease, "Stack "+name+" has no end any more.")
	}
	return a.printLease(name, lease, "Stack "+name+" lives until "+lease.Expires.Format(time.RFC3339)+".")
}

func (a *app) printLease(name string, lease lifetime.Lease, text string) error {
	if a.global.output == "json" {
		return a.printJSON(struct {
			Stack string `json:"stack"`
			lifetime.Lease
		}{name, lease})
	}
	a.outf("%s\n", text)
	return nil
}
