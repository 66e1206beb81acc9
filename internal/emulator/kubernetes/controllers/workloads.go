package controllers

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	hashLabel     = "pod-template-hash"
	revisionLabel = "controller-revision-hash"
)

// templateHash tells from which template a pod was made.
func templateHash(pod *unstructured.Unstructured) string {
	labels := pod.GetLabels()
	return labels[hashLabel] + labels[revisionLabel]
}

// owned gives the pods of a workload.
func (s *state) owned(owner *unstructured.Unstructured) []*unstructured.Unstructured {
	var pods []*unstructured.Unstructured
	for _, pod := range s.byKind["Pod"] {
		if owners := pod.GetOwnerReferences(); len(owners) > 0 && owners[0].UID == owner.GetUID() {
			pods = append(pods, pod)
		}
	}
	return pods
}

// newPod makes a pod from a workload's template.
func (s *state) newPod(owner *unstructured.Unstructured, name, hashKey, hash string) *unstructured.Unstructured {
	template, _, _ := unstructured.NestedMap(owner.Object, "spec", "template")
	pod := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{},
	}}
	pod.SetName(name)
	pod.SetNamespace(owner.GetNamespace())
	labels, _, _ := unstructured.NestedStringMap(template, "metadata", "labels")
	if labels == nil {
		labels = map[string]string{}
	}
	labels[hashKey] = hash
	pod.SetLabels(labels)
	if annotations, ok, _ := unstructured.NestedStringMap(template, "metadata", "annotations"); ok {
		pod.SetAnnotations(annotations)
	}
	pod.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: owner.GetAPIVersion(), Kind: owner.GetKind(), Name: owner.GetName(), UID: owner.GetUID(),
	}})
	if spec, ok := template["spec"].(map[string]any); ok {
		pod.Object["spec"] = runtime.DeepCopyJSON(spec)
	}
	pod.SetUID(types.UID(derivedUUID(owner.GetUID(), name, s.world.Next())))
	return pod
}

// canMakePods tells whether the service account of a template is there; the API
// server refuses pods without. The message is the one that events carry.
func (s *state) canMakePods(owner *unstructured.Unstructured) (string, bool) {
	account, _, _ := unstructured.NestedString(owner.Object, "spec", "template", "spec", "serviceAccountName")
	if account == "" || account == "default" || s.get("ServiceAccount", owner.GetNamespace(), account) != nil {
		return "", true
	}
	return fmt.Sprintf("pods %q is forbidden: error looking up service account %s/%s: serviceaccount %q not found",
		owner.GetName()+"-", owner.GetNamespace(), account, account), false
}

// daemonSets keeps one pod of every DaemonSet on each node that it fits.
func (s *state) daemonSets() {
	for _, ds := range s.list("DaemonSet") {
		template, _, _ := unstructured.NestedMap(ds.Object, "spec", "template")
		hash := hashOf(template)
		byNode := map[string]*unstructured.Unstructured{}
		for _, pod := range s.owned(ds) {
			byNode[targetOf(pod)] = pod
		}
		if _, ok := s.canMakePods(ds); ok {
			s.rollDaemons(ds, template, hash, byNode)
		}
		s.daemonStatus(ds, hash, byNode)
	}
}

// rollDaemons adds, replaces and removes the pods of a DaemonSet.
func (s *state) rollDaemons(ds *unstructured.Unstructured, template map[string]any, hash string, byNode map[string]*unstructured.Unstructured) {
	spec := daemonSpec(template)
	unavailable := 0
	for _, pod := range byNode {
		if !podReady(pod) {
			unavailable++
		}
	}
	wanted := map[string]bool{}
	for _, n := range s.cluster.Nodes {
		if spec == nil || !daemonFits(n, spec) {
			continue
		}
		wanted[n.Name] = true
		old := byNode[n.Name]
		if old != nil && templateHash(old) == hash {
			continue
		}
		// One that runs is replaced only while all the others do: maxUnavailable is 1.
		if old != nil && podReady(old) && unavailable > 0 {
			continue
		}
		if old != nil {
			s.remove(old)
		}
		pod := s.ensure(s.daemonPod(ds, n, hash))
		byNode[n.Name] = pod
		s.run(pod)
		if !podReady(pod) {
			unavailable++
		}
	}
	for _, name := range sortedKeys(byNode) {
		if !wanted[name] {
			s.remove(byNode[name])
			delete(byNode, name)
		}
	}
}

