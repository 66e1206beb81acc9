package controllers

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// autoscalers keeps the scale of Deployments within the bounds of their
// HorizontalPodAutoscalers. Pods use nothing here, so more than the least is never
// wanted, and what was wanted is kept.
//
// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
func (s *state) autoscalers() {
	for _, hpa := range s.list("HorizontalPodAutoscaler") {
		kind, _, _ := unstructured.NestedString(hpa.Object, "spec", "scaleTargetRef", "kind")
		name, _, _ := unstructured.NestedString(hpa.Object, "spec", "scaleTargetRef", "name")
		target := s.get(kind, hpa.GetNamespace(), name)
		if kind != "Deployment" || target == nil {
			s.set(hpa, []any{map[string]any{"type": "AbleToScale", "status": "False", "reason": "FailedGetScale"}}, "status", "conditions")
			continue
		}
		least, ok, _ := unstructured.NestedInt64(hpa.Object, "spec", "minReplicas")
		if !ok {
			least = 1
		}
		most, _, _ := unstructured.NestedInt64(hpa.Object, "spec", "maxReplicas")
		current, _, _ := unstructured.NestedInt64(target.Object, "spec", "replicas")
		wanted := max(least, min(most, current))
		if current == 0 {
			wanted = 0 // scaled to nothing on purpose
		}
		if wanted != current {
			s.set(target, wanted, "spec", "replicas")
			target.SetGeneration(target.GetGeneration() + 1)
		}
		active := map[string]any{"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}
		if !s.servesMetrics() {
			active["status"], active["reason"] = "False", "FailedGetResourceMetric"
			active["message"] = "unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
		}
		s.set(hpa, map[string]any{
			"currentReplicas": wanted, "desiredReplicas": wanted,
			"conditions": []any{map[string]any{"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"}, active},
		}, "status")
	}
}

// servesMetrics tells whether the API of resource metrics has a running server.
func (s *state) servesMetrics() bool {
	service := s.get("APIService", "", "v1beta1.metrics.k8s.io")
	if service == nil {
		return false
	}
	namespace, _, _ := unstructured.NestedString(service.Object, "spec", "service", "namespace")
	name, _, _ := unstructured.NestedString(service.Object, "spec", "service", "name")
	endpoints := s.get("Endpoints", namespace, name)
	if endpoints == nil {
		return false
	}
	subsets, _, _ := unstructured.NestedSlice(endpoints.Object, "subsets")
	return slices.ContainsFunc(subsets, func(subset any) bool {
		addresses, _, _ := unstructured.NestedSlice(map[string]any{"s": subset}, "s", "addresses")
		return len(addresses) > 0
	})
}
