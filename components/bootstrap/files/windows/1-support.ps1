
# --- where things are -------------------------------------------------------

$StateDir = 'C:\ProgramData\hybridcluster'
$SuccessMarker = "$StateDir\bootstrapped"
$FailureMarker = "$StateDir\failed"
$RestartFile = "$StateDir\restart-requested"
$OwnScript = "$StateDir\bootstrap.ps1"
$HostsFile = "$env:SystemRoot\System32\drivers\etc\hosts"
$LogDir = 'C:\AzureData\hybridcluster'
$LogFile = "$LogDir\bootstrap.log"
$VolumeName = 'data-'
$TaskName = 'hybridcluster-bootstrap'
$CustomDataFiles = 'C:\AzureData\CustomData.bin', 'C:\AzureData\setup.ps1', $OwnScript
$KubernetesDir = 'C:\k'
$ContainerdDir = "$env:ProgramFiles\containerd"
$JoinFile = 'C:\k\join.yaml'
$KubeletKubeconfig = 'C:\etc\kubernetes\kubelet.conf'
$KubeletLog = 'C:/var/log/kubelet/kubelet.log'
$KubeletCertificate = 'C:\var\lib\kubelet\pki\kubelet-client-current.pem'
$WaitMinutes = 70
$JoinMinutes = 35
$MaxRestarts = 3
$CurrentPhase = 'start'

# Instances of a scale set share this script: such a node has its computer's
# name, as kubeadm has it.
if (-not $Settings.NodeName) { $Settings.NodeName = $env:COMPUTERNAME.ToLowerInvariant() }

# --- log, retries, files ----------------------------------------------------

# Hide-Secret removes bootstrap tokens from what a program prints.
function Hide-Secret([string]$Text) {
    return $Text -creplace '[a-z0-9]{6}\.[a-z0-9]{16}', '[token]'
}

# Write-Log tries a few times: the extension and the task may write at once. A
# line that cannot be written stops nothing.
function Write-Log([string]$Text) {
    $line = '{0} {1}' -f [DateTime]::UtcNow.ToString('s'), (Hide-Secret $Text)
    for ($attempt = 1; $attempt -le 10; $attempt++) {
        try {
            [IO.File]::AppendAllText($LogFile, $line + "`r`n")
            return
        } catch {
            Start-Sleep -Milliseconds 100
        }
    }
}

# Invoke-Native runs a program, logs what it prints and throws when it fails, or
# cannot be started.
function Invoke-Native([string]$Program, [string[]]$Arguments) {
    $code = Invoke-Program $Program $Arguments { param($Line) Write-Log "  $Line" }
    if ($code -ne 0) { throw "$(Split-Path -Leaf $Program) ended with exit code $code" }
}

# Invoke-Program runs a program, hands each line that it prints to a block, and returns
# its exit code. Windows PowerShell makes an error of each line on standard error unless
# told to continue. Told so it also goes on after a program that is not there, with the
# exit code of the one before: that is asked for first, and the code is forgotten.
function Invoke-Program([string]$Program, [string[]]$Arguments, [scriptblock]$Line) {
    if (-not (Get-Command -Name $Program -ErrorAction SilentlyContinue)) {
        throw "the program $Program is not there"
    }
    $global:LASTEXITCODE = $null
    $ErrorActionPreference = 'Continue'
    & $Program @Arguments 2>&1 | ForEach-Object { & $Line "$_" } | Out-Null
    if ($null -eq $LASTEXITCODE) { throw "the program $Program cannot be started" }
    return $LASTEXITCODE
}

# Invoke-WithRetry runs a block until it does not throw, and waits longer each
# time.
function Invoke-WithRetry([string]$What, [scriptblock]$Action, [int]$Attempts = 8) {
    $delay = 5
    for ($attempt = 1; ; $attempt++) {
        try {
            & $Action
            return
        } catch {
            Write-Log "${What}: attempt $attempt of $Attempts failed: $_"
            if ($attempt -ge $Attempts) { throw }
        }
        Start-Sleep -Seconds $delay
        $delay = [Math]::Min(60, $delay * 2)
    }
}

