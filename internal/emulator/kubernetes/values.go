package kubernetes

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
)

// objects is one resource type in one namespace.
type objects = dynamic.ResourceInterface

// noKindError says that the API server does not serve a kind.
type noKindError struct{ kind schema.GroupVersionKind }

func (e *noKindError) Error() string {
	return fmt.Sprintf("no matches for kind %q in version %q", e.kind.Kind, e.kind.GroupVersion())
}

// resource finds where objects like obj are kept.
func (s *session) resource(ctx context.Context, obj *unstructured.Unstructured) (objects, error) {
	gvk := obj.GroupVersionKind()
	scope, known := api.Builtin(gvk)
	if !known {
		crds, err := s.client.Resource(api.CRDs()).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("list custom resource definitions: %w", err)
		}
		for i := range crds.Items {
			if scope, known = api.Defines(&crds.Items[i], gvk); known {
				break
			}
		}
		if !known {
			return nil, &noKindError{gvk}
		}
	}
	if scope == api.Cluster {
		return s.client.Resource(api.Resource(gvk)), nil
	}
	namespace := obj.GetNamespace()
	if namespace == "" {
		namespace = s.namespace
	}
	return s.client.Resource(api.Resource(gvk)).Namespace(namespace), nil
}

func builtinNamespaced(gvk schema.GroupVersionKind) bool {
	scope, known := api.Builtin(gvk)
	return known && scope == api.Namespaced
}

// objectOf turns properties into an object with the number types that the
// Kubernetes libraries want.
func objectOf(m property.Map) (*unstructured.Unstructured, error) {
	data, err := json.Marshal(renamed(props.PlainMap(m), "x_kubernetes_", "_", "-"))
	if err != nil {
		return nil, fmt.Errorf("encode object: %w", err)
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(data); err != nil {
		return nil, fmt.Errorf("decode object: %w", err)
	}
	return obj, nil
}

// outputsOf turns a live object into properties. What is secret in the inputs is
// secret here, and so is all that a Secret holds.
func outputsOf(live *unstructured.Unstructured, inputs property.Map) property.Map {
	live = revealed(live, inputs)
	plain, _ := renamed(live.Object, "x-kubernetes-", "-", "_").(map[string]any)
	out := props.MarkSecretsMap(props.FromPlainMap(plain), inputs)
	if live.GetKind() == "Secret" {
		for _, name := range []string{"data", "stringData"} {
			if v, ok := out.GetOk(name); ok {
				out = out.Set(name, v.WithSecret(true))
			}
		}
	}
	return out
}

// renamed replaces a character in keys that begin with prefix: Pulumi has no
// dashes where Kubernetes has them.
func renamed(v any, prefix, from, to string) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if strings.HasPrefix(k, prefix) {
				k = strings.ReplaceAll(k, from, to)
			}
			out[k] = renamed(e, prefix, from, to)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = renamed(e, prefix, from, to)
		}
		return out
	default:
		return v
	}
}

// revealed is a live object with what its inputs say of a Secret's content: the
// cluster keeps only fingerprints.
func revealed(live *unstructured.Unstructured, inputs property.Map) *unstructured.Unstructured {
	if live.GetKind() != "Secret" {
		return live
	}
	var known []string
	plain := props.PlainMap(inputs)
	texts, _ := plain["stringData"].(map[string]any)
	for _, v := range texts {
		known = append(known, fmt.Sprint(v))
	}
	encoded, _ := plain["data"].(map[string]any)
	for _, v := range encoded {
		if value, err := base64.StdEncoding.DecodeString(fmt.Sprint(v)); err == nil {
			known = append(known, string(value))
		}
	}
	shown := live.DeepCopy()
	rules.Reveal(shown, known)
	return shown
}

// preview is what is known of an object before it exists.
func preview(inputs property.Map) property.Map {
	return inputs.Set("status", property.New(property.Computed))
}

