package e2e

import (
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/charts"
	"github.com/hybridcluster/hybridcluster/stacks"
)

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
	return declaredOf(t, string(data), filepath.Dir(file))
}

// declaredOf runs it for a definition's text.
func declaredOf(t *testing.T, definition, dir string) declared {
	t.Helper()
	r := &recorder{}
	require.NoError(t, pulumi.RunErr(stacks.Program(configOf(t, definition, dir)), pulumi.WithMocks("project", "stack", r)))
	return r.declared
}

// configOf is the program's configuration for a definition alone.
func configOf(t *testing.T, definition, dir string) stacks.Config {
	t.Helper()
	config, err := stacks.ReadConfig(dir, func(key string) (string, bool) {
		if key == stacks.KeyDefinition {
			return definition, true
		}
		return "", false
	})
	require.NoError(t, err)
	return config
}

// rendered is what the emulator makes of a release.
func rendered(t *testing.T, release map[string]any) charts.Rendered {
	t.Helper()
	data, err := json.Marshal(release)
	require.NoError(t, err)
	var r struct {
		Chart, Version, Name, Namespace string
		RepositoryOpts                  struct{ Repo string }
		Values                          map[string]any
	}
	require.NoError(t, json.Unmarshal(data, &r))
	out, err := charts.Render(charts.Release{
		Chart: r.Chart, Version: r.Version, Repo: r.RepositoryOpts.Repo, Name: r.Name, Namespace: r.Namespace,
		Values: r.Values, KubeVersion: "v1.36.5",
	})
	require.NoError(t, err)
	return out
}
