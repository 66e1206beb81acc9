package apimodel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// generated is a definition as AKS Engine writes it back: what follows a comma on
// a line of its own is what it fills in. Of its certificates only the keys matter.
const generated = `{
  "apiVersion": "vlabs", "location": "westeurope", "properties": {
    "orchestratorProfile": {"orchestratorType": "Kubernetes", "orchestratorRelease": "1.36"
      , "kubernetesConfig": {
        "clusterSubnet": "10.240.0.0/12", "networkPlugin": "azure", "outboundRuleIdleTimeoutInMinutes": 30,
        "addons": [
          {"name": "metrics-server", "enabled": true},
          {"name": "pod-security-policy", "enabled": true},
          {"name": "audit-policy", "enabled": true},
          {"name": "kubernetes-dashboard", "enabled": true},
          {"name": "tiller", "enabled": false}
        ],
        "components": [
          {"name": "kube-apiserver", "enabled": true},
          {"name": "cloud-controller-manager", "enabled": false},
          {"name": "azure-kms-provider", "enabled": false}
        ],
        "controllerManagerConfig": {"--cluster-cidr": "10.240.0.0/12", "--feature-gates": "Accelerators=true,GracefulNodeShutdown=true"},
        "apiServerConfig": {
          "--anonymous-auth": "false", "--advertise-address": "<kubernetesAPIServerIP>", "--audit-policy-file": "/etc/kubernetes/manifests/audit-policy.yaml",
          "--enable-admission-plugins": "NamespaceLifecycle,ResourceQuota,PodSecurityPolicy,DenyEscalatingExec"
        }
      }
    },
    "masterProfile": {"count": 1, "dnsPrefix": "demo", "vmSize": "Standard_D2s_v3"
      , "kubernetesConfig": {"kubeletConfig": {"--register-with-taints": "node-role.kubernetes.io/master=true:NoSchedule"}}
    },
    "agentPoolProfiles": [{"name": "win", "count": 1, "vmSize": "Standard_D2s_v3", "osType": "Windows"
      , "dataDiskCachingType": "ReadOnly"
      , "kubernetesConfig": {"kubeletConfig": {
        "--client-ca-file": "c:\\k\\ca.crt", "--kubeconfig": "c:\\k\\config", "--pod-manifest-path": "",
        "--eviction-hard": "\"\"\"\"", "--enforce-node-allocatable": "\"\"\"\""
      }}
    }],
    "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "replacepassword1234$"}
    , "certificateProfile": {
      "caCertificate": "a", "caPrivateKey": "a", "apiServerCertificate": "a", "apiServerPrivateKey": "a",
      "clientCertificate": "a", "clientPrivateKey": "a", "kubeConfigCertificate": "a", "kubeConfigPrivateKey": "a",
      "etcdServerCertificate": "a", "etcdServerPrivateKey": "a", "etcdClientCertificate": "a", "etcdClientPrivateKey": "a",
      "etcdPeerCertificates": ["a"], "etcdPeerPrivateKeys": ["a"]
    }
  }
}`

func loadedGenerated(t *testing.T, text string) (*apimodel.Definition, apimodel.Report) {
	t.Helper()
	d, err := apimodel.Load(apimodel.Source{Name: "apimodel.json", Data: []byte(text)})
	if err != nil {
		var faults apimodel.Faults
		require.ErrorAs(t, err, &faults)
		return nil, apimodel.Report{Faults: faults}
	}
	d.Default()
	return d, d.Validate(apimodel.Given{})
}

func TestWhatAKSEngineFillsInAsksForNothing(t *testing.T) {
	t.Parallel()
	d, report := loadedGenerated(t, generated)
	require.Empty(t, report.Faults)
	said := report.Substitutions.Error()
	for _, what := range []string{
		"properties.certificateProfile: has no effect: AKS Engine filled it in",
		`addons[1].enabled: "pod-security-policy", which AKS Engine switched on by itself, is not installed`,
		`addons[2].enabled: "audit-policy", which AKS Engine switched on by itself, is not installed`,
		`["--register-with-taints"]: has no effect on the masters`,
		`["--client-ca-file"]: --client-ca-file has no effect`,
		`["--anonymous-auth"]: --anonymous-auth=false, which AKS Engine wrote by itself, is left out`,
		`["--enable-admission-plugins"]: admission plugins that AKS Engine wrote by itself and that Kubernetes of today does not have are left out: PodSecurityPolicy, DenyEscalatingExec`,
		`["--feature-gates"]: feature gates that AKS Engine wrote by itself and that Kubernetes of today does not have are left out: Accelerators=true`,
		`addons[3].enabled: "kubernetes-dashboard", which AKS Engine switched on by itself, is not installed`,
	} {
		require.Contains(t, said, what)
	}
	flags := d.KubeletFlags(d.Properties.AgentPoolProfiles[0])
	require.Equal(t, "", flags["eviction-hard"])
	require.NotContains(t, flags, "kubeconfig")
	require.Equal(t, map[string]string{"enable-admission-plugins": "NamespaceLifecycle,ResourceQuota,NodeRestriction"}, d.APIServerFlags())
	require.Equal(t, map[string]string{"feature-gates": "GracefulNodeShutdown=true"}, d.ControllerManagerFlags())
	requireSame(t, d, again(t, d))
	require.Empty(t, again(t, d).Validate(apimodel.Given{}).Faults)
}

// Without the whole set of certificates somebody has written the definition, and
// means it.
func TestWhatSomebodyWroteIsMeant(t *testing.T) {
	t.Parallel()
	without := func(texts ...string) string {
		text := generated
		for _, part := range texts {
			require.Contains(t, text, part)
			text = strings.Replace(text, part, "", 1)
		}
		return text
	}
	_, report := loadedGenerated(t, without(`"etcdPeerCertificates": ["a"], `))
	requireFault(t, report.Faults, "properties.certificateProfile", "is not supported: the cluster's certificates are made by the program", "")

	const certificates = `"caCertificate": "a", "caPrivateKey": "a", "apiServerCertificate": "a", "apiServerPrivateKey": "a",
      "clientCertificate": "a", "clientPrivateKey": "a", "kubeConfigCertificate": "a", "kubeConfigPrivateKey": "a",
      "etcdServerCertificate": "a", "etcdServerPrivateKey": "a", "etcdClientCertificate": "a", "etcdClientPrivateKey": "a",
      "etcdPeerCertificates": ["a"], "etcdPeerPrivateKeys": ["a"]`
	_, report = loadedGenerated(t, without(certificates))
	const config = "properties.orchestratorProfile.kubernetesConfig."
	requireFault(t, report.Faults, config+"addons[1].name", "is not supported: pod security policies left Kubernetes", "")
	requireFault(t, report.Faults, config+"addons[2].name", "is not supported yet", "")
	requireFault(t, report.Faults, config+"addons[3].name", "is not supported", "")
	requireFault(t, report.Faults, config+`apiServerConfig["--anonymous-auth"]`, "nothing would come up")
	requireFault(t, report.Faults, config+`apiServerConfig["--enable-admission-plugins"]`, "PodSecurityPolicy", "DenyEscalatingExec")
	requireFault(t, report.Faults, config+`controllerManagerConfig["--cluster-cidr"]`, "cannot be set", "")
	requireFault(t, report.Faults, "properties.agentPoolProfiles[0].dataDiskCachingType", "has no data disks", "")
}
