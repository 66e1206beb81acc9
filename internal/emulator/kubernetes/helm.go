package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/charts"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
)

// helmTimeout is what a release may take by default.
const helmTimeout = 5 * time.Minute

type releaseArgs struct {
	Name            string                `json:"name"`
	Namespace       string                `json:"namespace"`
	Chart           string                `json:"chart"`
	Version         string                `json:"version"`
	CreateNamespace bool                  `json:"createNamespace"`
	SkipAwait       bool                  `json:"skipAwait"`
	SkipCRDs        bool                  `json:"skipCrds"`
	Atomic          bool                  `json:"atomic"`
	Timeout         float64               `json:"timeout"`
	Values          map[string]any        `json:"values"`
	RepositoryOpts  struct{ Repo string } `json:"repositoryOpts"`
}

func (a releaseArgs) release(kubeVersion string) charts.Release {
	return charts.Release{
		Chart: a.Chart, Version: a.Version, Repo: a.RepositoryOpts.Repo,
		Name: a.Name, Namespace: a.Namespace, Values: a.Values, KubeVersion: kubeVersion,
	}
}

func (v *provider) checkRelease(ctx context.Context, r p.CheckRequest) (p.CheckResponse, error) {
	inputs := r.Inputs
	var failures []p.CheckFailure
	for _, fault := range v.shapes[releaseType].Check(inputs) {
		failures = append(failures, p.CheckFailure{Property: fault.Path, Reason: fault.Reason})
	}
	if name := inputs.Get("name"); name.IsNull() || (name.IsString() && name.AsString() == "") {
		kept := r.State.Get("name")
		if !kept.IsString() {
			unique, err := resource.NewUniqueHex(r.Urn.Name()+"-", 8, 0)
			if err != nil {
				return p.CheckResponse{}, fmt.Errorf("make a name for %s: %w", r.Urn.Name(), err)
			}
			kept = property.New(unique)
		}
		inputs = inputs.Set("name", kept)
	}
	if ns := inputs.Get("namespace"); ns.IsNull() || (ns.IsString() && ns.AsString() == "") {
		inputs = inputs.Set("namespace", property.New(v.session(ctx).namespace))
	}
	if skip := inputs.Get("skipAwait"); (!skip.IsBool() || !skip.AsBool()) && inputs.Get("timeout").IsNull() {
		inputs = inputs.Set("timeout", property.New(helmTimeout.Seconds()))
	}
	if len(failures) == 0 && !inputs.Get("chart").IsComputed() && !inputs.Get("repositoryOpts").HasComputed() {
		failures = v.checkChart(ctx, inputs)
	}
	return p.CheckResponse{Inputs: inputs, Failures: failures}, nil
}

func (v *provider) checkChart(ctx context.Context, inputs property.Map) []p.CheckFailure {
	args, err := releaseOf(inputs)
	if err != nil {
		return []p.CheckFailure{{Reason: err.Error()}}
	}
	switch err := charts.Find(args.release("")); {
	case errors.Is(err, charts.ErrUnknown):
		p.GetLogger(ctx).Warningf("the emulator does not render Helm charts and does not know %s: the release is recorded, nothing of it runs", args.Chart)
	case err != nil:
		return []p.CheckFailure{{Property: "chart", Reason: err.Error() + "; check the chart name and repository configuration."}}
	}
	return nil
}

func (v *provider) diffRelease(_ context.Context, r p.DiffRequest) (p.DiffResponse, error) {
	diff, err := props.Comparison{
		Replaces: props.At(resource.PropertyPath{"name"}, resource.PropertyPath{"namespace"}), Ignore: r.IgnoreChanges,
	}.Diff(r.OldInputs, r.Inputs)
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, err
}

