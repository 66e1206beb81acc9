package kubernetes

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/charts"
)

// record is what the cluster remembers of a release, in a Secret named as
// Helm names it. Unlike Helm's it holds no values: they may be secret.
type record struct {
	Name       string      `json:"name"`
	Namespace  string      `json:"namespace"`
	Chart      string      `json:"chart"`
	Version    string      `json:"version"`
	AppVersion string      `json:"appVersion"`
	Revision   int         `json:"revision"`
	Status     string      `json:"status"`
	Objects    []reference `json:"objects"`
	// Custom are the custom resources as they were rendered: the next revision
	// changes in them what is new in the chart, and nothing else.
	Custom []map[string]any `json:"custom,omitempty"`
}

// custom is a custom resource as this revision of the release had it, or nil.
func (r *record) custom(obj *unstructured.Unstructured) map[string]any {
	if r == nil {
		return nil
	}
	for _, object := range r.Custom {
		if u := (&unstructured.Unstructured{Object: object}); u.GetKind() == obj.GetKind() && u.GetName() == obj.GetName() && u.GetNamespace() == obj.GetNamespace() {
			return object
		}
	}
	return nil
}

// reference points at an object of a release.
type reference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

func (r reference) object() *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": r.APIVersion, "kind": r.Kind}}
	u.SetNamespace(r.Namespace)
	u.SetName(r.Name)
	return u
}

func newRecord(args releaseArgs, rendered charts.Rendered, old *record) *record {
	rec := &record{
		Name: args.Name, Namespace: args.Namespace, Chart: args.Chart, Version: args.Version,
		AppVersion: rendered.AppVersion, Revision: 1,
	}
	if old != nil {
		rec.Revision = old.Revision + 1
	}
	for _, obj := range rendered.Objects {
		rec.Objects = append(rec.Objects, reference{obj.GetAPIVersion(), obj.GetKind(), obj.GetNamespace(), obj.GetName()})
		if _, builtin := api.Builtin(obj.GroupVersionKind()); !builtin {
			rec.mark(obj)
			rec.Custom = append(rec.Custom, runtime.DeepCopyJSON(obj.Object))
		}
	}
	return rec
}

const (
	annotationRelease   = "meta.helm.sh/release-name"
	annotationReleaseNS = "meta.helm.sh/release-namespace"
)

// mark writes into an object that it belongs to the release.
func (r *record) mark(obj *unstructured.Unstructured) {
	annotations := obj.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[annotationRelease], annotations[annotationReleaseNS] = r.Name, r.Namespace
	obj.SetAnnotations(annotations)
	labels := obj.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels["app.kubernetes.io/managed-by"] = "Helm"
	obj.SetLabels(labels)
}

// apply creates an object or brings it to the wanted state. One that belongs to
// someone else is refused; without a record (CRDs) it is left as it is.
//
// A custom resource gets the difference between the chart's last state and the new
// one, as Helm has it: https://github.com/helm/helm/blob/v3.19.0/pkg/kube/client.go
func (s *session) apply(ctx context.Context, obj *unstructured.Unstructured, rec, old *record) error {
	api, err := s.resource(ctx, obj)
	if err != nil {
		return err
	}
	live, err := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		_, err = api.Create(ctx, obj, metav1.CreateOptions{FieldManager: "helm"})
		return err
	case err != nil:
		return fmt.Errorf("get %s %s: %w", obj.GetKind(), idOf(obj), err)
	case rec == nil:
		return nil
	}
	if owner := live.GetAnnotations(); owner[annotationRelease] != rec.Name || owner[annotationReleaseNS] != rec.Namespace {
		return fmt.Errorf("%s %q in namespace %q exists and cannot be imported into the current release: invalid ownership metadata; "+
			"annotation validation error: key %q must equal %q", obj.GetKind(), obj.GetName(), obj.GetNamespace(), annotationRelease, rec.Name)
	}
	if before := old.custom(obj); before != nil {
		return s.mergeCustom(ctx, api, before, obj)
	}
	next := obj.DeepCopy()
	next.SetResourceVersion(live.GetResourceVersion())
	_, err = api.Update(ctx, next, metav1.UpdateOptions{FieldManager: "helm"})
	return err
}

