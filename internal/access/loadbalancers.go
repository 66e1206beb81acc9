package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	var names []string
	for _, s := range listed.Items {
		if kind, _, _ := unstructured.NestedString(s.Object, "spec", "type"); kind == "LoadBalancer" {
			names = append(names, s.GetNamespace()+"/"+s.GetName())
			// What cannot be deleted is still there below.
			_ = services.Namespace(s.GetNamespace()).Delete(ctx, s.GetName(), metav1.DeleteOptions{})
		}
	}
	left = names
	_ = wait.PollUntilContextCancel(ctx, loadBalancerPoll, true, func(ctx context.Context) (bool, error) {
		left = slices.DeleteFunc(slices.Clone(left), func(name string) bool {
			namespace, own, _ := strings.Cut(name, "/")
			_, err := services.Namespace(namespace).Get(ctx, own, metav1.GetOptions{})
			return apierrors.IsNotFound(err)
		})
		return len(left) == 0, nil
	}) // the context's end is told by what is left
	for _, name := range names {
		if !slices.Contains(left, name) {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	slices.Sort(left)
	return gone, left, nil
}
