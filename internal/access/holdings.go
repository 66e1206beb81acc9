package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// Holdings are what a cluster's users have in Azure by way of Kubernetes. No stack
// knows of it, and in a resource group that is not the cluster's it does not go with
// the group: a load balancer keeps the network from going, and a volume's disk stays.
type Holdings struct {
	// Services are those of type LoadBalancer, as namespace/name, sorted.
	Services []string
	// Volumes are the persistent ones of Azure, with the claims that they belong to.
	Volumes []Volume
}

// Volume is a persistent volume whose data lie in Azure.
type Volume struct {
	Name string
	// Claim is namespace/name of the claim that has it, or empty.
	Claim string
	// Handle is the driver's name for it: of a disk, its ARM id.
	Handle string
}

func (v Volume) String() string {
	if v.Claim == "" {
		return v.Name + " (" + v.Handle + ")"
	}
	return v.Claim + " (" + v.Handle + ")"
}

// Held lists them.
func Held(ctx context.Context, cluster dynamic.Interface) (Holdings, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	var held Holdings
	services, err := cluster.Resource(schema.GroupVersionResource{Version: "v1", Resource: "services"}).List(ctx, metav1.ListOptions{})
	if err != nil {
		return held, fmt.Errorf("listing the Services: %w", err)
	}
	for _, s := range services.Items {
		if kind, _, _ := unstructured.NestedString(s.Object, "spec", "type"); kind == "LoadBalancer" {
			held.Services = append(held.Services, s.GetNamespace()+"/"+s.GetName())
		}
	}
	volumes, err := cluster.Resource(schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}).List(ctx, metav1.ListOptions{})
	if err != nil {
		return held, fmt.Errorf("listing the persistent volumes: %w", err)
	}
	for _, v := range volumes.Items {
		driver, _, _ := unstructured.NestedString(v.Object, "spec", "csi", "driver")
		if !strings.HasSuffix(driver, ".csi.azure.com") {
			continue
		}
		volume := Volume{Name: v.GetName()}
		volume.Handle, _, _ = unstructured.NestedString(v.Object, "spec", "csi", "volumeHandle")
		if claim, found, _ := unstructured.NestedMap(v.Object, "spec", "claimRef"); found {
			volume.Claim = fmt.Sprintf("%v/%v", claim["namespace"], claim["name"])
		}
		held.Volumes = append(held.Volumes, volume)
	}
	slices.Sort(held.Services)
	slices.SortFunc(held.Volumes, func(a, b Volume) int { return strings.Compare(a.String(), b.String()) })
	return held, nil
}
