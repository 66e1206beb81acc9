package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	osuser "os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/lifetime"
	"github.com/hybridcluster/hybridcluster/internal/target"
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

// enter makes a stack unless it is there, and gives its tags. A new one is whose makes
// it.
func (a *app) enter(ctx context.Context, t *target.Target, s *engine.Stack) (tags map[string]string, fresh bool, err error) {
	tags, err = t.Enter(ctx, s)
	if err != nil || tags != nil {
		return tags, false, err
	}
	err = s.Init(ctx)
	if engine.KindOf(err) == engine.Conflict {
		// Somebody was faster.
		tags, err = t.Enter(ctx, s)
		return tags, false, err
	}
	if err != nil {
		return nil, false, err
	}
	tags = a.surroundings().Identity().StackTags()
	maps.Copy(tags, t.Mark())
	return tags, true, s.SetTags(ctx, map[string]string{}, tags)
}

// renewed is a stack's lease after a wish for another end.
func (a *app) renewed(tags map[string]string, ttl lifetime.TTL) lifetime.Lease {
	return lifetime.FromStackTags(tags).Renewed(ttl, a.surroundings().Identity(), time.Now())
}

// renew writes a stack's lease down, and whose the stack is.
func (a *app) renew(ctx context.Context, t *target.Target, s *engine.Stack, tags map[string]string, lease lifetime.Lease) error {
	wanted := t.Mark()
	if wanted == nil {
		wanted = map[string]string{}
	}
	if lease != lifetime.FromStackTags(tags) {
		maps.Copy(wanted, lease.StackTags())
	}
	return s.SetTags(ctx, tags, wanted)
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
