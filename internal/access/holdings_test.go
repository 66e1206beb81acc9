package access

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
)

func object(kind, name string, spec map[string]any) runtime.Object {
	metadata := map[string]any{"name": name}
	if kind == "Service" {
		metadata["namespace"] = "shop"
	}
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}}
}

// Before a cluster in somebody else's resource group is deleted, what would stay of its users' is named.
func TestWhatUsersHoldInAzureIsNamed(t *testing.T) {
	t.Parallel()
	const disk = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/pvc-1"
	azure := func(driver string) map[string]any { return map[string]any{"driver": driver, "volumeHandle": disk} }
	lists := map[schema.GroupVersionResource]string{
		{Version: "v1", Resource: "services"}: "ServiceList", {Version: "v1", Resource: "persistentvolumes"}: "PersistentVolumeList",
	}
	held, err := Held(t.Context(), fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists,
		object("Service", "web", map[string]any{"type": "LoadBalancer"}), object("Service", "inner", map[string]any{"type": "ClusterIP"}),
		object("PersistentVolume", "pvc-1", map[string]any{
			"csi": azure("disk.csi.azure.com"), "claimRef": map[string]any{"namespace": "shop", "name": "data"},
		}),
		object("PersistentVolume", "pvc-2", map[string]any{"csi": azure("file.csi.azure.com")}),
		object("PersistentVolume", "nfs", map[string]any{"csi": azure("nfs.csi.k8s.io")}),
		object("PersistentVolume", "host", map[string]any{"hostPath": map[string]any{"path": "/data"}}),
	))
	require.NoError(t, err)
	require.Equal(t, []string{"shop/web"}, held.Services)
	require.Len(t, held.Volumes, 2)
	require.Equal(t, "pvc-2 ("+disk+")", held.Volumes[0].String())
	require.Equal(t, "shop/data ("+disk+")", held.Volumes[1].String())
}
