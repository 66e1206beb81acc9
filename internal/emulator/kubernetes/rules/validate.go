// Package rules is what the Kubernetes API server demands of objects beyond
// their shape: names, labels, quantities, selectors, ports, immutable fields.
package rules

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"

	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
)

// Faults are what is wrong with an object, with the path of each field.
type Faults = field.ErrorList

// maxData is the most that a ConfigMap or a Secret holds, in bytes.
const maxData = 1 << 20

// Validate gives everything that the API server would refuse in a new object.
func Validate(obj *unstructured.Unstructured) Faults {
	faults := validateMeta(obj)
	switch obj.GetKind() {
	case "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet":
		faults = append(faults, validateWorkload(obj)...)
	case "Pod":
		faults = append(faults, validatePod(obj.Object["spec"], field.NewPath("spec"))...)
	case "Service":
		faults = append(faults, validateService(obj)...)
	case "ConfigMap", "Secret":
		faults = append(faults, validateData(obj)...)
	case "PodDisruptionBudget":
		faults = append(faults, validateBudget(obj)...)
	case "RoleBinding", "ClusterRoleBinding":
		faults = append(faults, validateBinding(obj)...)
	}
	return faults
}

func validateMeta(obj *unstructured.Unstructured) Faults {
	scope, builtin := api.Builtin(obj.GroupVersionKind())
	namespaced := obj.GetNamespace() != "" || (builtin && scope == api.Namespaced)
	probe := obj
	if namespaced && obj.GetNamespace() == "" {
		probe = obj.DeepCopy()
		probe.SetNamespace("default")
	}
	return apivalidation.ValidateObjectMetaAccessor(probe, namespaced, nameRule(obj.GetKind()), field.NewPath("metadata"))
}

// pathSegmentName is the rule for names that may hold colons: whatever fits into
// one segment of a URL.
func pathSegmentName(name string, _ bool) []string {
	if name == "." || name == ".." || strings.ContainsAny(name, "/%") {
		return []string{"may not be '.' or '..' and may not contain '/' or '%'"}
	}
	return nil
}

// nameRule is the rule for names of a kind; most are DNS subdomains.
func nameRule(kind string) apivalidation.ValidateNameFunc {
	switch kind {
	case "Namespace":
		return apivalidation.NameIsDNSLabel
	case "Service":
		return apivalidation.NameIsDNS1035Label
	case "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding":
		return pathSegmentName
	default:
		return apivalidation.NameIsDNSSubdomain
	}
}

func validateData(obj *unstructured.Unstructured) Faults {
	var faults Faults
	size := 0
	for _, name := range []string{"data", "binaryData", "stringData"} {
		values, ok := obj.Object[name].(map[string]any)
		if !ok {
			continue
		}
		for key, v := range values {
			at := field.NewPath(name).Key(key)
			for _, msg := range validation.IsConfigMapKey(key) {
				faults = append(faults, field.Invalid(at, key, msg))
			}
			content, isText := v.(string)
			if !isText {
				faults = append(faults, field.TypeInvalid(at, "", "must be a string"))
				continue
			}
			size += len(content)
			encoded := name == "binaryData" || (name == "data" && obj.GetKind() == "Secret")
			if _, err := base64.StdEncoding.DecodeString(content); encoded && err != nil {
				faults = append(faults, field.Invalid(at, "", "must be base64")) // never the value: it may be a secret
			}
		}
	}
	if size > maxData {
		faults = append(faults, field.TooLong(field.NewPath(""), "", maxData))
	}
	return faults
}

func validateBudget(obj *unstructured.Unstructured) Faults {
	spec, _ := obj.Object["spec"].(map[string]any)
	least, most := spec["minAvailable"], spec["maxUnavailable"]
	at := field.NewPath("spec")
	if least != nil && most != nil {
		return Faults{field.Invalid(at, "", "minAvailable and maxUnavailable cannot be both set")}
	}
	selector, faults := selectorOf(spec["selector"], at.Child("selector"))
	if selector == nil && len(faults) == 0 {
		return nil // a budget without selector covers nothing
	}
	return faults
}

