package bootstrap_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// outline is what tools/powershell says of a script.
type outline struct {
	Faults    []fault
	Functions []function
	Commands  []command
	Statics   []string // as IO.File::Exists
}

type fault struct {
	Line, Column int
	Message      string
}

type function struct {
	Name       string
	Parameters []string
	Required   int
}

type command struct {
	Name, Operator        string
	Parameters, Arguments []string
	Line                  int
}

// outlines reads scripts with the grammar of tools/powershell.
func outlines(t *testing.T, scripts map[string]string) map[string]outline {
	t.Helper()
	checker := need(t, "powershell-syntax")
	directory, names := t.TempDir(), slices.Sorted(maps.Keys(scripts))
	args := []string{"--outline"}
	for _, name := range names {
		path := filepath.Join(directory, name+".ps1")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(scripts[name]), 0o600))
		args = append(args, path)
	}
	out, err := exec.CommandContext(t.Context(), checker, args...).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		require.NoError(t, err, "is tools/powershell installed? See its README. %s", exit.Stderr)
	}
	var list []outline
	require.NoError(t, json.Unmarshal(out, &list))
	require.Len(t, list, len(names))
	found := map[string]outline{}
	for i, name := range names {
		found[name] = list[i]
	}
	return found
}

// windowsScripts are the rendered scripts: of the fixtures, at each release and
// of each scenario.
func windowsScripts(t *testing.T) map[string]string {
	t.Helper()
	scripts := map[string]string{}
	all := documents(t)
	maps.Copy(all, wideDocuments(t))
	for name, document := range all {
		if strings.HasSuffix(name, ".ps1") {
			scripts[name] = document
		}
	}
	scripts["largest"] = largest(t)["Windows worker"]
	for _, r := range apimodel.Releases() {
		c := cluster()
		c.Release = r
		document, err := bootstrap.WindowsNode(c, windowsNode(), windowsOptions())
		require.NoError(t, err)
		scripts[r.Minor] = document
	}
	maps.Copy(scripts, scenarioScripts(t, scripts["windows-node.ps1"]))
	return scripts
}

// scenarioScripts puts what each scenario's nodes are told into a whole script.
// The scenario's files hold that part only.
func scenarioScripts(t *testing.T, whole string) map[string]string {
	t.Helper()
	const begin, end = "\n# --- what this node is told", "\n# --- where things are"
	files, err := filepath.Glob("../hybridcluster/testdata/scenarios/*/*.ps1")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	head, _, ok := strings.Cut(whole, begin)
	require.True(t, ok)
	_, body, ok := strings.Cut(whole, end)
	require.True(t, ok)
	scripts := map[string]string{}
	for _, file := range files {
		told, err := os.ReadFile(file)
		require.NoError(t, err)
		name := filepath.Base(filepath.Dir(file)) + "-" + filepath.Base(file)
		scripts[name] = head + begin + string(told) + end + body
	}
	return scripts
}

// smallScripts are what Azure's extension runs, and what the script writes: what
// is left of it at the end, and what calls a script of the user's.
func smallScripts(t *testing.T) map[string]string {
	t.Helper()
	script := documents(t)["windows-node.ps1"]
	between := func(before, after string) string {
		_, rest, ok := strings.Cut(script, before)
		require.True(t, ok, before)
		text, _, _ := strings.Cut(rest, after)
		return text
	}
	return map[string]string{
		"extension": strings.Split(bootstrap.WindowsExtensionCommand(), `"`)[1],
		"stub":      strings.ReplaceAll(between(`$stub = "`, "\"\n"), "`r`n", "\r\n"),
		"run": "& 'C:\\script.ps1' -A b\r\n" +
			strings.ReplaceAll(between(`$lines = "& '$file' $($Script.Parameters)", '`, "'\n"), "', '", "\r\n"),
	}
}

func TestWindowsScriptsHaveNoSyntaxErrors(t *testing.T) {
	t.Parallel()
	scripts := windowsScripts(t)
	maps.Copy(scripts, smallScripts(t))
	for name, o := range outlines(t, scripts) {
		require.Empty(t, messages(o), name)
	}
}

