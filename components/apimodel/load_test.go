package apimodel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestLoadRefusesWhatDoesNotParse(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("a: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c < 'k'; c++ {
		fmt.Fprintf(&bomb, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for name, test := range map[string]struct {
		file, text, want string
	}{
		"empty":                {"a.json", " \n\t\n", "a.json: is empty"},
		"empty yaml":           {"a.yaml", "", "a.yaml: is empty"},
		"only comments":        {"a.yaml", "# nothing\n", "a.yaml: holds only comments"},
		"missing comma":        {"a.json", "{\n\t\"a\": 1\n\t\"b\": 2\n}", "a.json:3: is not valid JSON: invalid character '\"' after object key:value pair (column 2)"},
		"trailing comma":       {"a.json", "{\"a\": 1,\n}", "a.json:2: is not valid JSON: invalid character '}'"},
		"cut off":              {"a.json", "{\n\"a\": {\n\"b\": 1\n", "a.json:3: is not valid JSON: it ends in the middle of a value"},
		"text after the end":   {"a.json", "{}\n{}", "a.json:2: is not valid JSON: invalid character '{' after top-level value"},
		"yaml named json":      {"a.json", "apiVersion: vlabs", "a.json:1: is not valid JSON"},
		"comment in json":      {"a.json", "{\n// x\n}", "a.json:2: is not valid JSON"},
		"list":                 {"a.json", "[]", "a.json:1: holds a list, not an object"},
		"scalar":               {"a.yaml", "hello", "a.yaml:1: holds text, not an object"},
		"null":                 {"a.json", "null", "a.json:1: holds null, not an object"},
		"two documents":        {"a.yaml", "a: 1\n---\nb: 2\n", "holds more than one YAML document"},
		"yaml tabs":            {"a.yaml", "a:\n\tb: 1\n", "a.yaml:2: is not valid YAML"},
		"broken second":        {"a.yaml", "a: 1\n---\nb: [\n", "is not valid YAML"},
		"unknown alias":        {"a.yaml", "a: *b\n", "is not valid YAML: unknown anchor"},
		"alias bomb":           {"a.yaml", bomb.String(), "holds more than 100000 values"},
		"alias of itself":      {"a.yaml", "a: &a\n  b: *a\n", "is nested deeper than 64 levels"},
		"merge key":            {"a.yaml", "a: &a {b: 1}\nc:\n  <<: *a\n", "a.yaml:3: uses a YAML merge key"},
		"list as key":          {"a.yaml", "? [a]\n: 1\n", "has a key that is not plain text"},
		"deep json":            {"a.json", `{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}", "is nested deeper than 64 levels"},
		"very deep json":       {"a.json", strings.Repeat("[", 200_000), "a.json:1: is not valid JSON"},
		"very deep yaml":       {"a.yaml", strings.Repeat("[", 200_000), "is not valid YAML"},
		"deep yaml":            {"a.yaml", "a: " + strings.Repeat("[", 70) + strings.Repeat("]", 70), "is nested deeper than 64 levels"},
		"huge":                 {"a.json", `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, "more than the 1048576"},
		"not utf-8":            {"a.json", "{\n\"a\": \"\xff\"}", "a.json:2: is not UTF-8 text"},
		"no name, json":        {"-", "{\n", "standard input:1: is not valid JSON"},
		"no name, broken yaml": {"-", "a: [\n", "is not valid YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := loadFaults(t, apimodel.Source{Name: test.file, Data: []byte(test.text)})
			require.Len(t, faults, 1)
			require.Contains(t, faults.Error(), test.want)
			require.NotContains(t, faults.Error(), "\n")
		})
	}
}

func TestLoadSaysWhereAKeyOrValueIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file string
		data []byte
		path string
		want []string
	}{
		"misspelt key": {
			"a.json", replace(`"dnsPrefix"`, `"dnsPrefx"`), "properties.masterProfile.dnsPrefx",
			[]string{"a.json:6: ", `unknown key "dnsPrefx". Did you mean "dnsPrefix"?`},
		},
		"misspelt AKS Engine key": {
			"a.json", replace(`"count": 1`, `"count": 1, "availabiltyZones": ["1"]`), "properties.masterProfile.availabiltyZones",
			[]string{`unknown key "availabiltyZones". Did you mean "availabilityZones"?`},
		},
		"AKS Engine key in another case": {
			"a.json", replace(`"count": 1`, `"count": 1, "COSMOSetcd": true`), "properties.masterProfile.cosmosEtcd",
			[]string{`is not supported: etcd runs on the masters; Cosmos DB's etcd interface is retired. Remove it.`},
		},
		"a profile of which nothing is supported": {
			"a.json", replace(`"orchestratorProfile"`, `"certificateProfile": {"caCertificate": "a", "caPrivateKey": "b", "etcdPeerCertificates": ["c"]}, "orchestratorProfile"`),
			"properties.certificateProfile", []string{"a.json:5: ", "is not supported: the cluster's certificates are made by the program"},
		},
		"an unknown key of such a profile": {
			"a.json", replace(`"orchestratorProfile"`, `"certificateProfile": {"caCertificat": "a"}, "orchestratorProfile"`),
			"properties.certificateProfile.caCertificat", []string{`unknown key "caCertificat". Did you mean "caCertificate"?`},
		},
		"key in the wrong place": {
			"a.json", replace(`"orchestratorProfile"`, `"serviceCidr": "10.0.0.0/16", "orchestratorProfile"`), "properties.serviceCidr",
			[]string{"Move it: it belongs in properties.orchestratorProfile.kubernetesConfig."},
		},
		"meaningless key": {
			"a.json", replace(`"name": "lin"`, `"name": "lin", "zzzzzzzzz": 1`), "properties.agentPoolProfiles[0].zzzzzzzzz",
			[]string{"a.json:8: ", "Remove it, or use one of: name, count, vmSize"},
		},
		"key twice": {
			"a.json", replace(`"location": "westeurope",`, "\"location\": \"westeurope\",\n\"Location\": \"eastus\","), "location",
			[]string{"a.json:4: ", "is given twice: on line 3 and on line 4"},
		},
		"number in quotes": {
			"a.json", replace(`"count": 2`, `"count": "2"`), "properties.agentPoolProfiles[0].count",
			[]string{"a.json:8: ", "must be a whole number, is text. Write a whole number without quotes."},
		},
		"number without quotes": {
			"a.json", replace(`"1.36"`, `1.36`), "properties.orchestratorProfile.orchestratorRelease",
			[]string{"must be text, is a number. Put the value in quotes."},
		},
		"fraction":  {"a.json", replace(`"count": 2`, `"count": 2.5`), "properties.agentPoolProfiles[0].count", []string{"must be a whole number"}},
		"too large": {"a.json", replace(`"count": 2`, `"count": 99999999999999999999`), "properties.agentPoolProfiles[0].count", []string{"or too large a one"}},
		"truth as text": {
			"a.yaml", []byte("apiVersion: vlabs\nproperties:\n  windowsProfile:\n    sshEnabled: \"true\"\n"), "properties.windowsProfile.sshEnabled",
			[]string{"a.yaml:4: ", "must be true or false, is text. Write true or false without quotes."},
		},
		"object for a list": {
			"a.json", replace(`"extensions": [{"name": "winrm"}]`, `"extensions": {"name": "winrm"}`), "properties.agentPoolProfiles[1].extensions",
			[]string{"must be a list, is an object"},
		},
		"list for an object": {"a.json", replace(`{"orchestratorRelease": "1.36"}`, `[]`), "properties.orchestratorProfile", []string{"must be an object, is a list"}},
		"null in a list": {
			"a.json", replace(`[{"name": "winrm"}]`, `[null]`), "properties.agentPoolProfiles[1].extensions[0]",
			[]string{"must be an object, is null"},
		},
		"wrong label value": {
			"a.json", replace(`"name": "lin"`, `"name": "lin", "customNodeLabels": {"a.b/c": true}`), `properties.agentPoolProfiles[0].customNodeLabels["a.b/c"]`,
			[]string{"must be text, is true or false"},
		},
		"label twice": {
			"a.json", replace(`"name": "lin"`, `"name": "lin", "customNodeLabels": {"a": "1", "a": "2"}`), `properties.agentPoolProfiles[0].customNodeLabels["a"]`,
			[]string{"is given twice"},
		},
		"no apiVersion":   {"a.json", replace(`"apiVersion": "vlabs",`, ``), "apiVersion", []string{"a.json:1: ", `is missing. Add "apiVersion": "vlabs".`}},
		"null apiVersion": {"a.json", replace(`"vlabs"`, `null`), "apiVersion", []string{`is missing`}},
		"another apiVersion": {
			"a.json", replace(`"vlabs"`, `"2017-08-31"`), "apiVersion",
			[]string{"a.json:2: ", `"2017-08-31" is no version that can be read`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := loadFaults(t, apimodel.Source{Name: test.file, Data: test.data})
			requireFault(t, faults, test.path, test.want...)
			if strings.HasSuffix(test.file, ".json") {
				require.Len(t, faults, 1, "one mistake gives one message:\n%s", faults.Error())
			}
		})
	}
}

