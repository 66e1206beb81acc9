package addons

import (
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	storagev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/storage/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// storageClass is a class for claims, by the name that it has in AKS:
// https://learn.microsoft.com/azure/aks/concepts-storage#storage-classes
//
// Claims that name none get the default one, as in clusters of AKS Engine.
func (in installer) storageClass(name, provisioner string, parameters pulumi.StringMap, binding string, isDefault bool, opts ...pulumi.ResourceOption) error {
	metadata := metav1.ObjectMetaArgs{Name: pulumi.String(name)}
	if isDefault {
		metadata.Annotations = pulumi.StringMap{"storageclass.kubernetes.io/is-default-class": pulumi.String("true")}
	}
	_, err := storagev1.NewStorageClass(in.ctx, in.name+"-"+name, &storagev1.StorageClassArgs{
		Metadata:             metadata,
		Provisioner:          pulumi.String(provisioner),
		Parameters:           parameters,
		ReclaimPolicy:        pulumi.String("Delete"),
		VolumeBindingMode:    pulumi.String(binding),
		AllowVolumeExpansion: pulumi.Bool(true),
	}, in.options(opts...)...)
	return err
}
