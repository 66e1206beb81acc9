# --- what a definition may ask for ------------------------------------------

# Set-Hosts gives the API's name its address where no DNS knows it.
function Set-Hosts {
    if (-not $Settings.EndpointIP) { return }
    $lines = @([IO.File]::ReadAllLines($HostsFile) | Where-Object { @($_.Trim() -split '\s+')[1] -ne $Settings.Endpoint })
    $lines += "$($Settings.EndpointIP) $($Settings.Endpoint)"
    [IO.File]::WriteAllLines($HostsFile, [string[]]$lines)
}

# Set-SecureTLS leaves TLS 1.2 and later, also to programs for .NET Framework:
# https://learn.microsoft.com/windows-server/security/tls/tls-registry-settings
function Set-SecureTLS {
    if (-not $Settings.SecureTLS) { return }
    $protocols = 'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols'
    foreach ($side in 'Client', 'Server') {
        foreach ($old in 'SSL 2.0', 'SSL 3.0', 'TLS 1.0', 'TLS 1.1') {
            Set-RegistryDword "$protocols\$old\$side" 'Enabled' 0
            Set-RegistryDword "$protocols\$old\$side" 'DisabledByDefault' 1
        }
        Set-RegistryDword "$protocols\TLS 1.2\$side" 'Enabled' 1
        Set-RegistryDword "$protocols\TLS 1.2\$side" 'DisabledByDefault' 0
    }
    foreach ($software in 'HKLM:\SOFTWARE', 'HKLM:\SOFTWARE\Wow6432Node') {
        Set-RegistryDword "$software\Microsoft\.NETFramework\v4.0.30319" 'SchUseStrongCrypto' 1
        Set-RegistryDword "$software\Microsoft\.NETFramework\v4.0.30319" 'SystemDefaultTlsVersions' 1
    }
}

# Initialize-DataDisks gives each data disk an NTFS volume with the next drive
# letter. Disks may appear some time after Windows has started.
function Initialize-DataDisks {
    if ($Settings.DataDisks -eq 0) { return }
    Invoke-WithRetry 'initialisation of the data disks' {
        # A disk of the machine's host is new at each start: it is left alone.
        $disks = @(Get-Disk | Where-Object { -not $_.IsBoot -and -not $_.IsSystem -and $_.FriendlyName -notlike '*NVMe Direct Disk*' } | Sort-Object -Property Number)
        foreach ($disk in $disks) { Initialize-DataDisk $disk }
        $ready = @(Get-Volume | Where-Object { $_.FileSystemLabel -like "$VolumeName*" }).Count
        if ($ready -lt $Settings.DataDisks) { throw "$ready of $($Settings.DataDisks) data disks are ready" }
    }
}

# Initialize-DataDisk goes on where it was interrupted. A disk that holds a file
# system is not touched.
function Initialize-DataDisk($Disk) {
    if ($Disk.IsOffline) { Set-Disk -Number $Disk.Number -IsOffline $false }
    if ($Disk.IsReadOnly) { Set-Disk -Number $Disk.Number -IsReadOnly $false }
    if ($Disk.PartitionStyle -eq 'RAW') { Initialize-Disk -Number $Disk.Number -PartitionStyle GPT }
    $partition = Get-Partition -DiskNumber $Disk.Number -ErrorAction SilentlyContinue | Where-Object { $_.Type -ne 'Reserved' } | Select-Object -First 1
    if (-not $partition) { $partition = New-Partition -DiskNumber $Disk.Number -UseMaximumSize -AssignDriveLetter }
    if (($partition | Get-Volume).FileSystem) { return }
    $partition | Format-Volume -FileSystem NTFS -NewFileSystemLabel "$VolumeName$($Disk.Number)" -Confirm:$false | Out-Null
    Write-Log "disk $($Disk.Number) is volume $($partition.DriveLetter)"
}

# Install-CSIProxy installs the program, which is published bare or in a tar
# file, as a service: https://github.com/kubernetes-csi/csi-proxy#installation
function Install-CSIProxy {
    if (-not $Settings.CSIProxyURL) { return }
    $program = "$KubernetesDir\csi-proxy.exe"
    if (-not (Get-Service -Name csi-proxy -ErrorAction SilentlyContinue)) {
        New-Item -ItemType Directory -Force -Path $KubernetesDir, 'C:\var\log\csi-proxy' | Out-Null
        $file = "$StateDir\csi-proxy.download"
        Save-PinnedFile 'csi-proxy' $Settings.CSIProxyURL $Settings.CSIProxySHA256 $file
        if (($Settings.CSIProxyURL -split '\?')[0] -match '\.(tar\.gz|tgz)$') {
            $directory = "$StateDir\csi-proxy"
            New-Item -ItemType Directory -Force -Path $directory | Out-Null
            Invoke-Native tar.exe @('-xzf', $file, '-C', $directory)
            $found = Get-ChildItem -Path $directory -Recurse -Filter 'csi-proxy.exe' | Select-Object -First 1
            if (-not $found) { throw 'the archive holds no csi-proxy.exe' }
            Move-Item -Force -Path $found.FullName -Destination $program
            Remove-Item -Recurse -Force $file, $directory
        } else {
            Move-Item -Force -Path $file -Destination $program
        }
        New-Service -Name csi-proxy -DisplayName 'CSI proxy' -StartupType Automatic -BinaryPathName "$program -windows-service -log_file=C:\var\log\csi-proxy\csi-proxy.log -logtostderr=false" | Out-Null
    }
    Invoke-Native sc.exe @('failure', 'csi-proxy', 'reset=', '86400', 'actions=', 'restart/5000/restart/10000/restart/30000')
    Invoke-WithRetry 'start of csi-proxy' { Start-Service -Name csi-proxy }
}

