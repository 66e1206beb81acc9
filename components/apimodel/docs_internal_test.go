package apimodel

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

var updateDocs = flag.Bool("update", false, "rewrite docs/apimodel.md; the test fails all the same")

// docs/apimodel.md is made of the verdicts, so that it cannot say anything else
// than what the loader does.
func TestDocsSayWhatTheVerdictsSay(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "apimodel.md")
	want := renderDocs()
	if *updateDocs {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, diff.Diff(string(got), want), "renew it: go test ./components/apimodel -run TestDocs -update")
	require.False(t, *updateDocs, "the file was rewritten; look at the difference and run the test again without -update")
}

const docsHead = `# The cluster definition

<!-- Made by a test of components/apimodel: go test ./components/apimodel -run TestDocs -update -->

A definition has the format of AKS Engine's cluster definitions, apiVersion
` + "`vlabs`" + `, in JSON or YAML. Keys match in any case. A key that is not on this page
is a fault. The verdict on each key is one of three:

- **supported**: it changes what is declared or booted.
- **substituted**: it is read, and what it asks for is reached in another way.
  ` + "`hybridctl validate`" + ` says so, where a definition asks for something else.
- **unsupported**: it is refused where it asks for something, before anything is
  created.

Values that ask for nothing (empty text, ` + "`false`" + ` where it is off anyway) are
always taken. *Ours* marks what AKS Engine lacked. ` + "`[]`" + ` stands for the elements
of a list.

` + "`hybridctl validate -f FILE`" + ` holds a file against all of this and against the
rules that span fields. ` + "`hybridctl schema`" + ` writes the format as a JSON Schema for
editors: see [configuration](configuration.md#an-editor-that-knows-the-format).
`

func renderDocs() string {
	var b strings.Builder
	b.WriteString(docsHead)
	writeSection(&b, "Supported", []string{"key", "what it does"}, false, Supported, func(v FieldVerdict) string {
		mark := ""
		if v.Ours {
			mark = "*ours*: "
		}
		return mark + cell(v.Reason)
	})
	writeSection(&b, "Substituted", []string{"keys", "what is done instead"}, true, Substituted, func(v FieldVerdict) string {
		return cell(v.Reason)
	})
	writeSection(&b, "Unsupported", []string{"keys", "why", "what to do"}, true, Unsupported, func(v FieldVerdict) string {
		return cell(v.Reason) + " | " + cell(v.Remedy)
	})
	writeAddons(&b)
	return b.String()
}

// writeAddons writes the table of add-ons, and those of their settings.
func writeAddons(b *strings.Builder) {
	b.WriteString("\n## Add-ons\n\n" + `The names that addons[].name takes are AKS Engine's, and *ours*. An add-on that is
optional is installed where it is in the list and not switched off. One that is
refused is refused where it is switched on. [addons.md](addons.md) says what comes
with each.` + "\n\n| add-on | verdict | what it is | what to do |\n|---|---|---|---|\n")
	for _, v := range AddonVerdicts() {
		verdict := string(v.Verdict)
		if v.Optional {
			verdict += ", optional"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s%s | %s |\n", v.Name, verdict, map[bool]string{true: "*ours*: "}[v.Ours], cell(v.Reason), cell(v.Remedy))
	}
	for _, v := range AddonVerdicts() {
		writeSettings(b, v.Name, "config", v.Settings)
		writeSettings(b, v.Name, "pools[].config", v.PoolSettings)
	}
}

// writeSettings writes the table of the keys of one config.
func writeSettings(b *strings.Builder, addon, config string, settings []AddonSetting) {
	if len(settings) == 0 {
		return
	}
	fmt.Fprintf(b, "\n### `%s` of `%s`\n\nValues are text, numbers too.\n\n| key | what it sets |\n|---|---|\n", config, addon)
	for _, s := range settings {
		fmt.Fprintf(b, "| `%s` | %s |\n", s.Key, cell(s.Reason))
	}
}

func TestEveryAddonVerdictSaysWhy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range AddonVerdicts() {
		require.False(t, seen[v.Name], v.Name)
		seen[v.Name] = true
		require.NotEmpty(t, v.Reason, v.Name)
		require.Equal(t, v.Verdict == Unsupported, v.Remedy != "", "%s: what is refused has a remedy, and nothing else", v.Name)
		keys := map[string]bool{}
		for _, s := range slices.Concat(v.Settings, v.PoolSettings) {
			require.False(t, keys[strings.ToLower(s.Key)], "%s: %s", v.Name, s.Key)
			keys[strings.ToLower(s.Key)] = true
			require.NotEmpty(t, s.Reason, "%s: %s", v.Name, s.Key)
			require.NotEqual(t, Unsupported, s.Verdict, "%s: %s", v.Name, s.Key)
			require.True(t, v.Optional, "%s has settings and is not optional", v.Name)
		}
	}
	require.NotEmpty(t, seen)
}