func (v *provider) createRelease(ctx context.Context, r p.CreateRequest) (p.CreateResponse, error) {
	s := v.session(ctx)
	ctx, stop := s.bound(ctx)
	defer stop()
	if r.DryRun {
		return p.CreateResponse{Properties: previewRelease(r.Properties)}, nil
	}
	if s.problem != nil {
		return p.CreateResponse{}, s.unreachable()
	}
	args, err := releaseOf(r.Properties)
	if err != nil {
		return p.CreateResponse{}, err
	}
	if old, err := s.record(ctx, args.Namespace, args.Name); err != nil {
		return p.CreateResponse{}, err
	} else if old != nil {
		return p.CreateResponse{}, errors.New("cannot re-use a name that is still in use")
	}
	if args.CreateNamespace {
		if err := s.createNamespace(ctx, args.Namespace); err != nil {
			return p.CreateResponse{}, err
		}
	}
	rec, failed, err := v.install(ctx, s, args, nil)
	if err != nil {
		return p.CreateResponse{}, fmt.Errorf("create release %s/%s: %w", args.Namespace, args.Name, err)
	}
	resp := p.CreateResponse{ID: args.Namespace + "/" + args.Name, Properties: releaseState(r.Properties, rec)}
	if failed != nil {
		resp.PartialState = &p.InitializationFailed{Reasons: failed.reasons()}
		return resp, fmt.Errorf("failed to become available within allocated timeout. Error: Helm Release %s/%s: %w", args.Namespace, args.Name, failed)
	}
	return resp, nil
}

// install brings the cluster from an older state of the release, if there is
// one, to the wanted one and records it.
func (v *provider) install(ctx context.Context, s *session, args releaseArgs, old *record) (*record, *notReady, error) {
	kubeVersion, err := s.kubeVersion(ctx)
	if err != nil {
		return nil, nil, err
	}
	rendered, err := charts.Render(args.release(kubeVersion))
	if err != nil && !errors.Is(err, charts.ErrUnknown) {
		return nil, nil, err
	}
	if !args.SkipCRDs {
		for _, crd := range rendered.CRDs {
			if err := s.apply(ctx, crd, nil, nil); err != nil {
				return nil, nil, err
			}
		}
	}
	rec := newRecord(args, rendered, old)
	for _, obj := range rendered.Objects {
		if _, err := s.resource(ctx, obj); err != nil {
			return nil, nil, fmt.Errorf("unable to build kubernetes objects from release manifest: [resource mapping not found for name: %q "+
				"namespace: %q from \"\": %w ensure CRDs are installed first]", obj.GetName(), obj.GetNamespace(), err)
		}
	}
	for _, obj := range rendered.Objects {
		rec.mark(obj)
		if err := s.apply(ctx, obj, rec, old); err != nil {
			return nil, nil, err
		}
	}
	if err := s.prune(ctx, old, rec); err != nil {
		return nil, nil, err
	}
	failed := v.awaitRelease(ctx, s, args, rendered)
	rec.Status = "deployed"
	if failed != nil {
		rec.Status = "failed"
	}
	// What was made must be recorded even if the engine cancels now.
	return rec, failed, s.save(context.WithoutCancel(ctx), rec)
}

// awaitRelease waits as Helm does with --wait.
func (v *provider) awaitRelease(ctx context.Context, s *session, args releaseArgs, rendered charts.Rendered) *notReady {
	if args.SkipAwait {
		return nil
	}
	deadline := time.Now().Add(s.scaled(args.Timeout, helmTimeout))
	// Workloads first: what keeps their pods says more than a Service without any.
	for _, kind := range []string{"Deployment", "DaemonSet", "Service"} {
		for _, obj := range rendered.Objects {
			if obj.GetKind() != kind {
				continue
			}
			if _, failed := v.await(ctx, s, obj, time.Until(deadline)); failed != nil {
				return &notReady{name: args.Name, cancelled: failed.cancelled, why: failed.of(obj)}
			}
		}
	}
	return nil
}

// of gives the reasons as those of one object of a release.
func (e *notReady) of(obj *unstructured.Unstructured) []string {
	if len(e.why) == 0 {
		return []string{e.Error()}
	}
	var why []string
	for _, reason := range e.why {
		why = append(why, fmt.Sprintf("%s %s: %s", obj.GetKind(), idOf(obj), reason))
	}
	return why
}

func (v *provider) updateRelease(ctx context.Context, r p.UpdateRequest) (p.UpdateResponse, error) {
	s := v.session(ctx)
	ctx, stop := s.bound(ctx)
	defer stop()
	if r.DryRun {
		return p.UpdateResponse{Properties: previewRelease(r.Inputs)}, nil
	}
	if s.problem != nil {
		return p.UpdateResponse{}, s.unreachable()
	}
	args, err := releaseOf(r.Inputs)
	if err != nil {
		return p.UpdateResponse{}, err
	}
	old, err := s.record(ctx, args.Namespace, args.Name)
	if err != nil {
		return p.UpdateResponse{}, err
	}
	if old == nil {
		return p.UpdateResponse{}, fmt.Errorf("update release %s: release: not found", r.ID)
	}
	rec, failed, err := v.install(ctx, s, args, old)
	if err != nil {
		return p.UpdateResponse{}, fmt.Errorf("update release %s: %w", r.ID, err)
	}
	resp := p.UpdateResponse{Properties: releaseState(r.Inputs, rec)}
	if failed != nil {
		resp.PartialState = &p.InitializationFailed{Reasons: failed.reasons()}
		return resp, fmt.Errorf("error running update: failed to become available within allocated timeout. Error: Helm Release %s: %w", r.ID, failed)
	}
	return resp, nil
}

