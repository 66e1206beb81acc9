package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestSetReachesEveryKindOfValue(t *testing.T) {
	t.Parallel()
	yes := true
	for set, get := range map[string]func(p apimodel.Properties) (want, got any){
		"properties.masterProfile.dnsPrefix=x-1": func(p apimodel.Properties) (any, any) { return "x-1", p.MasterProfile.DNSPrefix },
		"masterProfile.dnsPrefix=a=b":            func(p apimodel.Properties) (any, any) { return "a=b", p.MasterProfile.DNSPrefix },
		"MASTERPROFILE.DnsPrefix=":               func(p apimodel.Properties) (any, any) { return "", p.MasterProfile.DNSPrefix },
		"masterProfile.dnsPrefix=123":            func(p apimodel.Properties) (any, any) { return "123", p.MasterProfile.DNSPrefix },
		"agentPoolProfiles[0].count=5":           func(p apimodel.Properties) (any, any) { return 5, p.AgentPoolProfiles[0].Count },
		"agentPoolProfiles[win].count=7":         func(p apimodel.Properties) (any, any) { return 7, p.AgentPoolProfiles[1].Count },
		"windowsProfile.sshEnabled=true":         func(p apimodel.Properties) (any, any) { return &yes, p.WindowsProfile.SSHEnabled },
		"orchestratorProfile.kubernetesConfig.addons[0].name=coredns": func(p apimodel.Properties) (any, any) {
			return "coredns", p.OrchestratorProfile.KubernetesConfig.Addons[0].Name
		},
		"agentPoolProfiles[lin].customNodeLabels.example.com/team=web": func(p apimodel.Properties) (any, any) {
			return map[string]string{"example.com/team": "web"}, p.AgentPoolProfiles[0].CustomNodeLabels
		},
		`agentPoolProfiles[lin].customNodeLabels["example.com/team"]=web`: func(p apimodel.Properties) (any, any) {
			return map[string]string{"example.com/team": "web"}, p.AgentPoolProfiles[0].CustomNodeLabels
		},
		"masterProfile.subjectAltNames[0]=api.example.com": func(p apimodel.Properties) (any, any) {
			return []string{"api.example.com"}, p.MasterProfile.SubjectAltNames
		},
		"masterProfile.subjectAltNames=[a.example.com, b.example.com]": func(p apimodel.Properties) (any, any) {
			return []string{"a.example.com", "b.example.com"}, p.MasterProfile.SubjectAltNames
		},
		`agentPoolProfiles[2]={"name": "more", "count": 1}`: func(p apimodel.Properties) (any, any) {
			return &apimodel.AgentPoolProfile{Name: "more", Count: 1}, p.AgentPoolProfiles[2]
		},
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			d, err := apimodel.Load(with(set))
			require.NoError(t, err)
			want, got := get(d.Properties)
			require.Equal(t, want, got)
		})
	}
}

func TestSetAppliesAssignmentsInOrder(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("location=eastus", "agentPoolProfiles[win].name=other", "agentPoolProfiles[other].count=9", "location=northeurope"))
	require.Equal(t, "northeurope", d.Location)
	require.Equal(t, 9, d.Properties.AgentPoolProfiles[1].Count)
}

func TestSetChangesOneOfTwoAliases(t *testing.T) {
	t.Parallel()
	text := "apiVersion: vlabs\nproperties:\n  agentPoolProfiles:\n  - &p {name: a, count: 1, vmSize: Standard_D2_v3}\n  - *p\n"
	d := loaded(t, apimodel.Source{Name: "a.yaml", Data: []byte(text), Set: []string{"agentPoolProfiles[1].name=b"}})
	require.Equal(t, "a", d.Properties.AgentPoolProfiles[0].Name)
	require.Equal(t, "b", d.Properties.AgentPoolProfiles[1].Name)
}

func TestSetNamesTheBadAssignment(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"nothing":                                  "--set nothing: is no assignment",
		"=x":                                       "is no assignment",
		"masterProfile.dnsPrefx=x":                 `--set masterProfile.dnsPrefx: properties.masterProfile.dnsPrefx: unknown key "dnsPrefx". Did you mean "dnsPrefix"?`,
		"masterProfil.count=1":                     `unknown key "masterProfil". Did you mean "masterProfile"?`,
		"masterProfile.cosmosEtcd=true":            "properties.masterProfile.cosmosEtcd: is not supported: etcd runs on the masters",
		"masterProfile.cosmosEtcd.deep=true":       `".deep" below it cannot be set`,
		"agentPoolProfiles[3].count=1":             "properties.agentPoolProfiles[3]: is out of range: the list has 2 elements. Use a number up to 2, which appends one.",
		"agentPoolProfiles[-1].count=1":            "is out of range",
		"agentPoolProfiles[none].count=1":          `holds nothing named "none". Use one of: lin, win.`,
		"agentPoolProfiles.count=1":                "is a list, and the path names no element of it. Write agentPoolProfiles[0] or agentPoolProfiles[name].",
		"agentPoolProfiles[0.count=1":              "is a list, and the path names no element of it",
		"agentPoolProfiles[0].count=two":           `properties.agentPoolProfiles[0].count: "two" is no whole number`,
		"agentPoolProfiles[0].count=":              `"" is no whole number`,
		"windowsProfile.sshEnabled=yes":            `"yes" is neither true nor false`,
		"location.name=x":                          `is text and has nothing like ".name" in it`,
		"masterProfile=x: [":                       "the value does not read as an object",
		"masterProfile=text":                       "must be an object, is text",
		"agentPoolProfiles[0].customNodeLabels.=x": "the path ends before a key",
		"agentPoolProfiles[0].nonsense[0]=x":       `unknown key "nonsense"`,
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			faults := loadFaults(t, with(set))
			require.Len(t, faults, 1, faults.Error())
			require.Contains(t, faults.Error(), want)
			require.Contains(t, faults.Error(), "--set ")
		})
	}
}

func TestSetKeepsSecretsOutOfMessages(t *testing.T) {
	t.Parallel()
	faults := loadFaults(t, with("windowsProfile.adminPasword=hunter2-hunter2"))
	require.NotContains(t, faults.Error(), "hunter2")
	d := loaded(t, with("windowsProfile.adminPassword=hunter2"))
	faults = d.Validate(apimodel.Given{}).Faults
	requireFault(t, faults, "properties.windowsProfile.adminPassword", "--set windowsProfile.adminPassword: ", "too weak")
	require.NotContains(t, faults.Error(), "hunter2")
}

func TestSetTellsWhichAssignmentGaveABadValue(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("agentPoolProfiles[0].count=0"))
	requireFault(t, d.Validate(apimodel.Given{}).Faults, "properties.agentPoolProfiles[0].count",
		"--set agentPoolProfiles[0].count: properties.agentPoolProfiles[0].count: must be 1 to 1000, is 0")
}
