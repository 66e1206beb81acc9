package workload_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/workload"
)

// recorder keeps what is declared, and gives Services an address.
type recorder struct {
	mu       sync.Mutex
	inputs   map[string]resource.PropertyMap
	requests map[string]*pulumirpc.RegisterResourceRequest
}

func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inputs[args.Name], r.requests[args.Name] = args.Inputs, args.RegisterRPC
	outputs := args.Inputs.Copy()
	if args.TypeToken == "kubernetes:core/v1:Service" {
		outputs["status"] = resource.NewPropertyValue(map[string]any{
			"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "203.0.113.9"}}},
		})
	}
	return args.Name + "-id", outputs, nil
}

func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return args.Args, nil
}

// spec walks into the specification of an object.
func (r *recorder) spec(name string, path ...string) resource.PropertyValue {
	value := r.inputs["example-"+name]["spec"]
	for _, key := range path {
		value = value.ObjectValue()[resource.PropertyKey(key)]
	}
	return value
}

func declare(t *testing.T, settings workload.Settings) (*recorder, string, error) {
	t.Helper()
	r := &recorder{inputs: map[string]resource.PropertyMap{}, requests: map[string]*pulumirpc.RegisterResourceRequest{}}
	var mu sync.Mutex
	url := ""
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		provider, err := kubernetes.NewProvider(ctx, "provider", &kubernetes.ProviderArgs{})
		if err != nil {
			return err
		}
		w, err := workload.New(ctx, "example", workload.Args{
			Settings: settings, WindowsReleases: []string{"2019", "2022"}, Taints: []string{"os=windows:NoSchedule"}, Provider: provider, Lifetime: provider,
		})
		if err != nil {
			return err
		}
		w.URL.ApplyT(func(found string) string {
			mu.Lock()
			defer mu.Unlock()
			url = found
			return found
		})
		return nil
	}, pulumi.WithMocks("project", "stack", r))
	mu.Lock()
	defer mu.Unlock()
	return r, url, err
}

// Without settings it is the tutorial's workload, with what keeps it up.
func TestTheSample(t *testing.T) {
	t.Parallel()
	r, url, err := declare(t, workload.Settings{})
	require.NoError(t, err)
	require.Equal(t, "http://203.0.113.9", url)
	require.InDelta(t, 3, r.spec("deployment", "replicas").NumberValue(), 0)
	rolling := r.spec("deployment", "strategy", "rollingUpdate").ObjectValue()
	require.Equal(t, []float64{1, 0}, []float64{rolling["maxSurge"].NumberValue(), rolling["maxUnavailable"].NumberValue()})
	pod := r.spec("deployment", "template", "spec").ObjectValue()
	require.Equal(t, "windows", pod["nodeSelector"].ObjectValue()["kubernetes.io/os"].StringValue())
	require.True(t, pod["affinity"].IsObject(), "no image of today runs on 2019")
	spread := pod["topologySpreadConstraints"].ArrayValue()[0].ObjectValue()
	require.Equal(t, "kubernetes.io/hostname", spread["topologyKey"].StringValue())
	require.Equal(t, "ScheduleAnyway", spread["whenUnsatisfiable"].StringValue())
	container := pod["containers"].ArrayValue()[0].ObjectValue()
	for _, probe := range []resource.PropertyKey{"startupProbe", "readinessProbe", "livenessProbe"} {
		require.InDelta(t, 8080, container[probe].ObjectValue()["httpGet"].ObjectValue()["port"].NumberValue(), 0, probe)
	}
	resources := container["resources"].ObjectValue()
	require.Equal(t, "100m", resources["requests"].ObjectValue()["cpu"].StringValue())
	require.Equal(t, "800M", resources["limits"].ObjectValue()["memory"].StringValue())
	require.InDelta(t, 1, r.spec("budget", "maxUnavailable").NumberValue(), 0)
	port := r.spec("service", "ports").ArrayValue()[0].ObjectValue()
	require.Equal(t, []float64{80, 8080}, []float64{port["port"].NumberValue(), port["targetPort"].NumberValue()})
	require.NotContains(t, r.spec("service").ObjectValue(), resource.PropertyKey("loadBalancerSourceRanges"))
	require.NotContains(t, r.inputs["example-service"]["metadata"].ObjectValue(), resource.PropertyKey("annotations"))
	require.NotContains(t, r.inputs, "example-autoscaler")
	require.Empty(t, r.requests["example-deployment"].GetIgnoreChanges())
}

