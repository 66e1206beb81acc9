package addons_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

const plantedSecret = "planted-secret"

func everything(login addons.AzureLogin) addons.Options {
	o := addons.AllOptions()
	o.Autoscaler = &addons.Autoscaler{
		Flags: map[string]string{"v": "2", "max-nodes-total": "9"},
		Sets:  []addons.ScaledSet{{Name: "demo-lin", Min: 1, Max: 5}}, Login: login,
	}
	o.ContainerMonitoring = &addons.ContainerMonitoring{
		ClusterName: "demo", WorkspaceID: pulumi.String("workspace"), WorkspaceKey: pulumi.String(plantedSecret),
	}
	o.ProblemMonitors = &apimodel.ProblemMonitors{SystemLog: []string{"/config/a.json", "/config/b.json"}}
	return o
}

func managed() addons.AzureLogin {
	return addons.AzureLogin{
		SubscriptionID: pulumi.String("sub"), TenantID: pulumi.String("tenant"), ResourceGroup: pulumi.String("group"),
		IdentityClientID: pulumi.String("identity"),
	}
}

// at walks into the values of a release.
func (r *recorder) at(name string, path ...string) resource.PropertyValue {
	value := r.inputs["addons-"+name]["values"]
	for _, key := range path {
		value = value.ObjectValue()[resource.PropertyKey(key)]
	}
	return value
}

// Whatever is optional waits for the network, and nothing that every cluster has
// waits for something optional.
func TestOptionsComeLast(t *testing.T) {
	t.Parallel()
	always := slices.Collect(maps.Keys(install(t, true).inputs))
	r := installWith(t, true, 1, everything(managed()))
	isOptional := func(urn string) bool {
		name := urn[strings.LastIndex(urn, "::")+2:]
		return !slices.Contains(always, name)
	}
	optional := 0
	for name, request := range r.requests {
		require.NotContains(t, request.GetDependencies(), "urn:pulumi:stack::project::"+addons.Token+"::addons", name)
		waitsForNetwork := slices.ContainsFunc(request.GetDependencies(), func(urn string) bool { return strings.HasSuffix(urn, "::addons-calico") })
		if slices.Contains(always, name) {
			require.False(t, slices.ContainsFunc(request.GetDependencies(), isOptional), name)
			continue
		}
		optional++
		require.True(t, waitsForNetwork, name)
	}
	require.Equal(t, 12, optional, "six releases, the three objects of the problem detector, two storage classes and the disk driver's settings")
	require.Empty(t, installWith(t, true, 1, addons.Options{}).inputs["addons"]["options"])
	require.Len(t, r.inputs["addons"]["options"].ArrayValue(), 7)
}

// Each release comes from where its publisher has it, at one version.
func TestChartsArePinned(t *testing.T) {
	t.Parallel()
	r := installWith(t, true, 1, everything(managed()))
	charts := 0
	for name, inputs := range r.inputs {
		if !inputs["chart"].IsString() {
			continue
		}
		charts++
		require.Regexp(t, `^v?\d+\.\d+\.\d+$`, inputs["version"].StringValue(), name)
		require.Regexp(t, `^https://`, inputs["repositoryOpts"].ObjectValue()["repo"].StringValue(), name)
	}
	require.Equal(t, 9, charts)
}

func TestLinuxProgramsStayOnLinux(t *testing.T) {
	t.Parallel()
	r := installWith(t, true, 1, everything(managed()))
	for _, path := range [][]string{
		{"metrics-server"}, {"kube-prometheus-stack", "prometheusOperator"}, {"kube-prometheus-stack", "grafana"},
		{"kube-prometheus-stack", "kube-state-metrics"}, {"kube-prometheus-stack", "prometheus", "prometheusSpec"},
		{"kube-prometheus-stack", "alertmanager", "alertmanagerSpec"}, {"kube-prometheus-stack", "prometheusOperator", "admissionWebhooks", "patch"},
	} {
		selector := r.at(path[0], append(slices.Clone(path[1:]), "nodeSelector")...)
		require.Equal(t, "linux", selector.ObjectValue()["kubernetes.io/os"].StringValue(), path)
	}
	pod := r.inputs["addons-node-problem-detector"]["spec"].ObjectValue()["template"].ObjectValue()["spec"].ObjectValue()
	require.Equal(t, "linux", pod["nodeSelector"].ObjectValue()["kubernetes.io/os"].StringValue())
	command := pod["containers"].ArrayValue()[0].ObjectValue()["command"].ArrayValue()
	require.Equal(t, "--config.system-log-monitor=/config/a.json,/config/b.json", command[len(command)-1].StringValue())
	require.Contains(t, r.at("kube-prometheus-stack", "windowsMonitoring", "enabled").String(), "true")
	require.True(t, r.at("azuredisk-csi-driver", "windows", "enabled").BoolValue())

	linux := installWith(t, false, 1, everything(managed()))
	require.False(t, linux.at("azuredisk-csi-driver", "windows", "enabled").BoolValue())
	require.False(t, linux.at("kube-prometheus-stack", "windowsMonitoring", "enabled").BoolValue())
}

