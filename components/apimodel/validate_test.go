package apimodel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// verdict is a change to base and what must be said about it.
type verdict struct {
	set  []string
	path string
	want string
}

const (
	kubernetes = "orchestratorProfile.kubernetesConfig."
	clientID   = "servicePrincipalProfile.clientId=6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10"
)

func TestValidateFindsFaults(t *testing.T) {
	t.Parallel()
	for name, v := range faultsOf() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := loaded(t, with(v.set...)).Validate(apimodel.Given{})
			require.Len(t, report.Faults, 1, "one mistake gives one message:\n%s", report.Faults.Error())
			requireFault(t, report.Faults, v.path, v.want)
			require.NotEmpty(t, report.Faults[0].Remedy)
			require.Error(t, report.Err())
		})
	}
}

func faultsOf() map[string]verdict {
	const (
		master   = "properties.masterProfile."
		linux    = "properties.agentPoolProfiles[0]."
		windows  = "properties.agentPoolProfiles[1]."
		config   = "properties." + kubernetes
		password = "properties.windowsProfile.adminPassword"
	)
	return map[string]verdict{
		"no location":     {[]string{"location="}, "location", "is missing. Add it, or give --location"},
		"mars":            {[]string{"location=mars"}, "location", `"mars" is no Azure region`},
		"misspelt region": {[]string{"location=westeurpe1!"}, "location", "is no Azure region"},
		"sovereign":       {[]string{"location=usgovvirginia"}, "location", "sovereign cloud, which is not supported yet"},

		"end of life":        {[]string{"orchestratorProfile.orchestratorRelease=1.16"}, "properties.orchestratorProfile.orchestratorRelease", "Kubernetes 1.16 is past its end of life. Use a supported release (1.35, 1.36, 1.37): change it here, or give --kubernetes-release 1.36 or the stack's config key hybridcluster:kubernetesRelease."},
		"future":             {[]string{"orchestratorProfile.orchestratorRelease=1.99"}, "properties.orchestratorProfile.orchestratorRelease", "Kubernetes 1.99 is not supported yet"},
		"no release":         {[]string{"orchestratorProfile.orchestratorRelease=stable"}, "properties.orchestratorProfile.orchestratorRelease", `"stable" is no Kubernetes release`},
		"other version":      {[]string{"orchestratorProfile.orchestratorVersion=1.35.9"}, "properties.orchestratorProfile.orchestratorVersion", "1.35.9 is no version of orchestratorRelease 1.36"},
		"other patch":        {[]string{"orchestratorProfile.orchestratorVersion=1.36.1"}, "properties.orchestratorProfile.orchestratorVersion", "version 1.36.1 is not supported; of 1.36 it is 1.36.5"},
		"other orchestrator": {[]string{"orchestratorProfile.orchestratorType=Swarm"}, "properties.orchestratorProfile.orchestratorType", `"Swarm" is not supported`},
		"etcd disk":          {[]string{kubernetes + "etcdDiskSizeGB=1"}, config + "etcdDiskSizeGB", "must be 8 to 4095 GiB, is 1"},

		"no dnsPrefix":        {[]string{"masterProfile.dnsPrefix="}, master + "dnsPrefix", "is missing. Add it, or give --dns-prefix"},
		"capitals":            {[]string{"masterProfile.dnsPrefix=MyCluster"}, master + "dnsPrefix", `Use "mycluster"`},
		"underscore":          {[]string{"masterProfile.dnsPrefix=my_cluster"}, master + "dnsPrefix", "is no label of a DNS name"},
		"ends in a hyphen":    {[]string{"masterProfile.dnsPrefix=cluster-"}, master + "dnsPrefix", "is no label"},
		"starts with a digit": {[]string{"masterProfile.dnsPrefix=1cluster"}, master + "dnsPrefix", "is no label"},
		"short":               {[]string{"masterProfile.dnsPrefix=ab"}, master + "dnsPrefix", "is no label"},
		"long":                {[]string{"masterProfile.dnsPrefix=a" + strings.Repeat("b", 45)}, master + "dnsPrefix", "3 to 45"},
		"unfilled dnsPrefix":  {[]string{"masterProfile.dnsPrefix=<use your DNS prefix>"}, master + "dnsPrefix", "is a placeholder"},
		"trademark":           {[]string{"masterProfile.dnsPrefix=mywindowsservers"}, master + "dnsPrefix", `"mywindowsservers" contains "windows", which Azure reserves`},
		"other trademark":     {[]string{"masterProfile.dnsPrefix=microsofties"}, master + "dnsPrefix", `contains "microsoft", which Azure reserves`},
		"login":               {[]string{"masterProfile.dnsPrefix=login-demo"}, master + "dnsPrefix", `starts with "login", which Azure reserves`},
		"reserved word":       {[]string{"masterProfile.dnsPrefix=azure"}, master + "dnsPrefix", `"azure" is a word that Azure reserves`},
		"arm master":          {[]string{"masterProfile.vmSize=Standard_D2ps_v5"}, master + "vmSize", `"Standard_D2ps_v5" has an Arm processor, and Arm64 is not supported: images and binaries are amd64`},
		"seven masters":       {[]string{"masterProfile.count=7"}, master + "count", "must be 1, 3 or 5, is 7"},
		"two masters":         {[]string{"masterProfile.count=2"}, master + "count", "must be 1, 3 or 5, is 2"},
		"no master":           {[]string{"masterProfile.count=0"}, master + "count", "is 0 or missing"},
		"no master size":      {[]string{"masterProfile.vmSize="}, master + "vmSize", "is missing"},
		"short size":          {[]string{"masterProfile.vmSize=D2_v3"}, master + "vmSize", `Did you mean "Standard_D2_v3"?`},
		"one core":            {[]string{"masterProfile.vmSize=Standard_B1s"}, master + "vmSize", "has one core; the control plane needs two"},
		"master disk":         {[]string{"masterProfile.osDiskSizeGB=1"}, master + "osDiskSizeGB", "must be 30 to 4095 GiB, is 1"},
		"master availability": {[]string{"masterProfile.availabilityProfile=Sets"}, master + "availabilityProfile", `"Sets" is no availability profile. Use "AvailabilitySet"`},
		"certificate name":    {[]string{"masterProfile.subjectAltNames=[ok.example.com, Not A Name]"}, master + "subjectAltNames[1]", "is neither a DNS name nor an IP address"},

		"pool without a name":  {[]string{"agentPoolProfiles[0].name="}, linux + "name", "is missing"},
		"pool name":            {[]string{"agentPoolProfiles[0].name=Linux-1"}, linux + "name", `"Linux-1" is no name for a pool`},
		"long pool name":       {[]string{"agentPoolProfiles[0].name=abcdefghijklm"}, linux + "name", "1 to 12"},
		"digits only":          {[]string{"agentPoolProfiles[0].name=123"}, linux + "name", "a letter first"},
		"two pools of a name":  {[]string{"agentPoolProfiles[1].name=lin"}, windows + "name", `"lin" is the name of properties.agentPoolProfiles[0] already`},
		"count 0":              {[]string{"agentPoolProfiles[0].count=0"}, linux + "count", "must be 1 to 1000, is 0"},
		"negative count":       {[]string{"agentPoolProfiles[0].count=-1"}, linux + "count", "must be 1 to 1000, is -1"},
		"count 1001":           {[]string{"agentPoolProfiles[0].count=1001"}, linux + "count", "must be 1 to 1000, is 1001"},
		"pool without a size":  {[]string{"agentPoolProfiles[0].vmSize="}, linux + "vmSize", "is missing"},
		"pool size":            {[]string{"agentPoolProfiles[0].vmSize=<size>x"}, linux + "vmSize", "is no VM size"},
		"disk of 29":           {[]string{"agentPoolProfiles[0].osDiskSizeGB=29"}, linux + "osDiskSizeGB", "must be 30 to 4095 GiB"},
		"disk of 4096":         {[]string{"agentPoolProfiles[0].osDiskSizeGB=4096"}, linux + "osDiskSizeGB", "must be 30 to 4095 GiB"},
		"arm pool":             {[]string{"agentPoolProfiles[0].vmSize=Standard_D4pds_v5"}, linux + "vmSize", "Arm64 is not supported"},
		"small arm pool":       {[]string{"agentPoolProfiles[0].vmSize=Standard_B2pts_v2"}, linux + "vmSize", "Arm64 is not supported"},
		"arm pool in capitals": {[]string{"agentPoolProfiles[1].vmSize=Standard_E2PLS_v6"}, windows + "vmSize", "Arm64 is not supported"},
		"arm, fewer cores":     {[]string{"agentPoolProfiles[0].vmSize=Standard_E8-4pds_v6"}, linux + "vmSize", "Arm64 is not supported"},
		"windows disk of 1":    {[]string{"agentPoolProfiles[1].osDiskSizeGB=1"}, windows + "osDiskSizeGB", "must be 127 to 4095 GiB, is 1. Leave it out to take 128."},
		"windows disk of 126":  {[]string{"agentPoolProfiles[1].osDiskSizeGB=126"}, windows + "osDiskSizeGB", "must be 127 to 4095 GiB, is 126"},
		"pool availability":    {[]string{"agentPoolProfiles[0].availabilityProfile=VMSS"}, linux + "availabilityProfile", "Remove it, or use one of: AvailabilitySet, VirtualMachineScaleSets."},
		"availability profile": {[]string{"agentPoolProfiles[0].availabilityProfile=availabilityset"}, linux + "availabilityProfile", `Did you mean "AvailabilitySet"?`},
		"operating system":     {[]string{"agentPoolProfiles[0].osType=linux"}, linux + "osType", `Did you mean "Linux"?`},
		"windows on linux":     {[]string{"agentPoolProfiles[0].windowsRelease=2022"}, linux + "windowsRelease", "is set on a Linux pool"},
		"windows release":      {[]string{"agentPoolProfiles[1].windowsRelease=2016"}, windows + "windowsRelease", "Use one of: 2019, 2022, 2025"},

		"label key":          {[]string{"agentPoolProfiles[0].customNodeLabels.a b=x"}, linux + `customNodeLabels["a b"]`, "is no key for a label"},
		"label value":        {[]string{"agentPoolProfiles[0].customNodeLabels.a=x y"}, linux + `customNodeLabels["a"]`, "is no value for a label"},
		"kubelet's label":    {[]string{"agentPoolProfiles[0].customNodeLabels.kubernetes.io/os=windows"}, linux + `customNodeLabels["kubernetes.io/os"]`, "the kubelet sets this label itself"},
		"role label":         {[]string{"agentPoolProfiles[0].customNodeLabels.node-role.kubernetes.io/web=x"}, linux + `customNodeLabels["node-role.kubernetes.io/web"]`, "a kubelet may not set labels in node-role.kubernetes.io"},
		"reserved namespace": {[]string{"agentPoolProfiles[0].customNodeLabels.k8s.io/web=x"}, linux + `customNodeLabels["k8s.io/web"]`, "a kubelet may not set labels in k8s.io"},

		"undeclared extension": {[]string{"agentPoolProfiles[0].extensions[0].name=hello"}, linux + "extensions[0].name", `no profile in properties.extensionProfiles declares the extension "hello"`},
		"winrm on linux":       {[]string{"agentPoolProfiles[0].extensions[0].name=winrm"}, linux + "extensions[0].name", "winrm is for Windows pools"},
		"extension twice":      {[]string{"agentPoolProfiles[1].extensions[1].name=winrm"}, windows + "extensions[1].name", "is named twice"},
		"AKS Engine's scripts": {[]string{"extensionProfiles[1].name=choco", "extensionProfiles[1].script=choco.ps1"}, "properties.extensionProfiles[1].rootURL", "is AKS Engine's own repository, which is retired"},
		"extension version":    {[]string{"extensionProfiles[0].version=v2"}, "properties.extensionProfiles[0].version", `version "v2" of winrm is not supported`},
		"profile twice":        {[]string{"extensionProfiles[1].name=winrm"}, "properties.extensionProfiles[1].name", "is declared twice"},

		"linux admin":             {[]string{"linuxProfile.adminUsername=root"}, "properties.linuxProfile.adminUsername", `"root" is a reserved name. Use another, for example "azureuser".`},
		"linux admin in capitals": {[]string{"linuxProfile.adminUsername=Admin"}, "properties.linuxProfile.adminUsername", "is a reserved name"},
		"linux account":           {[]string{"linuxProfile.adminUsername=daemon"}, "properties.linuxProfile.adminUsername", "is a reserved name"},
		"linux admin's letters":   {[]string{"linuxProfile.adminUsername=me@home"}, "properties.linuxProfile.adminUsername", "is no user name for Linux"},
		"linux admin's length":    {[]string{"linuxProfile.adminUsername=" + strings.Repeat("a", 65)}, "properties.linuxProfile.adminUsername", "has 65 characters, more than 64"},
		"windows admin":           {[]string{"windowsProfile.adminUsername=Administrator"}, "properties.windowsProfile.adminUsername", `"Administrator" is a reserved name`},
		"windows admin's letters": {[]string{"windowsProfile.adminUsername=me:too"}, "properties.windowsProfile.adminUsername", "is no user name for Windows"},
		"windows admin's end":     {[]string{"windowsProfile.adminUsername=azure."}, "properties.windowsProfile.adminUsername", "is no user name for Windows"},
		"windows admin's length":  {[]string{"windowsProfile.adminUsername=" + strings.Repeat("a", 21)}, "properties.windowsProfile.adminUsername", "has 21 characters, more than 20"},
		"short password":          {[]string{"windowsProfile.adminPassword=Aa1!"}, password, "it has 4 characters, not 12 to 123"},
		"long password":           {[]string{"windowsProfile.adminPassword=Aa1!" + strings.Repeat("x", 120)}, password, "it has 124 characters"},
		"plain password":          {[]string{"windowsProfile.adminPassword=onlysmallletters1"}, password, "it has 2 of the four kinds of characters"},
		"known password":          {[]string{"windowsProfile.adminPassword=P@ssword123"}, password, "it is on Azure's list of known passwords"},
		"user in password":        {[]string{"windowsProfile.adminPassword=My-AzureUser-123"}, password, "it contains the user name"},

		"unknown add-on":  {[]string{kubernetes + "addons[0].name=container-monitorin"}, config + "addons[0].name", `Did you mean "container-monitoring"?`},
		"vault secrets":   {[]string{kubernetes + "addons[0].name=csi-secrets-store", kubernetes + "addons[0].enabled=true"}, config + "addons[0].name", `is not supported yet: it mounts secrets of a key vault. Remove it, and install its chart with helm: https://github.com/Azure/secrets-store-csi-driver-provider-azure; --set orchestratorProfile.kubernetesConfig.addons[0].enabled=false switches it off.`},
		"other add-on":    {[]string{kubernetes + "addons[0].name=kubernetes-dashboard"}, config + "addons[0].name", "is not supported: an administrator's web page"},
		"nameless add-on": {[]string{kubernetes + "addons[0].enabled=false"}, config + "addons[0].name", "is missing"},
		"add-on twice":    {[]string{kubernetes + "addons[0].name=coredns", kubernetes + "addons[1].name=coredns"}, config + "addons[1].name", "is listed twice"},

		"no principal":        {[]string{kubernetes + "useManagedIdentity=false"}, config + "useManagedIdentity", "is false, but there is no service principal"},
		"client id":           {[]string{"servicePrincipalProfile.clientId=me", "servicePrincipalProfile.secret=x"}, "properties.servicePrincipalProfile.clientId", "is no application id"},
		"secret without id":   {[]string{"servicePrincipalProfile.secret=x"}, "properties.servicePrincipalProfile.clientId", "is missing. Add it, or give --client-id"},
		"id without a secret": {[]string{clientID}, "properties.servicePrincipalProfile.secret", "is missing. Add it, or give --client-secret-file"},
		"placeholder label":   {[]string{"agentPoolProfiles[0].customNodeLabels.a=<use your team>"}, linux + `customNodeLabels["a"]`, "is a placeholder"},
	}
}

