package nodelogs

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// largest bounds one file, in bytes. Of a longer log the end is kept.
const (
	largest = 16 << 20
	// lines bounds what is asked of a journal.
	lines = "50000"
)

// source is one log of a machine.
type source struct {
	// file is its name in the node's folder.
	file string
	// command prints it over SSH; empty where SSH gives none.
	command string
	// path asks the kubelet for it, through the API server; empty where it gives
	// none. https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#log-query
	path string
	// query is the service in a query of the kubelet's logs; empty for a file.
	query string
}

// linuxSources are what a Linux node has to say. sudo asks for no password on
// Azure's images; where it would, it fails.
func linuxSources() []source {
	journal := func(unit string) string {
		return "sudo -n journalctl --unit " + unit + " --no-pager --output short-iso --lines " + lines
	}
	file := func(path string) string { return "sudo -n tail -c 16777216 " + path }
	return []source{
		{file: "bootstrap.log", command: file("/var/log/hybridcluster/bootstrap.log"), path: "hybridcluster/bootstrap.log"},
		{file: "cloud-init-output.log", command: file("/var/log/cloud-init-output.log"), path: "cloud-init-output.log"},
		{file: "cloud-init.log", command: file("/var/log/cloud-init.log"), path: "cloud-init.log"},
		{file: "azure-agent.log", command: file("/var/log/waagent.log"), path: "waagent.log"},
		{file: "kubelet.log", command: journal("kubelet"), query: "kubelet"},
		{file: "containerd.log", command: journal("containerd"), query: "containerd"},
		{file: "errors.log", command: "sudo -n journalctl --priority err --no-pager --output short-iso --lines " + lines},
	}
}

// windowsSources are what a Windows node has to say.
func windowsSources() []source {
	file := func(path string) string {
		return powershell("Get-ChildItem -Path '" + path + "' | ForEach-Object { '==> ' + $_.Name; Get-Content -LiteralPath $_.FullName -Tail " + lines + " }")
	}
	return []source{
		{file: "bootstrap.log", command: file(`C:\AzureData\hybridcluster\*.log`)},
		{file: "kubelet.log", command: file(`C:\var\log\kubelet\kubelet.log`), path: "kubelet/kubelet.log"},
		{file: "containerd.log", command: powershell(
			"Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'containerd' } -MaxEvents " + lines +
				" | Sort-Object TimeCreated | ForEach-Object { $_.TimeCreated.ToString('o') + ' ' + $_.LevelDisplayName + ' ' + $_.Message }"),
			query: "containerd"},
		{file: "services.txt", command: powershell("Get-Service kubelet, containerd, sshd -ErrorAction SilentlyContinue | Format-Table -AutoSize | Out-String -Width 200")},
	}
}

// powershell is a command that no shell takes apart, whichever the node has:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_powershell_exe#-encodedcommand-base64encodedcommand
func powershell(script string) string {
	script = "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; " + script
	var utf16le []byte
	for _, unit := range utf16.Encode([]rune(script)) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, unit)
	}
	return strings.Join([]string{"powershell", "-NoProfile", "-NonInteractive", "-EncodedCommand", base64.StdEncoding.EncodeToString(utf16le)}, " ")
}
