package pullsecrets_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/pullsecrets"
)

// recorder keeps what is declared.
type recorder struct {
	mu       sync.Mutex
	requests map[string]*pulumirpc.RegisterResourceRequest
	inputs   map[string]resource.PropertyMap
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests[args.Name], r.inputs[args.Name] = args.RegisterRPC, args.Inputs
	return args.Name + "-id", args.Inputs, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return args.Args, nil
}

func declare(t *testing.T, byNamespace map[string]string) (*recorder, error) {
	t.Helper()
	r := &recorder{requests: map[string]*pulumirpc.RegisterResourceRequest{}, inputs: map[string]resource.PropertyMap{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		provider, err := kubernetes.NewProvider(ctx, "provider", &kubernetes.ProviderArgs{})
		if err != nil {
			return err
		}
		_, err = pullsecrets.New(ctx, "pull", pullsecrets.Args{ByNamespace: byNamespace, Provider: provider, Lifetime: provider})
		return err
	}, pulumi.WithMocks("project", "stack", r))
	return r, err
}

const login = `{"auths":{"r.example.com":{"auth":"dTpwbGFudGVk"}}}`

// Namespace and ServiceAccount are others': who declares them fails on what is there, or
// deletes it one day.
func TestNamespacesGetLoginsAndStayOthers(t *testing.T) {
	t.Parallel()
	r, err := declare(t, map[string]string{"team": login, "default": login})
	require.NoError(t, err)
	for _, namespace := range []string{"team", "default"} {
		name := "pull-" + namespace
		require.Equal(t, "kubernetes:core/v1:NamespacePatch", r.requests[name+"-namespace"].GetType())
		require.Equal(t, "kubernetes:core/v1:ServiceAccountPatch", r.requests[name+"-account"].GetType())
		account, secret := r.inputs[name+"-account"], r.inputs[name+"-secret"]
		about := account["metadata"].ObjectValue()
		require.Equal(t, []string{namespace, "default"}, []string{about["namespace"].StringValue(), about["name"].StringValue()})
		require.Equal(t, "hybridcluster-pull", account["imagePullSecrets"].ArrayValue()[0].ObjectValue()["name"].StringValue())
		require.Equal(t, "kubernetes.io/dockerconfigjson", secret["type"].StringValue())
		require.Equal(t, namespace, secret["metadata"].ObjectValue()["namespace"].StringValue())
		require.Contains(t, dependencies(r, name+"-account"), name+"-secret", "pods may come at once")
		require.Contains(t, dependencies(r, name+"-secret"), name+"-namespace")
	}
}

func dependencies(r *recorder, name string) []string {
	var names []string
	for _, urn := range r.requests[name].GetDependencies() {
		names = append(names, resource.URN(urn).Name())
	}
	slices.Sort(names)
	return names
}

// The login is a secret before anything has been asked of the cluster.
func TestTheLoginIsASecretFromTheBeginning(t *testing.T) {
	t.Parallel()
	r, err := declare(t, map[string]string{"team": login})
	require.NoError(t, err)
	data := r.requests["pull-team-secret"].GetObject().GetFields()["data"].GetStructValue().GetFields()
	require.Equal(t, resource.SecretSig, data[resource.SigKey].GetStringValue())
	require.Subset(t, r.requests["pull-team-secret"].GetAdditionalSecretOutputs(), []string{"data", "stringData"})
}

func TestNothingIsDeclaredWithAFault(t *testing.T) {
	t.Parallel()
	r, err := declare(t, map[string]string{"team": "planted"})
	require.ErrorContains(t, err, "pull secrets team")
	require.NotContains(t, err.Error(), "planted")
	require.Len(t, r.requests, 1, "the provider alone")
}
