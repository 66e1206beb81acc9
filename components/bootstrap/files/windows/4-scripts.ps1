# --- the user's scripts -----------------------------------------------------

function Invoke-ScriptsBefore { Invoke-Scripts $true }
function Invoke-ScriptsAfter { Invoke-Scripts $false }

# Invoke-Scripts runs the scripts of one kind in order. A file says of each that
# it is done, so that a restart in between repeats none.
function Invoke-Scripts([bool]$BeforeJoin) {
    for ($i = 0; $i -lt $Scripts.Count; $i++) {
        $item = $Scripts[$i]
        if ($item.BeforeJoin -ne $BeforeJoin) { continue }
        $done = "$StateDir\script-$i.done"
        if (Test-Path $done) { continue }
        Write-Log "script $($item.Name)"
        Invoke-Script $item "$i-$($item.Name)"
        [IO.File]::WriteAllText($done, '')
    }
}

# Invoke-Script runs one script in a PowerShell of its own. Its parameters are
# secrets: a file hands them over, and not a command line that every user can
# list. What the script prints goes to a log of its own.
function Invoke-Script($Script, [string]$Id) {
    $directory = "$StateDir\scripts\$Id"
    $log = "$LogDir\script-$Id.log"
    New-Item -ItemType Directory -Force -Path $directory | Out-Null
    Set-PrivateAccess $directory
    $file = "$directory\script.ps1"
    Save-PinnedFile "script $($Script.Name)" $Script.Url $Script.Sha256 $file
    # $? is false after a script that ended with another exit code than 0.
    $lines = "& '$file' $($Script.Parameters)", 'if ($?) { exit 0 }', 'if ($LASTEXITCODE) { exit $LASTEXITCODE }', 'exit 1'
    Write-PrivateFile "$directory\run.ps1" ($lines -join "`r`n")
    $code = Invoke-Logged $log 'powershell.exe' @('-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', "$directory\run.ps1")
    if ($code -ne 0) { throw "script $($Script.Name) ended with exit code $code; what it printed is in $log" }
    Remove-Item -Recurse -Force $directory
}

# Invoke-Logged runs a program with a log of its own and returns its exit code.
function Invoke-Logged([string]$Log, [string]$Program, [string[]]$Arguments) {
    return Invoke-Program $Program $Arguments { param($Line) [IO.File]::AppendAllText($Log, "$Line`r`n") }
}

