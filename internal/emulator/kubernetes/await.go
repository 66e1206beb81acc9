package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
)

// realTimeout is what the real provider waits by default.
const realTimeout = 10 * time.Minute

// notReady is an object that was made and did not become ready.
type notReady struct {
	name      string
	cancelled bool
	// custom: what it waited for is in the object's annotation.
	custom bool
	why    []string
}

// Error words it as the real provider does.
func (e *notReady) Error() string {
	if e.cancelled {
		return fmt.Sprintf("Resource operation was cancelled for %q", e.name)
	}
	if e.custom {
		return "timed out waiting for the condition"
	}
	return fmt.Sprintf("'%s' timed out waiting to be Ready", e.name)
}

func (e *notReady) reasons() []string { return append([]string{e.Error()}, e.why...) }

// timeout scales what the resource asks for, by annotation or resource option
// (in seconds), to the emulator's time.
func (s *session) timeout(obj *unstructured.Unstructured, seconds float64) time.Duration {
	if text := obj.GetAnnotations()[annotationTimeout]; text != "" {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			seconds = n
		}
	}
	return s.scaled(seconds, realTimeout)
}

func skipsAwait(obj *unstructured.Unstructured) bool {
	return obj.GetAnnotations()[annotationSkipAwait] == "true"
}

// await waits until the object is ready. It returns the object as it was last
// seen, and why it is not ready if it is not.
func (v *provider) await(ctx context.Context, s *session, obj *unstructured.Unstructured, limit time.Duration) (*unstructured.Unstructured, *notReady) {
	if skipsAwait(obj) {
		return obj, nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	live := obj
	var why []string
	for {
		api, err := s.resource(ctx, obj)
		if err == nil {
			var now *unstructured.Unstructured
			if now, err = api.Get(ctx, obj.GetName(), metav1.GetOptions{}); err == nil {
				live = now
			}
		}
		switch {
		case err != nil && ctx.Err() == nil:
			why = []string{err.Error()}
		case err == nil:
			var done bool
			var now []string
			if done, now = s.look(ctx, live); done {
				return live, nil
			}
			if ctx.Err() == nil {
				why = now
			}
		}
		if pause(ctx, defaultPoll) != nil {
			cancelled := !errors.Is(context.Cause(ctx), context.DeadlineExceeded)
			return live, &notReady{name: obj.GetName(), cancelled: cancelled, custom: awaited(live) != nil, why: why}
		}
	}
}

// pause waits unless the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// look tells whether a live object is ready, and why not.
func (s *session) look(ctx context.Context, live *unstructured.Unstructured) (bool, []string) {
	if conditions := awaited(live); conditions != nil {
		return hasConditions(live, conditions)
	}
	switch live.GroupVersionKind().GroupKind() {
	case schema.GroupKind{Group: "apps", Kind: "Deployment"}:
		return s.deploymentReady(ctx, live)
	case schema.GroupKind{Group: "apps", Kind: "DaemonSet"}:
		return s.daemonSetReady(ctx, live)
	case schema.GroupKind{Kind: "Service"}:
		return s.serviceReady(ctx, live)
	case schema.GroupKind{Kind: "Pod"}:
		if phase, _, _ := unstructured.NestedString(live.Object, "status", "phase"); phase == "Succeeded" || api.Condition(live, "Ready")["status"] == "True" {
			return true, nil
		}
		return false, []string{podMessage(live)}
	default:
		return true, nil
	}
}

func number(u *unstructured.Unstructured, path ...string) int64 {
	n, _, _ := unstructured.NestedInt64(u.Object, path...)
	return n
}

func (s *session) deploymentReady(ctx context.Context, d *unstructured.Unstructured) (bool, []string) {
	wanted := number(d, "spec", "replicas")
	current := number(d, "status", "observedGeneration") >= d.GetGeneration()
	available := api.Condition(d, "Available")
	progressed := api.Condition(d, "Progressing")["reason"] == "NewReplicaSetAvailable"
	if current && available["status"] == "True" && progressed && number(d, "status", "updatedReplicas") >= wanted {
		return true, nil
	}
	var why []string
	for _, c := range []map[string]any{api.Condition(d, "ReplicaFailure"), available} {
		if failing := c["type"] == "ReplicaFailure" && c["status"] == "True"; failing || (c["type"] == "Available" && c["status"] == "False") {
			why = append(why, fmt.Sprintf("[%v] %v", c["reason"], c["message"]))
		}
	}
	if available["status"] != "True" {
		why = append(why, "Minimum number of live Pods was not attained")
	} else {
		why = append(why, "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live")
	}
	return false, append(why, s.podReasons(ctx, d, wanted)...)
}

func (s *session) daemonSetReady(ctx context.Context, d *unstructured.Unstructured) (bool, []string) {
	_, counted, _ := unstructured.NestedInt64(d.Object, "status", "desiredNumberScheduled")
	wanted := number(d, "status", "desiredNumberScheduled")
	if counted && number(d, "status", "observedGeneration") >= d.GetGeneration() &&
		number(d, "status", "updatedNumberScheduled") >= wanted && number(d, "status", "numberAvailable") >= wanted {
		return true, nil
	}
	why := []string{fmt.Sprintf("Available: %d/%d", number(d, "status", "numberAvailable"), wanted)}
	return false, append(why, s.podReasons(ctx, d, wanted)...)
}

// serviceReady follows the real provider: a load balancer needs an address, and
// no selected pod may be starting.
func (s *session) serviceReady(ctx context.Context, service *unstructured.Unstructured) (bool, []string) {
	var why []string
	kind, _, _ := unstructured.NestedString(service.Object, "spec", "type")
	clusterIP, _, _ := unstructured.NestedString(service.Object, "spec", "clusterIP")
	selector, _, _ := unstructured.NestedMap(service.Object, "spec", "selector")
	ready, pending := false, false
	if len(selector) > 0 && kind != "ExternalName" && clusterIP != "None" {
		ready, pending = s.endpoints(ctx, service)
		if !ready {
			why = append(why, "Service does not target any Pods. Selected Pods may not be ready, or "+
				"field '.spec.selector' may not match labels on any Pods")
		}
	}
	ingress, _, _ := unstructured.NestedSlice(service.Object, "status", "loadBalancer", "ingress")
	if kind == "LoadBalancer" {
		if len(ingress) == 0 {
			return false, append(why, "Service was not allocated an IP address; does your cloud provider support this?")
		}
		return ready || (len(selector) == 0), why
	}
	return !pending, why
}

func (s *session) endpoints(ctx context.Context, service *unstructured.Unstructured) (ready, pending bool) {
	api := s.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "endpoints"}).Namespace(service.GetNamespace())
	e, err := api.Get(ctx, service.GetName(), metav1.GetOptions{})
	if err != nil {
		return false, false
	}
	subsets, _, _ := unstructured.NestedSlice(e.Object, "subsets")
	for _, sub := range subsets {
		subset, _ := sub.(map[string]any)
		addresses, _ := subset["addresses"].([]any)
		waiting, _ := subset["notReadyAddresses"].([]any)
		ready, pending = ready || len(addresses) > 0, pending || len(waiting) > 0
	}
	return ready, pending
}