func TestValidateFindsNetworkFaults(t *testing.T) {
	t.Parallel()
	const (
		vnet     = "properties.masterProfile.vnetCidr"
		first    = "properties.masterProfile.firstConsecutiveStaticIP"
		pods     = "properties." + kubernetes + "clusterSubnet"
		services = "properties." + kubernetes + "serviceCidr"
		dns      = "properties." + kubernetes + "dnsServiceIP"
	)
	for name, v := range map[string]verdict{
		"no network":         {[]string{"masterProfile.vnetCidr=10.240.0.0"}, vnet, `"10.240.0.0" is no network`},
		"host bits":          {[]string{"masterProfile.vnetCidr=10.240.1.0/12"}, vnet, "has bits set beyond its prefix. Write 10.240.0.0/12."},
		"IPv6":               {[]string{"masterProfile.vnetCidr=fd00::/64"}, vnet, "is an IPv6 network, which is not supported yet"},
		"Azure's own":        {[]string{"masterProfile.vnetCidr=169.254.0.0/20"}, vnet, "which Azure keeps for itself"},
		"too small":          {[]string{"masterProfile.vnetCidr=10.9.0.0/25"}, vnet, "must be a /8 to /24 network, is a /25"},
		"too large":          {[]string{"masterProfile.vnetCidr=10.0.0.0/7"}, vnet, "must be a /8 to /24 network, is a /7"},
		"too few nodes":      {[]string{"masterProfile.vnetCidr=10.9.0.0/24", "agentPoolProfiles[0].count=122"}, vnet, "has room for 123 machines in its node subnet 10.9.0.0/25; the pools need 126: 124 nodes, and one more for each of 2 pools while a node is replaced"},
		"outside":            {[]string{"masterProfile.firstConsecutiveStaticIP=10.9.0.5"}, first, "10.9.0.5 is outside vnetCidr 10.240.0.0/12. Use for example 10.255.255.5."},
		"no address":         {[]string{"masterProfile.firstConsecutiveStaticIP=five"}, first, `"five" is no IP address`},
		"Azure's first":      {[]string{"masterProfile.firstConsecutiveStaticIP=10.255.255.3"}, first, "Use an address from 10.255.255.4 to 10.255.255.254."},
		"Azure's last":       {[]string{"masterProfile.firstConsecutiveStaticIP=10.255.255.255"}, first, "leaves no room for 1 masters"},
		"pods in vnet":       {[]string{kubernetes + "clusterSubnet=10.241.0.0/16"}, pods, "10.241.0.0/16 overlaps 10.240.0.0/12 of properties.masterProfile.vnetCidr"},
		"services in vnet":   {[]string{kubernetes + "serviceCidr=10.240.0.0/16"}, services, "overlaps 10.240.0.0/12"},
		"pods in services":   {[]string{kubernetes + "clusterSubnet=10.0.0.0/15", kubernetes + "serviceCidr=10.0.0.0/16"}, pods, "overlaps 10.0.0.0/16"},
		"few pods":           {[]string{kubernetes + "clusterSubnet=192.168.0.0/24"}, pods, "has 4 blocks of a /26 for the pods of a node; the cluster needs 7: one for each of 5 nodes, and one for each of 2 pools while a node is replaced"},
		"services too large": {[]string{kubernetes + "serviceCidr=172.0.0.0/8"}, services, "must be a /12 to /28 network, is a /8"},
		"services too small": {[]string{kubernetes + "serviceCidr=172.16.0.0/29"}, services, "is a /29"},
		"dns outside":        {[]string{kubernetes + "dnsServiceIP=10.1.0.10"}, dns, "10.1.0.10 is outside serviceCidr 10.0.0.0/16. Use for example 10.0.0.10."},
		"dns first":          {[]string{kubernetes + "dnsServiceIP=10.0.0.1"}, dns, "is not the tenth address of serviceCidr 10.0.0.0/16"},
		"dns zeroth":         {[]string{kubernetes + "dnsServiceIP=10.0.0.0"}, dns, "is not the tenth address"},
		"dns last":           {[]string{kubernetes + "dnsServiceIP=10.0.255.255"}, dns, "is not the tenth address"},
		"dns no address":     {[]string{kubernetes + "dnsServiceIP=ten"}, dns, `"ten" is no IP address`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := loaded(t, with(v.set...)).Validate(apimodel.Given{})
			require.Len(t, report.Faults, 1, "one mistake gives one message:\n%s", report.Faults.Error())
			requireFault(t, report.Faults, v.path, v.want)
		})
	}
}

