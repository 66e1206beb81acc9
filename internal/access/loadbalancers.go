package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
)

// loadBalancerPoll is how often it is looked whether the cloud provider is done.
const loadBalancerPoll = 500 * time.Millisecond

// listTimeout is how long an API server may take that perhaps is not there.
const listTimeout = 20 * time.Second

// DeleteLoadBalancers deletes every Service of type LoadBalancer and waits until
// the cloud provider has taken their addresses and rules out of Azure, or the
// context ends. It returns the Services as namespace/name, sorted: those that are
// gone, and those that are not.
func DeleteLoadBalancers(ctx context.Context, cluster dynamic.Interface) (gone, left []string, err error) {
	services := cluster.Resource(schema.GroupVersionResource{Version: "v1", Resource: "services"})
	look, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	listed, err := services.List(look, metav1.ListOptions{})
	if err != nil {
		return nil, nil, fmt.Errorf("listing the Services: %w", err)
	}
	for _, s := range listed.Items {
		if kind, _, _ := unstructured.NestedString(s.Object, "spec", "type"); kind != "LoadBalancer" {
			continue
		}
		name, api := s.GetNamespace()+"/"+s.GetName(), services.Namespace(s.GetNamespace())
		err := api.Delete(ctx, s.GetName(), metav1.DeleteOptions{})
		if err == nil {
			err = wait.PollUntilContextCancel(ctx, loadBalancerPoll, true, func(ctx context.Context) (bool, error) {
				_, err := api.Get(ctx, s.GetName(), metav1.GetOptions{})
				return apierrors.IsNotFound(err), nil
			})
		}
		if err == nil || apierrors.IsNotFound(err) {
			gone = append(gone, name)
		} else {
			left = append(left, name)
		}
	}
	slices.Sort(gone)
	slices.Sort(left)
	return gone, left, nil
}
