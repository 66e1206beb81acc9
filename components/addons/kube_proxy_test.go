package addons_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/addons"
	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Docker Hub counts what the cluster's one address pulls, and an image's tag may come
// later than the release: the program is the one that the bootstrap fetched.
func TestKubeProxyOnWindowsIsOfTheNodesRelease(t *testing.T) {
	t.Parallel()
	pod := install(t, true).inputs["addons-kube-proxy-windows"]["spec"].ObjectValue()["template"].ObjectValue()["spec"].ObjectValue()
	container := pod["containers"].ArrayValue()[0].ObjectValue()
	require.True(t, strings.HasPrefix(container["image"].StringValue(), "mcr.microsoft.com/"))
	for _, a := range addons.Artifacts(apimodel.Releases()[0], true, addons.Options{}) {
		require.NotContains(t, a.URL, "docker.io")
	}
	script := kubeProxyScript(t)
	require.Contains(t, script, `'C:\k\kube-proxy.exe'`)
	require.NotContains(t, script, "feature-gates", "those that it needs are on, and unknown ones end it once they are gone")
}

// A pod that waits for Calico without a word looks as well as one that works.
func TestKubeProxyOnWindowsTellsThatItWaits(t *testing.T) {
	t.Parallel()
	pod := install(t, true).inputs["addons-kube-proxy-windows"]["spec"].ObjectValue()["template"].ObjectValue()["spec"].ObjectValue()
	probe := pod["containers"].ArrayValue()[0].ObjectValue()["readinessProbe"].ObjectValue()["httpGet"].ObjectValue()
	require.InDelta(t, 10256, probe["port"].NumberValue(), 0)
	require.Equal(t, "/healthz", probe["path"].StringValue())
	require.Contains(t, kubeProxyScript(t), "$seconds % 60 -eq 0")
}

// A script that changes must reach the pods, which a volume alone does not bring about.
func TestPodsChangeWithTheScriptOfKubeProxy(t *testing.T) {
	t.Parallel()
	r := install(t, true)
	name := r.inputs["addons-kube-proxy-windows-script"]["metadata"].ObjectValue()["name"].StringValue()
	require.Regexp(t, "^kube-proxy-windows-[0-9a-f]{8}$", name)
	pod := r.inputs["addons-kube-proxy-windows"]["spec"].ObjectValue()["template"].ObjectValue()["spec"].ObjectValue()
	var mounted []string
	for _, v := range pod["volumes"].ArrayValue() {
		mounted = append(mounted, v.ObjectValue()["configMap"].ObjectValue()["name"].StringValue())
	}
	require.Contains(t, mounted, name)
}

// What the script must do on a node was learnt from scripts that failed there.
func TestKubeProxyScriptOnANode(t *testing.T) {
	t.Parallel()
	script := kubeProxyScript(t)
	for want, why := range map[string]string{
		"--hostname-override=$env:NODENAME":    "the machine's name may differ from the Node's in case",
		"$env:KUBE_NETWORK = $NetworkName":     "kube-proxy takes the network's name from there, and Calico's is a pattern",
		"Select-Object -First 1":               "left-over endpoints of the same name would make an address that is none",
		"'DELETE' \"/policylists/":             "rules of an earlier kube-proxy would stay, and such without ports end the new one",
		"--enable-dsr=true":                    "without it Services on an overlay answer from the wrong address",
		"$env:CONTAINER_SANDBOX_MOUNT_POINT\"": "volumes are elsewhere where Windows cannot bind",
	} {
		require.Contains(t, script, want, why)
	}
	require.NotContains(t, script, "Invoke-Expression", "an argument with a space would be two")
}

func kubeProxyScript(t *testing.T) string {
	t.Helper()
	data := install(t, true).inputs["addons-kube-proxy-windows-script"]["data"].ObjectValue()
	return data[resource.PropertyKey("kube-proxy.ps1")].StringValue()
}
