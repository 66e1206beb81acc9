package bootstrap_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// commandTable is testdata/windows-commands.txt: the kind of each name, which is
// a module, "program" or "type", and the parameters.
type commandTable map[string]struct {
	kind       string
	parameters []string
}

func knownCommands(t *testing.T) commandTable {
	t.Helper()
	data, err := os.ReadFile("testdata/windows-commands.txt")
	require.NoError(t, err)
	table := commandTable{}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		require.GreaterOrEqual(t, len(fields), 2, line)
		require.NotContains(t, table, fields[0])
		entry := table[fields[0]]
		entry.kind, entry.parameters = fields[1], fields[2:]
		table[fields[0]] = entry
	}
	return table
}

// check lists what a script calls and this table or the script does not have.
// It writes down in used what of the table is used. Names are compared as they
// are written: PowerShell takes any case, but a reader does not.
func (table commandTable) check(o outline, used map[string]bool) []string {
	var faults []string
	for _, c := range o.Commands {
		refuse := func(format string, a ...any) {
			faults = append(faults, fmt.Sprintf("line %d: ", c.Line)+fmt.Sprintf(format, a...))
		}
		cmdlet, known := table[c.Name]
		function := slices.IndexFunc(o.Functions, func(f function) bool { return f.Name == c.Name })
		switch {
		case c.Operator == "&" && slices.Contains(calledByValue, c.Name):
		case c.Operator != "":
			refuse("%s %s runs something unknown", c.Operator, c.Name)
		case function >= 0:
			f := o.Functions[function]
			if n := len(c.Arguments); n < f.Required || n > len(f.Parameters) || len(c.Parameters) > 0 {
				refuse("%s takes %d to %d arguments and no named ones", c.Name, f.Required, len(f.Parameters))
			}
			if at := slices.Index(f.Parameters, "Program"); at >= 0 && at < len(c.Arguments) && c.Arguments[at] != "$Program" {
				program := programName(c.Arguments[at])
				if used[program] = true; table[program].kind != "program" {
					refuse("the program %s is unknown", c.Arguments[at])
				}
			}
		case !known || cmdlet.kind == "program" || cmdlet.kind == "type":
			refuse("%s is not a function, not a known cmdlet, or an alias", c.Name)
		default:
			used[c.Name] = true
			for _, p := range c.Parameters {
				if used[c.Name+" "+p] = true; !slices.Contains(cmdlet.parameters, p) {
					refuse("%s has no parameter %s", c.Name, p)
				}
			}
		}
	}
	for _, member := range o.Statics {
		if used[member] = true; table[member].kind != "type" {
			faults = append(faults, member+" is not a known member of a type")
		}
	}
	return faults
}

// calledByValue is what may stand behind "&": a phase's name, blocks, and a
// program, each from the caller's arguments.
var calledByValue = []string{"$Name", "$Action", "$Program", "$Line"}

// programName is the last part of a program's path, without quotes.
func programName(argument string) string {
	name := strings.Trim(argument, `'"`)
	return name[strings.LastIndexAny(name, `\`)+1:]
}

func TestWindowsScriptsCallWhatExists(t *testing.T) {
	t.Parallel()
	table, used := knownCommands(t), map[string]bool{}
	for name, o := range outlines(t, windowsScripts(t)) {
		require.Empty(t, table.check(o, used), name)
	}
	for name, entry := range table {
		require.True(t, used[name], "nothing calls %s any more", name)
		for _, p := range entry.parameters {
			require.True(t, used[name+" "+p], "nothing calls %s with %s any more", name, p)
		}
	}
}

func TestSmallScriptsCallWhatExists(t *testing.T) {
	t.Parallel()
	calls := map[string][]string{}
	for name, o := range outlines(t, smallScripts(t)) {
		for _, c := range o.Commands {
			calls[name] = append(calls[name], strings.TrimSpace(strings.Join(append([]string{c.Operator + c.Name}, c.Parameters...), " ")))
		}
	}
	require.Equal(t, map[string][]string{
		"extension": {"Copy-Item -Force", `&C:\AzureData\setup.ps1`},
		"stub":      {"Test-Path", "Write-Output"},
		"run":       {`&'C:\script.ps1' -A`},
	}, calls)
}

func TestCommandCheckRefuses(t *testing.T) {
	t.Parallel()
	bad := map[string]string{
		"unknown cmdlet":      "Get-Nothing",
		"typing error":        "Get-Servce -Name x",
		"alias":               "dir C:\\",
		"alias of a program":  "curl https://example.com",
		"program":             "curl.exe --version",
		"keyword of another":  "if (1) { 2 } elif (3) { 4 }",
		"parameter":           "Get-Disk -Nummer 1",
		"shortened parameter": "Get-Service -Na x",
		"PowerShell 7 only":   "1 | ForEach-Object -Parallel { 2 }",
		"dot-sourced":         ". C:\\x.ps1",
		"run by a variable":   "& $Anything",
		"unknown program":     "function N([string]$Program, [string[]]$A) { }\nN wget.exe @('x')",
		"program by name":     "function N([string]$Program, [string[]]$A) { }\nN tar @('x')",
		"too few arguments":   "function F($A, $B, $C = 1) { }\nF 1",
		"too many arguments":  "function F($A, $B, $C = 1) { }\nF 1 2 3 4",
		"type":                "[IO.File]::Exist('x')",
		"inside a string":     "\"$(Get-Nothing)\"",
		"inside a block":      "Get-Service | Where-Object { Get-Nothing }",
		"static call cut":     "IO.File]::ReadAllText('x')",
	}
	table := knownCommands(t)
	for name, o := range outlines(t, bad) {
		require.Empty(t, messages(o), name)
		require.NotEmpty(t, table.check(o, map[string]bool{}), name)
	}
}
