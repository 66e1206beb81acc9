package bootstrap

// ControlPlane renders the cloud-init document of a master. The first master
// (index 0) initialises the cluster.
func ControlPlane(c Cluster, n Node, pki PKI, cloud CloudConfig) (string, error) { panic("todo") }

// LinuxNode renders the cloud-init document of a Linux worker.
func LinuxNode(c Cluster, n Node) (string, error) { panic("todo") }

// WindowsNode renders the PowerShell script of a Windows worker.
func WindowsNode(c Cluster, n Node, o WindowsOptions) (string, error) { panic("todo") }

// LinuxExtensionCommand is the command of a Linux node's Custom Script extension.
// It waits until the bootstrap has finished, and fails with the end of its log.
func LinuxExtensionCommand() string { panic("todo") }

// WindowsExtensionCommand is the command of a Windows node's Custom Script
// Extension. It runs CustomData.bin and waits until the kubelet has registered.
func WindowsExtensionCommand() string { panic("todo") }