// inputsOf gives the part of a live object that its inputs set, so that a
// refresh shows what someone else changed. Without inputs it is everything but
// what the API server adds.
func inputsOf(live *unstructured.Unstructured, old property.Map) property.Map {
	live = revealed(live, old)
	plain, _ := renamed(live.Object, "x-kubernetes-", "-", "_").(map[string]any)
	if old.Len() == 0 {
		own := (&unstructured.Unstructured{Object: plain}).DeepCopy()
		delete(own.Object, "status")
		for _, field := range []string{"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"} {
			unstructured.RemoveNestedField(own.Object, "metadata", field)
		}
		return props.FromPlainMap(own.Object)
	}
	before := props.PlainMap(old)
	pruned, _ := prune(plain, before).(map[string]any)
	if texts, ok := before["stringData"].(map[string]any); ok {
		pruned["stringData"] = decoded(live, texts)
	}
	return props.MarkSecretsMap(props.FromPlainMap(pruned), old)
}

// prune keeps what of live has a counterpart in like.
func prune(live, like any) any {
	switch like := like.(type) {
	case map[string]any:
		have, ok := live.(map[string]any)
		if !ok {
			return live
		}
		out := map[string]any{}
		for k, l := range like {
			if v, ok := have[k]; ok {
				out[k] = prune(v, l)
			}
		}
		return out
	case []any:
		have, ok := live.([]any)
		if !ok || len(have) != len(like) {
			return live
		}
		out := make([]any, len(have))
		for i := range have {
			out[i] = prune(have[i], like[i])
		}
		return out
	default:
		return live
	}
}

// decoded gives a Secret's values in clear for the keys that were given so.
func decoded(live *unstructured.Unstructured, like map[string]any) map[string]any {
	out := map[string]any{}
	for key := range like {
		encoded, ok, _ := unstructured.NestedString(live.Object, "data", key)
		if plain, err := base64.StdEncoding.DecodeString(encoded); ok && err == nil {
			out[key] = string(plain)
		}
	}
	return out
}

func idOf(obj *unstructured.Unstructured) string {
	if obj.GetNamespace() == "" {
		return obj.GetName()
	}
	return obj.GetNamespace() + "/" + obj.GetName()
}

// fixed tells which changes of a kind need a new object. Besides what the API
// server holds immutable, the provider replaces a ConfigMap or Secret whose
// content changes, unless told otherwise.
func (s *session) fixed(gvk schema.GroupVersionKind, inputs property.Map) func(resource.PropertyPath) bool {
	paths := []resource.PropertyPath{{"metadata", "name"}, {"metadata", "namespace"}}
	immutable := inputs.Get("immutable")
	always := immutable.IsBool() && immutable.AsBool()
	switch gvk.Group + "/" + gvk.Kind {
	case "apps/Deployment", "apps/DaemonSet":
		paths = append(paths, resource.PropertyPath{"spec", "selector"})
	case "apps/StatefulSet":
		for _, field := range []string{"podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates"} {
			paths = append(paths, resource.PropertyPath{"spec", field})
		}
	case "batch/Job":
		for _, field := range []string{"completions", "parallelism", "selector", "template"} {
			paths = append(paths, resource.PropertyPath{"spec", field})
		}
	case "/Service":
		paths = append(paths, resource.PropertyPath{"spec", "clusterIP"})
	case "/Pod":
		paths = append(paths, resource.PropertyPath{"spec"})
	case "/Secret":
		paths = append(paths, resource.PropertyPath{"type"})
		if always || !s.secretMutable {
			paths = append(paths, resource.PropertyPath{"data"}, resource.PropertyPath{"stringData"})
		}
	case "/ConfigMap":
		if always || !s.configMapMutable {
			paths = append(paths, resource.PropertyPath{"data"}, resource.PropertyPath{"binaryData"})
		}
	case "/PersistentVolumeClaim":
		for _, field := range []string{"accessModes", "selector", "storageClassName", "volumeName"} {
			paths = append(paths, resource.PropertyPath{"spec", field})
		}
	case "rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding":
		paths = append(paths, resource.PropertyPath{"roleRef"})
	case "storage.k8s.io/StorageClass":
		paths = append(paths, resource.PropertyPath{"parameters"}, resource.PropertyPath{"provisioner"})
	}
	return props.At(paths...)
}
