
# --- the container runtime --------------------------------------------------

function Install-Containerd {
    foreach ($directory in $ContainerdDir, 'C:\ProgramData\containerd\root', 'C:\ProgramData\containerd\state', 'C:\ProgramData\containerd\certs.d', 'C:\opt\cni\bin', 'C:\etc\cni\net.d') {
        New-Item -ItemType Directory -Force -Path $directory | Out-Null
    }
    Set-DefenderExclusions
    Stop-Service -Name containerd -Force -ErrorAction SilentlyContinue
    Save-Artifact 'containerd' "$StateDir\containerd.tar.gz"
    Invoke-Native tar.exe @('-xzf', "$StateDir\containerd.tar.gz", '-C', $ContainerdDir, '--strip-components', '1')
    Remove-Item -Force "$StateDir\containerd.tar.gz"
    [IO.File]::WriteAllText("$ContainerdDir\config.toml", $ContainerdConfiguration)
    Set-RegistryHosts
    Add-MachinePath $ContainerdDir
    if (-not (Get-Service -Name containerd -ErrorAction SilentlyContinue)) {
        Invoke-Native "$ContainerdDir\containerd.exe" @('--register-service')
    }
    Set-Service -Name containerd -StartupType Automatic
    Invoke-Native sc.exe @('failure', 'containerd', 'reset=', '86400', 'actions=', 'restart/5000/restart/10000/restart/30000')
    Invoke-WithRetry 'start of containerd' {
        Start-Service -Name containerd
        Invoke-Native "$ContainerdDir\ctr.exe" @('version')
    }
}

# Set-RegistryHosts sends containerd to the mirrors of registries. It reads these
# files at each pull.
function Set-RegistryHosts {
    foreach ($name in $RegistryHosts.Keys) {
        $directory = "C:\ProgramData\containerd\certs.d\$name"
        New-Item -ItemType Directory -Force -Path $directory | Out-Null
        [IO.File]::WriteAllText("$directory\hosts.toml", $RegistryHosts[$name])
    }
}

# --- Kubernetes -------------------------------------------------------------

function Install-Kubernetes {
    foreach ($directory in $KubernetesDir, 'C:\var\log\kubelet', 'C:\var\lib\kubelet', 'C:\etc\kubernetes\pki', 'C:\etc\kubernetes\manifests') {
        New-Item -ItemType Directory -Force -Path $directory | Out-Null
    }
    # kube-proxy is started from here by a pod that runs on the host. It is of the
    # node's own release: another patch of it may lack a correction.
    foreach ($name in 'kubelet', 'kubeadm', 'kubectl', 'kube-log-runner', 'kube-proxy') {
        Save-Artifact $name "$KubernetesDir\$name.exe"
    }
    Save-Artifact 'crictl' "$StateDir\crictl.tar.gz"
    Invoke-Native tar.exe @('-xzf', "$StateDir\crictl.tar.gz", '-C', $KubernetesDir)
    Remove-Item -Force "$StateDir\crictl.tar.gz"
    [IO.File]::WriteAllText("$KubernetesDir\crictl.yaml", $CrictlConfiguration)
    [Environment]::SetEnvironmentVariable('CRI_CONFIG_FILE', "$KubernetesDir\crictl.yaml", 'Machine')
    Add-MachinePath $KubernetesDir
    Install-CredentialProvider
    Register-Kubelet
}

# Install-CredentialProvider installs the program that gets the kubelet its logins to
# registries. The kubelet does not start without it.
function Install-CredentialProvider {
    if (-not $CredentialProvider.Url) { return }
    $directory = "$KubernetesDir\credential-providers"
    New-Item -ItemType Directory -Force -Path $directory | Out-Null
    Save-PinnedFile 'acr-credential-provider' $CredentialProvider.Url $CredentialProvider.Sha256 "$directory\acr-credential-provider.exe"
    [IO.File]::WriteAllText("$KubernetesDir\credential-providers.yaml", $CredentialProviderConfiguration)
    [IO.File]::WriteAllText("$KubernetesDir\registry-login.json", $RegistryLogin)
}

