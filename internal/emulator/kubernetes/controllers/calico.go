package controllers

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
)

//go:embed calico.yaml
var calicoManifest string

const (
	operatorGroup = "operator.tigera.io"
	calicoGroup   = "crd.projectcalico.org"
	// endpointConfigMap tells Calico where the API server is, for hosts that
	// cannot use its ClusterIP.
	endpointConfigMap = "kubernetes-services-endpoint"
)

// CalicoCRDs are the resource types of Calico and its operator, as the chart
// crd.projectcalico.org.v1 and the tigera-operator charts up to 3.31 bring them.
func CalicoCRDs() []*unstructured.Unstructured {
	var crds []*unstructured.Unstructured
	add := func(group string, scope api.Scope, kinds ...string) {
		for _, kind := range kinds {
			crds = append(crds, api.CRD(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kind}, scope))
		}
	}
	add(operatorGroup, api.Cluster, "Installation", "APIServer", "GatewayAPI", "Goldmane", "ImageSet", "ManagementClusterConnection", "TigeraStatus", "Whisker")
	add(calicoGroup, api.Cluster, "BGPConfiguration", "BGPFilter", "BGPPeer", "BlockAffinity", "CalicoNodeStatus", "ClusterInformation",
		"FelixConfiguration", "GlobalNetworkPolicy", "GlobalNetworkSet", "HostEndpoint", "IPAMBlock", "IPAMConfig", "IPAMHandle", "IPPool",
		"IPReservation", "KubeControllersConfiguration", "StagedGlobalNetworkPolicy", "Tier")
	add(calicoGroup, api.Namespaced, "NetworkPolicy", "NetworkSet", "StagedKubernetesNetworkPolicy", "StagedNetworkPolicy")
	return crds
}

// operator is Calico's: it turns the Installation into the pod network's own
// workloads. It works only while its pod runs.
func (s *state) operator() {
	pod := s.runningPod("", func(image string) bool { return strings.HasSuffix(repository(image), "tigera/operator") })
	if pod == nil {
		return
	}
	if spec := s.spec(pod); slices.ContainsFunc(spec.Containers[0].Args, func(a string) bool { return a == "-manage-crds=true" }) {
		for _, crd := range CalicoCRDs() {
			s.ensure(crd)
		}
	}
	installation := s.get("Installation", "", "default")
	if installation == nil {
		return // what an earlier one made goes with its owner
	}
	windows, fault := s.windowsNetwork(installation, pod.GetNamespace())
	if fault == "" {
		s.installCalico(installation, windows)
	}
	s.calicoStatus(installation, fault)
}

// windowsNetwork tells whether Windows nodes are wanted, and what is missing for
// them: https://docs.tigera.io/calico/latest/getting-started/kubernetes/windows-calico/operator.
func (s *state) windowsNetwork(installation *unstructured.Unstructured, namespace string) (bool, string) {
	plane, _, _ := unstructured.NestedString(installation.Object, "spec", "calicoNetwork", "windowsDataplane")
	if plane != "HNS" {
		return false, ""
	}
	if cidrs, _, _ := unstructured.NestedStringSlice(installation.Object, "spec", "serviceCIDRs"); len(cidrs) == 0 {
		return true, "spec.serviceCIDRs is required when using Calico for Windows"
	}
	endpoint := s.get("ConfigMap", namespace, endpointConfigMap)
	if endpoint == nil {
		return true, fmt.Sprintf("Services endpoint configmap '%s' does not have all required information for Calico Windows daemonset configuration", endpointConfigMap)
	}
	if host, _, _ := unstructured.NestedString(endpoint.Object, "data", "KUBERNETES_SERVICE_HOST"); host == "" {
		return true, fmt.Sprintf("Services endpoint configmap '%s' does not have all required information for Calico Windows daemonset configuration", endpointConfigMap)
	}
	pools, _, _ := unstructured.NestedSlice(installation.Object, "spec", "calicoNetwork", "ipPools")
	for _, p := range pools {
		pool, _ := p.(map[string]any)
		if e, _ := pool["encapsulation"].(string); e != "VXLAN" && e != "None" {
			return true, fmt.Sprintf("IP pool encapsulation %q is not supported by Calico for Windows; use VXLAN or None", e)
		}
	}
	return true, ""
}

