package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/rules"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
)

// fieldManager is how the provider calls itself in requests.
const fieldManager = "pulumi-kubernetes"

const (
	annotationAutonamed = "pulumi.com/autonamed"
	annotationSkipAwait = "pulumi.com/skipAwait"
	annotationTimeout   = "pulumi.com/timeoutSeconds"
)

// checkObject names the object if need be and finds what the API server would
// refuse in it, as far as the values are known.
func (v *provider) checkObject(ctx context.Context, r p.CheckRequest) (p.CheckResponse, error) {
	gvk, err := kindOf(r.Urn)
	if err != nil {
		return p.CheckResponse{}, err
	}
	inputs := r.Inputs
	if _, ok := inputs.GetOk("apiVersion"); !ok {
		inputs = inputs.Set("apiVersion", property.New(gvk.GroupVersion().String()))
	}
	if _, ok := inputs.GetOk("kind"); !ok {
		inputs = inputs.Set("kind", property.New(gvk.Kind))
	}
	var failures []p.CheckFailure
	if shape := v.shapes[string(r.Urn.Type())]; shape != nil {
		for _, fault := range shape.Check(inputs) {
			failures = append(failures, p.CheckFailure{Property: fault.Path, Reason: fault.Reason})
		}
	}
	if isPatch(r.Urn) && nameOf(inputs)[1] == "" {
		return p.CheckResponse{}, errors.New("patch resources require the `.metadata.name` field to be set")
	}
	inputs, err = v.withMetadata(ctx, r.Urn, inputs, r.State)
	if err != nil {
		return p.CheckResponse{}, err
	}
	if len(failures) == 0 && !property.New(inputs).HasComputed() {
		obj, err := objectOf(inputs)
		if err != nil {
			return p.CheckResponse{}, err
		}
		if fault := waitForFault(obj); fault != "" {
			failures = append(failures, p.CheckFailure{Property: "metadata.annotations", Reason: fault})
		}
		if isPatch(r.Urn) {
			return p.CheckResponse{Inputs: inputs, Failures: failures}, nil // it is a part of an object
		}
		rules.Default(obj)
		for _, fault := range rules.Validate(obj) {
			failures = append(failures, p.CheckFailure{Property: fault.Field, Reason: fault.ErrorBody()})
		}
	}
	return p.CheckResponse{Inputs: inputs, Failures: failures}, nil
}

// withMetadata fills in name and namespace. A name that was made once is kept.
func (v *provider) withMetadata(ctx context.Context, urn resource.URN, inputs, old property.Map) (property.Map, error) {
	meta := inputs.Get("metadata")
	if meta.IsComputed() || (!meta.IsMap() && !meta.IsNull()) {
		return inputs, nil
	}
	fields := property.Map{}
	if meta.IsMap() {
		fields = meta.AsMap()
	}
	named := !fields.Get("name").IsNull()
	if !named && fields.Get("generateName").IsNull() && !fields.Get("annotations").IsComputed() {
		name := previousName(old)
		if name == "" {
			unique, err := resource.NewUniqueHex(urn.Name()+"-", 8, 0)
			if err != nil {
				return inputs, fmt.Errorf("make a name for %s: %w", urn.Name(), err)
			}
			name = strings.ToLower(unique)
		}
		annotations := property.Map{}
		if a := fields.Get("annotations"); a.IsMap() {
			annotations = a.AsMap()
		}
		fields = fields.Set("name", property.New(name)).
			Set("annotations", property.New(annotations.Set(annotationAutonamed, property.New("true"))))
	}
	if fields.Get("namespace").IsNull() {
		s := v.session(ctx)
		gvk, err := kindOf(urn)
		if err != nil {
			return inputs, err
		}
		if builtinNamespaced(gvk) {
			fields = fields.Set("namespace", property.New(s.namespace))
		}
	}
	return inputs.Set("metadata", property.WithGoValue(meta, fields)), nil
}

// previousName is the name that an earlier Check made.
func previousName(old property.Map) string {
	meta := old.Get("metadata")
	if !meta.IsMap() {
		return ""
	}
	annotations, name := meta.AsMap().Get("annotations"), meta.AsMap().Get("name")
	if annotations.IsMap() && name.IsString() && annotations.AsMap().Get(annotationAutonamed).IsString() {
		return name.AsString()
	}
	return ""
}

func (v *provider) diffObject(ctx context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	gvk, err := kindOf(r.Urn)
	if err != nil {
		return p.DiffResponse{}, err
	}
	diff, err := props.Comparison{
		Replaces: v.session(ctx).fixed(gvk, r.Inputs), Ignore: r.IgnoreChanges,
	}.Diff(r.OldInputs, r.Inputs)
	if err != nil {
		return p.DiffResponse{}, err
	}
	old, now := nameOf(r.OldInputs), nameOf(r.Inputs)
	return p.DiffResponse{
		HasChanges: len(diff) > 0, DetailedDiff: diff,
		// A name that the user chose and keeps is free only after the old object is gone.
		DeleteBeforeReplace: props.Replacing(diff) && previousName(r.Inputs) == "" && old == now,
	}, nil
}