func TestLoadTellsAllFaultsAtOnceInOrder(t *testing.T) {
	t.Parallel()
	text := `{
  "apiVersion": "vlabs",
  "properties": {
    "masterProfile": {"count": "1", "vmSize": "D2"},
    "agentPoolProfiles": [
      {"name": "UPPER", "cuont": 2, "vmSize": "Standard_D2_v3"}
    ],
    "aadProfile": {"clientAppID": "", "serverAppID": "6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10"},
    "windowsProfile": {"adminPassword": 12345}
  }
}`
	faults := loadFaults(t, apimodel.Source{Name: "a.json", Data: []byte(text)})
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprintf("%d %s", f.Line, f.Path))
	}
	require.Equal(t, []string{
		"1 location",
		"4 properties.masterProfile.count",
		"4 properties.masterProfile.dnsPrefix",
		"4 properties.masterProfile.vmSize",
		"6 properties.agentPoolProfiles[0].cuont",
		"6 properties.agentPoolProfiles[0].name",
		"8 properties.aadProfile",
		"9 properties.windowsProfile.adminPassword",
	}, got)
	require.NotContains(t, faults.Error(), "12345", "a password is never shown")
}

func TestLoadReadsKeysInAnyCase(t *testing.T) {
	t.Parallel()
	want := loaded(t, with())
	text := strings.NewReplacer("apiVersion", "APIVERSION", "properties", "Properties", "vmSize", "VMSize",
		"osType", "OSTYPE", "dnsPrefix", "dnsprefix", "extensions", "Extensions").Replace(base)
	got := loaded(t, apimodel.Source{Name: "a.json", Data: []byte(text)})
	requireSame(t, want, got)
}

