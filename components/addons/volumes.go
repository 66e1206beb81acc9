package addons

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// azureDisk provides volumes on Azure disks.
func (in installer) azureDisk(opts ...pulumi.ResourceOption) error {
	_, err := in.install(azureDiskChart, azureDiskChart.name, kubeSystem, in.volumeDriver(), opts...)
	return err
}

// azureFile provides volumes on Azure file shares.
func (in installer) azureFile(opts ...pulumi.ResourceOption) error {
	_, err := in.install(azureFileChart, azureFileChart.name, kubeSystem, in.volumeDriver(), opts...)
	return err
}

// volumeDriver are the values that both drivers share. Their controller reads
// /etc/kubernetes/azure.json and acts as the identity of its machine, and both are
// the control plane's alone. On Windows the driver runs as a HostProcess, which is
// the chart's default, so no csi-proxy is needed.
func (in installer) volumeDriver() pulumi.Map {
	return pulumi.Map{
		"controller": pulumi.Map{
			"runOnControlPlane": pulumi.Bool(true),
			// They share the host's ports, so there is one to a node.
			"replicas": pulumi.Int(min(in.args.masters(), 2)),
		},
		"windows": pulumi.Map{
			"enabled": pulumi.Bool(in.args.Windows),
			// The chart's own list leaves out nodes with taints of the user's.
			"tolerations": bearAll(),
		},
	}
}
