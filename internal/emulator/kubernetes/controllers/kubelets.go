package controllers

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// podNetworkReady is the condition of a pod whose sandbox and network are there:
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-has-network
const podNetworkReady = "PodReadyToStartContainers"

// kubelets let the pods start that a real scheduler has put on a node, or say
// what keeps them, and keep the word that they are ready. What runs the pod from
// there on is not this package's.
func (s *state) kubelets() {
	for _, pod := range s.list("Pod") {
		n := s.cluster.Node(nodeOf(pod))
		if n == nil || pod.GetDeletionTimestamp() != nil {
			continue
		}
		switch phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase"); phase {
		case "", "Pending":
			s.start(pod, n)
		case "Running":
			s.vouch(pod, n)
		}
	}
}

func (s *state) start(pod *unstructured.Unstructured, n *world.Node) {
	spec := s.spec(pod)
	if spec == nil {
		return
	}
	if p := s.problem(pod, spec, n); p.reason != "" {
		s.hold(pod, spec, p)
		return
	}
	s.effects(pod, spec)
	s.condition(pod, map[string]any{"type": podNetworkReady, "status": "True"})
}

// vouch says again that a pod is ready whose containers are. The node lifecycle
// controller takes that away from all pods of a node that is not ready (yet), and
// leaves it to the node's kubelet to give it back:
// https://github.com/kubernetes/kubernetes/blob/v1.36.1/pkg/controller/nodelifecycle/node_lifecycle_controller.go
func (s *state) vouch(pod *unstructured.Unstructured, n *world.Node) {
	if n.Lost || api.Condition(pod, "ContainersReady")["status"] != "True" || api.Condition(pod, "Ready")["status"] != "False" {
		return
	}
	s.condition(pod, map[string]any{"type": "Ready", "status": "True", "reason": "", "message": ""})
}

// hold says in a pod's status why it does not start.
func (s *state) hold(pod *unstructured.Unstructured, spec *rules.PodSpec, p problem) {
	for _, kind := range []string{"Ready", "ContainersReady"} {
		s.condition(pod, map[string]any{"type": kind, "status": "False", "reason": "ContainersNotReady", "message": p.message})
	}
	s.condition(pod, map[string]any{"type": podNetworkReady, "status": "False"})
	s.set(pod, containerStatuses(spec, p), "status", "containerStatuses")
}

// condition sets one of a pod's conditions, and leaves alone what others know of it.
func (s *state) condition(pod *unstructured.Unstructured, want map[string]any) {
	list, _, _ := unstructured.NestedSlice(pod.Object, "status", "conditions")
	for _, c := range list {
		have, _ := c.(map[string]any)
		if have["type"] != want["type"] {
			continue
		}
		maps.Copy(have, want)
		s.set(pod, list, "status", "conditions")
		return
	}
	s.set(pod, append(list, any(want)), "status", "conditions")
}

// MayStart says that nothing holds up a pod, which has not started.
func MayStart(pod *unstructured.Unstructured) bool {
	phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase")
	list, _, _ := unstructured.NestedSlice(pod.Object, "status", "conditions")
	return phase == "Pending" && slices.ContainsFunc(list, func(c any) bool {
		condition, _ := c.(map[string]any)
		return condition["type"] == podNetworkReady && condition["status"] == "True"
	})
}

// Probed writes down when it was last looked at whether a pod may start.
func Probed(pod *unstructured.Unstructured, now time.Time) {
	list, _, _ := unstructured.NestedSlice(pod.Object, "status", "conditions")
	for _, c := range list {
		if condition, _ := c.(map[string]any); condition["type"] == podNetworkReady {
			condition["lastProbeTime"] = now.UTC().Format(time.RFC3339)
		}
	}
	// The conditions are what they were, but for a text.
	_ = unstructured.SetNestedSlice(pod.Object, list, "status", "conditions")
}