func (v *provider) readRelease(ctx context.Context, s *session, r p.ReadRequest) (p.ReadResponse, error) {
	namespace, name, ok := strings.Cut(r.ID, "/")
	if !ok {
		namespace, name = s.namespace, r.ID
	}
	rec, err := s.record(ctx, namespace, name)
	if err != nil {
		return p.ReadResponse{}, err
	}
	if rec == nil {
		return p.ReadResponse{}, nil
	}
	inputs := r.Inputs
	if inputs.Len() == 0 {
		inputs = props.FromPlainMap(map[string]any{
			"name": rec.Name, "namespace": rec.Namespace, "chart": rec.Chart, "version": rec.Version,
		})
	}
	return p.ReadResponse{ID: r.ID, Properties: releaseState(inputs, rec), Inputs: inputs}, nil
}

func (v *provider) deleteRelease(ctx context.Context, s *session, r p.DeleteRequest) error {
	ctx, stop := s.bound(ctx)
	defer stop()
	namespace, name, _ := strings.Cut(r.ID, "/")
	rec, err := s.record(ctx, namespace, name)
	if err != nil || rec == nil {
		return err
	}
	for _, ref := range slices.Backward(rec.Objects) {
		obj := ref.object()
		api, err := s.resource(ctx, obj)
		if err != nil {
			continue // its CRD is gone, and the object with it
		}
		if err := s.remove(ctx, api, obj, s.scaled(r.Timeout, helmTimeout)); err != nil {
			return fmt.Errorf("uninstall release %s: %w", r.ID, err)
		}
	}
	return s.forget(ctx, rec)
}

func releaseOf(inputs property.Map) (releaseArgs, error) {
	var args releaseArgs
	err := props.Decode(inputs, &args)
	if name := args.Chart; err == nil && strings.Contains(name, "/") && !strings.Contains(name, "://") && args.RepositoryOpts.Repo != "" {
		args.Chart = name[strings.LastIndex(name, "/")+1:]
	}
	args.Values = normal(args.Values)
	return args, err
}

// previewRelease is what is known of a release before it is installed.
func previewRelease(inputs property.Map) property.Map {
	return inputs.Set("status", property.New(property.Computed)).Set("resourceNames", property.New(property.Computed))
}

func releaseState(inputs property.Map, rec *record) property.Map {
	names := map[string]any{}
	for _, ref := range rec.Objects {
		key := ref.Kind + "/" + ref.APIVersion
		list, _ := names[key].([]any)
		names[key] = append(list, idOf(ref.object()))
	}
	return inputs.Set("resourceNames", props.FromPlain(names)).Set("status", props.FromPlain(map[string]any{
		"appVersion": rec.AppVersion, "chart": rec.Chart, "name": rec.Name, "namespace": rec.Namespace,
		"revision": rec.Revision, "status": rec.Status, "version": rec.Version,
	}))
}

func (s *session) createNamespace(ctx context.Context, name string) error {
	obj := namespaceObject(name)
	api, err := s.resource(ctx, obj)
	if err != nil {
		return err
	}
	if _, err := api.Create(ctx, obj, metav1.CreateOptions{FieldManager: fieldManager}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return nil
}

// kubeVersion is the newest kubelet's, which is the control plane's.
func (s *session) kubeVersion(ctx context.Context) (string, error) {
	nodes, err := s.client.Resource(nodesResource()).List(ctx, metav1.ListOptions{LabelSelector: "node-role.kubernetes.io/control-plane"})
	if err != nil {
		return "", fmt.Errorf("list nodes: %w", err)
	}
	version := ""
	for _, n := range nodes.Items {
		version = cmp.Or(version, nodeVersion(n))
	}
	return version, nil
}
