package apimodel_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// wrong is one mistake in base, and the one thing that is said of it.
type wrong struct {
	name string
	// set are assignments; old and replacement change the file itself.
	set              []string
	old, replacement string
	path             string
	// line is where the value stands, for a change of the file.
	line int
	want string
	// as is a fault by default.
	as kind
}

type kind int

const (
	aFault kind = iota
	aNote
	aWarning
)

const (
	inMaster  = "properties.masterProfile."
	inLinux   = "properties.agentPoolProfiles[0]."
	inWindows = "properties.agentPoolProfiles[1]."
	inConfig  = "properties.orchestratorProfile.kubernetesConfig."
	inProfile = "properties.windowsProfile."
	master    = "masterProfile."
	linux     = "agentPoolProfiles[0]."
	windows   = "agentPoolProfiles[1]."
	subID     = "/subscriptions/6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10/resourceGroups/net/providers/"
)

// engineTookThese are what AKS Engine accepts and that does not work.
func engineTookThese() []wrong {
	return []wrong{
		{name: "a size that does not exist", old: `"name": "lin", "count": 2, "vmSize": "Standard_D2_v3"`, replacement: `"name": "lin", "count": 2, "vmSize": "Standard_D2s_v33"`,
			path: inLinux + "vmSize", line: 8, want: `"Standard_D2s_v33" is not among the VM sizes of`, as: aWarning},
		{name: "masters of one core", old: `"dnsPrefix": "demo", "vmSize": "Standard_D2_v3"`, replacement: `"dnsPrefix": "demo", "vmSize": "Standard_DS1_v2"`,
			path: inMaster + "vmSize", line: 6, want: "Standard_DS1_v2 has one core; the control plane needs two"},
		{name: "an OS disk of 1 GB", old: `"name": "lin"`, replacement: `"name": "lin", "osDiskSizeGB": 1`, path: inLinux + "osDiskSizeGB", line: 8, want: "must be 30 to 4095 GiB, is 1"},
		{name: "password Aa1", old: `"extensionProfiles"`, replacement: `"windowsProfile": {"adminPassword": "Aa1"}, "extensionProfiles"`,
			path: inProfile + "adminPassword", line: 11, want: "it has 3 characters, not 12 to 123"},
		{name: "a password of 203 characters", set: []string{"windowsProfile.adminPassword=Aa1" + strings.Repeat("x", 200)}, path: inProfile + "adminPassword", want: "it has 203 characters"},
		{name: "administrator", old: `"extensionProfiles"`, replacement: `"windowsProfile": {"adminUsername": "administrator"}, "extensionProfiles"`,
			path: inProfile + "adminUsername", line: 11, want: `"administrator" is a reserved name`},
		{name: "a Windows user of 30 characters", set: []string{"windowsProfile.adminUsername=" + strings.Repeat("u", 30)}, path: inProfile + "adminUsername", want: "has 30 characters, more than 20"},
		{name: "a Windows user that ends in a period", set: []string{"windowsProfile.adminUsername=me."}, path: inProfile + "adminUsername", want: "is no user name for Windows"},
		{name: "root", set: []string{"linuxProfile.adminUsername=root"}, path: "properties.linuxProfile.adminUsername", want: `"root" is a reserved name`},
		{name: "a key that is none", set: []string{"linuxProfile.ssh.publicKeys[0].keyData=not a key"}, path: "properties.linuxProfile.ssh.publicKeys[0].keyData", want: "is no SSH public key"},
		{name: "Services inside the network", set: []string{kubernetes + "serviceCidr=10.240.0.0/16"}, path: inConfig + "serviceCidr",
			want: "10.240.0.0/16 overlaps 10.240.0.0/12 of properties.masterProfile.vnetCidr. Leave it out to take one that is free"},
		{name: "a /23 for the pods of 200 nodes", set: []string{kubernetes + "clusterSubnet=192.168.0.0/23", linux + "count=200"}, path: inConfig + "clusterSubnet",
			want: "192.168.0.0/23 has 8 blocks of a /26 for the pods of a node; the cluster needs 205: one for each of 203 nodes, and one for each of 2 pools"},
		{name: "the first master outside", set: []string{master + "firstConsecutiveStaticIP=10.9.0.5"}, path: inMaster + "firstConsecutiveStaticIP", want: "10.9.0.5 is outside vnetCidr"},
		{name: "an internal load balancer beyond its octet", set: []string{kubernetes + "privateCluster.enabled=true", master + "count=3", master + "firstConsecutiveStaticIP=10.240.255.250"},
			path: inMaster + "firstConsecutiveStaticIP",
			want: "10.240.255.250 leaves no room for 3 masters and the internal load balancer, which is 10 addresses behind the first, beside the addresses that Azure keeps in 10.240.255.0/24. Use an address from 10.240.255.4 to 10.240.255.244."},
		{name: "zone 9", old: `"name": "lin"`, replacement: `"name": "lin", "availabilityZones": ["1", "9"]`, path: inLinux + "availabilityZones[1]", line: 8, want: `"9" is no availability zone`},
		{name: "mars", old: `"location": "westeurope"`, replacement: `"location": "mars"`, path: "location", line: 3, want: `"mars" is no Azure region`},
		{name: "an add-on nobody knows", set: []string{kubernetes + "addons[0].name=not-an-addon"}, path: inConfig + "addons[0].name", want: `"not-an-addon" is no add-on that is known`},
		{name: "an extension nobody declares", set: []string{linux + "extensions[0].name=hello"}, path: inLinux + "extensions[0].name", want: `no profile in properties.extensionProfiles declares the extension "hello"`},
		{name: "1000 pods of a node", set: []string{kubernetes + "maxPods=1000", "agentPoolProfiles[1].kubernetesConfig.maxPods=60"}, path: inConfig + "maxPods",
			want: "1000 pods of a node are more than the 110 that Kubernetes is tested with", as: aWarning},
		{name: "1000 pods of a Windows node", set: []string{windows + "kubernetesConfig.maxPods=1000"}, path: inWindows + "kubernetesConfig.maxPods", want: "must be 60 or less on a Windows node, which has one block of pod addresses, is 1000"},
		{name: "release 1.24", old: `"1.36"`, replacement: `"1.24"`, path: "properties.orchestratorProfile.orchestratorRelease", line: 5, want: "Kubernetes 1.24 is past its end of life"},
		{name: "release 1.8", old: `"1.36"`, replacement: `"1.8"`, path: "properties.orchestratorProfile.orchestratorRelease", line: 5, want: "Kubernetes 1.8 is past its end of life"},
		{name: "Spot in an availability set", set: []string{linux + "availabilityProfile=AvailabilitySet", linux + "scaleSetPriority=Spot"}, path: inLinux + "scaleSetPriority", want: "Spot machines are for scale sets"},
		{name: "no pools", set: []string{"agentPoolProfiles=[]"}, path: "properties.agentPoolProfiles", want: "there are no agent pools", as: aWarning},
		{name: "1000 machines in an availability set", set: []string{linux + "availabilityProfile=AvailabilitySet", linux + "count=1000"}, path: inLinux + "count",
			want: "1000 is more than the 200 machines that Azure allows in an availability set. Set availabilityProfile to VirtualMachineScaleSets, or spread the nodes over several pools."},
		{name: "a label of the kubelet's own", set: []string{linux + "customNodeLabels.kubernetes.io/os=windows"}, path: inLinux + `customNodeLabels["kubernetes.io/os"]`, want: "the kubelet sets this label itself"},
		{name: "a client id that is none", set: []string{"servicePrincipalProfile.clientId=me", "servicePrincipalProfile.secret=x"}, path: "properties.servicePrincipalProfile.clientId", want: `"me" is no application id`},
		{name: "a distribution on Windows", set: []string{windows + "distro=ubuntu-18.04"}, path: inWindows + "distro", want: "has no effect on a Windows pool", as: aNote},
	}
}

