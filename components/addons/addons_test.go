package addons_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// recorder keeps the inputs and the request of each resource by its logical name.
type recorder struct {
	mu       sync.Mutex
	inputs   map[string]resource.PropertyMap
	requests map[string]*pulumirpc.RegisterResourceRequest
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inputs[args.Name], r.requests[args.Name] = args.Inputs, args.RegisterRPC
	return args.Name + "-id", args.Inputs, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return args.Args, nil
}

func install(t *testing.T, windows bool) *recorder {
	t.Helper()
	return installWith(t, windows, 1, addons.Options{})
}

func installWith(t *testing.T, windows bool, masters int, options addons.Options) *recorder {
	t.Helper()
	releases := apimodel.Releases()
	return installArgs(t, addons.Args{
		ClusterName: "demo", Release: releases[len(releases)-1],
		PodCIDR: "192.168.0.0/16", ServiceCIDR: "10.0.0.0/16", EndpointPort: 6443, Location: "westeurope",
		Masters: masters, LinuxWorkers: true, Windows: windows, Options: options,
	})
}

func installArgs(t *testing.T, args addons.Args) *recorder {
	t.Helper()
	r := &recorder{inputs: map[string]resource.PropertyMap{}, requests: map[string]*pulumirpc.RegisterResourceRequest{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		provider, err := kubernetes.NewProvider(ctx, "provider", &kubernetes.ProviderArgs{})
		if err != nil {
			return err
		}
		args.Endpoint, args.Provider, args.Lifetime = pulumi.String("10.255.255.5"), provider, provider
		_, err = addons.New(ctx, "addons", args)
		return err
	}, pulumi.WithMocks("project", "stack", r))
	require.NoError(t, err)
	return r
}

// The controller manager tolerates no node without a network, so a network that
// waited for it would wait for ever.
func TestNetworkNeverWaitsForTheControllerManager(t *testing.T) {
	t.Parallel()
	r := install(t, true)
	dependsOn := func(name, other string) bool {
		urn := resource.URN("urn:pulumi:stack::project::" + addons.Token + "$kubernetes:helm.sh/v3:Release::addons-" + other)
		return slices.Contains(r.requests["addons-"+name].GetDependencies(), string(urn))
	}
	require.True(t, dependsOn("cloud-controller-manager", "calico"))
	require.True(t, dependsOn("cloud-controller-manager", "cloud-node-manager"))
	require.False(t, dependsOn("calico", "cloud-controller-manager"))
	require.False(t, dependsOn("cloud-node-manager", "cloud-controller-manager"))
}

func TestTheTwoHalvesOfTheCloudProviderDoNotOverlap(t *testing.T) {
	t.Parallel()
	r := install(t, true)
	enabled := func(release, part string) bool {
		values := r.inputs["addons-"+release]["values"].ObjectValue()
		return values[resource.PropertyKey(part)].ObjectValue()["enabled"].BoolValue()
	}
	require.True(t, enabled("cloud-node-manager", "cloudNodeManager"))
	require.False(t, enabled("cloud-node-manager", "cloudControllerManager"))
	require.False(t, enabled("cloud-controller-manager", "cloudNodeManager"))
	require.True(t, enabled("cloud-controller-manager", "cloudControllerManager"))
}

func TestCalicoIsSetUpForBothKindsOfNode(t *testing.T) {
	t.Parallel()
	r := install(t, true)
	values := r.inputs["addons-calico"]["values"].ObjectValue()
	installation := values["installation"].ObjectValue()
	network := installation["calicoNetwork"].ObjectValue()
	require.Equal(t, "HNS", network["windowsDataplane"].StringValue())
	require.Equal(t, "VXLAN", network["ipPools"].ArrayValue()[0].ObjectValue()["encapsulation"].StringValue())
	require.Equal(t, "10.0.0.0/16", installation["serviceCIDRs"].ArrayValue()[0].StringValue())
	require.Equal(t, "10.255.255.5", values["kubernetesServiceEndpoint"].ObjectValue()["host"].StringValue())
	require.True(t, values["apiServer"].ObjectValue()["enabled"].BoolValue(), "without it the operator renders nothing for Windows")
}

func TestLinuxClusterHasNothingOfWindows(t *testing.T) {
	t.Parallel()
	r := install(t, false)
	for name := range r.inputs {
		require.NotContains(t, name, "windows")
		require.NotContains(t, name, "azure-services")
	}
	values := r.inputs["addons-calico"]["values"].ObjectValue()
	require.False(t, values["apiServer"].ObjectValue()["enabled"].BoolValue())
	installation := values["installation"].ObjectValue()
	require.NotContains(t, installation, resource.PropertyKey("windowsNodes"))
	require.NotContains(t, installation["calicoNetwork"].ObjectValue(), resource.PropertyKey("windowsDataplane"))
}
