package controllers

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// endpoints keeps the addresses behind every Service that selects pods.
func (s *state) endpoints() {
	for _, service := range s.list("Service") {
		selector, _, _ := unstructured.NestedStringMap(service.Object, "spec", "selector")
		kind, _, _ := unstructured.NestedString(service.Object, "spec", "type")
		if len(selector) == 0 || kind == "ExternalName" {
			continue
		}
		e := s.ensure(&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Endpoints",
			"metadata": map[string]any{"name": service.GetName(), "namespace": service.GetNamespace()},
		}})
		if len(e.GetOwnerReferences()) == 0 {
			e.SetOwnerReferences([]metav1.OwnerReference{{
				APIVersion: "v1", Kind: "Service", Name: service.GetName(), UID: service.GetUID(),
			}})
		}
		s.set(e, s.subsets(service, labels.SelectorFromSet(selector)), "subsets")
	}
}

func (s *state) subsets(service *unstructured.Unstructured, selector labels.Selector) []any {
	var ready, waiting []any
	for _, pod := range s.byKind["Pod"] {
		if pod.GetNamespace() != service.GetNamespace() || !selector.Matches(labels.Set(pod.GetLabels())) {
			continue
		}
		ip, _, _ := unstructured.NestedString(pod.Object, "status", "podIP")
		address := map[string]any{
			"nodeName":  nodeOf(pod),
			"targetRef": map[string]any{"kind": "Pod", "name": pod.GetName(), "namespace": pod.GetNamespace()},
		}
		switch {
		case podReady(pod) && ip != "":
			address["ip"] = ip
			ready = append(ready, address)
		case nodeOf(pod) != "":
			address["ip"] = "0.0.0.0" // a container that waits has no address yet
			waiting = append(waiting, address)
		}
	}
	if len(ready)+len(waiting) == 0 {
		return []any{}
	}
	subset := map[string]any{"ports": s.endpointPorts(service)}
	if len(ready) > 0 {
		subset["addresses"] = ready
	}
	if len(waiting) > 0 {
		subset["notReadyAddresses"] = waiting
	}
	return []any{subset}
}

func (s *state) endpointPorts(service *unstructured.Unstructured) []any {
	ports, _, _ := unstructured.NestedSlice(service.Object, "spec", "ports")
	list := make([]any, 0, len(ports))
	for _, p := range ports {
		port, _ := p.(map[string]any)
		out := map[string]any{"protocol": port["protocol"], "port": port["targetPort"]}
		if name, ok := port["name"]; ok {
			out["name"] = name
		}
		if target := intstr.Parse(fmt.Sprint(port["targetPort"])); target.Type == intstr.String {
			out["port"] = port["port"] // named ports differ by pod; the emulator does not follow them
		}
		list = append(list, out)
	}
	return list
}

// cleanupFinalizer keeps a Service until its load balancer is gone.
const cleanupFinalizer = "service.kubernetes.io/load-balancer-cleanup"

// loadBalancers is the cloud controller manager's service controller. Without a
// running cloud controller manager nothing happens.
func (s *state) loadBalancers() {
	manager := s.runningImage("cloud-controller-manager", "")
	if manager == nil {
		return
	}
	cloud := s.newCloud(manager)
	for _, service := range s.list("Service") {
		kind, _, _ := unstructured.NestedString(service.Object, "spec", "type")
		wanted := kind == "LoadBalancer" && service.GetDeletionTimestamp() == nil
		has := slices.Contains(service.GetFinalizers(), cleanupFinalizer)
		switch {
		case wanted:
			if !has {
				service.SetFinalizers(append(service.GetFinalizers(), cleanupFinalizer))
				s.changed = true
			}
			s.expose(cloud, service)
		case has:
			if err := cloud.mayRelease(); err != nil {
				s.refused(service, "delete", err)
				continue
			}
			cloud.release(service)
			service.SetFinalizers(slices.DeleteFunc(service.GetFinalizers(), func(f string) bool { return f == cleanupFinalizer }))
			unstructured.RemoveNestedField(service.Object, "status", "loadBalancer")
			s.changed = true
		}
		if service.GetDeletionTimestamp() != nil && len(service.GetFinalizers()) == 0 {
			s.remove(service)
		}
	}
	if cloud.balance(s.list("Service")) {
		s.changed = true
	}
}

// expose gives a Service its address.
func (s *state) expose(cloud *cloud, service *unstructured.Unstructured) {
	if err := cloud.mayBalance(service); err != nil {
		s.refused(service, "ensure", err)
		return
	}
	ip := cloud.address(service)
	if ip == "" {
		return
	}
	s.set(service, map[string]any{"ingress": []any{map[string]any{"ip": ip, "ipMode": "VIP"}}}, "status", "loadBalancer")
}

// clusterName is the name that a cloud controller manager was started with.
func (s *state) clusterName(manager *unstructured.Unstructured) string {
	spec := s.spec(manager)
	for _, c := range spec.Containers {
		for _, arg := range slices.Concat(c.Command, c.Args) {
			if name, ok := strings.CutPrefix(arg, "--cluster-name="); ok && name != "" {
				return name
			}
		}
	}
	return "kubernetes"
}

// backends are the nodes that a load balancer sends traffic to.
func (s *state) backends() []*world.Node {
	var nodes []*world.Node
	for _, n := range s.cluster.Nodes {
		_, excluded := labelsOf(n)["node.kubernetes.io/exclude-from-external-load-balancers"]
		if n.ProviderID != "" && n.Ready && !excluded {
			nodes = append(nodes, n)
		}
	}
	return nodes
}
