package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Keys of AKS Engine's that have no field are looked at, and then one thing is
// said of them.
func TestRetiredKeys(t *testing.T) {
	t.Parallel()
	const config, k = `"orchestratorProfile": {"orchestratorRelease": "1.36"`, `"orchestratorProfile": {"orchestratorRelease": "1.36", "kubernetesConfig": `
	for name, test := range map[string]struct {
		replacement, path, want string
		as                      kind
	}{
		"a network plugin":        {k + `{"networkPlugin": "azure"}`, inConfig + "networkPlugin", "Calico's VXLAN overlay is used", aNote},
		"in any case":             {k + `{"NETWORKplugin": "Kubenet"}`, inConfig + "networkPlugin", "Calico's VXLAN overlay is used", aNote},
		"a plugin that is none":   {k + `{"networkPlugin": "azur"}`, inConfig + "networkPlugin", `"azur" is no value that AKS Engine took. Did you mean "azure"?`, aFault},
		"a number for text":       {k + `{"enableRbac": "true"}`, inConfig + "enableRbac", "must be true or false, is text", aFault},
		"what is refused":         {k + `{"enableRbac": false}`, inConfig + "enableRbac", "is not supported: the API server always authorizes with RBAC. Remove it.", aFault},
		"containers of an add-on": {k + `{"addons": [{"name": "coredns", "containers": [{"name": "a", "image": "b"}, {"name": "c"}]}]}`, inConfig + "addons[0].containers", "has no effect: add-ons run with images", aNote},
		"an unknown key of one":   {k + `{"addons": [{"name": "coredns", "containers": [{"nam": "a"}]}]}`, inConfig + "addons[0].containers[0].nam", `unknown key "nam". Did you mean "name"?`, aFault},
		"a list that is none":     {k + `{"addons": [{"name": "coredns", "containers": {}}]}`, inConfig + "addons[0].containers", "must be a list, is an object", aFault},
		"a component":             {k + `{"components": [{"name": "kube-scheduler", "enabled": false}]}`, inConfig + "components[0].enabled", "is not supported: each part of the control plane is needed", aFault},
		"isolation":               {`"windowsProfile": {"windowsRuntimes": {"hypervRuntimes": [{"buildNumber": "17763"}, {"buildNumber": "18362"}]}}, ` + config, inProfile + "windowsRuntimes.hypervRuntimes", "is not supported: Hyper-V isolation is not set up", aFault},
		"Active Directory":        {`"aadProfile": {"serverAppID": "a", "clientAppID": "b"}, ` + config, "properties.aadProfile", "left Kubernetes with release 1.26", aFault},
		"Azure Stack":             {`"customCloudProfile": {"portalURL": "https://portal.local.azurestack.external"}, ` + config, "properties.customCloudProfile", "is not supported: Azure Stack", aFault},
		"Azure Stack with blanks": {`"customCloudProfile": {"portalURL": "", "identitySystem": ""}, ` + config, "properties.customCloudProfile", "is not supported: Azure Stack", aFault},
		"flags":                   {`"featureFlags": {"enableIPv6DualStack": true}, ` + config, "properties.featureFlags.enableIPv6DualStack", "have IPv4 addresses only", aFault},
		"a setting of one pool":   {k + `{"addons": [{"name": "coredns", "pools": [{"name": "p", "config": {"a": "b"}}]}]}`, inConfig + "addons[0].pools", `settings of "coredns" have no effect`, aNote},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := with()
			s.Data = replace(config, test.replacement)
			report := reportOf(t, s)
			findings := report.Faults
			if test.as == aNote {
				require.Empty(t, report.Faults)
				findings = report.Substitutions
			}
			require.Len(t, findings, 1, findings.Error())
			requireFault(t, findings, test.path, test.want)
		})
	}
}

func TestRetiredKeysThatAskForNothingAreSilent(t *testing.T) {
	t.Parallel()
	const config = `"orchestratorProfile": {"orchestratorRelease": "1.36"`
	s := with()
	s.Data = replace(config, `"provisioningState": "", "aadProfile": {}, "certificateProfile": {"etcdPeerCertificates": []}, "customCloudProfile": null,
		"featureFlags": {"enableWinDSR": true, "enableTelemetry": false}, "telemetryProfile": null, `+config+`, "kubernetesConfig": {
		"networkPolicy": "Calico", "containerRuntime": "containerd", "enableRbac": true, "components": [{"name": "kube-scheduler", "enabled": true}], "keyVaultSku": ""}`)
	report := reportOf(t, s)
	require.Empty(t, report.Faults)
	require.Empty(t, report.Substitutions)
	require.Empty(t, report.Warnings)
}
