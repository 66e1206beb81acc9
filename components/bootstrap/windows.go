package bootstrap

import (
	_ "embed" // the parts of the Windows script
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// The parts of the Windows script that are the same on each node, in order.
var (
	//go:embed files/windows/1-support.ps1
	windowsSupport string
	//go:embed files/windows/2-system.ps1
	windowsSystem string
	//go:embed files/windows/3-options.ps1
	windowsExtras string
	//go:embed files/windows/4-scripts.ps1
	windowsScripts string
	//go:embed files/windows/5-kubernetes.ps1
	windowsKubernetes string
	//go:embed files/windows/6-main.ps1
	windowsMain string
)

const windowsHeader = `# First boot of a Windows node. Azure drops this file as
# C:\AzureData\CustomData.bin; the Custom Script Extension runs it. It starts
# itself as a scheduled task, which does the work, goes on after a restart and
# writes C:\AzureData\hybridcluster\bootstrap.log. The extension waits for it.
# Every phase can run twice. The script is for Windows PowerShell 5.1.
param([switch]$Resume)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

# --- what this node is told -------------------------------------------------

`

// WindowsNode renders the PowerShell script of a Windows worker, or that of all
// instances of a scale set, for Windows PowerShell 5.1. The script is a secret:
// it holds the bootstrap token.
func WindowsNode(c Cluster, n Node, o WindowsOptions) (string, error) {
	if err := errors.Join(checkNode(c, n), checkWindowsName(n.Name), o.check(n), c.Registries.check(apimodel.Windows)); err != nil {
		return "", err
	}
	keys, err := authorizedKeys(o)
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.title(), err)
	}
	kubeadm, err := marshalYAML(windowsJoin(c, n))
	if err != nil {
		return "", fmt.Errorf("%s: %w", n.title(), err)
	}
	var script powershell
	script.text(windowsHeader)
	script.table("Settings", windowsSettings(c, n, o))
	script.artifacts(c)
	script.registryHosts(c)
	script.list("KubeletArguments", kubeletCommandLine(c, n))
	script.list("AuthorizedKeys", keys)
	script.hostKey(n, o)
	script.scripts(n.Scripts)
	script.document("JoinConfiguration", kubeadm)
	script.document("ContainerdConfiguration", windowsContainerdConfig(c.Release))
	script.registryLogin(c)
	script.document("CrictlConfiguration", crictlConfig(windowsCRISocket))
	body := windowsSupport + windowsSystem + windowsExtras + windowsScripts + windowsKubernetes + windowsMain
	if script.out.Len()+len(body) > comfortableSize {
		body = withoutComments(body)
	}
	script.text(body)
	if script.err != nil {
		return "", fmt.Errorf("%s: %w", n.title(), script.err)
	}
	return n.checkSize(script.out.String())
}