func (s *state) daemonPod(ds *unstructured.Unstructured, n *world.Node, hash string) *unstructured.Unstructured {
	pod := s.newPod(ds, ds.GetName()+"-"+suffix(5, ds.GetUID(), n.Name, hash), revisionLabel, hash)
	annotations := pod.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[targetAnnotation] = n.Name
	pod.SetAnnotations(annotations)
	tolerations, _, _ := unstructured.NestedSlice(pod.Object, "spec", "tolerations")
	_ = unstructured.SetNestedSlice(pod.Object, append(tolerations, daemonTolerations()...), "spec", "tolerations")
	return pod
}

// targetAnnotation says for which node a DaemonSet's pod is meant. A real
// cluster says so in the pod's node affinity.
const targetAnnotation = "emulator/target-node"

func targetOf(pod *unstructured.Unstructured) string { return pod.GetAnnotations()[targetAnnotation] }

// daemonTolerations are those that every DaemonSet's pod gets:
// https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations.
func daemonTolerations() []any {
	var list []any
	for _, t := range []rules.Toleration{
		{Key: taintNotReady, Effect: "NoExecute"}, {Key: taintUnreachable, Effect: "NoExecute"},
		{Key: "node.kubernetes.io/disk-pressure", Effect: noSchedule}, {Key: "node.kubernetes.io/memory-pressure", Effect: noSchedule},
		{Key: "node.kubernetes.io/pid-pressure", Effect: noSchedule}, {Key: taintUnschedulable, Effect: noSchedule},
	} {
		list = append(list, map[string]any{"key": t.Key, "operator": "Exists", "effect": t.Effect})
	}
	return list
}

func daemonSpec(template map[string]any) *rules.PodSpec {
	raw, _ := template["spec"].(map[string]any)
	spec, err := rules.ParsePod(raw)
	if err != nil {
		return nil
	}
	for _, t := range daemonTolerations() {
		m, _ := t.(map[string]any)
		spec.Tolerations = append(spec.Tolerations, rules.Toleration{
			Key: fmt.Sprint(m["key"]), Operator: "Exists", Effect: fmt.Sprint(m["effect"]),
		})
	}
	return spec
}

// daemonFits leaves room out: a DaemonSet wants a pod on a full node too. A node
// that lost its machine keeps the pod it has.
func daemonFits(n *world.Node, spec *rules.PodSpec) bool {
	_, refused := untolerated(n, spec.Tolerations)
	return !refused && selects(spec, n)
}

func (s *state) daemonStatus(ds *unstructured.Unstructured, hash string, byNode map[string]*unstructured.Unstructured) {
	var ready, updated int64
	for _, pod := range byNode {
		if podReady(pod) {
			ready++
		}
		if templateHash(pod) == hash {
			updated++
		}
	}
	desired := int64(len(byNode))
	s.set(ds, map[string]any{
		"observedGeneration": ds.GetGeneration(), "desiredNumberScheduled": desired, "currentNumberScheduled": desired,
		"numberReady": ready, "numberAvailable": ready, "numberUnavailable": desired - ready,
		"updatedNumberScheduled": updated, "numberMisscheduled": int64(0),
	}, "status")
}

// deployments keeps the wanted number of pods, rolling from old templates to
// the current one within maxSurge and maxUnavailable.
func (s *state) deployments() {
	for _, d := range s.list("Deployment") {
		template, _, _ := unstructured.NestedMap(d.Object, "spec", "template")
		hash := hashOf(template)
		forbidden, ok := s.canMakePods(d)
		if ok {
			s.rollDeployment(d, hash)
		}
		s.deploymentStatus(d, hash, forbidden)
	}
}

