package bootstrap_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

func TestWindowsOptionsOfDefinitionsReachTheScript(t *testing.T) {
	t.Parallel()
	script := wideDocuments(t)["windows-everything.ps1"]
	require.NoError(t, balance(script))
	for _, line := range []string{
		"'Endpoint' = '" + endpointName + "'", "'EndpointIP' = '10.240.255.100'", "'SecureTLS' = $true", "'DataDisks' = 2",
		"'CSIProxyURL' = 'https://example.com/csi-proxy.tar.gz'", "'CSIProxySHA256' = '" + strings.Repeat("ef", 32) + "'",
		"@{ Name = 'early'; Url = 'https://example.com/early.sh?" + fakeSignature + "'; Sha256 = '" + strings.Repeat("cd", 32) +
			"'; Parameters = '" + fakeParameters + "'; BeforeJoin = $true }",
	} {
		require.Contains(t, script, "    "+line+"\n")
	}
	_, rest, _ := strings.Cut(script, "$KubeletArguments = @(\n")
	arguments, _, _ := strings.Cut(rest, "\n)\n")
	for _, want := range []string{
		"'--register-with-taints=os=windows:NoSchedule'",
		"'--max-pods=30'", "'--resolv-conf=C:/k/resolv.conf'", "'--enforce-node-allocatable='", "'--config=C:/var/lib/kubelet/config.yaml'",
	} {
		require.Contains(t, arguments, want)
	}
	require.NotContains(t, arguments, "evil")
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`'--([a-z-]+)`).FindAllStringSubmatch(arguments, -1) {
		require.False(t, names[m[1]], "%s is given twice", m[1])
		names[m[1]] = true
	}
	// What the service is told, kubeadm is told as well.
	join := kubeadmDocuments(t, windowsJoin(t, script))["JoinConfiguration"]
	require.Empty(t, join.NodeRegistration.Taints)
	for _, arg := range join.NodeRegistration.KubeletExtraArgs {
		require.Contains(t, arguments, "'--"+arg.Name+"="+arg.Value+"'")
	}
}

// A here-string or a quote in a value must not end the script's text early.
func TestWindowsScriptsParametersAreQuoted(t *testing.T) {
	t.Parallel()
	n, o := everythingWindows()
	n.Scripts[0].Parameters = `-Text 'it''s' -Other "a $(b) #"`
	script := windowsScript(t, n, o)
	require.NoError(t, balance(script))
	require.Contains(t, script, `Parameters = '-Text ''it''''s'' -Other "a $(b) #"';`)
}

// The order of phases: names and scripts first, what needs a restart before
// what must survive it, the user's last scripts after the node is there.
func TestWindowsPhasesAreInOrder(t *testing.T) {
	t.Parallel()
	_, rest, ok := strings.Cut(wideDocuments(t)["windows-everything.ps1"], "function Invoke-Phases {")
	require.True(t, ok)
	phases, _, _ := strings.Cut(rest, "\n}\n")
	order(t, phases, "'Set-Hosts'", "'Invoke-ScriptsBefore'", "'Set-SecureTLS'", "'Install-Features'", "'Initialize-DataDisks'",
		"'Install-CSIProxy'", "'Install-Containerd'", "'Join-Cluster'", "Confirm-Node", "'Invoke-ScriptsAfter'", "WriteAllText($SuccessMarker")
}

// The table of scripts is in files that are closed to others and cleared at the
// end; what the log gets is a script's name and its exit code.
func TestWindowsScriptsAreSecrets(t *testing.T) {
	t.Parallel()
	script := wideDocuments(t)["windows-everything.ps1"]
	_, body, _ := strings.Cut(script, "# --- where things are")
	for line := range strings.SplitSeq(body, "\n") {
		if strings.Contains(line, "Write-Log") || strings.Contains(line, "throw ") {
			require.False(t, matchesAny(line, ".Url", ".Parameters", "$Url", "CSIProxyURL"), line)
		}
		if strings.Contains(line, "curl.exe") && strings.Contains(line, "--config") {
			require.NotContains(t, line, "--show-error", "curl might print the URL")
		}
	}
	require.Contains(t, body, `Write-PrivateFile "$directory\run.ps1"`)
	require.Contains(t, body, `Remove-Item -Recurse -Force "$StateDir\scripts"`)
}