func TestWrongInputs(t *testing.T) {
	t.Parallel()
	all := [][]wrong{engineTookThese(), wrongMachines(), wrongDisks(), wrongNetworks(), wrongAddons(), wrongSubnets(), wrongKubernetes(), wrongFlagValues(), wrongLogins(), wrongRegistries(), wrongImages(), wrongScripts()}
	names := map[string]bool{}
	for _, w := range concat(all) {
		require.False(t, names[w.name], w.name)
		names[w.name] = true
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			report := reportOf(t, w.source())
			findings := [][]apimodel.Fault{aFault: report.Faults, aNote: report.Substitutions, aWarning: report.Warnings}
			if w.as != aFault {
				require.Empty(t, report.Faults)
			}
			require.Len(t, findings[w.as], 1, "one mistake gives one message:\n%s", apimodel.Faults(findings[w.as]).Error())
			f := findings[w.as][0]
			require.Equal(t, w.path, f.Path)
			require.Contains(t, f.String(), w.want)
			require.Equal(t, w.line, f.Line)
			require.NotEmpty(t, f.Remedy)
		})
	}
	require.Greater(t, len(names), len(engineTookThese())+100)
}

func concat(lists [][]wrong) []wrong {
	var all []wrong
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

func (w wrong) source() apimodel.Source {
	s := with(w.set...)
	if w.old != "" {
		s.Data = replace(w.old, w.replacement)
	}
	return s
}

// reportOf validates what loads, and takes the faults of what does not.
func reportOf(t *testing.T, s apimodel.Source) apimodel.Report {
	t.Helper()
	d, err := apimodel.Load(s)
	var faults apimodel.Faults
	if errors.As(err, &faults) {
		return apimodel.Report{Faults: faults}
	}
	require.NoError(t, err)
	d.Default()
	return d.Validate(apimodel.Given{})
}

func TestTenMistakesAreToldAtOnceInOrder(t *testing.T) {
	t.Parallel()
	text := `{
  "apiVersion": "vlabs",
  "location": "mars",
  "properties": {
    "orchestratorProfile": {
      "orchestratorRelease": "1.16",
      "kubernetesConfig": {
        "serviceCidr": "10.240.0.0/16",
        "addons": [{"name": "tillr"}]
      }
    },
    "masterProfile": {
      "count": 2,
      "dnsPrefix": "demo",
      "vmSize": "Standard_B1s"
    },
    "agentPoolProfiles": [
      {
        "name": "lin", "count": 1001, "vmSize": "Standard_D2s_v5",
        "availabilityZones": ["9"],
        "customNodeLabels": {"kubernetes.io/os": "linux"}
      }
    ],
    "windowsProfile": {"adminPassword": "Aa1"}
  }
}`
	report := reportOf(t, apimodel.Source{Name: "a.json", Data: []byte(text)})
	var got []string
	for _, f := range report.Faults {
		got = append(got, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Path))
	}
	require.Equal(t, []string{
		"a.json:3 location",
		"a.json:6 properties.orchestratorProfile.orchestratorRelease",
		"a.json:8 properties.orchestratorProfile.kubernetesConfig.serviceCidr",
		"a.json:9 properties.orchestratorProfile.kubernetesConfig.addons[0].name",
		"a.json:13 properties.masterProfile.count",
		"a.json:15 properties.masterProfile.vmSize",
		"a.json:19 properties.agentPoolProfiles[0].count",
		"a.json:20 properties.agentPoolProfiles[0].availabilityZones[0]",
		"a.json:21 properties.agentPoolProfiles[0].customNodeLabels[\"kubernetes.io/os\"]",
		"a.json:24 properties.windowsProfile.adminPassword",
	}, got)
	require.Len(t, strings.Split(report.Err().Error(), "\n"), 10)
}
