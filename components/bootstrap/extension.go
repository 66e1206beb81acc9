package bootstrap

import (
	"fmt"
	"time"
)

// Markers and logs of a Linux node, as bootstrap.sh writes them.
const (
	linuxSuccessMarker = "/var/lib/hybridcluster/bootstrapped"
	linuxFailureMarker = "/var/lib/hybridcluster/failed"
	linuxLog           = "/var/log/hybridcluster/bootstrap.log"
	cloudInitLog       = "/var/log/cloud-init-output.log"
)

// Times nest, each with air: a join gives up before the command that waits for it does,
// the command before Azure does, which allows an extension 90 minutes, and Azure before
// whoever waits for Azure. So it is always the innermost that says why.
const (
	// JoinLimit is how long a node tries to join, or a master to make the cluster. The
	// scripts have it as well.
	JoinLimit = 40 * time.Minute
	// ExtensionLimit is how long an extension's command waits for its machine: some
	// minutes to prepare and for updates, then for the join.
	ExtensionLimit = 70 * time.Minute
	// AzureLimit is Azure's own:
	// https://learn.microsoft.com/azure/virtual-machines/extensions/custom-script-linux
	AzureLimit = 90 * time.Minute
)

const (
	// logTailBytes is how much of the log an extension prints. Azure cuts the
	// extension's message at about 4 KB.
	logTailBytes = 2500
	// Of the rounds of five seconds in which the unit has not run at all: after so many
	// the command starts it, and after so many it gives up.
	roundsToStart, roundsToGiveUp = 60, 180
)

// LinuxExtensionCommand is the command of a Linux node's Custom Script extension
// (Microsoft.Azure.Extensions/CustomScript), for /bin/sh. It waits until the
// bootstrap has finished, and fails with the end of its log. When it runs after a
// failure it starts the bootstrap again.
//
// It goes by the state of the bootstrap's own unit and by the markers. What cloud-init
// says of itself is no sign: it says "error" of any part that failed, an image's own or
// a package mirror's, and says so while it still works on the others:
// https://github.com/canonical/cloud-init/blob/main/cloudinit/cmd/status.py
func LinuxExtensionCommand() string {
	return fmt.Sprintf(`ok=%[1]s; bad=%[2]s; log=%[3]s; unit=%[4]s; idle=0; end=$(($(date +%%s)+%[5]d)); `+
		`state() { systemctl show --property=ActiveState --value $unit 2>/dev/null; }; `+
		`run() { systemctl start --no-block $unit 2>/dev/null; }; `+
		`step() { sed -nE 's/^[^ ]+ (step|script) //p' $log 2>/dev/null | tail -n 1; }; `+
		// What has failed is tried again, once for each run of this command.
		`if [ ! -e $ok ]; then if [ -e $bad ] || [ "$(state)" = failed ]; then rm -f $bad; run; fi; fi; `+
		`while [ ! -e $ok ]; do `+
		`if [ -e $bad ]; then why=$(cat $bad); break; fi; `+
		`case "$(state)" in `+
		// The marker may come between the look at it and the unit's end.
		`failed) sleep 5; [ -e $ok ] || [ -e $bad ] || { why="$unit ended without a word in step $(step)"; break; };; `+
		// cloud-init starts it, once it has written all files.
		`inactive) idle=$((idle+1)); [ $((idle%%%[6]d)) -ne 0 ] || run; `+
		`[ $idle -lt %[7]d ] || { why="cloud-init has not started it: $(cloud-init status --long 2>&1 | tr '\n' ' ')"; break; };; `+
		`*) idle=0;; esac; `+
		`[ "$(date +%%s)" -lt $end ] || { why="after %[8]d minutes it is still in step $(step)"; break; }; `+
		`sleep 5; done; `+
		`if [ -e $ok ]; then echo "node bootstrapped"; exit 0; fi; `+
		`echo "bootstrap failed: $why"; [ -s $log ] || log=%[9]s; tail -c %[10]d $log; exit 1`,
		linuxSuccessMarker, linuxFailureMarker, linuxLog, bootstrapUnitName, int(ExtensionLimit.Seconds()),
		roundsToStart, roundsToGiveUp, int(ExtensionLimit.Minutes()), cloudInitLog, logTailBytes)
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
//     and 10) is not reported for five minutes: by then the machine is down. The
//     code that Windows gives to what it ends at a restart is 1073807364, and
//     "errorlevel N" means N or more.
//
// None of this has been verified on Azure. Where the extension is reported as
// failed all the same, the node still joins, and the next run of the extension
// finds the success marker: hybridctl runs it again by itself.
func WindowsExtensionCommand() string {
	const dir = `C:\AzureData`
	return `powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command "` +
		`$ErrorActionPreference = 'Stop'; ` +
		`Copy-Item -Force ` + dir + `\CustomData.bin ` + dir + `\setup.ps1; ` +
		`& ` + dir + `\setup.ps1; exit $LASTEXITCODE" ` +
		`|| ((if errorlevel 10 if not errorlevel 11 exit 1) & ping -n 301 127.0.0.1 >nul & exit 1)`
}