func TestValidateWarns(t *testing.T) {
	t.Parallel()
	const config = "properties." + kubernetes
	for name, v := range map[string]verdict{
		"unknown region":   {[]string{"location=marswest"}, "location", `"marswest" is no region that is known here`},
		"near a region":    {[]string{"location=westeuropa"}, "location", `Did you mean "westeurope"?`},
		"no pools":         {[]string{"agentPoolProfiles=[]"}, "properties.agentPoolProfiles", "there are no agent pools"},
		"windows only":     {[]string{"agentPoolProfiles[0].osType=Windows", "masterProfile.count=3"}, "properties.agentPoolProfiles", "there is no Linux pool"},
		"coredns off":      {[]string{kubernetes + "addons[0].name=coredns", kubernetes + "addons[0].enabled=false"}, config + "addons[0].enabled", "is part of every cluster and stays on"},
		"principal":        {[]string{clientID, "servicePrincipalProfile.secret=x"}, "properties.servicePrincipalProfile", "becomes the Azure credentials of the cloud provider"},
		"unused principal": {[]string{clientID, "servicePrincipalProfile.secret=x", kubernetes + "useManagedIdentity=true"}, "properties.servicePrincipalProfile", "is not used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := loaded(t, with(v.set...)).Validate(apimodel.Given{})
			require.NoError(t, report.Err())
			require.Len(t, report.Warnings, 1, report.Warnings.Error())
			requireFault(t, report.Warnings, v.path, v.want)
		})
	}
}

