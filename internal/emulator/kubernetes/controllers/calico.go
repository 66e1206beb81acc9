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
	operatorGroup   = "operator.tigera.io"
	calicoGroup     = "crd.projectcalico.org"
	calicoNamespace = "calico-system"
	// endpointConfigMap tells Calico where the API server is, for hosts that
	// cannot use its ClusterIP.
	endpointConfigMap = "kubernetes-services-endpoint"
)

// CalicoCRDs are the resource types of Calico and its operator, as the chart
// crd.projectcalico.org.v1 and the tigera-operator charts up to 3.31 bring them.
// projectcalico.org is not among them: that is Calico's own API server's.
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
// workloads. It works only while its pod runs. What it does was read in, and its
// messages are those of, release 1.40:
// https://github.com/tigera/operator/tree/v1.40.15/pkg/controller
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
	fault := s.invalidInstallation(installation, pod.GetNamespace())
	typhas, unscaled := s.typhas()
	network := rendering{registry: registryOf(installation), version: s.calicoVersion(), typhas: typhas}
	if fault == "" && unscaled == "" {
		s.renderNetwork(installation, network)
	}
	s.networkStatus(installation, fault, unscaled)
	s.calicoAPIServer(network)
	s.calicoWindows(installation, network, fault)
	s.calicoIPAM()
}

// rendering is what the operator's manifests are filled with.
type rendering struct {
	registry, version string
	typhas            int
}

// CalicoWorkloads are what the operator makes of an Installation.
func CalicoWorkloads(registry, version string, typhas int, windows bool) []*unstructured.Unstructured {
	parts := []string{"network"}
	if windows {
		parts = append(parts, "windows")
	}
	var all []*unstructured.Unstructured
	for _, part := range parts {
		all = append(all, rendering{registry, version, typhas}.part(part)...)
	}
	return all
}

// part renders one part of the manifest: network, windows or apiserver.
func (r rendering) part(name string) []*unstructured.Unstructured {
	return manifestOf(calicoManifest, struct {
		Part, Registry, Version string
		TyphaReplicas           int
	}{name, r.registry, r.version, r.typhas})
}

func registryOf(installation *unstructured.Unstructured) string {
	if registry, _, _ := unstructured.NestedString(installation.Object, "spec", "registry"); registry != "" {
		return registry
	}
	return "quay.io/"
}

// renderNetwork makes what Linux nodes run, and takes over what is there already.
func (s *state) renderNetwork(installation *unstructured.Unstructured, r rendering) {
	for _, live := range s.render(installation, r.part("network")) {
		if live.GetName() == "calico-typha" && live.GetKind() == "Deployment" {
			s.set(live, int64(r.typhas), "spec", "replicas")
		}
	}
}

// render makes what the operator owns. An object that somebody else made becomes
// its own as well: it gets its labels and its owner reference.
func (s *state) render(owner *unstructured.Unstructured, objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	controller := true
	reference := metav1.OwnerReference{
		APIVersion: operatorGroup + "/v1", Kind: owner.GetKind(), Name: owner.GetName(), UID: owner.GetUID(),
		Controller: &controller, BlockOwnerDeletion: &controller,
	}
	made := make([]*unstructured.Unstructured, 0, len(objects))
	for _, u := range objects {
		u.SetOwnerReferences([]metav1.OwnerReference{reference})
		live := s.ensure(u)
		s.takeOver(live, u, reference)
		made = append(made, live)
	}
	return made
}

func (s *state) takeOver(live, wanted *unstructured.Unstructured, reference metav1.OwnerReference) {
	for key, value := range wanted.GetLabels() {
		s.set(live, value, "metadata", "labels", key)
	}
	owners := live.GetOwnerReferences()
	if !slices.ContainsFunc(owners, func(o metav1.OwnerReference) bool { return o.UID == reference.UID }) {
		live.SetOwnerReferences(append(owners, reference))
		s.changed = true
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

// typhas is how many the operator wants, or why it cannot have them: it counts all
// nodes that take pods, for those with Windows ask typhas too, and they run on Linux
// alone. Then it makes nothing, and what it has made before stays as it is.
// https://github.com/tigera/operator/blob/v1.40.15/pkg/common/autoscale.go and
// https://github.com/tigera/operator/blob/v1.40.15/pkg/controller/installation/typha_autoscaler.go
func (s *state) typhas() (count int, unscaled string) {
	nodes, linux := 0, 0
	for _, n := range s.cluster.Nodes {
		if tainted(n, taintUnschedulable) {
			continue
		}
		nodes++
		if n.OS == "linux" {
			linux++
		}
	}
	if count = typhasFor(nodes); linux < count {
		return 0, fmt.Sprintf("not enough linux nodes to schedule typha pods on, require %d and have %d", count, linux)
	}
	return count, ""
}

// typhasFor is one for each 200 nodes and one more, yet fewer in small clusters.
func typhasFor(nodes int) int {
	switch {
	case nodes <= 2:
		return 1
	case nodes <= 4:
		return 2
	default:
		return max(nodes/200+2, 3)
	}
}

// calicoIPAM stands for the first call of Calico's address management, which each
// node makes for its own tunnel: without a configuration it writes one that lets
// nodes borrow addresses from each other:
// https://github.com/projectcalico/calico/blob/v3.31.7/libcalico-go/lib/ipam/ipam.go
func (s *state) calicoIPAM() {
	if s.runningPod("", isNetworkAgent) == nil || !s.defined(calicoGroup, "IPAMConfig") {
		return
	}
	s.ensure(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": calicoGroup + "/v1", "kind": "IPAMConfig", "metadata": map[string]any{"name": "default"},
		"spec": map[string]any{"strictAffinity": false, "autoAllocateBlocks": true},
	}})
}

func (s *state) defined(group, kind string) bool {
	return s.get("CustomResourceDefinition", "", api.Plural(kind)+"."+group) != nil
}