// What follows is wrong in Windows PowerShell 5.1: a checker that takes it would
// prove nothing.
func TestSyntaxCheckerRefuses(t *testing.T) {
	t.Parallel()
	bad := map[string]string{
		"brace not closed":            "if ($x) { Get-Date\n",
		"brace too many":              "Get-Date }\n",
		"two braces for one":          "function A { return }}\n",
		"parenthesis not closed":      "$a = (1 + 2\n",
		"parenthesis too many":        "Get-Date )\n",
		"index not closed":            "$a = $b[0\n",
		"empty index":                 "$a[]\n",
		"cast not closed":             "$a = [int\n",
		"call not closed":             "$a.Foo(1\n",
		"array not closed":            "$a = @(1\n",
		"literal string not closed":   "$a = 'abc\nGet-Date\n",
		"string not closed":           "$a = \"abc\nGet-Date\n",
		"expression in a string":      "$a = \"x $(Get-Date\"\n",
		"quotes of two kinds":         "$a = 'x\"\n",
		"here-string not closed":      "$a = @'\nx\ny\n",
		"here-string's end indented":  "$a = @'\nx\n '@\n",
		"text after here-string's @'": "$a = @'x\ny\n'@\n",
		"expanding here-string":       "$a = @\"\nx\n",
		"comment not closed":          "<# abc\n",
		"hash table not closed":       "$a = @{ a = 1\n",
		"hash table without =":        "$a = @{ a 1 }\n",
		"hash table without a value":  "$a = @{ a = }\n",
		"hash table with commas":      "$a = @{ a = 1, b = 2 }\n",
		"hash table's last comma":     "$a = @{ a = 1, }\n",
		"if without parentheses":      "if $x { 1 }\n",
		"if without braces":           "if ($x) Get-Date\n",
		"elseif without braces":       "if (1) { 2 } elseif (3)\n",
		"else alone":                  "else { 1 }\n",
		"else twice":                  "if (1) { 2 } else { 3 } else { 4 }\n",
		"foreach without in":          "foreach ($x $y) { 1 }\n",
		"for not closed":              "for ($i = 0; $i -lt 3 { 1 }\n",
		"while without a condition":   "while () { 1 }\n",
		"switch without a value":      "switch ($x) { 1 }\n",
		"try alone":                   "try { 1 }\n",
		"catch alone":                 "catch { 1 }\n",
		"function without a name":     "function { 1 }\n",
		"function without a body":     "function Get-X\n",
		"parameters' last comma":      "function Get-X([string]$A, ) { 1 }\n",
		"parameter without $":         "function Get-X([string] A) { 1 }\n",
		"param's last comma":          "param([switch]$A,)\n",
		"assignment of nothing":       "$a = \n",
		"operator without a right":    "$a = 1 -eq\n",
		"operator twice":              "$a = 1 + * 2\n",
		"operator that is none":       "$a = $b -equals $c\n",
		"two values":                  "$a = 'x' 'y'\n",
		"argument after a comma":      "Get-Item -Path 1,\n",
		"pipe to nothing":             "Get-Date |\n",
		"pipe from nothing":           "| Out-Null\n",
		"input redirected":            "Get-Date < b\n",
		"colon after a variable":      "\"failed $b: c\"\n",
		"PowerShell 7: &&":            "Get-Date && Get-Date\n",
		"PowerShell 7: ||":            "Get-Date || Get-Date\n",
		"PowerShell 7: & at the end":  "Get-Date &\n",
		"PowerShell 7: ternary":       "$a = $b ? 1 : 2\n",
		"PowerShell 7: ??":            "$a = $b ?? 1\n",
		"PowerShell 7: ??=":           "$a ??= 1\n",
		"PowerShell 7: ?.":            "$a = ${b}?.Foo\n",
		"PowerShell 7: ?[":            "$a = ${b}?[0]\n",
		"PowerShell 7: escape e":      "\"`e[0m\"\n",
		"PowerShell 7: escape u":      "\"`u{20}\"\n",
	}
	for name, o := range outlines(t, bad) {
		require.NotEmpty(t, o.Faults, name)
	}
	good := map[string]string{
		"quotes":       "$a = 'it''s', \"a `\"b`\" $(Get-Item \"c\") $env:Path ${b}: ``e\"\n",
		"here-strings": "$a = @'\n{ ' \" \n'@\n$b = @\"\n$a ( `\"\n\"@\n",
		"statements":   "if ($a) { 1 } elseif ($b) { 2 } else { 3 }\ntry { 1 } finally { 2 }\nswitch ($a) {\n1 { 2 }\ndefault { 3 }\n}\n",
	}
	for name, o := range outlines(t, good) {
		require.Empty(t, messages(o), name)
	}
}

func messages(o outline) []string {
	var list []string
	for _, f := range o.Faults {
		list = append(list, fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Message))
	}
	return list
}

// A bracket that is missing anywhere in our own text is seen. Each seventh one
// is tried.
func TestSyntaxCheckerMissesNoBracket(t *testing.T) {
	t.Parallel()
	need(t, "powershell-syntax")
	parts, err := filepath.Glob("files/windows/*.ps1")
	require.NoError(t, err)
	require.NotEmpty(t, parts)
	mutants, seen := map[string]string{}, 0
	for _, part := range parts {
		text, err := os.ReadFile(part)
		require.NoError(t, err)
		for i, r := range string(text) {
			mutant := string(text[:i]) + string(text[min(i+1, len(text)):])
			// In comments and strings a bracket is text.
			if !strings.ContainsRune("(){}[]", r) || balance(mutant) == nil {
				continue
			}
			if seen++; seen%7 == 0 {
				line := strings.Count(string(text[:i]), "\n") + 1
				mutants[fmt.Sprintf("%s-%d-%d", filepath.Base(part), line, seen)] = mutant
			}
		}
	}
	require.Greater(t, len(mutants), 100)
	table := knownCommands(t)
	for name, o := range outlines(t, mutants) {
		// "File]::Exists(" is a command's name to PowerShell, too.
		require.NotEmpty(t, append(table.check(o, map[string]bool{}), messages(o)...), name)
	}
}