// withoutComments drops the lines that are comments only. Nothing undoes a
// compression of a Windows document, so that is what can be saved of a large one.
func withoutComments(script string) string {
	var out strings.Builder
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// windowsSettings are what differs from node to node, as PowerShell.
func windowsSettings(c Cluster, n Node, o WindowsOptions) map[string]string {
	return map[string]string{
		"NodeName":         powershellQuote(n.Name),
		"Endpoint":         powershellQuote(c.Endpoint),
		"EndpointIP":       powershellQuote(c.EndpointIP),
		"OpenSSH":          powershellBool(o.OpenSSH),
		"WinRM":            powershellBool(o.WinRM),
		"AutomaticUpdates": powershellBool(o.AutomaticUpdates),
		"SecureTLS":        powershellBool(o.SecureTLS),
		"CSIProxyURL":      powershellQuote(o.CSIProxyURL),
		"CSIProxySHA256":   powershellQuote(strings.ToLower(o.CSIProxySHA256)),
		"DataDisks":        strconv.Itoa(o.DataDisks),
		"NodePorts":        powershellQuote(c.nodePorts()),
	}
}

// defaultNodePorts are the API server's, from which it also takes the ports on
// which kube-proxy answers the checks of load balancers:
// https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
const defaultNodePorts = "30000-32767"

// nodePorts are the ports of Services on the nodes, as Windows' firewall takes them. The flag has more
// forms than that; one that the API server would not take opens the usual ports.
func (c Cluster) nodePorts() string {
	ports, err := utilnet.ParsePortRange(c.APIServerArgs["service-node-port-range"])
	switch {
	case err != nil || ports.Base == 0:
		return defaultNodePorts
	case ports.Size == 1:
		return strconv.Itoa(ports.Base)
	}
	return ports.String()
}

// maxDataDisks is the most data disks of any VM size:
// https://learn.microsoft.com/azure/virtual-machines/sizes/overview
const maxDataDisks = 64

func (o WindowsOptions) check(n Node) error {
	var faults []error
	switch {
	case o.CSIProxyURL == "" && o.CSIProxySHA256 == "":
	case !isPlainURL(o.CSIProxyURL):
		faults = append(faults, fmt.Errorf("%s: the csi-proxy's URL is not an https URL without spaces, quotes and backslashes", n.title()))
	case !isDigest(o.CSIProxySHA256):
		faults = append(faults, fmt.Errorf("%s: the csi-proxy's SHA-256 is not 64 hex digits: a download that nobody has pinned is not installed", n.title()))
	}
	if o.DataDisks < 0 || o.DataDisks > maxDataDisks {
		faults = append(faults, fmt.Errorf("%s: %d data disks are not between 0 and %d", n.title(), o.DataDisks, maxDataDisks))
	}
	return errors.Join(faults...)
}

// checkWindowsName lets the empty name pass: Azure names the instances of a
// scale set.
func checkWindowsName(name string) error {
	if name == "" {
		return nil
	}
	if len(name) > maxWindowsName || strings.Trim(name, "0123456789") == "" {
		return fmt.Errorf("node: a Windows computer name has at most %d characters and not only digits: %q", maxWindowsName, name)
	}
	return nil
}

// kubeletCommandLine is the kubelet's part of its service's command line, but for
// its host name, which the script adds. Paths have slashes and no value has
// spaces, so nothing on it needs quotes.
func kubeletCommandLine(c Cluster, n Node) []string {
	line := []string{
		"--windows-service",
		"--cert-dir=C:/var/lib/kubelet/pki",
		"--config=C:/var/lib/kubelet/config.yaml",
		"--bootstrap-kubeconfig=C:/etc/kubernetes/bootstrap-kubelet.conf",
		"--kubeconfig=C:/etc/kubernetes/kubelet.conf",
		"--container-runtime-endpoint=" + windowsCRISocket,
	}
	ours := []argument{
		{"enable-debugging-handlers", "true"},
		{"cgroups-per-qos", "false"},
		{"enforce-node-allocatable", ""},
		{"resolv-conf", ""},
	}
	for _, arg := range merge(append(ours, windowsKubeletArgs(c, n)...), n.KubeletArgs, kubeletFlags) {
		line = append(line, "--"+arg.Name+"="+arg.Value)
	}
	return line
}

// authorizedKeys returns the keys without their comments, which nothing needs
// and which may hold anything.
func authorizedKeys(o WindowsOptions) ([]string, error) {
	if !o.OpenSSH {
		return nil, nil
	}
	if len(o.AuthorizedKeys) == 0 {
		return nil, errors.New("OpenSSH without an authorized key lets nobody in: give a key or leave OpenSSH out")
	}
	var keys []string
	for i, line := range o.AuthorizedKeys {
		key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil || len(options) > 0 || len(strings.TrimSpace(string(rest))) > 0 {
			return nil, fmt.Errorf("authorized key %d is not one key in authorized_keys form without options", i)
		}
		keys = append(keys, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))))
	}
	return keys, nil
}

// artifacts writes the table of downloads.
func (p *powershell) artifacts(c Cluster) {
	table := map[string]string{}
	for name, a := range byName(c, apimodel.Windows) {
		if a.Kind == File {
			table[name] = "@{ Url = " + powershellQuote(a.URL) + "; Checksum = " + powershellQuote(a.Checksum) + " }"
		}
	}
	p.table("Artifacts", table)
}

// powershell builds a script and keeps its first error.
type powershell struct {
	out strings.Builder
	err error
}

func (p *powershell) text(s string) { p.out.WriteString(s) }

// table writes a hash table. The values are PowerShell already.
func (p *powershell) table(name string, entries map[string]string) {
	p.text("$" + name + " = @{\n")
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		p.text("    " + powershellQuote(key) + " = " + entries[key] + "\n")
	}
	p.text("}\n")
}

func (p *powershell) list(name string, values []string) {
	p.text("$" + name + " = @(\n")
	for _, value := range values {
		p.check(name, value, "\n")
		p.text("    " + powershellQuote(value) + "\n")
	}
	p.text(")\n")
}

// document writes a here-string: nothing in it means anything to PowerShell,
// and only a line that begins with '@ ends it.
func (p *powershell) document(name, content string) {
	p.check(name, "\n"+content, "\n'@")
	p.text("$" + name + " = @'\n" + content + "'@\n")
}

// check refuses what the script could not carry: a terminator, or characters
// that Windows PowerShell would read in the system's code page. It takes some
// typographic quotes for quotes, too.
func (p *powershell) check(name, content, terminator string) {
	odd := strings.IndexFunc(content, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') })
	if p.err == nil && (odd >= 0 || strings.Contains(content, terminator)) {
		p.err = fmt.Errorf("the value for $%s holds characters that a PowerShell script cannot carry", name)
	}
}

// powershellQuote makes a literal string of a value.
func powershellQuote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

func powershellBool(b bool) string {
	if b {
		return "$true"
	}
	return "$false"
}
