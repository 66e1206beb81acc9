// Package api knows the resource types that every Kubernetes API server has.
package api

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Scope says whether objects of a kind live in namespaces.
type Scope bool

// The scopes.
const (
	Cluster    Scope = false
	Namespaced Scope = true
)

// clusterKinds and namespacedKinds list the kinds of each group version that
// Kubernetes 1.35 to 1.37 serve:
// https://kubernetes.io/docs/reference/kubernetes-api/.
const (
	clusterKinds = `
v1: Namespace Node PersistentVolume ComponentStatus
rbac.authorization.k8s.io/v1: ClusterRole ClusterRoleBinding
storage.k8s.io/v1: StorageClass CSIDriver CSINode VolumeAttachment VolumeAttributesClass
networking.k8s.io/v1: IngressClass IPAddress ServiceCIDR
node.k8s.io/v1: RuntimeClass
scheduling.k8s.io/v1: PriorityClass
apiregistration.k8s.io/v1: APIService
apiextensions.k8s.io/v1: CustomResourceDefinition
admissionregistration.k8s.io/v1: MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
certificates.k8s.io/v1: CertificateSigningRequest
flowcontrol.apiserver.k8s.io/v1: FlowSchema PriorityLevelConfiguration
resource.k8s.io/v1: DeviceClass ResourceSlice
`
	namespacedKinds = `
v1: Pod Service ConfigMap Secret ServiceAccount Endpoints Event LimitRange PersistentVolumeClaim PodTemplate ReplicationController ResourceQuota
apps/v1: Deployment DaemonSet ReplicaSet StatefulSet ControllerRevision
batch/v1: Job CronJob
policy/v1: PodDisruptionBudget
rbac.authorization.k8s.io/v1: Role RoleBinding
networking.k8s.io/v1: Ingress NetworkPolicy
autoscaling/v1: HorizontalPodAutoscaler
autoscaling/v2: HorizontalPodAutoscaler
coordination.k8s.io/v1: Lease
discovery.k8s.io/v1: EndpointSlice
events.k8s.io/v1: Event
storage.k8s.io/v1: CSIStorageCapacity
resource.k8s.io/v1: ResourceClaim ResourceClaimTemplate
`
)

// Builtin gives the scope of a kind that Kubernetes itself has.
func Builtin(gvk schema.GroupVersionKind) (Scope, bool) {
	if listed(clusterKinds, gvk) {
		return Cluster, true
	}
	return Namespaced, listed(namespacedKinds, gvk)
}

func listed(table string, gvk schema.GroupVersionKind) bool {
	prefix := gvk.GroupVersion().String() + ": "
	for line := range strings.Lines(table) {
		if kinds, ok := strings.CutPrefix(strings.TrimSpace(line), prefix); ok {
			for kind := range strings.FieldsSeq(kinds) {
				if kind == gvk.Kind {
					return true
				}
			}
		}
	}
	return false
}

// Plural gives the resource name of a kind, such as networkpolicies.
func Plural(kind string) string {
	name := strings.ToLower(kind)
	switch {
	case name == "endpoints":
		return name
	case strings.HasSuffix(name, "s"), strings.HasSuffix(name, "x"), strings.HasSuffix(name, "ch"):
		return name + "es"
	case strings.HasSuffix(name, "y") && !strings.HasSuffix(name, "ay"):
		return strings.TrimSuffix(name, "y") + "ies"
	default:
		return name + "s"
	}
}

// Resource gives the group, version and resource name of a kind.
func Resource(gvk schema.GroupVersionKind) schema.GroupVersionResource {
	return gvk.GroupVersion().WithResource(Plural(gvk.Kind))
}

// CRDs is where CustomResourceDefinitions are found.
func CRDs() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
}

// Defines tells whether a CustomResourceDefinition is the one of gvk and serves
// its version, and the scope it gives.
func Defines(crd *unstructured.Unstructured, gvk schema.GroupVersionKind) (Scope, bool) {
	group, _, _ := unstructured.NestedString(crd.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(crd.Object, "spec", "names", "kind")
	if group != gvk.Group || kind != gvk.Kind {
		return Cluster, false
	}
	scope, _, _ := unstructured.NestedString(crd.Object, "spec", "scope")
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	for _, v := range versions {
		version, _ := v.(map[string]any)
		if version["name"] == gvk.Version && version["served"] != false {
			return Scope(scope == "Namespaced"), true
		}
	}
	return Cluster, false
}

// CRD makes a CustomResourceDefinition for a kind. Its schema takes any field:
// charts bring the real one, which the emulator does not carry.
func CRD(gvk schema.GroupVersionKind, scope Scope) *unstructured.Unstructured {
	plural, scopeName := Plural(gvk.Kind), "Cluster"
	if scope == Namespaced {
		scopeName = "Namespaced"
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": plural + "." + gvk.Group},
		"spec": map[string]any{
			"group": gvk.Group,
			"scope": scopeName,
			"names": map[string]any{
				"kind": gvk.Kind, "listKind": gvk.Kind + "List", "plural": plural, "singular": strings.ToLower(gvk.Kind),
			},
			"versions": []any{map[string]any{
				"name": gvk.Version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
		},
	}}
}

// BuiltinKind gives the kind behind a resource type that Kubernetes itself has.
func BuiltinKind(gvr schema.GroupVersionResource) (schema.GroupVersionKind, Scope, bool) {
	prefix := gvr.GroupVersion().String() + ": "
	for _, table := range []string{clusterKinds, namespacedKinds} {
		for line := range strings.Lines(table) {
			kinds, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
			if !ok {
				continue
			}
			for kind := range strings.FieldsSeq(kinds) {
				if Plural(kind) == gvr.Resource {
					return gvr.GroupVersion().WithKind(kind), table == namespacedKinds, true
				}
			}
		}
	}
	return schema.GroupVersionKind{}, Cluster, false
}

// Condition is the condition of a type in an object's status, or nil.
func Condition(u *unstructured.Unstructured, kind string) map[string]any {
	list, _, _ := unstructured.NestedFieldNoCopy(u.Object, "status", "conditions")
	conditions, _ := list.([]any)
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == kind {
			return m
		}
	}
	return nil
}
