package kubernetes_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/apiserver"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := newAuthority(t)
	server := "https://" + host + ":6443"
	admin := func(a *authority, group string, use x509.ExtKeyUsage) [2]string {
		cert, key := a.client(t, group, use)
		return [2]string{cert, key}
	}
	good := admin(r.ca, "kubeadm:cluster-admins", x509.ExtKeyUsageClientAuth)
	foreign := admin(other, "system:masters", x509.ExtKeyUsageClientAuth)
	for name, tc := range map[string]struct {
		server, ca string
		pair       [2]string
		want       error
		text       string
	}{
		"good":             {server, r.ca.pem(), good, nil, ""},
		"other authority":  {server, other.pem(), good, apiserver.ErrUnreachable, "x509: certificate signed by unknown authority"},
		"foreign client":   {server, r.ca.pem(), foreign, apiserver.ErrUnauthorized, "Unauthorized"},
		"server's usage":   {server, r.ca.pem(), admin(r.ca, "system:masters", x509.ExtKeyUsageServerAuth), apiserver.ErrUnauthorized, "key usage"},
		"no administrator": {server, r.ca.pem(), admin(r.ca, "system:nodes", x509.ExtKeyUsageClientAuth), apiserver.ErrForbidden, `User "admin" cannot list`},
		"other pair's key": {server, r.ca.pem(), [2]string{good[0], foreign[1]}, nil, "do not belong together"},
		"unknown host":     {"https://nowhere.example.com:6443", r.ca.pem(), good, apiserver.ErrUnreachable, "no such host"},
		"address, no host": {"https://20.1.2.3:6443", r.ca.pem(), good, apiserver.ErrUnreachable, "connection timed out"},
		"wrong port":       {"https://" + host + ":443", r.ca.pem(), good, apiserver.ErrUnreachable, "i/o timeout"},
		"not https":        {"http://" + host + ":6443", r.ca.pem(), good, nil, "not an https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kubernetes.Client(r.store, []byte(kubeconfig(t, tc.server, tc.ca, tc.pair[0], tc.pair[1])))
			if tc.text == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.text)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
			}
			require.NotContains(t, err.Error(), "PRIVATE KEY")
		})
	}
	_, err := kubernetes.Client(r.store, nil)
	require.ErrorContains(t, err, "no configuration has been provided")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, tc := range map[string]struct{ token, text, property, reason string }{
		"unknown property":    {tokenDeployment, strings.Replace(webDeployment("x", ""), "replicas", "replica", 1), "spec.replica", "did you mean 'replicas'"},
		"wrong type":          {tokenDeployment, strings.Replace(webDeployment("x", ""), "replicas: 3", `replicas: "3"`, 1), "spec.replicas", "expected a whole number"},
		"name":                {tokenConfigMap, "metadata: {name: Not_DNS}", "metadata.name", "RFC 1123 subdomain"},
		"Service name":        {tokenService, strings.Replace(webService, "name: web", "name: 1web", 1), "metadata.name", "DNS-1035 label"},
		"label value":         {tokenConfigMap, "metadata: {name: a, labels: {app: 'a b'}}", "metadata.labels", "a valid label must be"},
		"quantity":            {tokenDeployment, strings.Replace(webDeployment("x", ""), "memory: 800Mi", "memory: 800MB", 1), "spec.template.spec.containers[0].resources.limits[memory]", "quantities must match"},
		"request over limit":  {tokenDeployment, strings.Replace(webDeployment("x", ""), "memory: 200Mi", "memory: 2Gi", 1), "spec.template.spec.containers[0].resources.requests[memory]", "must be less than or equal to memory limit of 800Mi"},
		"selector":            {tokenDeployment, strings.Replace(webDeployment("x", ""), "matchLabels: {app: web}", "matchLabels: {app: other}", 1), "spec.template.metadata.labels", "`selector` does not match template `labels`"},
		"port":                {tokenService, strings.Replace(webService, "port: 80,", "port: 80000,", 1), "spec.ports[0].port", "between 1 and 65535"},
		"target port":         {tokenService, strings.Replace(webService, "8080", "Not_A_Port", 1), "spec.ports[0].targetPort", "must contain only"},
		"Service type":        {tokenService, strings.Replace(webService, "LoadBalancer", "Balancer", 1), "spec.type", "supported values"},
		"container name":      {tokenDeployment, strings.Replace(webDeployment("x", ""), "- name: web", "- name: Web", 1), "spec.template.spec.containers[0].name", "RFC 1123 label"},
		"HostProcess network": {tokenDeployment, webDeployment("x", "      securityContext: {windowsOptions: {hostProcess: true}}\n"), "spec.template.spec.hostNetwork", "hostNetwork must be true"},
		"chart's repository":  {tokenRelease, strings.Replace(calico, "docs.tigera.io/calico/charts", "example.com", 1), "chart", "not found in https://example.com repository"},
		"no repository":       {tokenRelease, "{name: a, chart: tigera-operator}", "chart", "repositoryOpts.repo"},
		"release property":    {tokenRelease, "{name: a, chart: oci://x/y, vesion: '1'}", "vesion", "did you mean 'version'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := r.provider.Check(t.Context(), p.CheckRequest{Urn: urn(tc.token, "web"), Inputs: inputs(t, tc.text)})
			require.NoError(t, err)
			require.Len(t, resp.Failures, 1)
			require.Equal(t, tc.property, resp.Failures[0].Property)
			require.Contains(t, resp.Failures[0].Reason, tc.reason)
		})
	}
}