func TestValidateIsSilentAbout(t *testing.T) {
	t.Parallel()
	for name, set := range map[string][]string{
		"the base":               nil,
		"an add-on that is off":  {kubernetes + "addons[0].name=container-monitoring", kubernetes + "addons[0].enabled=false"},
		"coredns":                {kubernetes + "addons[0].name=coredns", kubernetes + "addons[0].enabled=true"},
		"Kubernetes in any case": {"orchestratorProfile.orchestratorType=KUBERNETES"},
		"a node label":           {"agentPoolProfiles[0].customNodeLabels.node.kubernetes.io/team=web"},
		"a label of one's own":   {"agentPoolProfiles[0].customNodeLabels.example.com/team="},
		"certificate names":      {"masterProfile.subjectAltNames=[api.example.com, 10.1.2.3, \"*.example.com\"]"},
		"brackets in a password": {"windowsProfile.adminPassword=<Corr3ct#H0rse!>"},
		"the tutorial's login":   {"windowsProfile.adminPassword=S3cur3P@ssw0rd"},
		"a blank key":            {"linuxProfile.ssh.publicKeys[0].keyData="},
		"a blank principal":      {"servicePrincipalProfile.clientId=", "servicePrincipalProfile.secret="},
		"the last free address":  {"masterProfile.firstConsecutiveStaticIP=10.255.255.254"},
		"200 nodes":              {"agentPoolProfiles[0].count=200"},
		"Windows 2025":           {"agentPoolProfiles[1].windowsRelease=2025"},
		"azure in a prefix":      {"masterProfile.dnsPrefix=my-azure"},
		"a later login":          {"masterProfile.dnsPrefix=my-login"},
		"a Windows disk of 127":  {"agentPoolProfiles[1].osDiskSizeGB=127"},
		"no Windows disk":        {"agentPoolProfiles[1].osDiskSizeGB=0"},
		"a Linux disk of 30":     {"agentPoolProfiles[0].osDiskSizeGB=30"},
		"a promotion":            {"agentPoolProfiles[0].vmSize=Standard_DS2_v2_Promo"},
		"a graphics card":        {"agentPoolProfiles[0].vmSize=Standard_NP10s"},
		"16 cores":               {"masterProfile.vmSize=Standard_D16s_v5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := loaded(t, with(set...)).Validate(apimodel.Given{})
			require.Empty(t, report.Faults)
			require.Empty(t, report.Warnings)
		})
	}
}

