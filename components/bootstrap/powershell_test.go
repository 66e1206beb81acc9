package bootstrap_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// windowsJoin returns kubeadm's document, which is a here-string of the script.
func windowsJoin(t *testing.T, script string) string {
	t.Helper()
	_, rest, ok := strings.Cut(script, "\n$JoinConfiguration = @'\n")
	require.True(t, ok, "no here-string")
	content, _, ok := strings.Cut(rest, "\n'@\n")
	require.True(t, ok, "the here-string does not end")
	return content + "\n"
}

// balance walks a script as PowerShell's tokenizer would: comments, single- and
// double-quoted strings with their escapes and $( ) inside, here-strings, and
// brackets of three kinds. It knows nothing of the grammar.
func balance(script string) error {
	var open []rune
	closing := map[rune]rune{')': '(', '}': '{', ']': '['}
	runes := []rune(script)
	inString := func() bool { return len(open) > 0 && open[len(open)-1] == '"' }
	fault := func(i int, what string) error {
		return fmt.Errorf("line %d: %s", 1+strings.Count(string(runes[:i]), "\n"), what)
	}
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		next := func() rune {
			if i+1 < len(runes) {
				return runes[i+1]
			}
			return 0
		}
		switch {
		case r == '`':
			i++
		case inString() && r == '"':
			open = open[:len(open)-1]
		case inString() && r == '$' && next() == '(':
			open = append(open, '(')
			i++
		case inString():
			if r == '\n' {
				return fault(i, "a string goes over the line's end")
			}
		case r == '@' && next() == '\'':
			end := strings.Index(string(runes[i:]), "\n'@")
			if end < 0 {
				return fault(i, "a here-string does not end")
			}
			i += len([]rune(string(runes[i:])[:end])) + 2
		case r == '@' && next() == '"':
			return fault(i, "an expanding here-string is not expected here")
		case r == '#':
			for i+1 < len(runes) && runes[i+1] != '\n' {
				i++
			}
		case r == '\'':
			for i++; ; i++ {
				if i >= len(runes) || runes[i] == '\n' {
					return fault(i-1, "a literal string does not end")
				}
				if runes[i] == '\'' {
					if next() != '\'' {
						break
					}
					i++
				}
			}
		case r == '"' || r == '(' || r == '{' || r == '[':
			open = append(open, r)
		case closing[r] != 0:
			if len(open) == 0 || open[len(open)-1] != closing[r] {
				return fault(i, fmt.Sprintf("%c closes nothing", r))
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%q is left open", string(open))
	}
	return nil
}

func TestBalanceFindsFaults(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"if ($x) { 'a", "{ ( }", `"abc`, "\"$(f 'x'\"", "$a = @'\nx\n", "'it''s", `@{ a = 1 `, "a }",
	} {
		require.Error(t, balance(bad), bad)
	}
	for _, good := range []string{"{ 'it''s }' } # { '", "\"a `\" $(f \"b\") {\"", "$a = @'\n{ ' \" \n'@\nf", "$x[0] -split '}'"} {
		require.NoError(t, balance(good), good)
	}
}

func TestWindowsScriptIsBalanced(t *testing.T) {
	t.Parallel()
	require.NoError(t, balance(wideDocuments(t)["windows-scale-set.ps1"]))
	for _, o := range []bootstrap.WindowsOptions{{}, windowsOptions(), {AutomaticUpdates: true}} {
		script, err := bootstrap.WindowsNode(cluster(), windowsNode(), o)
		require.NoError(t, err)
		require.NoError(t, balance(script))
		for i, r := range script {
			require.True(t, r == '\n' || r >= ' ' && r <= '~', "byte %d is %q", i, r)
		}
	}
}

// Names are bound late in PowerShell: a typing error shows on the machine only.
func TestWindowsScriptNamesExist(t *testing.T) {
	t.Parallel()
	script := documents(t)["windows-node.ps1"]
	find := func(pattern string) []string {
		var found []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(script, -1) {
			found = append(found, m[1])
		}
		require.NotEmpty(t, found, pattern)
		return found
	}
	functions := find(`(?m)^function ([A-Z][a-z]+-[A-Za-z]+)`)
	for _, phase := range regexp.MustCompile(`'[^']+'`).FindAllString(find(`foreach \(\$name in ('Set-[^)]+)\)`)[0], -1) {
		require.Contains(t, functions, strings.Trim(phase, "'"))
	}
	for _, f := range functions {
		calls := regexp.MustCompile(`\b`+f+`\b`).FindAllString(script, -1)
		require.Greater(t, len(calls), 1, "%s is never called", f)
	}
	for _, setting := range find(`\$Settings\.([A-Za-z0-9]+)`) {
		require.Contains(t, script, "    '"+setting+"' = ")
	}
	for _, artifact := range append(find(`Save-Artifact '([^']+)'`), "kubelet", "kubeadm", "kubectl", "kube-log-runner", "kube-proxy") {
		require.Contains(t, script, "    '"+artifact+"' = @{ Url = ")
	}
	// Each constant that is used is set.
	for _, name := range find(`\$([A-Z][A-Za-z]+(?:Dir|File|Files|Marker|Minutes|Name|Script|Restarts|Configuration|Arguments|Keys))\b`) {
		if name != "MachineName" {
			require.Regexp(t, `(?m)(^\$`+name+` = |function .*\$`+name+`\b)`, script, name)
		}
	}
}

// The same table as TestWindowsScriptsCallWhatExists has, read without a parser.
func TestWindowsScriptUsesKnownCommands(t *testing.T) {
	t.Parallel()
	known := slices.Collect(maps.Keys(knownCommands(t)))
	script := documents(t)["windows-node.ps1"]
	for _, m := range regexp.MustCompile(`(?m)^function ([A-Z][a-z]+-[A-Za-z]+)`).FindAllStringSubmatch(script, -1) {
		known = append(known, m[1])
	}
	code := regexp.MustCompile(`(?m)#.*$|'[^'\n]*'`).ReplaceAllString(script, "")
	for _, m := range regexp.MustCompile(`(?:^|[\s({;|])([A-Z][a-z]+-[A-Z][A-Za-z]+)\b`).FindAllStringSubmatch(code, -1) {
		require.Contains(t, known, m[1])
	}
}

func TestWindowsOptionsReachTheScript(t *testing.T) {
	t.Parallel()
	script := documents(t)["windows-node.ps1"]
	require.Contains(t, script, "'OpenSSH' = $true")
	require.Contains(t, script, "    '"+fakeKey+"'\n")
	require.Contains(t, script, "    'NodeName' = 'windowspool2000'\n")
	require.Contains(t, script, `"--hostname-override=$($Settings.NodeName)"`)
	require.Contains(t, script, "    '--cloud-provider=external'\n")
	require.NotContains(t, script, "uninitialized", "the kubelet adds that taint, and two of it are refused")
	require.Contains(t, script, "    '--node-labels=example.com/pool=windowspool2'\n")
	bare, err := bootstrap.WindowsNode(cluster(), windowsNode(), bootstrap.WindowsOptions{AuthorizedKeys: []string{fakeKey}})
	require.NoError(t, err)
	require.Contains(t, bare, "'OpenSSH' = $false")
	require.Contains(t, bare, "'WinRM' = $false")
	require.NotContains(t, bare, fakeKey)
}