func TestNamesStick(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in := r.checked(tokenConfigMap, "settings", "data: {a: b}")
	name := in.Get("metadata").AsMap().Get("name").AsString()
	require.Regexp(t, `^settings-[0-9a-f]{8}$`, name)
	require.Equal(t, "default", in.Get("metadata").AsMap().Get("namespace").AsString())

	again, err := r.provider.Check(t.Context(), p.CheckRequest{
		Urn: urn(tokenConfigMap, "settings"), State: in, Inputs: inputs(t, "data: {a: c}"),
	})
	require.NoError(t, err)
	require.Equal(t, name, again.Inputs.Get("metadata").AsMap().Get("name").AsString())
}

func TestDiff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, tc := range map[string]struct {
		token, text, from, to string
		want                  map[string]p.DiffKind
		deleteFirst           bool
	}{
		"nothing":         {tokenDeployment, webDeployment("x", ""), "", "", map[string]p.DiffKind{}, false},
		"replicas":        {tokenDeployment, webDeployment("x", ""), "replicas: 3", "replicas: 5", map[string]p.DiffKind{"spec.replicas": p.Update}, false},
		"image":           {tokenDeployment, webDeployment("x", ""), "image: x", "image: y", map[string]p.DiffKind{"spec.template.spec.containers[0].image": p.Update}, false},
		"selector":        {tokenDeployment, webDeployment("x", ""), "{app: web}", "{app: web, tier: front}", map[string]p.DiffKind{"spec.selector.matchLabels.tier": p.AddReplace}, true},
		"name":            {tokenService, webService, "name: web", "name: site", map[string]p.DiffKind{"metadata.name": p.UpdateReplace}, false},
		"namespace":       {tokenService, webService, "namespace: default", "namespace: other", map[string]p.DiffKind{"metadata.namespace": p.UpdateReplace}, false},
		"cluster address": {tokenService, webService, "type:", "clusterIP: 10.96.0.77\n  type:", map[string]p.DiffKind{"spec.clusterIP": p.AddReplace}, true},
		"label":           {tokenService, webService, "name: web", "name: web, labels: {a: b}", map[string]p.DiffKind{"metadata.labels": p.Add}, false},
		"ConfigMap":       {tokenConfigMap, "metadata: {name: a}\ndata: {k: v}", "k: v", "k: w", map[string]p.DiffKind{"data.k": p.UpdateReplace}, true},
		"release values":  {tokenRelease, calico, "mtu: 1350", "mtu: 1400", map[string]p.DiffKind{"values.installation.calicoNetwork.mtu": p.Update}, false},
		"release name":    {tokenRelease, calico, "name: calico", "name: cni", map[string]p.DiffKind{"name": p.UpdateReplace}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old := r.checked(tc.token, "web", tc.text)
			now := r.checked(tc.token, "web", tc.text)
			if tc.from != "" {
				resp, err := r.provider.Check(t.Context(), p.CheckRequest{
					Urn: urn(tc.token, "web"), State: old, Inputs: inputs(t, strings.Replace(tc.text, tc.from, tc.to, 1)),
				})
				require.NoError(t, err)
				now = resp.Inputs
			}
			diff, err := r.provider.Diff(t.Context(), p.DiffRequest{Urn: urn(tc.token, "web"), OldInputs: old, State: old, Inputs: now})
			require.NoError(t, err)
			got := map[string]p.DiffKind{}
			for path, d := range diff.DetailedDiff {
				got[path] = d.Kind
			}
			require.Equal(t, tc.want, got)
			require.Equal(t, len(tc.want) > 0, diff.HasChanges)
			require.Equal(t, tc.deleteFirst, diff.DeleteBeforeReplace)
		})
	}
}

