package controllers

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
)

// networkStatus tells how the network on Linux nodes is. The Installation says the
// same, and nothing of Windows nodes: those have a TigeraStatus of their own.
//
// The variant is written at the end of all that the operator makes.
func (s *state) networkStatus(installation *unstructured.Unstructured, invalid, unscaled string) {
	const component = "calico"
	switch {
	case invalid != "":
		s.degraded(component, "InvalidConfigurationError", "Invalid Installation provided: "+invalid)
	case unscaled != "":
		s.degraded(component, "ResourceScalingError", "Failed to scale typha: "+unscaled)
	default:
		s.progress(component, append(s.waiting("DaemonSet", "calico-node"), s.waiting("Deployment", "calico-kube-controllers")...))
		s.set(installation, "Calico", "status", "variant")
	}
	status := s.get("TigeraStatus", "", component)
	if status == nil {
		return
	}
	conditions, _, _ := unstructured.NestedSlice(status.Object, "status", "conditions")
	for _, c := range conditions {
		if condition, ok := c.(map[string]any); ok && condition["type"] == "Available" {
			condition["type"] = "Ready" // by another name in the Installation
		}
	}
	s.set(installation, conditions, "status", "conditions")
}

// waiting says that a workload is not there, as the operator words it.
func (s *state) waiting(kind, name string) []string {
	u := s.get(kind, calicoNamespace, name)
	if u == nil {
		return []string{fmt.Sprintf("%s %q is not yet scheduled on any nodes", kind, calicoNamespace+"/"+name)}
	}
	field, unit := "numberUnavailable", "nodes"
	if kind == "Deployment" {
		field, unit = "unavailableReplicas", "replicas"
	}
	if missing, _, _ := unstructured.NestedInt64(u.Object, "status", field); missing > 0 {
		return []string{fmt.Sprintf("%s %q is not available (awaiting %d %s)", kind, calicoNamespace+"/"+name, missing, unit)}
	}
	if _, reported, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration"); !reported {
		return []string{fmt.Sprintf("%s %q is not yet scheduled on any nodes", kind, calicoNamespace+"/"+name)}
	}
	return nil
}

// verdict is what a component's conditions say; a condition without a message is false.
type verdict struct{ available, progressing, degraded, reason string }

func (s *state) available(component string) {
	s.conclude(component, verdict{available: "All objects available", reason: "AllObjectsAvailable"})
}

func (s *state) progress(component string, waiting []string) {
	if len(waiting) == 0 {
		s.available(component)
		return
	}
	s.conclude(component, verdict{progressing: strings.Join(waiting, "\n"), reason: "ResourceNotReady"})
}

func (s *state) degraded(component, reason, message string) {
	s.conclude(component, verdict{degraded: message, reason: reason})
}

// conclude writes a TigeraStatus: three conditions, each with a reason and the time
// of its last change, which the real resource type demands:
// https://github.com/tigera/operator/blob/v1.40.15/pkg/controller/status/status.go
func (s *state) conclude(component string, v verdict) {
	if !s.defined(operatorGroup, "TigeraStatus") {
		return
	}
	status := s.ensure(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": operatorGroup + "/v1", "kind": "TigeraStatus", "metadata": map[string]any{"name": component},
	}})
	var conditions []any
	for _, c := range []struct{ kind, message string }{{"Available", v.available}, {"Degraded", v.degraded}, {"Progressing", v.progressing}} {
		condition := map[string]any{"type": c.kind, "status": "False", "reason": "Unknown", "message": ""}
		switch {
		case c.message != "":
			condition["status"], condition["reason"], condition["message"] = "True", v.reason, c.message
		case v.available != "":
			condition["reason"], condition["message"] = v.reason, v.available
		}
		conditions = append(conditions, sinceWhen(api.Condition(status, c.kind), condition))
	}
	s.set(status, conditions, "status", "conditions")
}

// sinceWhen gives a condition the time since when it is so.
func sinceWhen(old, now map[string]any) map[string]any {
	now["lastTransitionTime"] = time.Now().UTC().Format(time.RFC3339)
	if old != nil && reflect.DeepEqual(old["status"], now["status"]) && old["lastTransitionTime"] != nil {
		now["lastTransitionTime"] = old["lastTransitionTime"]
	}
	return runtime.DeepCopyJSON(now)
}
