package bootstrap

import "github.com/hybridcluster/hybridcluster/components/apimodel"

// linuxContainerdConfig is containerd's configuration, format version 3
// (containerd 2). The image reference has been checked to hold no quote.
func linuxContainerdConfig(r apimodel.Release) string {
	return `version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "` + r.LinuxPause + `"

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = "/etc/containerd/certs.d"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`
}

// windowsContainerdConfig is the same for Windows. The CNI directories are
// those where the Calico operator installs by default. bin_dir, of which there
// was one, goes in containerd 2.4:
// https://github.com/containerd/containerd/blob/v2.3.2/internal/cri/config/config.go
func windowsContainerdConfig(r apimodel.Release) string {
	return `version = 3
root = 'C:\ProgramData\containerd\root'
state = 'C:\ProgramData\containerd\state'

[grpc]
  address = '\\.\pipe\containerd-containerd'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "` + r.WindowsPause + `"

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = 'C:\ProgramData\containerd\certs.d'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["C:/opt/cni/bin"]
  conf_dir = "C:/etc/cni/net.d"
`
}

// crictlConfig points crictl at containerd.
func crictlConfig(socket string) string {
	return "runtime-endpoint: " + socket + "\nimage-endpoint: " + socket + "\ntimeout: 30\n"
}