func TestLifeOfAConfigMap(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := urn(tokenConfigMap, "a")
	in := r.checked(tokenConfigMap, "a", "metadata: {name: a}\ndata: {k: v}")

	tried, err := r.provider.Create(t.Context(), p.CreateRequest{Urn: id, Properties: in, DryRun: true})
	require.NoError(t, err)
	require.True(t, tried.Properties.Get("status").IsComputed())
	require.Empty(t, tried.ID)

	made, err := r.provider.Create(t.Context(), p.CreateRequest{Urn: id, Properties: in})
	require.NoError(t, err)
	require.Equal(t, "default/a", made.ID)
	_, err = r.provider.Create(t.Context(), p.CreateRequest{Urn: id, Properties: in})
	require.ErrorContains(t, err, `configmaps "a" already exists`)

	read, err := r.provider.Read(t.Context(), p.ReadRequest{ID: made.ID, Urn: id, Inputs: in, Properties: made.Properties})
	require.NoError(t, err)
	require.True(t, read.Inputs.Equals(in), "a refresh without drift changes no inputs")

	next := r.checked(tokenConfigMap, "a", "metadata: {name: a, labels: {x: z}}\ndata: {k: v}")
	updated, err := r.provider.Update(t.Context(), p.UpdateRequest{ID: made.ID, Urn: id, State: made.Properties, OldInputs: in, Inputs: next})
	require.NoError(t, err)
	require.Equal(t, "z", updated.Properties.Get("metadata").AsMap().Get("labels").AsMap().Get("x").AsString())
	require.Equal(t, made.Properties.Get("metadata").AsMap().Get("uid"), updated.Properties.Get("metadata").AsMap().Get("uid"))

	// Someone else's change is seen by a refresh.
	maps := r.client().Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace("default")
	live, err := maps.Get(t.Context(), "a", metav1.GetOptions{})
	require.NoError(t, err)
	require.NoError(t, unstructured.SetNestedField(live.Object, "changed", "data", "k"))
	_, err = maps.Update(t.Context(), live, metav1.UpdateOptions{})
	require.NoError(t, err)
	read, err = r.provider.Read(t.Context(), p.ReadRequest{ID: made.ID, Urn: id, Inputs: next, Properties: updated.Properties})
	require.NoError(t, err)
	require.Equal(t, "changed", read.Inputs.Get("data").AsMap().Get("k").AsString())

	remove := p.DeleteRequest{ID: made.ID, Urn: id, Properties: updated.Properties}
	require.NoError(t, r.provider.Delete(t.Context(), remove))
	require.NoError(t, r.provider.Delete(t.Context(), remove), "deleting what is gone is no fault")
	read, err = r.provider.Read(t.Context(), p.ReadRequest{ID: made.ID, Urn: id, Inputs: next})
	require.NoError(t, err)
	require.Empty(t, read.ID)
}

func TestImmutableFields(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	old := r.checked(tokenDeployment, "web", webDeployment(image2022, ""))
	made, err := r.provider.Create(t.Context(), p.CreateRequest{Urn: urn(tokenDeployment, "web"), Properties: old})
	require.NoError(t, err)
	next := r.checked(tokenDeployment, "web", strings.ReplaceAll(webDeployment(image2022, ""), "{app: web}", "{app: web, tier: front}"))
	_, err = r.provider.Update(t.Context(), p.UpdateRequest{ID: made.ID, Urn: urn(tokenDeployment, "web"), State: made.Properties, OldInputs: old, Inputs: next})
	require.ErrorContains(t, err, "field is immutable")
	_, err = r.provider.Update(t.Context(), p.UpdateRequest{ID: made.ID, Urn: urn(tokenDeployment, "web"), State: made.Properties, OldInputs: old, Inputs: next, DryRun: true})
	require.ErrorContains(t, err, "field is immutable", "a preview says so too")
}

// TestRollingUpdate: an image that does not run leaves the old pods serving.
func TestRollingUpdate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.network()
	old := r.checked(tokenDeployment, "web", webDeployment(image2022, ""))
	made, err := r.provider.Create(t.Context(), p.CreateRequest{Urn: urn(tokenDeployment, "web"), Properties: old})
	require.NoError(t, err)
	bad := r.checked(tokenDeployment, "web", webDeployment("example.com/web:ltsc2019", ""))
	resp, err := r.provider.Update(t.Context(), p.UpdateRequest{ID: made.ID, Urn: urn(tokenDeployment, "web"), State: made.Properties, OldInputs: old, Inputs: bad})
	require.ErrorContains(t, err, "failed to fully initialize or become live")
	require.NotNil(t, resp.PartialState)
	require.Len(t, r.pods("default"), 4, "three old pods and one that surges")
	require.Equal(t, "3", ready(t, r, "default", "web"))

	good := r.checked(tokenDeployment, "web", webDeployment("example.com/web:ltsc2022", ""))
	_, err = r.provider.Update(t.Context(), p.UpdateRequest{ID: made.ID, Urn: urn(tokenDeployment, "web"), State: made.Properties, OldInputs: bad, Inputs: good})
	require.NoError(t, err)
	require.Len(t, r.pods("default"), 3)
}

