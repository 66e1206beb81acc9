package addons_test

import (
	"encoding/json"
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
	r := &recorder{inputs: map[string]resource.PropertyMap{}, requests: map[string]*pulumirpc.RegisterResourceRequest{}}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		provider, err := kubernetes.NewProvider(ctx, "provider", &kubernetes.ProviderArgs{})
		if err != nil {
			return err
		}
		releases := apimodel.Releases()
		_, err = addons.New(ctx, "addons", addons.Args{
			ClusterName: "demo", Release: releases[len(releases)-1],
			PodCIDR: "192.168.0.0/16", ServiceCIDR: "10.0.0.0/16",
			Endpoint: pulumi.String("10.255.255.5"), EndpointPort: 6443,
			Masters: masters, LinuxWorkers: true, Windows: windows, Options: options, Provider: provider, Lifetime: provider,
		})
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
	ipam := r.inputs["addons-calico-ipam"]["spec"].ObjectValue()
	require.True(t, ipam["strictAffinity"].BoolValue())

	var rules struct {
		Rules []struct {
			Rule struct{ RemoteAddresses, Action string }
		}
	}
	data := r.inputs["addons-calico-static-rules"]["data"].ObjectValue()["static-rules.json"].StringValue()
	require.NoError(t, json.Unmarshal([]byte(data), &rules))
	require.Equal(t, "168.63.129.16/32", rules.Rules[0].Rule.RemoteAddresses)
	require.Equal(t, "Block", rules.Rules[0].Rule.Action)
}

func TestLinuxClusterHasNothingOfWindows(t *testing.T) {
	t.Parallel()
	r := install(t, false)
	for _, name := range []string{
		"addons-kube-proxy-windows", "addons-calico-ipam", "addons-calico-system", "addons-calico-static-rules",
	} {
		require.NotContains(t, r.inputs, name)
	}
	network := r.inputs["addons-calico"]["values"].ObjectValue()["installation"].ObjectValue()["calicoNetwork"].ObjectValue()
	require.NotContains(t, network, resource.PropertyKey("windowsDataplane"))
}