func (s *session) mergeCustom(ctx context.Context, api objects, before map[string]any, obj *unstructured.Unstructured) error {
	var texts [2][]byte
	for i, object := range []map[string]any{before, obj.Object} {
		var err error
		if texts[i], err = json.Marshal(object); err != nil {
			return fmt.Errorf("encode %s %s: %w", obj.GetKind(), obj.GetName(), err)
		}
	}
	patch, err := jsonpatch.CreateMergePatch(texts[0], texts[1])
	if err != nil || string(patch) == "{}" {
		return err
	}
	_, err = api.Patch(ctx, obj.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "helm"})
	return err
}

// prune removes what an older state of the release had and the new one has not.
func (s *session) prune(ctx context.Context, old, now *record) error {
	if old == nil {
		return nil
	}
	for _, ref := range slices.Backward(old.Objects) {
		if slices.Contains(now.Objects, ref) {
			continue
		}
		api, err := s.resource(ctx, ref.object())
		if err != nil {
			continue // its CRD is gone, and the object with it
		}
		if err := api.Delete(ctx, ref.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("delete %s %s: %w", ref.Kind, ref.Name, err)
		}
	}
	return nil
}

func recordName(name string) string { return "sh.helm.release.v1." + name }

func (s *session) secrets(namespace string) objects {
	return s.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "secrets"}).Namespace(namespace)
}

// record reads a release's record, or nil.
func (s *session) record(ctx context.Context, namespace, name string) (*record, error) {
	secret, err := s.secrets(namespace).Get(ctx, recordName(name), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read release %s/%s: %w", namespace, name, err)
	}
	text, _, _ := unstructured.NestedString(secret.Object, "data", "release")
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read release %s/%s: %w", namespace, name, err)
	}
	rec := &record{}
	if err := json.Unmarshal(data, rec); err != nil {
		return nil, fmt.Errorf("read release %s/%s: %w", namespace, name, err)
	}
	return rec, nil
}

func (s *session) save(ctx context.Context, rec *record) error {
	data, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode release: %w", err)
	}
	secret := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
		"metadata": map[string]any{
			"name": recordName(rec.Name), "namespace": rec.Namespace,
			"labels": map[string]any{"owner": "helm", "name": rec.Name, "status": rec.Status},
		},
		"data": map[string]any{"release": base64.StdEncoding.EncodeToString(data)},
	}}
	api := s.secrets(rec.Namespace)
	_, err = api.Create(ctx, secret, metav1.CreateOptions{FieldManager: "helm"})
	if apierrors.IsAlreadyExists(err) {
		_, err = api.Update(ctx, secret, metav1.UpdateOptions{FieldManager: "helm"})
	}
	if err != nil {
		return fmt.Errorf("record release %s/%s: %w", rec.Namespace, rec.Name, err)
	}
	return nil
}

func (s *session) forget(ctx context.Context, rec *record) error {
	err := s.secrets(rec.Namespace).Delete(ctx, recordName(rec.Name), metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("forget release %s/%s: %w", rec.Namespace, rec.Name, err)
	}
	return nil
}

func namespaceObject(name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
	u.SetName(name)
	return u
}

func nodesResource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
}

func nodeVersion(node unstructured.Unstructured) string {
	version, _, _ := unstructured.NestedString(node.Object, "status", "nodeInfo", "kubeletVersion")
	return version
}

// normal gives values the number types that the Kubernetes libraries want.
func normal(values map[string]any) map[string]any {
	data, err := json.Marshal(values)
	if err != nil {
		return values
	}
	var out map[string]any
	if err := utiljson.Unmarshal(data, &out); err != nil {
		return values
	}
	return out
}