# Register-Kubelet makes the service that kubeadm starts. The service does not
# read the arguments that kubeadm writes, so they stand on its command line. It
# starts by itself only once the node has joined. Its log is cut at 100 MB, and old
# parts go after a week.
function Register-Kubelet {
    if (Get-Service -Name kubelet -ErrorAction SilentlyContinue) { return }
    $command = @("$KubernetesDir\kube-log-runner.exe", "--log-file=$KubeletLog", '--log-file-size=100M', '--log-file-age=168h', "$KubernetesDir\kubelet.exe") + $KubeletArguments + "--hostname-override=$($Settings.NodeName)"
    New-Service -Name kubelet -DisplayName 'Kubernetes kubelet' -StartupType Manual -DependsOn containerd -BinaryPathName ($command -join ' ') | Out-Null
    Invoke-Native sc.exe @('failure', 'kubelet', 'reset=', '86400', 'actions=', 'restart/5000/restart/10000/restart/30000')
}

function Reset-Node {
    Write-Log 'resetting what kubeadm has begun'
    try {
        Invoke-Native "$KubernetesDir\kubeadm.exe" @('reset', '--force', '--cri-socket', 'npipe:////./pipe/containerd-containerd')
    } catch {
        Write-Log "kubeadm reset: $_"
    }
    Stop-Service -Name kubelet -Force -ErrorAction SilentlyContinue
    New-Item -ItemType Directory -Force -Path 'C:\etc\kubernetes\pki', 'C:\etc\kubernetes\manifests' | Out-Null
}

# Write-Cause logs why kubeadm may have failed. kubeadm itself only says what it
# waited for in vain. Long lines are cut: the extension shows only the log's end.
function Write-Cause {
    try {
        foreach ($line in @(Get-Content -Tail 5 -ErrorAction SilentlyContinue $KubeletLog)) {
            $text = Hide-Secret $line
            Write-Log "  kubelet: $($text.Substring(0, [Math]::Min(200, $text.Length)))"
        }
    } catch {
        Write-Log "the kubelet's log cannot be read: $_"
    }
}

# Join-Cluster runs kubeadm until it succeeds. kubeadm itself waits ten minutes
# for the control plane, and may take 25 in all.
function Join-Cluster {
    Write-PrivateFile $JoinFile $JoinConfiguration
    $deadline = (Get-Date).AddMinutes($JoinMinutes)
    while ($true) {
        try {
            Invoke-Native "$KubernetesDir\kubeadm.exe" @('join', '--config', $JoinFile)
            break
        } catch {
            Write-Log "kubeadm join: $_"
            Write-Cause
            if ((Get-Date) -ge $deadline) { throw "kubeadm join did not succeed within $JoinMinutes minutes" }
        }
        Reset-Node
        Start-Sleep -Seconds 15
    }
    Set-Service -Name kubelet -StartupType Automatic
}

# Confirm-Node asks the API, as the node itself, whether the node is there.
function Confirm-Node {
    Invoke-WithRetry 'registration of the node' {
        if ((Get-Service -Name kubelet).Status -ne 'Running') { Start-Service -Name kubelet }
        foreach ($path in $KubeletKubeconfig, $KubeletCertificate) {
            if (-not (Test-Path $path)) { throw "$path is missing" }
        }
        $health = Invoke-WebRequest -UseBasicParsing -TimeoutSec 5 -Uri 'http://127.0.0.1:10248/healthz'
        if ($health.StatusCode -ne 200) { throw "the kubelet answers $($health.StatusCode)" }
        Invoke-Native "$KubernetesDir\kubectl.exe" @('--kubeconfig', $KubeletKubeconfig, '--request-timeout', '10s', 'get', 'node', $Settings.NodeName, '--output', 'name')
    } 12
}
