
# --- the order of things ----------------------------------------------------

# Clear-Secrets removes the token from the files that held it. The scripts are
# left as a line that says whether the node has been bootstrapped, because the
# Azure agent may run them again.
function Clear-Secrets {
    $lines = [IO.File]::ReadAllLines($JoinFile) -replace '^(\s*(token|tlsBootstrapToken):).*', '$1 removed'
    Write-PrivateFile $JoinFile (($lines -join "`n") + "`n")
    $stub = "if (Test-Path '$SuccessMarker') { exit 0 }`r`nWrite-Output 'the bootstrap was cleaned up before it had finished'`r`nexit 10`r`n"
    foreach ($file in $CustomDataFiles) {
        if (Test-Path $file) { Write-PrivateFile $file $stub }
    }
    # What a script left that had failed once.
    if (Test-Path "$StateDir\scripts") { Remove-Item -Recurse -Force "$StateDir\scripts" }
}

# Invoke-Phase runs a phase once; a file says that it is done.
function Invoke-Phase([string]$Name) {
    $script:CurrentPhase = $Name
    $done = "$StateDir\$Name.done"
    if (Test-Path $done) { return }
    Write-Log "phase $Name"
    & $Name
    [IO.File]::WriteAllText($done, '')
}

function Invoke-Phases {
    foreach ($name in 'Set-Hosts', 'Invoke-ScriptsBefore', 'Set-SystemSettings', 'Set-SecureTLS', 'Set-Firewall', 'Install-Features', 'Initialize-DataDisks', 'Set-OpenSSH', 'Set-WinRM', 'Install-CSIProxy', 'Install-Containerd', 'Install-Kubernetes', 'Join-Cluster') {
        Invoke-Phase $name
    }
    $script:CurrentPhase = 'Confirm-Node'
    Write-Log 'phase Confirm-Node'
    Confirm-Node
    Invoke-Phase 'Invoke-ScriptsAfter'
    # The marker comes before the clean-up: from here on the node is good, and
    # a clean-up that was interrupted is repeated by the task.
    [IO.File]::WriteAllText($SuccessMarker, [DateTime]::UtcNow.ToString('s'))
    Complete-Bootstrap
}

function Complete-Bootstrap {
    $script:CurrentPhase = 'Clear-Secrets'
    Clear-Secrets
    Remove-Item -Force -ErrorAction SilentlyContinue $FailureMarker
    Unregister-ScheduledTask -TaskName $TaskName -Confirm:$false -ErrorAction SilentlyContinue
    Write-Log 'done'
}

# Start-Work runs in the scheduled task.
function Start-Work {
    try {
        if (Test-RestartPending) { exit 0 }
        if (Test-Path $SuccessMarker) { Complete-Bootstrap } else { Invoke-Phases }
    } catch {
        Write-Log "FAILED in phase ${CurrentPhase}: $_"
        [IO.File]::WriteAllText($FailureMarker, (Hide-Secret "phase $CurrentPhase failed: $_"))
        exit 10
    }
}

# Register-Work makes the scheduled task that runs this script now and at each
# start of Windows, until the node is done.
function Register-Work {
    New-Item -ItemType Directory -Force -Path $StateDir, $LogDir | Out-Null
    foreach ($path in @($StateDir, $LogDir) + $CustomDataFiles) {
        if (Test-Path $path) { Set-PrivateAccess $path }
    }
    # Written once and moved into place: the task may be reading it just now.
    if (-not (Test-Path $OwnScript)) {
        Write-PrivateFile "$OwnScript.new" ([IO.File]::ReadAllText($PSCommandPath))
        Move-Item -Path "$OwnScript.new" -Destination $OwnScript
    }
    $action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File $OwnScript -Resume"
    $trigger = New-ScheduledTaskTrigger -AtStartup
    $principal = New-ScheduledTaskPrincipal -UserId 'SYSTEM' -LogonType ServiceAccount -RunLevel Highest
    $options = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 3) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
    $task = Get-ScheduledTask -TaskName $TaskName -ErrorAction SilentlyContinue
    if (-not $task) {
        Register-ScheduledTask -TaskName $TaskName -Action $action -Trigger $trigger -Principal $principal -Settings $options | Out-Null
    }
    if (-not ($task -and $task.State -eq 'Running')) {
        Remove-Item -Force -ErrorAction SilentlyContinue $FailureMarker
        Start-ScheduledTask -TaskName $TaskName
    }
}

# Wait-Work waits for the task's outcome and gives the extension's exit code.
function Wait-Work {
    $deadline = (Get-Date).AddMinutes($WaitMinutes)
    while ((Get-Date) -lt $deadline) {
        if (Test-Path $SuccessMarker) {
            Write-Output 'node bootstrapped'
            return
        }
        if (Test-Path $FailureMarker) { break }
        Start-Sleep -Seconds 5
    }
    if (Test-Path $FailureMarker) {
        Write-Output "bootstrap failed: $([IO.File]::ReadAllText($FailureMarker))"
    } else {
        Write-Output "bootstrap did not finish within $WaitMinutes minutes"
    }
    Get-Content -Tail 25 -ErrorAction SilentlyContinue $LogFile | Write-Output
    $script:ExitCode = 10
}

# As the task: do the work. As the extension: start the task and wait.
$ExitCode = 0
if ($Resume) {
    Start-Work
} elseif (-not (Test-Path $SuccessMarker)) {
    Register-Work
    Wait-Work
}
exit $ExitCode