# Set-PrivateAccess leaves a file or directory to SYSTEM and Administrators.
function Set-PrivateAccess([string]$Path) {
    $rights = 'F'
    if (Test-Path -PathType Container $Path) { $rights = '(OI)(CI)F' }
    # What it prints is a line for each file, "/q" or not: of use only when it fails.
    $said = @{ Text = '' }
    $code = Invoke-Program icacls.exe @($Path, '/inheritance:r', '/grant:r', "*S-1-5-18:$rights", "*S-1-5-32-544:$rights", '/q') { param($Line) $said.Text += " $Line" }
    if ($code -ne 0) { throw "icacls.exe ended with exit code ${code}:$($said.Text)" }
}

# Write-PrivateFile closes a file to others before the content is in it.
function Write-PrivateFile([string]$Path, [string]$Content) {
    [IO.File]::WriteAllText($Path, '')
    Set-PrivateAccess $Path
    [IO.File]::WriteAllText($Path, $Content)
}

# Get-PublishedHash reads a file's digest out of the publisher's checksum file:
# either one bare digest or lines of "digest  name".
function Get-PublishedHash([string]$File, [string]$Name) {
    foreach ($line in [IO.File]::ReadAllLines($File)) {
        $fields = @($line.Trim() -split '\s+')
        if ($fields.Count -eq 1 -and $fields[0] -match '^[0-9a-fA-F]{64}$') { return $fields[0] }
        if ($fields.Count -ge 2 -and ($fields[1].TrimStart('*') -split '/')[-1] -eq $Name) { return $fields[0] }
    }
    throw "the publisher's checksum file has no entry for $Name"
}

# Save-Artifact downloads one of the artifacts and refuses a mismatch.
function Save-Artifact([string]$Name, [string]$Target) {
    $artifact = $Artifacts[$Name]
    Invoke-WithRetry "download of $Name" {
        $curl = '--fail', '--silent', '--show-error', '--location', '--proto', '=https', '--connect-timeout', '20', '--max-time', '900', '--output'
        Invoke-Native curl.exe ($curl + @("$Target.sha256", $artifact.Checksum))
        Invoke-Native curl.exe ($curl + @($Target, $artifact.Url))
        $want = Get-PublishedHash "$Target.sha256" (($artifact.Url -split '/')[-1])
        $got = (Get-FileHash -Algorithm SHA256 -Path $Target).Hash
        Remove-Item -Force "$Target.sha256"
        if ($want -ne $got) {
            Remove-Item -Force $Target
            throw "the publisher's checksum is $want and the download's is $got"
        }
    }
}

# Save-PinnedFile downloads a file whose digest is known. The URL may hold a
# signature: curl reads it from a file, and what curl says of it is not kept.
function Save-PinnedFile([string]$What, [string]$Url, [string]$Sha256, [string]$Target) {
    Invoke-WithRetry "download of $What" {
        $config = "$Target.curl"
        Write-PrivateFile $config "url = `"$Url`"`n"
        try {
            Invoke-Native curl.exe @('--fail', '--silent', '--location', '--proto', '=https', '--connect-timeout', '20', '--max-time', '900', '--output', $Target, '--config', $config)
        } finally {
            Remove-Item -Force $config
        }
        $got = (Get-FileHash -Algorithm SHA256 -Path $Target).Hash
        if ($Sha256 -ne $got) {
            Remove-Item -Force $Target
            throw "its SHA-256 is $got, and $Sha256 is expected"
        }
    }
}

function Set-RegistryDword([string]$Path, [string]$Name, [int]$Value) {
    if (-not (Test-Path $Path)) { New-Item -Path $Path -Force | Out-Null }
    New-ItemProperty -Path $Path -Name $Name -Value $Value -PropertyType DWord -Force | Out-Null
}

# Open-Port allows inbound traffic to a port or a range through the firewall, which
# stays on.
function Open-Port([string]$Name, [string]$Protocol, [string]$Port) {
    $rule = "hybridcluster-$Name"
    if (Get-NetFirewallRule -Name $rule -ErrorAction SilentlyContinue) { return }
    New-NetFirewallRule -Name $rule -DisplayName $rule -Direction Inbound -Action Allow -Protocol $Protocol -LocalPort $Port | Out-Null
}

function Add-MachinePath([string]$Directory) {
    $machine = [Environment]::GetEnvironmentVariable('Path', 'Machine')
    if (($machine -split ';') -notcontains $Directory) {
        [Environment]::SetEnvironmentVariable('Path', "$machine;$Directory", 'Machine')
    }
    if (($env:Path -split ';') -notcontains $Directory) { $env:Path += ";$Directory" }
}
