 -------------------------------------------------

$Settings = @{
    'AutomaticUpdates' = $false
    'CSIProxySHA256' = ''
    'CSIProxyURL' = ''
    'DataDisks' = 0
    'Endpoint' = 'demo.westeurope.cloudapp.azure.com'
    'EndpointIP' = ''
    'NodeName' = ''
    'NodePorts' = '30000-31000'
    'OpenSSH' = $true
    'SecureTLS' = $false
    'WinRM' = $false
}
$Artifacts = @{
    'containerd' = @{ Url = 'https://github.com/containerd/containerd/releases/download/v2.3.2/containerd-2.3.2-windows-amd64.tar.gz'; Checksum = 'https://github.com/containerd/containerd/releases/download/v2.3.2/containerd-2.3.2-windows-amd64.tar.gz.sha256sum' }
    'crictl' = @{ Url = 'https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-windows-amd64.tar.gz'; Checksum = 'https://github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-windows-amd64.tar.gz.sha256' }
    'kube-log-runner' = @{ Url = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kube-log-runner.exe'; Checksum = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kube-log-runner.exe.sha256' }
    'kube-proxy' = @{ Url = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kube-proxy.exe'; Checksum = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kube-proxy.exe.sha256' }
    'kubeadm' = @{ Url = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kubeadm.exe'; Checksum = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kubeadm.exe.sha256' }
    'kubectl' = @{ Url = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kubectl.exe'; Checksum = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kubectl.exe.sha256' }
    'kubelet' = @{ Url = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kubelet.exe'; Checksum = 'https://dl.k8s.io/v1.36.5/bin/windows/amd64/kubelet.exe.sha256' }
}
$RegistryHosts = @{
}
$KubeletArguments = @(
    '--windows-service'
    '--cert-dir=C:/var/lib/kubelet/pki'
    '--config=C:/var/lib/kubelet/config.yaml'
    '--bootstrap-kubeconfig=C:/etc/kubernetes/bootstrap-kubelet.conf'
    '--kubeconfig=C:/etc/kubernetes/kubelet.conf'
    '--container-runtime-endpoint=npipe:////./pipe/containerd-containerd'
    '--cgroups-per-qos=false'
    '--cloud-provider=external'
    '--enable-debugging-handlers=true'
    '--enforce-node-allocatable='
    '--event-qps=5'
    '--image-gc-high-threshold=80'
    '--image-gc-low-threshold=70'
    '--max-pods=60'
    '--node-labels=agentpool=win'
    '--resolv-conf='
    '--windows-priorityclass=ABOVE_NORMAL_PRIORITY_CLASS'
)
$AuthorizedKeys = @(
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
)
$HostKey = @'
-----BEGIN OPENSSH PRIVATE KEY-----
bm90IGEga2V5
-----END OPENSSH PRIVATE KEY-----
'@
$HostPublicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
$Scripts = @(
)
$JoinConfiguration = @'
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: demo.westeurope.cloudapp.azure.com:6443
    token: aaaaaa.aaaaaaaaaaaaaaaa
    caCertHashes:
    - sha256:343adc5ba49302e0713f930bf8881b4d11e3ba5520a419958faf512a38564a37
  tlsBootstrapToken: aaaaaa.aaaaaaaaaaaaaaaa
nodeRegistration:
  criSocket: npipe:////./pipe/containerd-containerd
  kubeletExtraArgs:
  - name: cloud-provider
    value: external
  - name: event-qps
    value: "5"
  - name: image-gc-high-threshold
    value: "80"
  - name: image-gc-low-threshold
    value: "70"
  - name: max-pods
    value: "60"
  - name: node-labels
    value: agentpool=win
  - name: windows-priorityclass
    value: ABOVE_NORMAL_PRIORITY_CLASS
timeouts:
  kubeletHealthCheck: 5m0s
  kubernetesAPICall: 5m0s
  tlsBootstrap: 10m0s
  discovery: 10m0s
'@
$ContainerdConfiguration = @'
version = 3
root = 'C:\ProgramData\containerd\root'
state = 'C:\ProgramData\containerd\state'

[grpc]
  address = '\\.\pipe\containerd-containerd'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1-3"

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = 'C:\ProgramData\containerd\certs.d'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["C:/opt/cni/bin"]
  conf_dir = "C:/etc/cni/net.d"
'@
$CredentialProvider = @{
    'Sha256' = ''
    'Url' = ''
}
$CredentialProviderConfiguration = @'
'@
$RegistryLogin = @'
'@
$CrictlConfiguration = @'
runtime-endpoint: npipe:////./pipe/containerd-containerd
image-endpoint: npipe:////./pipe/containerd-containerd
timeout: 30
'@