func TestLoadReadsYAMLAsJSON(t *testing.T) {
	t.Parallel()
	text := `
# The same as base, the way people write YAML.
apiVersion: vlabs
location: westeurope
properties:
  orchestratorProfile: {orchestratorRelease: 1.36} # no quotes
  masterProfile:
    count: 1
    dnsPrefix: demo
    vmSize: &size Standard_D2_v3
  agentPoolProfiles:
  - {name: lin, count: 2, vmSize: *size}
  - name: win
    count: 2
    vmSize: *size
    osType: Windows
    windowsRelease: 2022
    extensions: [{name: winrm}]
  windowsProfile:
  linuxProfile: ~
  extensionProfiles: [{name: winrm, version: v1}]
`
	want := loaded(t, with())
	requireSame(t, want, loaded(t, apimodel.Source{Name: "a.yaml", Data: []byte(text)}))
	requireSame(t, want, loaded(t, apimodel.Source{Name: "-", Data: []byte(text)}))
}

func TestLoadKeepsTrailingZerosOfAYAMLRelease(t *testing.T) {
	t.Parallel()
	d := loaded(t, apimodel.Source{Name: "a.yml", Data: []byte("apiVersion: vlabs\nproperties: {orchestratorProfile: {orchestratorRelease: 1.30}}")})
	require.Equal(t, "1.30", d.Properties.OrchestratorProfile.OrchestratorRelease)
}

