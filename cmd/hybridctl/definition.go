package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/engine"
	"github.com/hybridcluster/hybridcluster/internal/settings"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// definitionFlags are the flags that say which cluster.
type definitionFlags struct {
	cmd  *cobra.Command
	file string
	set  []string
}

func addDefinitionFlags(cmd *cobra.Command) *definitionFlags {
	d := &definitionFlags{cmd: cmd}
	f := cmd.Flags()
	f.StringVarP(&d.file, "file", "f", "", "`file` with the cluster definition, JSON or YAML; - is standard input ("+settings.DefinitionEnv+")")
	f.StringArrayVar(&d.set, "set", nil, "set a value of the definition, as `path=value`; can be repeated")
	for _, field := range settings.Fields() {
		usage := field.Usage + " (" + field.Env + ")"
		switch {
		case field.Form.Repeats():
			f.StringArray(field.Flag, nil, usage+"; can be repeated")
		case field.Form == settings.Switch:
			f.Bool(field.Flag, false, usage)
		default:
			f.String(field.Flag, "", usage)
		}
	}
	// The only error is a flag that does not exist.
	_ = cmd.MarkFlagFilename("file", "json", "yaml", "yml")
	return d
}

// given returns the values of the flags that were given.
func (d *definitionFlags) given() map[string][]string {
	out := map[string][]string{}
	for _, field := range settings.Fields() {
		if !d.cmd.Flags().Changed(field.Flag) {
			continue
		}
		switch {
		case field.Form.Repeats():
			out[field.Flag], _ = d.cmd.Flags().GetStringArray(field.Flag)
		case field.Form == settings.Switch:
			on, _ := d.cmd.Flags().GetBool(field.Flag)
			out[field.Flag] = []string{strconv.FormatBool(on)}
		default:
			text, _ := d.cmd.Flags().GetString(field.Flag)
			out[field.Flag] = []string{text}
		}
	}
	return out
}

// resolve resolves everything the user said about the cluster, and gives the
// definition that comes of it. Faults are printed, and end the program before
// anything has been created. What has ended is none here: it may run already.
func (a *app) resolve(ctx context.Context, d *definitionFlags, stack string) (stacks.Config, *apimodel.Definition, error) {
	c, err := a.configure(ctx, d, stack)
	if err != nil {
		return stacks.Config{}, nil, err
	}
	c.EndedLater = true
	resolved, report := c.Resolve()
	if len(report.Faults) > 0 {
		a.printFaults(report.Faults)
		return stacks.Config{}, nil, &exitError{code: exitUsage}
	}
	return c, resolved, nil
}

// configure gathers what the user said about the cluster, and does not judge it.
func (a *app) configure(ctx context.Context, d *definitionFlags, stack string) (stacks.Config, error) {
	return a.gather(ctx, d, stack, settings.Resolve)
}

// configureWithout gathers the settings where no definition is wanted, and ends
// the program where they are at fault.
func (a *app) configureWithout(ctx context.Context, d *definitionFlags, stack string) (stacks.Config, error) {
	c, err := a.gather(ctx, d, stack, settings.ResolveWithoutDefinition)
	if err != nil {
		return stacks.Config{}, err
	}
	if faults := c.MirrorFaults(); len(faults) > 0 {
		a.printFaults(faults)
		return stacks.Config{}, &exitError{code: exitUsage}
	}
	return c, nil
}

func (a *app) gather(
	ctx context.Context, d *definitionFlags, stack string, resolve func(settings.Inputs) (stacks.Config, error),
) (stacks.Config, error) {
	fromStack, err := a.stackConfig(ctx, stack)
	if err != nil {
		return stacks.Config{}, err
	}
	c, err := resolve(settings.Inputs{
		File: d.file, Set: d.set, Flags: d.given(), Getenv: a.getenv, Stack: fromStack, Stdin: a.stdin, Dir: a.dir,
	})
	if err != nil {
		return stacks.Config{}, usage(err)
	}
	c.Today = a.day()
	return c, nil
}

// day is today, and zero where nobody has set it.
func (a *app) day() time.Time {
	if a.today == nil {
		return time.Time{}
	}
	return a.today()
}

// stackConfig reads the stack's config where the working directory is the
// project. Secrets in it are read only for a real stack: a rehearsal has no
// business with its passphrase.
func (a *app) stackConfig(ctx context.Context, stack string) (map[string]string, error) {
	if !engine.HasProject(a.dir) {
		return map[string]string{}, nil
	}
	path, _ := engine.StackFile(a.dir, stack)
	file, err := settings.ReadStackFile(path)
	if err != nil {
		return nil, usage(err)
	}
	if len(file.Encrypted) == 0 {
		return file.Plain, nil
	}
	if a.global.emulator {
		a.say(fmt.Sprintf("The stack's secret config (%v) is not read for a rehearsal; flags and environment can give those values.", file.Encrypted))
		return file.Plain, nil
	}
	t, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.Close() }()
	s, err := t.Stack(ctx, stack, nil)
	if err != nil {
		return nil, err
	}
	secret, err := s.SecretConfig(ctx)
	if err != nil {
		return nil, err
	}
	values := maps.Clone(file.Plain)
	for _, key := range file.Encrypted {
		values[key] = secret[stacks.Namespace+":"+key]
	}
	return values, nil
}

// printFaults writes faults, one to a line.
func (a *app) printFaults(faults apimodel.Faults) {
	for _, f := range slices.Clone(faults) {
		a.errf("error: %s\n", f)
	}
}