func TestSettingsReachTheObjects(t *testing.T) {
	t.Parallel()
	r, _, err := declare(t, workload.Settings{
		Image: "registry.example.com/web:1", Port: 5000, Replicas: 2, Autoscaling: &workload.Autoscaling{MaxReplicas: 6},
		Requests: workload.Resources{CPU: "500m"}, Limits: workload.Resources{Memory: "2Gi"},
		NodeSelector: map[string]string{"agentpool": "win"}, Internal: true, SourceCIDRs: []string{"10.0.0.0/8"},
	})
	require.NoError(t, err)
	pod := r.spec("deployment", "template", "spec").ObjectValue()
	require.Equal(t, resource.NewPropertyMapFromMap(map[string]any{"kubernetes.io/os": "windows", "agentpool": "win"}), pod["nodeSelector"].ObjectValue())
	require.NotContains(t, pod, resource.PropertyKey("affinity"))
	container := pod["containers"].ArrayValue()[0].ObjectValue()
	require.Equal(t, "registry.example.com/web:1", container["image"].StringValue())
	require.Equal(t, resource.NewPropertyMapFromMap(map[string]any{"cpu": "500m", "memory": "300M"}), container["resources"].ObjectValue()["requests"].ObjectValue())
	scaler := r.spec("autoscaler").ObjectValue()
	require.Equal(t, []float64{2, 6}, []float64{scaler["minReplicas"].NumberValue(), scaler["maxReplicas"].NumberValue()})
	target := scaler["metrics"].ArrayValue()[0].ObjectValue()["resource"].ObjectValue()["target"].ObjectValue()
	require.InDelta(t, 70, target["averageUtilization"].NumberValue(), 0)
	require.Equal(t, []string{"spec.replicas"}, r.requests["example-deployment"].GetIgnoreChanges(), "the autoscaler's number stays")
	annotations := r.inputs["example-service"]["metadata"].ObjectValue()["annotations"].ObjectValue()
	require.Equal(t, "true", annotations["service.beta.kubernetes.io/azure-load-balancer-internal"].StringValue())
	require.Equal(t, "10.0.0.0/8", r.spec("service", "loadBalancerSourceRanges").ArrayValue()[0].StringValue())
}

const login = `{"auths":{"registry.example.com":{"auth":"dTpwbGFudGVk"}}}`

// The first pull must find the login, and a new one must not touch the pods.
func TestThePodsPullWithTheLogin(t *testing.T) {
	t.Parallel()
	r, _, err := declare(t, workload.Settings{Image: "registry.example.com/web:1", PullSecret: login})
	require.NoError(t, err)
	secret := r.inputs["example-pull"]
	require.Equal(t, "kubernetes.io/dockerconfigjson", secret["type"].StringValue())
	name := secret["metadata"].ObjectValue()["name"].StringValue()
	pull := r.spec("deployment", "template", "spec", "imagePullSecrets").ArrayValue()
	require.Len(t, pull, 1)
	require.Equal(t, name, pull[0].ObjectValue()["name"].StringValue())
	require.Contains(t, strings.Join(r.requests["example-deployment"].GetDependencies(), " "), "::example-pull")
	data := r.requests["example-pull"].GetObject().GetFields()["data"].GetStructValue().GetFields()
	require.Equal(t, resource.SecretSig, data[resource.SigKey].GetStringValue())

	r, _, err = declare(t, workload.Settings{})
	require.NoError(t, err)
	require.NotContains(t, r.inputs, "example-pull")
	require.NotContains(t, r.spec("deployment", "template", "spec").ObjectValue(), resource.PropertyKey("imagePullSecrets"))
}

func TestNothingIsDeclaredWithAFault(t *testing.T) {
	t.Parallel()
	r, _, err := declare(t, workload.Settings{Port: -1})
	require.ErrorContains(t, err, "-1 is no port")
	require.Len(t, r.inputs, 1, "the provider alone")
}