// CalicoWorkloads are what the operator makes of an Installation.
func CalicoWorkloads(registry, version string, typhas int, windows bool) []*unstructured.Unstructured {
	return manifestOf(calicoManifest, struct {
		Registry, Version string
		TyphaReplicas     int
		Windows           bool
	}{registry, version, typhas, windows})
}

func (s *state) installCalico(installation *unstructured.Unstructured, windows bool) {
	registry, _, _ := unstructured.NestedString(installation.Object, "spec", "registry")
	if registry == "" {
		registry = "quay.io/"
	}
	typhas := min(max(s.linuxNodes()/2, 1), 20) // autoscaled by nodes, as the operator does
	owner := metav1.OwnerReference{
		APIVersion: operatorGroup + "/v1", Kind: "Installation", Name: installation.GetName(), UID: installation.GetUID(),
	}
	wanted := map[string]bool{}
	for _, u := range CalicoWorkloads(registry, s.calicoVersion(), typhas, windows) {
		wanted[u.GetKind()+u.GetName()] = true
		if u.GetKind() != "Namespace" {
			u.SetOwnerReferences([]metav1.OwnerReference{owner})
		}
		live := s.ensure(u)
		if u.GetName() == "calico-typha" && u.GetKind() == "Deployment" {
			replicas, _, _ := unstructured.NestedInt64(u.Object, "spec", "replicas")
			s.set(live, replicas, "spec", "replicas")
		}
	}
	if old := s.get("DaemonSet", "calico-system", "calico-node-windows"); old != nil && !wanted["DaemonSetcalico-node-windows"] {
		s.remove(old)
	}
}

// calicoVersion is the one of the operator's chart, which pins it.
func (s *state) calicoVersion() string {
	for _, d := range s.byKind["Deployment"] {
		if v := d.GetAnnotations()[CalicoVersionAnnotation]; v != "" {
			return v
		}
	}
	return "v3.32.1"
}

// CalicoVersionAnnotation on the operator's Deployment says which Calico it
// installs. A real operator has that compiled in.
const CalicoVersionAnnotation = "emulator/calico-version"

func (s *state) linuxNodes() int {
	count := 0
	for _, n := range s.cluster.Nodes {
		if n.OS == "linux" {
			count++
		}
	}
	return count
}

// calicoStatus reports on the Installation and on the operator's TigeraStatus.
func (s *state) calicoStatus(installation *unstructured.Unstructured, fault string) {
	available := fault == "" && s.rolledOut("DaemonSet", "calico-node") && s.rolledOut("DaemonSet", "calico-node-windows")
	truth := func(is bool) string {
		if is {
			return "True"
		}
		return "False"
	}
	conditions := []any{
		map[string]any{"type": "Available", "status": truth(available)},
		map[string]any{"type": "Degraded", "status": truth(fault != ""), "message": fault},
		map[string]any{"type": "Progressing", "status": truth(fault == "" && !available)},
	}
	s.set(installation, map[string]any{"variant": "Calico", "conditions": conditions}, "status")
	if s.get("CustomResourceDefinition", "", api.Plural("TigeraStatus")+"."+operatorGroup) == nil {
		return
	}
	status := s.ensure(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": operatorGroup + "/v1", "kind": "TigeraStatus", "metadata": map[string]any{"name": "calico"},
	}})
	s.set(status, map[string]any{"conditions": conditions}, "status")
}

func (s *state) rolledOut(kind, name string) bool {
	u := s.get(kind, "calico-system", name)
	if u == nil {
		return true
	}
	desired, _, _ := unstructured.NestedInt64(u.Object, "status", "desiredNumberScheduled")
	ready, _, _ := unstructured.NestedInt64(u.Object, "status", "numberReady")
	return desired == ready
}