func nameOf(inputs property.Map) [2]string {
	meta := inputs.Get("metadata")
	if !meta.IsMap() {
		return [2]string{}
	}
	get := func(key string) string {
		if s := meta.AsMap().Get(key); s.IsString() {
			return s.AsString()
		}
		return ""
	}
	return [2]string{get("namespace"), get("name")}
}

func (v *provider) createObject(ctx context.Context, r p.CreateRequest) (p.CreateResponse, error) {
	s := v.session(ctx)
	ctx, stop := s.bound(ctx)
	defer stop()
	if r.DryRun {
		return p.CreateResponse{Properties: preview(r.Properties)}, v.tryCreate(ctx, s, r)
	}
	if s.problem != nil {
		return p.CreateResponse{}, s.unreachable()
	}
	obj, err := objectOf(r.Properties)
	if err != nil {
		return p.CreateResponse{}, err
	}
	api, err := s.awaitKind(ctx, obj, s.patience/20)
	if err != nil {
		return p.CreateResponse{}, fmt.Errorf("creation of resource %q with kind %s failed because the Kubernetes API server "+
			"reported that the apiVersion for this resource does not exist. Verify that any required CRDs have been created: %w",
			r.Urn, obj.GroupVersionKind().GroupVersion().String()+"/"+obj.GetKind(), err)
	}
	live, err := s.make(ctx, r.Urn, api, obj, nil)
	if err != nil {
		return p.CreateResponse{}, fmt.Errorf("resource %q was not successfully created by the Kubernetes API server: %w", r.Urn, err)
	}
	live, failed := v.await(ctx, s, live, s.timeout(obj, r.Timeout))
	resp := p.CreateResponse{ID: idOf(live), Properties: outputsOf(live, r.Properties)}
	if failed != nil {
		resp.PartialState = &p.InitializationFailed{Reasons: failed.reasons()}
		return resp, fmt.Errorf("resource %q was successfully created, but the Kubernetes API server "+
			"reported that it failed to fully initialize or become live: %w", r.Urn, failed)
	}
	return resp, nil
}

// make creates an object, or makes a patch of one.
func (s *session) make(ctx context.Context, urn resource.URN, api objects, obj *unstructured.Unstructured, dryRun []string) (*unstructured.Unstructured, error) {
	if isPatch(urn) {
		return s.applyPatch(ctx, api, obj, dryRun)
	}
	return s.write(ctx, api, obj, dryRun)
}

// write creates an object. On a real API server that is an apply, as an update is:
// what is there already is taken over, as long as nobody else holds the fields.
func (s *session) write(ctx context.Context, api objects, obj *unstructured.Unstructured, dryRun []string) (*unstructured.Unstructured, error) {
	if s.real {
		return api.Apply(ctx, obj.GetName(), obj, metav1.ApplyOptions{FieldManager: fieldManager, DryRun: dryRun})
	}
	return api.Create(ctx, obj, metav1.CreateOptions{FieldManager: fieldManager, DryRun: dryRun})
}

// tryCreate asks the API server in a preview whether it would take the object.
// What may still come about before the real creation is no fault.
func (v *provider) tryCreate(ctx context.Context, s *session, r p.CreateRequest) error {
	if s.client == nil || isPatch(r.Urn) || property.New(r.Properties).HasComputed() {
		return nil
	}
	obj, err := objectOf(r.Properties)
	if err != nil {
		return err
	}
	api, err := s.resource(ctx, obj)
	if err != nil {
		return nil //nolint:nilerr // the CRD may be part of the same program
	}
	_, err = s.write(ctx, api, obj, []string{metav1.DryRunAll})
	if apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
		return fmt.Errorf("resource %q would not be created by the Kubernetes API server: %w", r.Urn, err)
	}
	return nil
}

