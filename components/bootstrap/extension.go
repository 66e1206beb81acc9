package bootstrap

import "fmt"

// Markers and logs of a Linux node, as bootstrap.sh writes them.
const (
	linuxSuccessMarker = "/var/lib/hybridcluster/bootstrapped"
	linuxFailureMarker = "/var/lib/hybridcluster/failed"
	linuxLog           = "/var/log/hybridcluster/bootstrap.log"
	cloudInitLog       = "/var/log/cloud-init-output.log"
)

const (
	// linuxWaitSeconds is how long a Linux node may take: some minutes to
	// prepare and for the updates, and 35 minutes until kubeadm has given up on
	// the control plane, so that its own message is in the log by then. Azure
	// allows 90 minutes.
	linuxWaitSeconds = 55 * 60
	// logTailBytes is how much of the log an extension prints. Azure cuts the
	// extension's message at about 4 KB.
	logTailBytes = 2500
)

// LinuxExtensionCommand is the command of a Linux node's Custom Script extension
// (Microsoft.Azure.Extensions/CustomScript), for /bin/sh. It waits until the
// bootstrap has finished, and fails with the end of its log. It relies on
// nothing that cloud-init writes, so a cloud-init that failed is seen too.
func LinuxExtensionCommand() string {
	return fmt.Sprintf(`ok=%[1]s; bad=%[2]s; end=$(($(date +%%s)+%[3]d)); `+
		`while [ ! -e $ok ] && [ ! -e $bad ] && [ "$(date +%%s)" -lt $end ]; do `+
		// cloud-init runs the bootstrap: when it has ended, so has the bootstrap.
		`case "$(cloud-init status 2>/dev/null)" in *running*|*"not run"*|*"not started"*) ;; *) sleep 5; break;; esac; sleep 5; done; `+
		`if [ -e $ok ]; then echo "node bootstrapped"; exit 0; fi; `+
		`echo "bootstrap failed: $(cat $bad 2>/dev/null || cloud-init status --long 2>&1 | tr '\n' ' ')"; `+
		`log=%[4]s; [ -s $log ] || log=%[5]s; tail -c %[6]d $log; exit 1`,
		linuxSuccessMarker, linuxFailureMarker, linuxWaitSeconds, linuxLog, cloudInitLog, logTailBytes)
}

// WindowsExtensionCommand is the command of a Windows node's Custom Script
// Extension (Microsoft.Compute/CustomScriptExtension), for cmd.exe. It runs
// CustomData.bin and waits until the kubelet has registered; on failure it
// prints the end of the log. It can run again at any time.
//
// What is known of restarts while the extension runs, and what is done about it:
//   - Microsoft's manual advises against restarting inside the script, says that
//     the extension does not go on afterwards, and advises a scheduled task. The
//     work is therefore done by a scheduled task, and the command only waits:
//     https://learn.microsoft.com/azure/virtual-machines/extensions/custom-script-windows
//   - An engineer of Azure's says that the agent may run the command again after
//     a restart if it had not finished, by design. Then it waits on:
//     https://devblogs.microsoft.com/azure-vm-runtime/when-will-customscript-extension-re-execute-my-script/
//   - It has been seen that the extension reports exit code 1 "may have been
//     interrupted by a VM restart" instead, because PowerShell dies of the
//     shutdown before the extension does:
//     https://github.com/Azure-Samples/azuresandbox/issues/155
//     So a PowerShell that ended in a way the script never ends (any code but 0
//     and 10) is not reported for five minutes: by then the machine is down.
//
// None of this has been verified on Azure. Where the extension is reported as
// failed all the same, the node still joins, and the next run of the extension
// finds the success marker.
func WindowsExtensionCommand() string {
	const dir = `C:\AzureData`
	return `powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "` +
		`$ErrorActionPreference = 'Stop'; ` +
		`Copy-Item -Force ` + dir + `\CustomData.bin ` + dir + `\setup.ps1; ` +
		`& ` + dir + `\setup.ps1; exit $LASTEXITCODE" ` +
		`|| ((if not errorlevel 10 ping -n 301 127.0.0.1 >nul) & exit 1)`
}