func TestValidateADefinitionWrittenInGo(t *testing.T) {
	t.Parallel()
	d := &apimodel.Definition{Properties: apimodel.Properties{
		AgentPoolProfiles: []*apimodel.AgentPoolProfile{nil, {Name: "a", Count: 1, VMSize: "Standard_D2_v3"}},
		ExtensionProfiles: []*apimodel.ExtensionProfile{nil},
		OrchestratorProfile: &apimodel.OrchestratorProfile{
			KubernetesConfig: &apimodel.KubernetesConfig{Addons: []*apimodel.Addon{nil}},
		},
	}}
	d.Default()
	d.Redacted()
	require.Len(t, d.Nodes(), 1)
	require.EqualError(t, d.Validate(apimodel.Given{}).Err(), strings.Join([]string{
		"location: is missing. Add it, or give --location or the stack's config key hybridcluster:location.",
		"properties.agentPoolProfiles[0]: must be an object, is null. Remove it.",
		"properties.extensionProfiles[0]: must be an object, is null. Remove it.",
		"properties.masterProfile: is missing. Add it, with count, dnsPrefix and vmSize.",
		"properties.orchestratorProfile.kubernetesConfig.addons[0]: must be an object, is null. Remove it.",
	}, "\n"))
}

func TestEveryReleaseIsValid(t *testing.T) {
	t.Parallel()
	for _, r := range apimodel.Releases() {
		d := loaded(t, with("orchestratorProfile.orchestratorRelease="+r.Minor, "orchestratorProfile.orchestratorVersion="+r.Kubernetes))
		require.NoError(t, d.Validate(apimodel.Given{}).Err())
		require.Equal(t, r, d.Release())
	}
	require.Equal(t, apimodel.DefaultRelease, loaded(t, with("orchestratorProfile.orchestratorRelease=")).Release().Minor)
}
