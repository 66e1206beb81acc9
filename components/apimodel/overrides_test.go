package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

const blanks = `{
  "apiVersion": "vlabs",
  "properties": {
    "orchestratorProfile": {"orchestratorRelease": "1.16"},
    "masterProfile": {"count": 1, "dnsPrefix": "<use your unique DNS prefix>", "vmSize": "Standard_D2_v3"},
    "agentPoolProfiles": [
      {"name": "lin", "count": 2, "vmSize": "Standard_D2_v3"},
      {"name": "win", "count": 2, "vmSize": "Standard_D2_v3", "osType": "Windows"}
    ],
    "linuxProfile": {"ssh": {"publicKeys": [{"keyData": "<use your SSH public key>"}, {"keyData": "<another>"}]}},
    "windowsProfile": {"adminUsername": "azureuser", "adminPassword": "<use your password>"},
    "servicePrincipalProfile": {"clientId": "<use your appId>", "secret": "<use your password>"}
  }
}`

func allOverrides(t *testing.T) apimodel.Overrides {
	return apimodel.Overrides{
		Location: "westeurope", DNSPrefix: "demo", KubernetesRelease: "1.36",
		SSHPublicKey: ed25519Key(t), WindowsAdminPassword: "Corr3ct-Horse-Battery",
		ClientID: "6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10", ClientSecret: "planted",
	}
}

func TestOverridesFillEveryBlank(t *testing.T) {
	t.Parallel()
	o := allOverrides(t)
	d := loaded(t, apimodel.Source{Name: "a.json", Data: []byte(blanks), Overrides: o})
	report := d.Validate(apimodel.Given{})
	require.NoError(t, report.Err())
	p := d.Properties
	require.Equal(t, "westeurope", d.Location)
	require.Equal(t, "demo", p.MasterProfile.DNSPrefix)
	require.Equal(t, "1.36", p.OrchestratorProfile.OrchestratorRelease)
	require.Equal(t, []apimodel.PublicKey{{KeyData: o.SSHPublicKey}}, p.LinuxProfile.SSH.PublicKeys)
	require.Equal(t, o.WindowsAdminPassword, p.WindowsProfile.AdminPassword)
	require.Equal(t, apimodel.ServicePrincipalProfile{ClientID: o.ClientID, Secret: o.ClientSecret}, *p.ServicePrincipalProfile)
	require.False(t, *p.OrchestratorProfile.KubernetesConfig.UseManagedIdentity)
}

func TestOverridesMakeTheObjectsTheyNeed(t *testing.T) {
	t.Parallel()
	d, err := apimodel.Load(apimodel.Source{Name: "a.json", Data: []byte(`{"apiVersion": "vlabs"}`), Overrides: allOverrides(t)})
	require.NoError(t, err)
	p := d.Properties
	require.Equal(t, "demo", p.MasterProfile.DNSPrefix)
	require.NotNil(t, p.LinuxProfile)
	require.NotNil(t, p.WindowsProfile)
	require.NotNil(t, p.ServicePrincipalProfile)
}

func TestBlanksNameTheFlagThatFillsThem(t *testing.T) {
	t.Parallel()
	d := loaded(t, apimodel.Source{Name: "a.json", Data: []byte(blanks)})
	faults := d.Validate(apimodel.Given{}).Faults
	for path, want := range map[string][]string{
		"location": {"is missing", "--location", "hybridcluster:location"},
		"properties.orchestratorProfile.orchestratorRelease": {
			"a.json:4: ", "Kubernetes 1.16 is past its end of life", "1.35, 1.36, 1.37", "--kubernetes-release 1.36", "hybridcluster:kubernetesRelease",
		},
		"properties.masterProfile.dnsPrefix":                {"a.json:5: ", "placeholder", "--dns-prefix", "hybridcluster:dnsPrefix"},
		"properties.linuxProfile.ssh.publicKeys[0].keyData": {"placeholder", "--ssh-public-key", "generated"},
		"properties.linuxProfile.ssh.publicKeys[1].keyData": {"placeholder"},
		"properties.windowsProfile.adminPassword":           {"placeholder", "--windows-admin-password-file", "generated"},
		"properties.servicePrincipalProfile.clientId":       {"placeholder", "--client-id", "managed identity"},
		"properties.servicePrincipalProfile.secret":         {"placeholder", "--client-secret-file"},
	} {
		requireFault(t, faults, path, want...)
	}
	require.Len(t, faults, 8, faults.Error())
}

func TestWhatIsGivenBesideTheDefinitionIsNotAskedFor(t *testing.T) {
	t.Parallel()
	d := loaded(t, apimodel.Source{
		Name: "a.json", Data: []byte(blanks), Overrides: apimodel.Overrides{Location: "westeurope", DNSPrefix: "demo", KubernetesRelease: "1.36"},
	})
	require.NoError(t, d.Validate(apimodel.Given{SSHPublicKey: true, WindowsAdminPassword: true, ServicePrincipal: true}).Err())
	require.Len(t, d.Validate(apimodel.Given{SSHPublicKey: true}).Faults, 3)
}

func TestReleaseOverride(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile, override     string
		wantRelease, wantFull string
	}{
		"over a release":                 {`{"orchestratorRelease": "1.16"}`, "1.36", "1.36", ""},
		"with v":                         {`{}`, "v1.36", "1.36", ""},
		"full version":                   {`{}`, "1.36.5", "1.36", "1.36.5"},
		"full version with v":            {`{"orchestratorVersion": "1.16.1"}`, "v1.36.5", "1.36", "1.36.5"},
		"clears another's version":       {`{"orchestratorVersion": "1.16.1"}`, "1.36", "1.36", ""},
		"keeps its own version":          {`{"orchestratorVersion": "1.36.5"}`, "1.36", "1.36", "1.36.5"},
		"a prefix is not the release":    {`{"orchestratorVersion": "1.3.5"}`, "1.36", "1.36", ""},
		"none: the version has the word": {`{"orchestratorVersion": "1.35.9"}`, "", "1.35", "1.35.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := loaded(t, apimodel.Source{
				Name: "a.json", Data: replace(`{"orchestratorRelease": "1.36"}`, test.profile), Overrides: apimodel.Overrides{KubernetesRelease: test.override},
			})
			require.Equal(t, test.wantRelease, d.Properties.OrchestratorProfile.OrchestratorRelease)
			require.Equal(t, test.wantFull, d.Properties.OrchestratorProfile.OrchestratorVersion)
			require.NoError(t, d.Validate(apimodel.Given{}).Err())
			require.Equal(t, test.wantRelease, d.Release().Minor)
		})
	}
}

func TestABadOverrideNamesItsFlag(t *testing.T) {
	t.Parallel()
	s := with()
	s.Overrides = apimodel.Overrides{DNSPrefix: "Demo", KubernetesRelease: "latest"}
	faults := loaded(t, s).Validate(apimodel.Given{}).Faults
	requireFault(t, faults, "properties.masterProfile.dnsPrefix", "--dns-prefix: properties.masterProfile.dnsPrefix: ", `Use "demo"`)
	requireFault(t, faults, "properties.orchestratorProfile.orchestratorRelease", "--kubernetes-release: ", `"latest" is no Kubernetes release`)
}
