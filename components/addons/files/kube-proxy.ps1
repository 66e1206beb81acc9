# Runs kube-proxy on a Windows node, inside a HostProcess pod. The program is the
# one that the node's bootstrap fetched, of the node's own release.
#
# Windows PowerShell 5.1.
$ErrorActionPreference = 'Stop'
$NetworkName = 'Calico'
$Program = 'C:\k\kube-proxy.exe'
# Where the pod's volumes are, whether or not this Windows can bind them into place:
# https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/#volume-mounts
$Root = "$env:CONTAINER_SANDBOX_MOUNT_POINT".Replace('\', '/')

# Windows' own service for container networks, by the call that hcsshim makes:
# https://github.com/microsoft/hcsshim/blob/main/internal/hns/hns.go
Add-Type -Namespace HostNetworking -Name Service -MemberDefinition @'
[DllImport("vmcompute.dll")]
public static extern void HNSCall(
    [MarshalAs(UnmanagedType.LPWStr)] string method, [MarshalAs(UnmanagedType.LPWStr)] string path,
    [MarshalAs(UnmanagedType.LPWStr)] string request, [MarshalAs(UnmanagedType.LPWStr)] out string response);
'@

function Invoke-HostNetworking([string]$Method, [string]$Path) {
    $text = ''
    [HostNetworking.Service]::HNSCall($Method, $Path, '', [ref]$text)
    $answer = $text | ConvertFrom-Json
    if (-not $answer.Success) { throw "HNS refused $Method ${Path}: $($answer.Error)" }
    $answer.Output
}

# Wait-Object gives the first object of a name, and says each minute that it waits:
# nothing else in the pod's state tells that Calico does not run here.
function Wait-Object([string]$Kind, [string]$Name) {
    for ($seconds = 0; ; $seconds++) {
        $found = Invoke-HostNetworking 'GET' "/$Kind/" | Where-Object { $_.Name -eq $Name } | Select-Object -First 1
        if ($found) { return $found }
        if ($seconds % 60 -eq 0) { Write-Host "waiting for $Name among HNS' $Kind; calico-node-windows makes it" }
        Start-Sleep -Seconds 1
    }
}

$network = Wait-Object 'networks' $NetworkName
$arguments = @(
    "--hostname-override=$env:NODENAME", '--proxy-mode=kernelspace', '--enable-dsr=true', '--v=2',
    "--kubeconfig=$Root/kubeconfig.conf"
)
if ($network.Type -eq 'Overlay') {
    # In an overlay kube-proxy answers from an address of the pod network's. There may
    # be left-over endpoints of the same name, and the flag takes one address.
    $endpoint = Wait-Object 'endpoints' 'Calico_ep'
    $arguments += "--source-vip=$($endpoint.IPAddress | Select-Object -First 1)"
}

# kubeadm's document names files where Linux has them.
$document = Get-Content -Raw -Path "$Root/var/lib/kube-proxy/kubeconfig.conf"
[IO.File]::WriteAllText("$Root/kubeconfig.conf", $document.Replace(' /var/', " $Root/var/"))

# What an earlier kube-proxy left behind it would neither know nor take away.
foreach ($list in @(Invoke-HostNetworking 'GET' '/policylists/')) {
    if ($list.ID) { Invoke-HostNetworking 'DELETE' "/policylists/$($list.ID)" | Out-Null }
}

# kube-proxy takes the network's name from here; Calico's own setting is a pattern.
$env:KUBE_NETWORK = $NetworkName
Write-Host "starting $Program $arguments"
& $Program $arguments
exit $LASTEXITCODE
