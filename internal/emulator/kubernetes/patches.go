package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A resource type whose name ends in Patch sets fields of an object that belongs to
// somebody else: it makes the object if need be, and lets go of the fields, not of
// the object, when it is deleted:
// https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
const patchSuffix = "Patch"

const annotationPatchForce = "pulumi.com/patchForce"

func isPatch(urn resource.URN) bool { return strings.HasSuffix(string(urn.Type()), patchSuffix) }

// applyPatch makes the object or sets its fields. What others have set to another
// value is a conflict, unless the annotation takes it over.
func (s *session) applyPatch(ctx context.Context, api objects, obj *unstructured.Unstructured, dryRun []string) (*unstructured.Unstructured, error) {
	force := obj.GetAnnotations()[annotationPatchForce] == "true"
	live, err := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, err
	}
	if err == nil && !force && !s.real {
		if fields := disputed(live.Object, obj.Object, ""); len(fields) > 0 {
			return nil, fmt.Errorf("Server-Side Apply field conflict detected: Apply failed with %d conflicts: conflicts with others: %s",
				len(fields), strings.Join(fields, " "))
		}
	}
	return api.Apply(ctx, obj.GetName(), obj, metav1.ApplyOptions{FieldManager: fieldManager, Force: force, DryRun: dryRun})
}

// disputed are the fields of a patch that the live object has with another value.
func disputed(live, patch map[string]any, path string) []string {
	var fields []string
	for key, value := range patch {
		old, there := live[key]
		if !there || reflect.DeepEqual(old, value) {
			continue
		}
		below, isMap := value.(map[string]any)
		oldBelow, wasMap := old.(map[string]any)
		if isMap && wasMap {
			fields = append(fields, disputed(oldBelow, below, path+"."+key)...)
			continue
		}
		fields = append(fields, path+"."+key)
	}
	slices.Sort(fields)
	return fields
}

// relinquish ends a patch. The API server refuses to lose a field that the kind
// demands, so such a patch can only be forgotten (retainOnDelete).
func (s *session) relinquish(obj *unstructured.Unstructured) error {
	for _, field := range demanded[obj.GroupVersionKind().GroupKind()] {
		if _, there, _ := unstructured.NestedFieldNoCopy(obj.Object, strings.Split(field, ".")...); there {
			return errors.New("this Patch resource is currently managing a required field, so it can't be deleted directly. Either set the " +
				"`retainOnDelete` resource option, or transfer ownership of the field before deleting: " + field)
		}
	}
	return nil
}

// demanded are required fields, of the kinds that are patched here:
// https://github.com/projectcalico/calico/blob/v3.31.7/libcalico-go/config/crd/crd.projectcalico.org_ipamconfigs.yaml
var demanded = map[schema.GroupKind][]string{
	{Group: "crd.projectcalico.org", Kind: "IPAMConfig"}: {"spec.autoAllocateBlocks", "spec.strictAffinity"},
	{Group: "apps", Kind: "DaemonSet"}:                   {"spec.selector", "spec.template"},
	{Group: "apps", Kind: "Deployment"}:                  {"spec.selector", "spec.template"},
}
