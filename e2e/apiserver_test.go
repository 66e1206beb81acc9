//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"sigs.k8s.io/yaml"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/controlplane"
	"github.com/hybridcluster/hybridcluster/internal/kubernetes/programs"
	"github.com/hybridcluster/hybridcluster/stacks"
)

// controlPlaneDocument is a kubeadm document for a control plane without a cluster
// of ours; kubeadm makes its certificates.
const controlPlaneDocument = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.4, bindPort: 6443}
nodeRegistration: {name: control-plane, criSocket: "unix:///run/containerd/containerd.sock"}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {podSubnet: 192.168.0.0/16, serviceSubnet: 10.0.0.0/16}
`

// apiServer is a real control plane for the test alone.
type apiServer struct {
	t       *testing.T
	typed   kubernetes.Interface
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper
}

func newAPIServer(t *testing.T) *apiServer {
	t.Helper()
	dir := kubernetesPrograms(t)
	kwok, err := programs.Kwok(t.Context(), func(label string) func() { t.Log(label); return func() {} })
	require.NoError(t, err)
	plane := controlplane.ControlPlane{Dir: t.TempDir(), Programs: dir, Kwok: kwok, Version: programs.Version, Address: "10.0.0.4"}
	require.NoError(t, plane.Keep(controlplane.Files{Document: controlPlaneDocument}))
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan *rest.Config, 1), make(chan error, 1)
	go func() {
		ended <- plane.Run(ctx, func(c *rest.Config) error { ready <- c; return nil })
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	var config *rest.Config
	select {
	case config = <-ready:
	case err := <-ended:
		ended <- nil
		require.NoError(t, err)
	}
	config.QPS = -1
	s := &apiServer{t: t}
	s.typed, err = kubernetes.NewForConfig(config)
	require.NoError(t, err)
	s.dynamic, err = dynamic.NewForConfig(config)
	require.NoError(t, err)
	client, err := discovery.NewDiscoveryClientForConfig(config)
	require.NoError(t, err)
	s.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client))
	return s
}

// apply applies an object on the server's side, strictly: fields that the server
// does not know are faults.
func (s *apiServer) apply(ctx context.Context, u *unstructured.Unstructured, dryRun bool) error {
	mapping, err := s.mapper.RESTMapping(u.GroupVersionKind().GroupKind(), u.GroupVersionKind().Version)
	if err != nil {
		return err
	}
	data, err := json.Marshal(u.Object)
	if err != nil {
		return err
	}
	force := true
	options := metav1.PatchOptions{FieldManager: "test", Force: &force, FieldValidation: "Strict"}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	api := s.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() == "namespace" {
		_, err = api.Namespace(u.GetNamespace()).Patch(ctx, u.GetName(), types.ApplyPatchType, data, options)
	} else {
		_, err = api.Patch(ctx, u.GetName(), types.ApplyPatchType, data, options)
	}
	return err
}

// addCRDs applies the definitions of kinds that charts would bring, and waits
// until they are served.
func (s *apiServer) addCRDs() {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "crds", "*.yaml"))
	require.NoError(s.t, err)
	require.NotEmpty(s.t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(s.t, err)
		u := &unstructured.Unstructured{}
		require.NoError(s.t, yaml.Unmarshal(data, &u.Object))
		require.NoError(s.t, s.apply(s.t.Context(), u, false))
		name := u.GetName()
		eventually(s.t, name+" is served", func(ctx context.Context) bool {
			s.mapper.Reset()
			live, err := s.dynamic.Resource(api.CRDs()).Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return false
			}
			conditions, _, _ := unstructured.NestedSlice(live.Object, "status", "conditions")
			return slices.ContainsFunc(conditions, func(c any) bool {
				m, _ := c.(map[string]any)
				return m["type"] == "Established" && m["status"] == "True"
			})
		})
	}
}

// certificate is one of a certificate authority, whoever's.
var certificate = func() string {
	data, err := os.ReadFile(filepath.Join("..", "components", "hybridcluster", "testdata", "keys", "ca.crt"))
	if err != nil {
		panic(err)
	}
	return string(data)
}()

// declared is what a program asks of the Kubernetes provider.
type declared struct {
	objects  []*unstructured.Unstructured
	releases []map[string]any
}

// recorder is a set of mocks that keeps what goes to the Kubernetes provider.
type recorder struct {
	mu sync.Mutex
	declared
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	out := args.Inputs.Copy()
	set := func(key, value string) { out[resource.PropertyKey(key)] = resource.NewStringProperty(value) }
	switch args.TypeToken {
	case "tls:index/privateKey:PrivateKey":
		for key, kind := range map[string]string{
			"privateKeyPem": "RSA PRIVATE KEY", "publicKeyPem": "PUBLIC KEY", "privateKeyOpenssh": "OPENSSH PRIVATE KEY",
		} {
			set(key, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("not a key")})))
		}
		set("publicKeyOpenssh", publicKey)
	case "tls:index/selfSignedCert:SelfSignedCert", "tls:index/locallySignedCert:LocallySignedCert":
		set("certPem", certificate)
	case "random:index/randomPassword:RandomPassword":
		set("result", strings.Repeat("a", int(args.Inputs["length"].NumberValue())))
	case "azure-native:network:PublicIPAddress":
		set("ipAddress", "203.0.113.9")
	case "azure-native:managedidentity:UserAssignedIdentity":
		for _, key := range []string{"principalId", "clientId", "tenantId"} {
			set(key, "00000000-0000-0000-0000-0000000000aa")
		}
	case "azure-native:operationalinsights:Workspace":
		set("customerId", "00000000-0000-0000-0000-0000000000ee")
	case "azure-native:resources:ResourceGroup":
		set("name", args.Inputs["resourceGroupName"].StringValue())
		return ourGroups + "mine", out, nil
	case "kubernetes:core/v1:Service":
		out["status"] = resource.NewPropertyValue(map[string]any{
			"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "203.0.113.10"}}},
		})
	}
	for key, value := range args.Inputs {
		if strings.HasSuffix(string(key), "Name") && value.IsString() && key != "resourceGroupName" {
			set("name", value.StringValue())
		}
	}
	if strings.HasPrefix(args.TypeToken, "kubernetes:") {
		r.keep(args)
	}
	return args.Name + "-id", out, nil
}

func (r *recorder) keep(args pulumi.MockResourceArgs) {
	plain, _ := plainly(resource.NewObjectProperty(args.Inputs)).(map[string]any)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case args.TypeToken == "kubernetes:helm.sh/v3:Release":
		r.releases = append(r.releases, plain)
	case plain["kind"] != nil:
		u := &unstructured.Unstructured{Object: plain}
		if u.GetName() == "" {
			u.SetName(args.Name)
		}
		if u.GetNamespace() == "" {
			u.SetNamespace(metav1.NamespaceDefault)
		}
		r.objects = append(r.objects, u)
	}
}

// plainly is a property as the provider sees it.
func plainly(v resource.PropertyValue) any {
	return v.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsSecret():
			return plainly(v.SecretValue().Element), true
		case v.IsOutput():
			return plainly(v.OutputValue().Element), true
		case v.IsNumber() && v.NumberValue() == float64(int64(v.NumberValue())):
			return int64(v.NumberValue()), true
		}
		return nil, false
	})
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	out := args.Args.Copy()
	for _, key := range []resource.PropertyKey{"clientId", "tenantId", "subscriptionId", "customerId", "location", "primarySharedKey", "id", "name"} {
		if _, ok := out[key]; !ok {
			out[key] = resource.NewStringProperty("a2V5")
		}
		if key == "subscriptionId" {
			out[key] = resource.NewStringProperty("5b2f6a3e-9a4c-4d0e-8f6b-1c7d2e3f4a5b")
		}
	}
	return out, nil
}

// declaredBy runs the program for a definition, against mocks.
func declaredBy(t *testing.T, file string) declared {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	config, err := stacks.ReadConfig(filepath.Dir(file), func(key string) (string, bool) {
		if key == stacks.KeyDefinition {
			return string(data), true
		}
		return "", false
	})
	require.NoError(t, err)
	r := &recorder{}
	require.NoError(t, pulumi.RunErr(stacks.Program(config), pulumi.WithMocks("project", "stack", r)))
	return r.declared
}