func TestLoadReadsJSONThatYAMLParsersRefuse(t *testing.T) {
	t.Parallel()
	text := "\xef\xbb\xbf" + strings.ReplaceAll(base, "  ", "\t")
	text = strings.Replace(text, `"name": "lin"`, `"name": "lin", "customNodeLabels": {"a": "\u006c\/\ud83d\ude00"}`, 1)
	d := loaded(t, apimodel.Source{Name: "a.json", Data: []byte(strings.ReplaceAll(text, "\n", "\r\n"))})
	require.Equal(t, map[string]string{"a": "l/😀"}, d.Properties.AgentPoolProfiles[0].CustomNodeLabels)
}

func TestLoadReadsEtcdDiskSizeInQuotes(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`512`, `"512"`} {
		data := replace(`{"orchestratorRelease": "1.36"}`, `{"kubernetesConfig": {"etcdDiskSizeGB": `+value+`}}`)
		d := loaded(t, apimodel.Source{Name: "a.json", Data: data})
		require.Equal(t, 512, d.Properties.OrchestratorProfile.KubernetesConfig.EtcdDiskSizeGB)
	}
}

func TestFaultsCarryTheLineOfTheirValue(t *testing.T) {
	t.Parallel()
	d := loaded(t, apimodel.Source{Name: "dir/a.json", Data: replace(`"name": "win"`, `"name": "lin"`)})
	report := d.Validate(apimodel.Given{})
	require.EqualError(t, report.Err(), `dir/a.json:9: properties.agentPoolProfiles[1].name: "lin" is the name of properties.agentPoolProfiles[0] already. Give each pool a name of its own.`)
}

func TestLoadTellsAPoolFromADefinition(t *testing.T) {
	t.Parallel()
	_, err := apimodel.Load(apimodel.Source{Name: "pool.json", Data: []byte(`{"Name": "lin", "count": 1, "vmSize": "Standard_D2_v3"}`)})
	require.EqualError(t, err, "pool.json:1: is an agent pool, not a definition. Add it to properties.agentPoolProfiles of the cluster's definition.")
}

// Azure's network plugin gives pods addresses of the virtual network, and AKS
// Engine's files say so.
func TestPodsGetANetworkOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("masterProfile.vnetCidr=10.9.0.0/16", kubernetes+"clusterSubnet=10.9.0.0/16"))
	require.Equal(t, "192.168.0.0/16", d.AddressPlan().Pods)
	report := d.Validate(apimodel.Given{})
	require.NoError(t, report.Err())
	requireFault(t, report.Substitutions, "properties."+kubernetes+"clusterSubnet", "--set orchestratorProfile", "10.9.0.0/16 is the virtual network")

	written := &apimodel.Definition{Properties: apimodel.Properties{
		MasterProfile:       &apimodel.MasterProfile{VnetCIDR: "10.9.0.0/16"},
		OrchestratorProfile: &apimodel.OrchestratorProfile{KubernetesConfig: &apimodel.KubernetesConfig{ClusterSubnet: "10.9.0.0/16"}},
	}}
	written.Default()
	require.Len(t, written.Clone().Validate(apimodel.Given{}).Substitutions, 1)
}
