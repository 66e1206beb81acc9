package addons

import (
	"encoding/json"
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nodeCloudConfig is the Secret with what the disk driver on nodes is told about
// the cloud. It is none of those that the drivers or the cloud provider look for by
// themselves: what it holds is not enough to act on Azure.
const nodeCloudConfig = "azuredisk-node-config"

// azureDisk provides volumes on Azure disks.
func (in installer) azureDisk(opts ...pulumi.ResourceOption) error {
	config, err := in.diskNodeConfig(opts...)
	if err != nil {
		return err
	}
	after, values := opts, in.volumeDriver()
	values["node"] = pulumi.Map{
		"cloudConfigSecretName": pulumi.String(nodeCloudConfig),
		// One number for all nodes: disks that a machine has from the start take slots
		// from volumes.
		"reservedDataDiskSlotNum": pulumi.Int(in.args.Options.DataDisks),
	}
	opts = append(slices.Clone(opts), pulumi.DependsOn([]pulumi.Resource{config}))
	if in.args.masters() == 1 {
		// Its controller has ports of the host's, and the chart no strategy but rolling:
		// on the only master a second one never starts. So a change installs it anew;
		// volumes in use stay where they are.
		opts = append(opts, pulumi.ReplaceOnChanges([]string{"values", "version"}), pulumi.DeleteBeforeReplace(true))
	}
	release, err := in.install(azureDiskChart, azureDiskChart.name, kubeSystem, values, opts...)
	if err != nil {
		return err
	}
	return in.storageClass("managed-csi", "disk.csi.azure.com", pulumi.StringMap{"skuName": pulumi.String("StandardSSD_LRS")},
		"WaitForFirstConsumer", !in.args.Options.NoDefaultClass, append(slices.Clone(after), pulumi.DependsOn([]pulumi.Resource{release}))...)
}

// diskNodeConfig tells the driver on nodes to ask the machine where it is. Without
// it the one on Windows ends as soon as the kubelet asks, and the one on Linux takes
// the zone from the node's labels, which may not be there yet. It holds no
// credentials. The type is that of scale sets for all machines: with the other one
// the driver would ask Azure for the machine's name:
// https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/v1.34.5/pkg/azuredisk/nodeserver.go
func (in installer) diskNodeConfig(opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
	text, err := json.Marshal(struct {
		Cloud               string `json:"cloud"`
		Location            string `json:"location"`
		VMType              string `json:"vmType"`
		UseInstanceMetadata bool   `json:"useInstanceMetadata"`
	}{"AzurePublicCloud", in.args.Location, "vmss", true})
	if err != nil {
		return nil, err
	}
	return corev1.NewSecret(in.ctx, in.name+"-"+nodeCloudConfig, &corev1.SecretArgs{
		Metadata:   metav1.ObjectMetaArgs{Name: pulumi.String(nodeCloudConfig), Namespace: pulumi.String(kubeSystem)},
		StringData: pulumi.StringMap{"cloud-config": pulumi.String(text)},
	}, in.options(opts...)...)
}

// azureFile provides volumes on Azure file shares.
func (in installer) azureFile(opts ...pulumi.ResourceOption) error {
	values := in.volumeDriver()
	controller := values["controller"].(pulumi.Map)
	// It cannot do without: better that it says so at once than at the first claim.
	controller["allowEmptyCloudConfig"] = pulumi.Bool(false)
	if in.args.masters() == 1 {
		controller["strategyType"] = pulumi.String("Recreate")
	}
	values["node"] = pulumi.Map{
		// By default it installs packages and a service on each Linux host, from a
		// repository of Microsoft's and unchecked, for NFS with encryption and for logins
		// as a node's identity. Neither is offered here.
		// https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/v1.35.7/pkg/azurefile-proxy/install-proxy.sh
		"azurefileProxy":            pulumi.Map{"enabled": pulumi.Bool(false), "installAznfsMount": pulumi.Bool(false)},
		"enableManagedIdentityAuth": pulumi.Bool(false),
	}
	release, err := in.install(azureFileChart, azureFileChart.name, kubeSystem, values, opts...)
	if err != nil {
		return err
	}
	return in.storageClass("azurefile-csi", "file.csi.azure.com", pulumi.StringMap{"skuName": pulumi.String("Standard_LRS")},
		"Immediate", false, append(slices.Clone(opts), pulumi.DependsOn([]pulumi.Resource{release}))...)
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