// What needs azure.json or the cluster's identity runs where they are.
func TestWhatActsOnAzureRunsOnMasters(t *testing.T) {
	t.Parallel()
	for masters, want := range map[int]float64{1: 1, 3: 2, 5: 2} {
		r := installWith(t, true, masters, everything(managed()))
		for _, driver := range []string{"azuredisk-csi-driver", "azurefile-csi-driver"} {
			require.True(t, r.at(driver, "controller", "runOnControlPlane").BoolValue())
			require.InDelta(t, want, r.at(driver, "controller", "replicas").NumberValue(), 0)
		}
		require.Contains(t, r.at("cluster-autoscaler", "nodeSelector").ObjectValue(), resource.PropertyKey("node-role.kubernetes.io/control-plane"))
		require.InDelta(t, min(masters, 3), r.at("cloud-controller-manager", "cloudControllerManager", "replicas").NumberValue(), 0)
	}
}

func TestAutoscalerLogsInAsTheCloudProviderDoes(t *testing.T) {
	t.Parallel()
	r := installWith(t, true, 1, everything(managed()))
	require.True(t, r.at("cluster-autoscaler", "azureUseManagedIdentityExtension").BoolValue())
	require.Equal(t, "identity", r.at("cluster-autoscaler", "azureUserAssignedIdentityID").StringValue())
	flags := r.at("cluster-autoscaler", "extraArgs").ObjectValue()
	require.Equal(t, "2", flags["v"].StringValue(), "the definition wins over AKS Engine's default")
	require.Equal(t, "1m", flags["scan-interval"].StringValue())
	group := r.at("cluster-autoscaler", "autoscalingGroups").ArrayValue()[0].ObjectValue()
	require.Equal(t, "demo-lin", group["name"].StringValue())
	require.InDelta(t, 5, group["maxSize"].NumberValue(), 0)
	require.NotContains(t, r.inputs, "addons-cluster-autoscaler-azure")

	principal := managed()
	const loginSecret = "planted-login"
	principal.IdentityClientID, principal.ClientID, principal.ClientSecret = nil, pulumi.String("app"), pulumi.String(loginSecret)
	r = installWith(t, true, 1, everything(principal))
	require.NotContains(t, r.at("cluster-autoscaler").String(), loginSecret)
	require.Equal(t, "cluster-autoscaler-azure", r.at("cluster-autoscaler", "secretKeyRefNameOverride").StringValue())
	data := r.requests["addons-cluster-autoscaler-azure"].GetObject().GetFields()["stringData"]
	require.Contains(t, data.String(), loginSecret)
	require.Contains(t, data.String(), secretMark, "the map holds a Pulumi secret")
}

// secretMark is how a Pulumi secret is told from other values.
const secretMark = "4dabf18193072939515e22adb298388d"

func TestContainerMonitoring(t *testing.T) {
	t.Parallel()
	r := installWith(t, true, 1, everything(managed()))
	logs := r.at("container-monitoring", "amalogs")
	require.Equal(t, "workspace", logs.ObjectValue()["secret"].ObjectValue()["wsid"].StringValue())
	require.Equal(t, "demo", logs.ObjectValue()["env"].ObjectValue()["clusterName"].StringValue())
	require.False(t, logs.ObjectValue()["useAADAuth"].BoolValue(), "with it the chart leaves Windows out")
	request := r.requests["addons-container-monitoring"]
	require.Contains(t, request.GetObject().GetFields()["values"].String(), secretMark)
	require.Contains(t, request.GetAdditionalSecretOutputs(), "values")
	for name, other := range r.requests {
		require.Equal(t, name == "addons-container-monitoring", strings.Contains(other.GetObject().String(), plantedSecret), name)
	}
}

func TestArtifactsFollowTheOptions(t *testing.T) {
	t.Parallel()
	releases := apimodel.Releases()
	release := releases[len(releases)-1]
	few, all := addons.Artifacts(release, true, addons.Options{}), addons.Artifacts(release, true, addons.AllOptions())
	for _, r := range releases {
		for _, a := range addons.Artifacts(r, true, addons.AllOptions()) {
			require.NotRegexp(t, `:$`, a.URL, "an image of %s has no tag", a.Name)
		}
	}
	count := func(list []bootstrap.Artifact, kind bootstrap.ArtifactKind) (n int) {
		for _, a := range list {
			if a.Kind == kind {
				n++
			}
		}
		return n
	}
	require.Equal(t, 2, count(few, bootstrap.Chart))
	require.Equal(t, 8, count(all, bootstrap.Chart))
	for _, a := range addons.Artifacts(release, false, addons.AllOptions()) {
		require.NotEqual(t, apimodel.Windows, a.OS, a.URL)
	}
}
