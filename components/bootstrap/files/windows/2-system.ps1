
# --- the machine ------------------------------------------------------------

# Set-SystemSettings sets what has to be in place before the restart.
function Set-SystemSettings {
    $overrides = 'HKLM:\SYSTEM\CurrentControlSet\Policies\Microsoft\FeatureManagement\Overrides'
    $hns = 'HKLM:\SYSTEM\CurrentControlSet\Services\hns\State'
    # Fixes of the container network that are off by default, by release.
    switch ([Environment]::OSVersion.Version.Build) {
        17763 {
            Set-RegistryDword $hns 'HNSControlFlag' 80
            Set-RegistryDword 'HKLM:\SYSTEM\CurrentControlSet\Services\wcifs' 'WcifsSOPCountDisabled' 0
        }
        20348 { Set-RegistryDword $overrides '1114842764' 0 }
        26100 { Set-RegistryDword $overrides '520997518' 1 }
    }
    # Containers find SMB shares by name.
    Set-RegistryDword $hns 'EnableCompartmentNamespace' 1
    if (-not $Settings.AutomaticUpdates) {
        $updates = 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU'
        Set-RegistryDword $updates 'NoAutoUpdate' 1
        Set-RegistryDword $updates 'AUOptions' 2
    }
    # kube-proxy takes many ports of the dynamic range.
    Invoke-Native netsh.exe @('int', 'ipv4', 'set', 'dynamicportrange', 'tcp', '34000', '31536')
}

function Set-Firewall {
    Open-Port 'kubelet' 'TCP' 10250
    Open-Port 'vxlan' 'UDP' 4789
    # kube-proxy answers on its own port whether it is well, and for each Service
    # that keeps to its nodes on a port of the node ports: load balancers ask there.
    Open-Port 'kube-proxy' 'TCP' 10256
    foreach ($protocol in 'TCP', 'UDP') { Open-Port "node-ports-$protocol" $protocol $Settings.NodePorts }
    # The WireServer hands out the VM's settings (CVE-2021-27075). Only SYSTEM,
    # as which the Azure agent runs, may speak to it. Pods are kept away by the
    # CNI's rules. One command makes the whole rule: half of it, left behind by a
    # restart, would keep the agent out for good.
    $rule = 'hybridcluster-wireserver'
    if (-not (Get-NetFirewallRule -Name $rule -ErrorAction SilentlyContinue)) {
        New-NetFirewallRule -Name $rule -DisplayName $rule -Direction Outbound -Action Block -Protocol TCP -RemoteAddress '168.63.129.16' -RemotePort 80, 32526 -LocalUser 'O:LSD:(D;;CC;;;S-1-5-18)(A;;CC;;;S-1-1-0)' | Out-Null
    }
}

function Set-DefenderExclusions {
    if (-not (Get-Command Add-MpPreference -ErrorAction SilentlyContinue)) { return }
    try {
        Add-MpPreference -ExclusionProcess "$ContainerdDir\containerd.exe", "$ContainerdDir\ctr.exe", 'C:\opt\cni\bin\calico.exe', 'C:\opt\cni\bin\calico-ipam.exe'
    } catch {
        Write-Log "WARNING: Defender takes no exclusions: $_"
    }
}

# Install-Features installs what needs a restart.
function Install-Features {
    if ($Settings.OpenSSH) { Install-OpenSSH }
    $result = Invoke-WithRetry 'installation of the Containers feature' { Install-WindowsFeature -Name Containers } 4
    if (-not $result.Success) { throw 'the Containers feature cannot be installed' }
    if ($result.RestartNeeded -ne 'No') { Request-Restart }
}