func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.mustCreate("kubernetes:core/v1:Secret", "s", "metadata: {name: s}\nstringData: {password: hunter2}")
	require.True(t, made.Properties.Get("data").Secret())
	const encoded = "aHVudGVyMg==" // hunter2
	require.Equal(t, encoded, made.Properties.Get("data").AsMap().Get("password").AsString(), "the program knows it")
	require.NoError(t, r.store.View(t.Context(), func(w *world.World) error {
		require.NotContains(t, fmt.Sprint(w.Clusters[host].Objects), encoded, "the world does not")
		return nil
	}))
	known := inputs(t, "metadata: {name: s, namespace: default}\nstringData: {password: hunter2}")
	read, err := r.provider.Read(t.Context(), p.ReadRequest{ID: made.ID, Urn: urn("kubernetes:core/v1:Secret", "s"), Inputs: known, Properties: made.Properties})
	require.NoError(t, err)
	require.Equal(t, "hunter2", read.Inputs.Get("stringData").AsMap().Get("password").AsString(), "a refresh sees no change")

	in := inputs(t, "metadata: {name: c}").Set("data", property.New(property.NewMap(map[string]property.Value{
		"token": property.New("hidden").WithSecret(true),
	})))
	resp, err := r.provider.Create(t.Context(), p.CreateRequest{Urn: urn(tokenConfigMap, "c"), Properties: r.set(in)})
	require.NoError(t, err)
	require.True(t, resp.Properties.Get("data").AsMap().Get("token").Secret())
}

func (r *rig) set(in property.Map) property.Map {
	r.t.Helper()
	resp, err := r.provider.Check(r.t.Context(), p.CheckRequest{Urn: urn(tokenConfigMap, "c"), Inputs: in})
	require.NoError(r.t, err)
	require.Empty(r.t, resp.Failures)
	return resp.Inputs
}

// TestClusterGone: without its cluster nothing can be done to an object, unless
// the program says that such objects may be forgotten.
func TestClusterGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.mustCreate(tokenConfigMap, "a", "metadata: {name: a}")
	require.NoError(t, r.store.Update(t.Context(), func(w *world.World) error {
		delete(w.Clusters, host)
		return nil
	}))
	r.configure(r.config)
	remove := p.DeleteRequest{ID: made.ID, Urn: urn(tokenConfigMap, "a"), Properties: made.Properties}
	err := r.provider.Delete(t.Context(), remove)
	require.ErrorIs(t, err, apiserver.ErrUnreachable)
	require.ErrorContains(t, err, "PULUMI_K8S_DELETE_UNREACHABLE")
	_, err = r.create(tokenConfigMap, "b", "metadata: {name: b}")
	require.ErrorContains(t, err, "configured Kubernetes cluster is unreachable: ")
	require.ErrorContains(t, err, "no such host")

	require.NoError(t, r.provider.Configure(t.Context(), p.ConfigureRequest{Args: property.NewMap(map[string]property.Value{
		"kubeconfig": property.New(r.config), "deleteUnreachable": property.New("true"),
	})}))
	require.NoError(t, r.provider.Delete(t.Context(), remove))
	read, err := r.provider.Read(t.Context(), p.ReadRequest{ID: made.ID, Urn: urn(tokenConfigMap, "a")})
	require.NoError(t, err)
	require.Empty(t, read.ID)
}