func validateBinding(obj *unstructured.Unstructured) Faults {
	var faults Faults
	at := field.NewPath("roleRef")
	ref, _ := obj.Object["roleRef"].(map[string]any)
	if kind, _ := ref["kind"].(string); kind != "ClusterRole" && (kind != "Role" || obj.GetKind() == "ClusterRoleBinding") {
		faults = append(faults, field.NotSupported(at.Child("kind"), kind, []string{"ClusterRole", "Role"}))
	}
	if name, _ := ref["name"].(string); name == "" {
		faults = append(faults, field.Required(at.Child("name"), ""))
	}
	subjects, _ := obj.Object["subjects"].([]any)
	for i, s := range subjects {
		subject, _ := s.(map[string]any)
		here := field.NewPath("subjects").Index(i)
		if name, _ := subject["name"].(string); name == "" {
			faults = append(faults, field.Required(here.Child("name"), ""))
		}
		namespace, _ := subject["namespace"].(string)
		if subject["kind"] == "ServiceAccount" && namespace == "" {
			faults = append(faults, field.Required(here.Child("namespace"), ""))
		}
	}
	return faults
}

// ValidateUpdate gives the changes from old to obj that the API server refuses.
func ValidateUpdate(obj, old *unstructured.Unstructured) Faults {
	var faults Faults
	for _, fixed := range immutable(old) {
		before, _, _ := unstructured.NestedFieldNoCopy(old.Object, fixed...)
		after, _, _ := unstructured.NestedFieldNoCopy(obj.Object, fixed...)
		if before != nil && !reflect.DeepEqual(before, after) {
			at := field.NewPath(fixed[0], fixed[1:]...)
			faults = append(faults, field.Invalid(at, printable(after), apivalidation.FieldImmutableErrorMsg))
		}
	}
	return faults
}

// immutable lists the fields of an object that never change.
func immutable(old *unstructured.Unstructured) [][]string {
	switch old.GetKind() {
	case "Deployment", "DaemonSet", "ReplicaSet":
		return [][]string{{"spec", "selector"}}
	case "StatefulSet":
		return [][]string{{"spec", "selector"}, {"spec", "serviceName"}, {"spec", "volumeClaimTemplates"}}
	case "Service":
		if text(old, "spec", "clusterIP") != "" && text(old, "spec", "type") != "ExternalName" {
			return [][]string{{"spec", "clusterIP"}}
		}
	case "RoleBinding", "ClusterRoleBinding":
		return [][]string{{"roleRef"}}
	case "Secret":
		fixed := [][]string{{"type"}}
		if old.Object["immutable"] == true {
			fixed = append(fixed, []string{"data"}, []string{"immutable"})
		}
		return fixed
	case "ConfigMap":
		if old.Object["immutable"] == true {
			return [][]string{{"data"}, {"binaryData"}, {"immutable"}}
		}
	case "Job":
		return [][]string{{"spec", "selector"}, {"spec", "template"}, {"spec", "completionMode"}}
	case "StorageClass":
		return [][]string{{"provisioner"}, {"parameters"}}
	}
	return nil
}

// printable is a value as the API server quotes it in an error.
func printable(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any, []any:
		return fmt.Sprintf("%v", v)
	default:
		return v
	}
}

// decode reads part of an object into a struct with JSON tags.
func decode(from any, into any, at *field.Path) Faults {
	m, ok := from.(map[string]any)
	if !ok {
		return Faults{field.Required(at, "")}
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, into); err != nil {
		return Faults{field.Invalid(at, "", err.Error())}
	}
	return nil
}

func oneOf(value string, at *field.Path, allowed ...string) Faults {
	if slices.Contains(allowed, value) {
		return nil
	}
	return Faults{field.NotSupported(at, value, allowed)}
}