function Get-BootTime {
    return (Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('o')
}

# Request-Restart restarts the machine and ends the script. The task runs it
# again at the next start.
function Request-Restart {
    $restarts = @()
    if (Test-Path $RestartFile) { $restarts = @([IO.File]::ReadAllLines($RestartFile)) }
    if ($restarts.Count -ge $MaxRestarts) { throw "Windows still asks for a restart after $MaxRestarts of them" }
    $restarts += Get-BootTime
    [IO.File]::WriteAllLines($RestartFile, [string[]]$restarts)
    Write-Log 'restarting'
    try {
        Restart-Computer -Force
    } catch {
        Remove-Item -Force $RestartFile
        throw
    }
    exit 0
}

# Test-RestartPending says whether a requested restart has not happened yet.
function Test-RestartPending {
    if (-not (Test-Path $RestartFile)) { return $false }
    return @([IO.File]::ReadAllLines($RestartFile))[-1] -eq (Get-BootTime)
}

# --- access -----------------------------------------------------------------

function Install-OpenSSH {
    if (Get-Service -Name sshd -ErrorAction SilentlyContinue) { return }
    Invoke-WithRetry 'installation of OpenSSH' {
        $capability = Get-WindowsCapability -Online -Name 'OpenSSH.Server*' | Select-Object -First 1
        if (-not $capability) { throw 'this Windows has no OpenSSH server' }
        if ($capability.State -ne 'Installed') { Add-WindowsCapability -Online -Name $capability.Name | Out-Null }
    } 4
}

# Set-OpenSSH lets administrators in with the given keys, and nobody with a
# password.
function Set-OpenSSH {
    if (-not $Settings.OpenSSH) { return }
    Set-Service -Name sshd -StartupType Automatic
    Start-Service -Name sshd # its first start writes the configuration
    if ($HostPublicKey) { Set-HostKey }
    $config = 'C:\ProgramData\ssh\sshd_config'
    $first = '# hybridcluster: the first value of a keyword counts'
    $lines = @([IO.File]::ReadAllLines($config))
    if ($lines[0] -ne $first) {
        $lines = @($first, 'PasswordAuthentication no', 'PubkeyAuthentication yes') + $lines
        [IO.File]::WriteAllLines($config, [string[]]$lines)
    }
    $keys = 'C:\ProgramData\ssh\administrators_authorized_keys'
    Write-PrivateFile $keys (($AuthorizedKeys -join "`n") + "`n")
    if (-not (Test-Path 'HKLM:\SOFTWARE\OpenSSH')) { New-Item -Path 'HKLM:\SOFTWARE\OpenSSH' -Force | Out-Null }
    New-ItemProperty -Path 'HKLM:\SOFTWARE\OpenSSH' -Name DefaultShell -PropertyType String -Force -Value "$env:SystemRoot\System32\WindowsPowerShell\v1.0\powershell.exe" | Out-Null
    Open-Port 'ssh' 'TCP' 22
    Restart-Service -Name sshd
}

# Set-HostKey puts the key that clients know in the place of the one that sshd made
# of that kind at its first start. sshd reads it when it starts again.
function Set-HostKey {
    $key = 'C:\ProgramData\ssh\ssh_host_ed25519_key'
    Write-PrivateFile $key ($HostKey + "`n")
    [IO.File]::WriteAllText("$key.pub", "$HostPublicKey`n")
}

# Set-WinRM opens a listener over HTTPS with a certificate of the node's own.
# Basic authentication stays off: it would hand the password to the listener.
function Set-WinRM {
    if (-not $Settings.WinRM) { return }
    Set-Service -Name WinRM -StartupType Automatic
    Start-Service -Name WinRM
    $https = Get-ChildItem WSMan:\localhost\Listener | Where-Object { $_.Keys -contains 'Transport=HTTPS' }
    if (-not $https) {
        $certificate = New-SelfSignedCertificate -DnsName $Settings.NodeName, $env:COMPUTERNAME -CertStoreLocation Cert:\LocalMachine\My
        New-Item -Path WSMan:\localhost\Listener -Transport HTTPS -Address * -CertificateThumbPrint $certificate.Thumbprint -Force | Out-Null
    }
    Set-Item -Path WSMan:\localhost\Service\Auth\Basic -Value $false
    Set-Item -Path WSMan:\localhost\Service\AllowUnencrypted -Value $false
    Open-Port 'winrm' 'TCP' 5986
}
