package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/baseline"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/review"
	"github.com/hybridcluster/hybridcluster/internal/settings"
	"github.com/hybridcluster/hybridcluster/internal/target"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// compareBase previews against the definition at another commit.
func (a *app) compareBase(ctx context.Context, name string, p *previewFlags) (review.Input, error) {
	in := review.Input{Against: review.Against{Kind: review.AgainstBase, Ref: p.base}}
	tree, err := baseline.Open(ctx, a.dir, p.base)
	if err != nil {
		return in, usage(err)
	}
	in.Against.Commit = tree.Commit
	head, err := a.declared(p.definition, name, os.ReadFile, nil)
	if err != nil {
		return in, usage(err)
	}
	read := func(path string) ([]byte, error) { return tree.Read(ctx, path) }
	then, err := a.declared(p.definition, name, read, read)
	base := &then
	if errors.Is(err, fs.ErrNotExist) {
		base = nil
	} else if err != nil {
		return in, usage(fmt.Errorf("at %s: %w", p.base, err))
	}
	for _, path := range baseline.FillBlanks(&head, base) {
		in.Notes = append(in.Notes, path+" is a blank and has the same stand-in on both sides")
	}
	c := baseline.Comparison{Stack: name, Head: head}
	if base != nil {
		d, found := base.Resolve()
		if len(found.Faults) > 0 {
			in.Notes = append(in.Notes, fmt.Sprintf("the definition at %s has faults, so all is new: %s", p.base, found.Faults[0]))
		} else {
			c.Base, c.BaseDefinition = base, d
			in.Exists, in.Before = true, review.SideOf(*base, d)
		}
	}
	return a.compareScratch(ctx, c, in, p)
}

// compareState previews against an exported state.
func (a *app) compareState(ctx context.Context, name string, p *previewFlags) (review.Input, error) {
	in := review.Input{Exists: true, Against: review.Against{Kind: review.AgainstState, File: filepath.Base(p.baseState)}}
	state, err := os.ReadFile(a.path(p.baseState))
	if err != nil {
		return in, usage(fmt.Errorf("--base-state: %w", err))
	}
	if err := baseline.CheckState(state, filepath.Base(name), a.hasPassphrase()); err != nil {
		return in, usage(fmt.Errorf("--base-state %s: %w", p.baseState, err))
	}
	head, err := a.declared(p.definition, name, os.ReadFile, nil)
	if err != nil {
		return in, usage(err)
	}
	for _, path := range baseline.FillBlanks(&head, nil) {
		in.Notes = append(in.Notes, path+" is a blank and has a stand-in, which may show as a change")
	}
	return a.compareScratch(ctx, baseline.Comparison{Stack: name, Head: head, State: state}, in, p)
}

func (a *app) hasPassphrase() bool {
	return a.getenv("PULUMI_CONFIG_PASSPHRASE") != "" || a.getenv("PULUMI_CONFIG_PASSPHRASE_FILE") != ""
}

// compareScratch makes the preview in a scratch place.
func (a *app) compareScratch(ctx context.Context, c baseline.Comparison, in review.Input, p *previewFlags) (review.Input, error) {
	c.Head.Today, c.Head.EndedLater = a.day(), true
	d, found := c.Head.Resolve()
	if in.Faults, in.Warnings = found.Faults, found.Warnings; len(in.Faults) > 0 {
		return in, nil
	}
	in.After = review.SideOf(c.Head, d)
	c.Head.ReplaceCluster = p.replace
	var err error
	if in.Faults, err = c.RunningFaults(); err != nil {
		return in, err
	}
	if len(in.Faults) > 0 && !in.Exists {
		return in, nil
	}
	in.Refused = len(in.Faults) > 0
	t, err := target.OpenScratch(ctx, a.scratchOptions(c, d, a.hasPassphrase() && c.State != nil))
	if err != nil {
		return in, err
	}
	defer func() { _ = t.Close() }()
	if err := t.Attach(ctx); err != nil {
		return in, err
	}
	if c.Base != nil {
		a.say("Rehearsing the cluster as it is at " + p.base + ", on this machine alone. Azure is not asked.")
	}
	// What the base warns of is not news, and its progress says what takes long.
	watch := a.progress().Event
	events, result, err := c.Preview(ctx, t, p.run, func(e engine.Event) {
		if e.DiagnosticEvent == nil || e.DiagnosticEvent.Severity != "warning" {
			watch(e)
		}
	})
	in.Events, in.Changes = events, result.Changes
	return in, err
}

// scratchOptions are those of an emulator in which the definitions find what they
// take for granted: the network's inside, and existing resource groups.
func (a *app) scratchOptions(c baseline.Comparison, d *apimodel.Definition, passphrase bool) target.Options {
	groups := map[string]string{}
	if name := c.Head.ExistingResourceGroup; name != "" {
		groups[name] = d.Location
	}
	if c.Base != nil && c.Base.ExistingResourceGroup != "" && c.BaseDefinition != nil {
		groups[c.Base.ExistingResourceGroup] = c.BaseDefinition.Location
	}
	o := a.targetOptions()
	o.Start = func(ctx context.Context, dir string) (target.World, error) { return a.startScratch(ctx, dir, groups) }
	o.KeepPassphrase = passphrase
	return o
}

// declared gathers the settings of a definition in git. Secrets of the stack's
// config are not decrypted; stand-ins take their places. definition reads the
// definition's own files, nil from the disk.
func (a *app) declared(d *definitionFlags, stack string, read, definition func(string) ([]byte, error)) (stacks.Config, error) {
	values := map[string]string{}
	if engine.HasProject(a.dir) {
		path, _ := engine.StackFile(a.dir, stack)
		data, err := read(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return stacks.Config{}, err
		}
		file, err := settings.ParseStackFile(path, data)
		if err != nil {
			return stacks.Config{}, err
		}
		values = file.Plain
		for key, ciphertext := range file.Ciphertext {
			if v, ok := baseline.StandIn(key, ciphertext); ok {
				values[key] = v
			}
		}
	}
	return settings.Resolve(settings.Inputs{
		File: d.file, Set: d.set, Flags: d.given(), Getenv: a.getenv, Stack: values, Stdin: a.stdin, Dir: a.dir, Read: definition,
	})
}