// podReasons says how many of a workload's pods run and what keeps the others.
func (s *session) podReasons(ctx context.Context, owner *unstructured.Unstructured, wanted int64) []string {
	var selector metav1.LabelSelector
	raw, _, _ := unstructured.NestedMap(owner.Object, "spec", "selector")
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &selector); err != nil {
		return nil
	}
	pods, err := s.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(owner.GetNamespace()).
		List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(&selector)})
	if err != nil {
		return nil
	}
	ready := 0
	messages := map[string]int{}
	for i := range pods.Items {
		if api.Condition(&pods.Items[i], "Ready")["status"] == "True" {
			ready++
			continue
		}
		messages[podMessage(&pods.Items[i])]++
	}
	var why []string
	for _, message := range slices.Sorted(maps.Keys(messages)) {
		why = append(why, fmt.Sprintf("%s (%d of the Pods)", message, messages[message]))
	}
	return []string{fmt.Sprintf("%d/%d Pods ready: %s", ready, wanted, strings.Join(why, "; "))}
}

// podMessage says why one pod does not run.
func podMessage(pod *unstructured.Unstructured) string {
	if c := api.Condition(pod, "PodScheduled"); c["status"] == "False" {
		return fmt.Sprintf("[%v] %v", c["reason"], c["message"])
	}
	containers, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
	for _, c := range containers {
		status, _ := c.(map[string]any)
		waiting, found, _ := unstructured.NestedMap(status, "state", "waiting")
		if message, ok := waiting["message"]; found && ok {
			return fmt.Sprintf("container %v: [%v] %v", status["name"], waiting["reason"], message)
		}
	}
	if c := api.Condition(pod, "Ready"); c["message"] != nil {
		return fmt.Sprint(c["message"])
	}
	phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase")
	switch phase {
	case "", "Pending":
		return "the Pod has not started"
	case "Running":
		return "the Pod runs and is not ready" + waitsFor(containers)
	}
	return "the Pod has ended: " + phase
}

// waitsFor names the containers that are not ready; where all are, the node was not
// when Kubernetes looked.
func waitsFor(statuses []any) string {
	var names []string
	for _, c := range statuses {
		if status, _ := c.(map[string]any); status["ready"] != true {
			names = append(names, fmt.Sprint(status["name"]))
		}
	}
	if len(names) == 0 {
		return ": its containers are, and its node was not when Kubernetes looked"
	}
	return ": not ready are " + strings.Join(names, ", ")
}

// remove deletes an object and waits until it is gone.
func (s *session) remove(ctx context.Context, api objects, obj *unstructured.Unstructured, limit time.Duration) error {
	background := metav1.DeletePropagationBackground
	err := api.Delete(ctx, obj.GetName(), metav1.DeleteOptions{PropagationPolicy: &background})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", obj.GetKind(), idOf(obj), err)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var finalizers []string
	for {
		live, err := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err != nil && ctx.Err() == nil:
			return fmt.Errorf("delete %s %s: %w", obj.GetKind(), idOf(obj), err)
		case err == nil:
			finalizers = live.GetFinalizers()
		}
		if err := pause(ctx, defaultPoll); err != nil {
			return fmt.Errorf("delete %s %s: timed out waiting for it to be gone; finalizers might be preventing deletion %v%s",
				obj.GetKind(), idOf(obj), finalizers, s.warning(ctx, obj))
		}
	}
}

// warning is what an event says against an object, or nothing. The context may
// have ended: that is when one asks.
func (s *session) warning(ctx context.Context, obj *unstructured.Unstructured) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	api := s.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "events"}).Namespace(obj.GetNamespace())
	events, err := api.List(ctx, metav1.ListOptions{})
	if err != nil {
		return ""
	}
	for _, event := range events.Items {
		about, _, _ := unstructured.NestedMap(event.Object, "involvedObject")
		if about["kind"] == obj.GetKind() && about["name"] == obj.GetName() {
			return fmt.Sprintf(": [%v] %v", event.Object["reason"], event.Object["message"])
		}
	}
	return ""
}