func (s *state) rollDeployment(d *unstructured.Unstructured, hash string) {
	replicas, _, _ := unstructured.NestedInt64(d.Object, "spec", "replicas")
	surge, spare := rollingLimits(d, int(replicas))
	var current, old []*unstructured.Unstructured
	ready := 0
	for _, pod := range s.owned(d) {
		if templateHash(pod) == hash {
			current = append(current, pod)
		} else {
			old = append(old, pod)
		}
		if podReady(pod) {
			ready++
		}
	}
	// Old pods that do not run go first, then those that can be spared.
	slices.SortStableFunc(old, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	for len(old) > 0 && (!podReady(old[0]) || ready > int(replicas)-spare) {
		if podReady(old[0]) {
			ready--
		}
		s.remove(old[0])
		old = old[1:]
	}
	// Too many: those that do not run go first.
	slices.SortStableFunc(current, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	for len(current) > int(replicas) {
		s.remove(current[0])
		current = current[1:]
	}
	if len(old) > 0 && surge < 0 {
		return // Recreate: nothing new before everything old is gone
	}
	for i := 0; len(current) < int(replicas) && len(current)+len(old) < int(replicas)+max(surge, 0); i++ {
		name := fmt.Sprintf("%s-%s-%s", d.GetName(), hash, suffix(5, d.GetUID(), hash, i))
		if s.get("Pod", d.GetNamespace(), name) != nil {
			continue
		}
		pod := s.ensure(s.newPod(d, name, hashLabel, hash))
		s.run(pod)
		current = append(current, pod)
	}
}

func rank(pod *unstructured.Unstructured) int {
	if podReady(pod) {
		return 1
	}
	return 0
}

// rollingLimits are how many pods more and fewer than wanted there may be
// meanwhile. The strategy Recreate gives -1 and all.
func rollingLimits(d *unstructured.Unstructured, replicas int) (surge, spare int) {
	if kind, _, _ := unstructured.NestedString(d.Object, "spec", "strategy", "type"); kind == "Recreate" {
		return -1, replicas
	}
	scaled := func(name string, up bool) int {
		v, _, _ := unstructured.NestedFieldNoCopy(d.Object, "spec", "strategy", "rollingUpdate", name)
		limit := intstr.Parse(fmt.Sprint(v))
		n, err := intstr.GetScaledValueFromIntOrPercent(&limit, replicas, up)
		if err != nil {
			return 0
		}
		return n
	}
	surge, spare = scaled("maxSurge", true), scaled("maxUnavailable", false)
	if surge == 0 && spare == 0 {
		spare = 1
	}
	return surge, spare
}

func (s *state) deploymentStatus(d *unstructured.Unstructured, hash, forbidden string) {
	replicas, _, _ := unstructured.NestedInt64(d.Object, "spec", "replicas")
	var total, ready, updated, updatedReady int64
	for _, pod := range s.owned(d) {
		total++
		if podReady(pod) {
			ready++
		}
		if templateHash(pod) == hash {
			updated++
			if podReady(pod) {
				updatedReady++
			}
		}
	}
	_, spare := rollingLimits(d, int(replicas))
	available := map[string]any{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability."}
	if ready < replicas-int64(spare) {
		available = map[string]any{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "message": "Deployment does not have minimum availability."}
	}
	set := d.GetName() + "-" + hash
	progressing := map[string]any{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": fmt.Sprintf("ReplicaSet %q has successfully progressed.", set)}
	if updatedReady < replicas {
		progressing["reason"], progressing["message"] = "ReplicaSetUpdated", fmt.Sprintf("ReplicaSet %q is progressing.", set)
	}
	conditions := []any{available, progressing}
	if forbidden != "" {
		conditions = append(conditions, map[string]any{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": forbidden})
	}
	status := map[string]any{
		"observedGeneration": d.GetGeneration(), "replicas": total, "updatedReplicas": updated,
		"readyReplicas": ready, "availableReplicas": ready, "conditions": conditions,
	}
	if missing := replicas - ready; missing > 0 {
		status["unavailableReplicas"] = missing
	}
	s.set(d, status, "status")
}