func (v *provider) readObject(ctx context.Context, s *session, r p.ReadRequest) (p.ReadResponse, error) {
	ctx, stop := s.bound(ctx)
	defer stop()
	gvk, err := kindOf(r.Urn)
	if err != nil {
		return p.ReadResponse{}, err
	}
	probe := &unstructured.Unstructured{Object: map[string]any{}}
	probe.SetGroupVersionKind(gvk)
	namespace, name, ok := strings.Cut(r.ID, "/")
	if !ok {
		namespace, name = "", r.ID
	}
	probe.SetNamespace(namespace)
	probe.SetName(name)
	api, err := s.resource(ctx, probe)
	if err != nil {
		return p.ReadResponse{}, unlessGone(err)
	}
	live, err := api.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return p.ReadResponse{}, nil
	}
	if err != nil {
		return p.ReadResponse{}, fmt.Errorf("read %s: %w", r.ID, err)
	}
	resp := p.ReadResponse{ID: r.ID, Properties: outputsOf(live, r.Inputs), Inputs: inputsOf(live, r.Inputs)}
	// What an annotation waits for is not looked at when an object is read.
	if done, why := s.look(ctx, live); !done && !skipsAwait(live) && awaited(live) == nil {
		resp.PartialState = &p.InitializationFailed{Reasons: why}
		return resp, fmt.Errorf("resource %q was created but failed to initialize", name)
	}
	return resp, nil
}

func (v *provider) updateObject(ctx context.Context, r p.UpdateRequest) (p.UpdateResponse, error) {
	s := v.session(ctx)
	ctx, stop := s.bound(ctx)
	defer stop()
	if r.DryRun {
		resp := p.UpdateResponse{Properties: preview(r.Inputs)}
		if s.problem != nil || property.New(r.Inputs).HasComputed() {
			return resp, nil
		}
		_, err := s.patch(ctx, r, []string{metav1.DryRunAll})
		if apierrors.IsInvalid(err) {
			return resp, fmt.Errorf("resource %q would not be updated by the Kubernetes API server: %w", r.Urn, err)
		}
		return resp, nil
	}
	if s.problem != nil {
		return p.UpdateResponse{}, s.unreachable()
	}
	live, err := s.patch(ctx, r, nil)
	if err != nil {
		return p.UpdateResponse{}, fmt.Errorf("update of resource %q failed: %w", r.Urn, err)
	}
	live, failed := v.await(ctx, s, live, s.timeout(live, r.Timeout))
	resp := p.UpdateResponse{Properties: outputsOf(live, r.Inputs)}
	if failed != nil {
		resp.PartialState = &p.InitializationFailed{Reasons: failed.reasons()}
		return resp, fmt.Errorf("the Kubernetes API server reported that %q failed to fully initialize or become live: %w", r.ID, failed)
	}
	return resp, nil
}

// patch brings the live object from the old inputs to the new ones and leaves
// alone what others have set.
func (s *session) patch(ctx context.Context, r p.UpdateRequest, dryRun []string) (*unstructured.Unstructured, error) {
	old, err := objectOf(r.OldInputs)
	if err != nil {
		return nil, err
	}
	obj, err := objectOf(r.Inputs)
	if err != nil {
		return nil, err
	}
	api, err := s.resource(ctx, obj)
	if err != nil {
		return nil, err
	}
	live, err := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if isPatch(r.Urn) {
		return s.applyPatch(ctx, api, obj, dryRun)
	}
	if s.real {
		return s.write(ctx, api, obj, dryRun)
	}
	var texts [3][]byte
	for i, u := range []*unstructured.Unstructured{old, obj, live} {
		if texts[i], err = json.Marshal(u.Object); err != nil {
			return nil, fmt.Errorf("encode object: %w", err)
		}
	}
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(texts[0], texts[1], texts[2])
	if err != nil {
		return nil, fmt.Errorf("compute patch: %w", err)
	}
	return api.Patch(ctx, obj.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager, DryRun: dryRun})
}

func (v *provider) deleteObject(ctx context.Context, s *session, r p.DeleteRequest) error {
	ctx, stop := s.bound(ctx)
	defer stop()
	obj, err := objectOf(r.Properties)
	if err != nil {
		return err
	}
	if isPatch(r.Urn) {
		return s.relinquish(obj)
	}
	api, err := s.resource(ctx, obj)
	if err != nil {
		return unlessGone(err)
	}
	return s.remove(ctx, api, obj, s.timeout(obj, r.Timeout))
}

// unlessGone forgets that a kind is not served: without its CRD a custom resource
// is gone, too. A server that does not answer says nothing of the kind.
func unlessGone(err error) error {
	var unknown *noKindError
	if errors.As(err, &unknown) {
		return nil
	}
	return err
}

// bound gives a context that ends with the request or when the engine cancels.
func (s *session) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(s.ctx, cancel)
	return ctx, func() { unhook(); cancel() }
}

// awaitKind is resource with some patience: the CRD may be about to appear.
func (s *session) awaitKind(ctx context.Context, obj *unstructured.Unstructured, patience time.Duration) (objects, error) {
	deadline := time.Now().Add(patience)
	for {
		api, err := s.resource(ctx, obj)
		var unknown *noKindError
		if !errors.As(err, &unknown) || time.Now().After(deadline) {
			return api, err
		}
		if err := pause(ctx, defaultPoll); err != nil {
			return nil, err
		}
	}
}