// cell keeps text inside its column.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// docsObject is an object's rows in a section.
type docsObject struct {
	places []string
	rows   []docsRow
	// also is an object whose rows hold here too.
	also string
}

type docsRow struct {
	keys []string
	text string
}

// writeSection writes a table for each object. Keys of which the same is said
// share a line where the section is one of exceptions.
func writeSection(b *strings.Builder, title string, columns []string, share bool, verdict Verdict, text func(FieldVerdict) string) {
	fmt.Fprintf(b, "\n## %s\n", title)
	for _, o := range docsObjects(verdict, share, text) {
		names := make([]string, len(o.places))
		for i, place := range o.places {
			names[i] = "the definition itself"
			if place != "" {
				names[i] = "`" + place + "`"
			}
		}
		fmt.Fprintf(b, "\n### %s\n", strings.Join(names, ", "))
		if o.also != "" {
			fmt.Fprintf(b, "\nWhat this section says of `%s` holds here too.\n", o.also)
		}
		if len(o.rows) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		for _, row := range o.rows {
			fmt.Fprintf(b, "| `%s` | %s |\n", strings.Join(row.keys, "`, `"), row.text)
		}
	}
}

// docsObjects gathers the rows of a verdict by object. Objects of which the same
// is said are one.
func docsObjects(verdict Verdict, share bool, text func(FieldVerdict) string) []docsObject {
	byPlace := map[string][]docsRow{}
	for _, v := range Verdicts() {
		if v.Verdict == verdict {
			place := parentPath(v.Path)
			byPlace[place] = addRow(byPlace[place], v.Path[len(place):], text(v), share)
		}
	}
	var objects []docsObject
	for place, rows := range byPlace {
		objects = append(objects, docsObject{places: []string{place}, rows: rows})
	}
	slices.SortFunc(objects, func(a, b docsObject) int { return cmp.Compare(a.places[0], b.places[0]) })
	return merged(withoutRepeats(objects))
}

func addRow(rows []docsRow, key, text string, share bool) []docsRow {
	key = strings.TrimPrefix(key, ".")
	if i := slices.IndexFunc(rows, func(r docsRow) bool { return r.text == text }); share && i >= 0 {
		rows[i].keys = append(rows[i].keys, key)
		return rows
	}
	return append(rows, docsRow{keys: []string{key}, text: text})
}

const clusterConfig = "properties.orchestratorProfile.kubernetesConfig"

// withoutRepeats: AKS Engine has all of the cluster's Kubernetes settings at the
// masters and at each pool again. What is said of them is said once.
func withoutRepeats(objects []docsObject) []docsObject {
	i := slices.IndexFunc(objects, func(o docsObject) bool { return o.places[0] == clusterConfig })
	if i < 0 {
		return objects
	}
	said := objects[i].rows
	isSaid := func(r docsRow) bool { return slices.ContainsFunc(said, func(s docsRow) bool { return sameRow(r, s) }) }
	for j := range objects {
		if objects[j].places[0] == clusterConfig || !strings.HasSuffix(objects[j].places[0], ".kubernetesConfig") {
			continue
		}
		if repeats := slices.DeleteFunc(slices.Clone(objects[j].rows), func(r docsRow) bool { return !isSaid(r) }); len(repeats) == len(said) {
			objects[j].also = clusterConfig
			objects[j].rows = slices.DeleteFunc(slices.Clone(objects[j].rows), isSaid)
		}
	}
	return objects
}

func sameRow(a, b docsRow) bool { return a.text == b.text && slices.Equal(a.keys, b.keys) }

// merged joins objects with the same rows.
func merged(objects []docsObject) []docsObject {
	var out []docsObject
	for _, o := range objects {
		i := slices.IndexFunc(out, func(other docsObject) bool {
			return o.also == other.also && slices.EqualFunc(o.rows, other.rows, sameRow)
		})
		if i < 0 {
			out = append(out, o)
			continue
		}
		out[i].places = append(out[i].places, o.places...)
	}
	return out
}