// A load balancer asks kube-proxy whether a node has pods of a Service, on a port of
// the node ports.
func TestWindowsFirewallLetsServicesIn(t *testing.T) {
	t.Parallel()
	script := documents(t)["windows-node.ps1"]
	require.Contains(t, script, "Open-Port 'kube-proxy' 'TCP' 10256\n")
	require.Contains(t, script, `foreach ($protocol in 'TCP', 'UDP') { Open-Port "node-ports-$protocol" $protocol $Settings.NodePorts }`)
	for flag, want := range map[string]string{
		"": "30000-32767", "0-0": "30000-32767", "31000-31999": "31000-31999", "31000+99": "31000-31099", "31000": "31000",
		"not ports": "30000-32767", "40000-30000": "30000-32767",
	} {
		c := cluster()
		if flag != "" {
			c.APIServerArgs = map[string]string{"service-node-port-range": flag}
		}
		script, err := bootstrap.WindowsNode(c, windowsNode(), windowsOptions())
		require.NoError(t, err)
		require.Contains(t, script, "    'NodePorts' = '"+want+"'\n", flag)
	}
}

// kube-proxy of another release than the node's may lack a correction: it dies of an
// HNS load balancer without ports, https://github.com/kubernetes/kubernetes/issues/141489
func TestWindowsNodeFetchesKubeProxyOfItsRelease(t *testing.T) {
	t.Parallel()
	script := documents(t)["windows-node.ps1"]
	const url = "https://dl.k8s.io/v1.36.5/bin/windows/amd64/kube-proxy.exe"
	require.Contains(t, script, "    'kube-proxy' = @{ Url = '"+url+"'; Checksum = '"+url+".sha256' }\n")
	require.Regexp(t, `foreach \(\$name in [^)]*'kube-proxy'\) \{\s+Save-Artifact \$name "\$KubernetesDir\\\$name.exe"`, script)
	c := cluster()
	c.Mirrors = bootstrap.Mirrors{"dl.k8s.io": "mirror.example.com/k8s"}
	script, err := bootstrap.WindowsNode(c, windowsNode(), windowsOptions())
	require.NoError(t, err)
	require.Contains(t, script, "'kube-proxy' = @{ Url = 'https://mirror.example.com/k8s/v1.36.5/bin/windows/amd64/kube-proxy.exe'")
}

// containerd 2.4 knows bin_dirs alone.
func TestWindowsContainerdIsToldItsDirectoriesOfPlugins(t *testing.T) {
	t.Parallel()
	script := documents(t)["windows-node.ps1"]
	require.Contains(t, script, "\n  bin_dirs = [\"C:/opt/cni/bin\"]\n")
	require.NotContains(t, script, "bin_dir ")
}

// Told to go on after errors, PowerShell goes on after a program that is not there, too,
// with the exit code of the one before.
func TestWindowsProgramThatIsNotThereIsAFailure(t *testing.T) {
	t.Parallel()
	script := documents(t)["windows-node.ps1"]
	require.Equal(t, 1, strings.Count(script, "& $Program "), "one function runs programs")
	_, rest, ok := strings.Cut(script, "\nfunction Invoke-Program(")
	require.True(t, ok)
	body, _, _ := strings.Cut(rest, "\n}\n")
	order(t, body, "if (-not (Get-Command -Name $Program -ErrorAction", "throw ", "$global:LASTEXITCODE = $null",
		"$ErrorActionPreference = 'Continue'", "& $Program ", "if ($null -eq $LASTEXITCODE) { throw ", "return $LASTEXITCODE")
	require.Equal(t, 1, strings.Count(script, "$ErrorActionPreference = 'Continue'"), "nothing else goes on after errors")
}

// icacls prints a line for each file even when it is told not to.
func TestWindowsLogHasNoLineForEachProtectedFile(t *testing.T) {
	t.Parallel()
	script := documents(t)["windows-node.ps1"]
	require.NotContains(t, script, "Invoke-Native icacls.exe")
	require.NotContains(t, script, "SymbolicLink", "kubeadm gives the kubelet whole paths, and its reset takes the link away")
}

// The command interpreter's "if errorlevel N" means N or more, and a process that
// Windows ends at a restart has a code that the script never has.
func TestWindowsCommandWaitsOverARestart(t *testing.T) {
	t.Parallel()
	_, tail, ok := strings.Cut(bootstrap.WindowsExtensionCommand(), `" || `)
	require.True(t, ok)
	form := regexp.MustCompile(`^\(\(if errorlevel (\d+) if not errorlevel (\d+) exit 1\) & ping -n 301 127\.0\.0\.1 >nul & exit 1\)$`).FindStringSubmatch(tail)
	require.NotNil(t, form, tail)
	atLeast := func(code int32, level string) bool {
		n, err := strconv.ParseInt(level, 10, 32)
		require.NoError(t, err)
		return int64(code) >= n
	}
	for code, waits := range map[int32]bool{
		10: false, 1: true, 9: true, 11: true, 255: true, -1: true,
		1073807364:  true, // DBG_TERMINATE_PROCESS, what a shutdown ends
		-1073741510: true, // STATUS_CONTROL_C_EXIT
	} {
		atOnce := atLeast(code, form[1]) && !atLeast(code, form[2])
		require.Equal(t, waits, !atOnce, "%d", code)
	}
}
