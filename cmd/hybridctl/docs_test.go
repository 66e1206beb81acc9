package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/cli.md anew")

// docs/cli.md is what the commands say of themselves.
func TestCommandsAreDocumented(t *testing.T) {
	t.Parallel()
	started := false
	root := newRoot(&app{getenv: func(string) string { return "" }}, &started)
	got := reference(root)
	path := filepath.Join("..", "..", "docs", "cli.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "docs/cli.md is behind: go test ./cmd/hybridctl -run Documented -update")
}

// reference renders every command.
func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# hybridctl\n\nMade from the commands' own help; `go test ./cmd/hybridctl -run Documented -update` renews it.\n" +
		"What the settings mean stands in [configuration.md](configuration.md).\n\n")
	for _, group := range root.Groups() {
		fmt.Fprintf(&b, "**%s** ", strings.TrimSuffix(group.Title, ":"))
		var links []string
		for _, cmd := range root.Commands() {
			if cmd.GroupID == group.ID {
				links = append(links, fmt.Sprintf("[%s](#hybridctl-%s)", cmd.Name(), cmd.Name()))
			}
		}
		b.WriteString(strings.Join(links, ", ") + "\n\n")
	}
	b.WriteString("## Everywhere\n\n```\n" + root.Long + "\n```\n\n" + flags(root.PersistentFlags(), nil))
	b.WriteString("\n## Definition flags\n\nCommands that are marked with *definition flags* take these.\n\n" + flags(definitionSet(), nil))
	section(&b, root)
	return b.String()
}

// definitionSet are the flags that say which cluster.
func definitionSet() *pflag.FlagSet {
	cmd := &cobra.Command{}
	addDefinitionFlags(cmd)
	return cmd.Flags()
}

func section(b *strings.Builder, parent *cobra.Command) {
	for _, cmd := range parent.Commands() {
		if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n%s.\n\n```\n%s\n```\n\n", cmd.CommandPath(), cmd.Short, cmd.UseLine())
		if cmd.Long != "" {
			b.WriteString("```\n" + cmd.Long + "\n```\n\n")
		}
		own := cmd.LocalNonPersistentFlags()
		definition := definitionSet()
		if own.Lookup("set") != nil {
			b.WriteString("*[Definition flags](#definition-flags).*\n\n")
		} else {
			definition = nil
		}
		b.WriteString(flags(own, definition))
		b.WriteString("\n```\n" + unindent(cmd.Example) + "\n```\n")
		section(b, cmd)
	}
}

// flags renders flags as a list, without those of another set.
func flags(set, without *pflag.FlagSet) string {
	var b strings.Builder
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || without != nil && without.Lookup(f.Name) != nil {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		fmt.Fprintf(&b, "- `%s`: %s", name, text)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" {
			fmt.Fprintf(&b, " (default `%s`)", f.DefValue)
		}
		b.WriteString("\n")
	})
	return b.String()
}

func unindent(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n  ", "\n"), "  ")
}