func TestDiffConfig(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := func(text string) property.Map {
		return property.NewMap(map[string]property.Value{"kubeconfig": property.New(text).WithSecret(true)})
	}
	cert, key := r.ca.client(t, "system:masters", x509.ExtKeyUsageClientAuth)
	renewed := kubeconfig(t, "https://"+host+":6443", r.ca.pem(), cert, key)
	moved := kubeconfig(t, "https://elsewhere.example.com:6443", r.ca.pem(), cert, key)
	for name, tc := range map[string]struct {
		next property.Map
		want map[string]p.PropertyDiff
	}{
		"same":          {config(r.config), map[string]p.PropertyDiff{}},
		"new client":    {config(renewed), map[string]p.PropertyDiff{"kubeconfig": {Kind: p.Update, InputDiff: true}}},
		"other cluster": {config(moved), map[string]p.PropertyDiff{"kubeconfig": {Kind: p.UpdateReplace, InputDiff: true}}},
		"not known yet": {
			property.NewMap(map[string]property.Value{"kubeconfig": property.New(property.Computed)}),
			map[string]p.PropertyDiff{"kubeconfig": {Kind: p.UpdateReplace, InputDiff: true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := r.provider.DiffConfig(t.Context(), p.DiffRequest{OldInputs: config(r.config), Inputs: tc.next})
			require.NoError(t, err)
			require.Equal(t, tc.want, resp.DetailedDiff)
		})
	}
	checked, err := r.provider.CheckConfig(t.Context(), p.CheckRequest{Inputs: property.NewMap(map[string]property.Value{
		"kubeconfig": property.New(r.config),
	})})
	require.NoError(t, err)
	require.True(t, checked.Inputs.Get("kubeconfig").Secret())
}

// TestCancel: what waits ends at once, and what was made is not forgotten.
func TestCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.provider = kubernetes.Provider(r.store, kubernetes.Options{AwaitTimeout: time.Hour})
	r.configure(r.config)
	type result struct {
		resp p.CreateResponse
		err  error
	}
	done := make(chan result, 1)
	in := r.checked(tokenDeployment, "web", webDeployment(image2022, ""))
	go func() {
		resp, err := r.provider.Create(context.WithoutCancel(t.Context()), p.CreateRequest{Urn: urn(tokenDeployment, "web"), Properties: in})
		done <- result{resp, err}
	}()
	require.NoError(t, r.store.Wait(t.Context(), func(w *world.World) bool {
		for _, obj := range w.Clusters[host].Objects {
			if (&unstructured.Unstructured{Object: obj}).GetName() == "web" {
				return true
			}
		}
		return false
	}))
	require.NoError(t, r.provider.Cancel(t.Context()))
	got := <-done
	require.ErrorContains(t, got.err, "Resource operation was cancelled")
	require.NotNil(t, got.resp.PartialState)
	require.Equal(t, "default/web", got.resp.ID)
}

func TestNamespaceTakesItsContentAlong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ns := r.mustCreate(tokenNamespace, "apps", "metadata: {name: apps}")
	r.mustCreate(tokenConfigMap, "a", "metadata: {name: a, namespace: apps}")
	require.NoError(t, r.provider.Delete(t.Context(), p.DeleteRequest{ID: ns.ID, Urn: urn(tokenNamespace, "apps"), Properties: ns.Properties}))
	require.NoError(t, r.store.View(t.Context(), func(w *world.World) error {
		for _, obj := range w.Clusters[host].Objects {
			require.NotEqual(t, "apps", (&unstructured.Unstructured{Object: obj}).GetNamespace())
		}
		return nil
	}))
	_, err := r.create(tokenConfigMap, "b", "metadata: {name: b, namespace: apps}")
	require.ErrorContains(t, err, `namespaces "apps" not found`)
}

func TestReleaseLife(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := r.mustCreate(tokenRelease, "cnm", nodeManager)
	require.Equal(t, "deployed", made.Properties.Get("status").AsMap().Get("status").AsString())
	_, err := r.create(tokenRelease, "cnm", nodeManager)
	require.ErrorContains(t, err, "cannot re-use a name that is still in use")
	_, err = r.create(tokenRelease, "twice", strings.Replace(nodeManager, "name: cnm", "name: twice", 1))
	require.ErrorContains(t, err, "invalid ownership metadata")

	old := r.checked(tokenRelease, "cnm", nodeManager)
	off := r.checked(tokenRelease, "cnm", strings.Replace(nodeManager, "{enabled: false}", "{enabled: false}, cloudNodeManager: {enabled: false}", 1))
	updated, err := r.provider.Update(t.Context(), p.UpdateRequest{ID: made.ID, Urn: urn(tokenRelease, "cnm"), State: made.Properties, OldInputs: old, Inputs: off})
	require.NoError(t, err)
	require.InDelta(t, 2, updated.Properties.Get("status").AsMap().Get("revision").AsNumber(), 0)
	require.Zero(t, updated.Properties.Get("resourceNames").AsMap().Len())

	remove := p.DeleteRequest{ID: made.ID, Urn: urn(tokenRelease, "cnm"), Properties: updated.Properties}
	require.NoError(t, r.provider.Delete(t.Context(), remove))
	read, err := r.provider.Read(t.Context(), p.ReadRequest{ID: made.ID, Urn: urn(tokenRelease, "cnm"), Inputs: off})
	require.NoError(t, err)
	require.Empty(t, read.ID)
}
