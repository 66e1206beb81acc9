package apimodel_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

const (
	// publicKey is a key whose bytes are counted up: nobody has its private one.
	publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
	script    = `{"name": "hello", "version": "v2", "script": "hello.sh", "rootURL": "https://example.com/", "urlQuery": "sig=x", "extensionParameters": "-x", "scriptSHA256": "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"}`
	vaultID   = subID + "Microsoft.KeyVault/vaults/kv1"
	secret    = `{"sourceVault": {"id": "` + vaultID + `"}, "vaultCertificates": [{"certificateUrl": "https://KV1.vault.azure.net/secrets/c/0123456789abcdef0123456789abcdef"`
)

// legal are uses of the format that are as they should be.
func legal() map[string][]string {
	const set = linux + "availabilityProfile=AvailabilitySet"
	const gallery = `{"name": "i", "resourceGroup": "g", "subscriptionId": "00000000-0000-0000-0000-000000000000", "gallery": "g.1", "version": "1.0.0"}`
	return map[string][]string{
		"an editor's schema":                {"$schema=./hybridcluster.schema.json"},
		"three masters":                     {master + "count=3"},
		"five masters":                      {master + "count=5", master + "firstConsecutiveStaticIP=10.255.255.250"},
		"scale sets by name":                {linux + "availabilityProfile=VirtualMachineScaleSets"},
		"1000 machines of a scale set":      {linux + "count=1000", kubernetes + "maxPods=60"},
		"600 machines of an image":          {linux + "count=600", linux + "imageReference=" + gallery, kubernetes + "maxPods=60"},
		"100 machines in a placement group": {linux + "count=100", linux + "singlePlacementGroup=true"},
		"300 machines in zones":             {set, linux + "count=300", linux + `availabilityZones=["1", "2", "3"]`},
		"no placement group in a set":       {set, linux + "singlePlacementGroup=false", linux + "scaleSetPriority=Regular"},
		"Spot":                              {linux + "scaleSetPriority=Spot"},
		"Spot with a price":                 {linux + "scaleSetPriority=Spot", linux + "scaleSetEvictionPolicy=Deallocate", linux + "spotMaxPrice=0.08765"},
		"Spot at the regular price":         {linux + "scaleSetPriority=Spot", linux + "spotMaxPrice=-1"},
		"zones":                             {master + `availabilityZones=["1", "2", "3"]`, linux + `availabilityZones=["2"]`, windows + `availabilityZones=["3", "1"]`},
		"zones of an unknown region":        {"location=germanywestcentral", linux + `availabilityZones=["2"]`},
		"domains of sets":                   {set, linux + "platformFaultDomainCount=3", linux + "platformUpdateDomainCount=20", master + "platformFaultDomainCount=2", master + "platformUpdateDomainCount=5"},
		"domains of scale sets":             {linux + "platformFaultDomainCount=5", windows + "platformFaultDomainCount=1", windows + `availabilityZones=["1"]`},
		"placement groups":                  {linux + "proximityPlacementGroupID=" + subID + "microsoft.compute/PROXIMITYplacementgroups/p", master + "proximityPlacementGroupID=" + subID + "Microsoft.Compute/proximityPlacementGroups/p", linux + `availabilityZones=["1"]`},
		"managed disks by name":             {linux + "storageProfile=ManagedDisks", master + "storageProfile=ManagedDisks", master + "availabilityProfile=AvailabilitySet", linux + "osDiskCachingType=None", master + "osDiskCachingType=ReadOnly", master + "osDiskSizeGB=200"},
		"an ephemeral disk":                 {linux + "storageProfile=Ephemeral", linux + "vmSize=Standard_D4ds_v5", linux + "osDiskSizeGB=150", linux + "osDiskCachingType=ReadOnly"},
		"an ephemeral disk for Windows":     {windows + "storageProfile=Ephemeral", windows + "vmSize=Standard_D4ds_v5"},
		"data disks":                        {linux + "diskSizesGB=[1, 128, 4095, 32767]", linux + "dataDiskCachingType=None"},
		"cached data disks":                 {linux + "diskSizesGB=[4095]", linux + "dataDiskCachingType=ReadWrite"},
		"large data disks":                  {linux + "diskSizesGB=[4096]"},
		"encrypted disks":                   {linux + "diskEncryptionSetID=" + subID + "Microsoft.Compute/diskEncryptionSets/d", linux + "encryptionAtHost=true", master + "encryptionAtHost=true"},
		"ultra disks":                       {linux + "ultraSSDEnabled=true", linux + `availabilityZones=["1"]`, master + "ultraSSDEnabled=false"},
		"accelerated networking":            {linux + "acceleratedNetworkingEnabled=true", windows + "acceleratedNetworkingEnabledWindows=true"},
		"no accelerated networking":         {linux + "acceleratedNetworkingEnabled=false", linux + "acceleratedNetworkingEnabledWindows=false"},
		"auditd and kernel parameters":      {linux + "auditDEnabled=true", master + "auditDEnabled=true", linux + "sysctldConfig.net.core.somaxconn=4096", master + `sysctldConfig={"net.ipv4.ip_forward": "1", "net/ipv4/tcp_rmem": "4096 87380 6291456", "kernel.pid_max": "65536"}`},
		"tags":                              {"tags.team=web & more", linux + "customVMTags.cost centre=1", master + "customVMTags.Team=x"},
		"49 tags":                           {"tags={x: y" + manyTags(48) + "}"},
		"taints":                            {linux + `taints=["gpu=yes:NoSchedule", "gpu:NoExecute", "example.com/a:PreferNoSchedule", "node.example.com/b=:NoSchedule"]`},
		"Ubuntu 22.04":                      {linux + "distro=ubuntu-22.04", master + "distro=ubuntu-24.04"},
		"images":                            {linux + `imageReference={"name": "i", "resourceGroup": "g"}`, master + "imageReference=" + gallery, windows + `imageReference={"name": "i", "gallery": "g", "version": "latest"}`},
		"an image for all Windows pools":    {"windowsProfile.imageReference=" + gallery},
		"a SKU":                             {"windowsProfile.windowsPublisher=MicrosoftWindowsServer", "windowsProfile.windowsOffer=WindowsServer", "windowsProfile.windowsSku=2019-Datacenter-Core-with-Containers-smalldisk", "windowsProfile.imageVersion=17763.557.1907191"},
		"the latest version":                {"windowsProfile.imageVersion=latest"},
		"a pool's SKU":                      {windows + `windowsImage={"publisher": "p", "offer": "o", "sku": "2025-datacenter-core-g2", "version": "26100.1.2"}`, windows + "windowsRelease=2025"},
		"a script":                          {"extensionProfiles[1]=" + script, linux + `extensions[0]={"name": "hello", "singleOrAll": "All"}`, master + `preProvisionExtension={"name": "hello", "singleOrAll": "single"}`, master + `extensions[0]={"name": "hello", "singleOrAll": "ALL"}`},
		"a script for the first machine":    {"extensionProfiles[1]=" + script, set, linux + `preProvisionExtension={"name": "hello", "singleOrAll": "Single"}`},
		"a script nobody runs":              {"extensionProfiles[1]=" + script},
		"certificates":                      {"linuxProfile.secrets=[" + secret + "}]}]", `windowsProfile.secrets=[` + secret + `, "certificateStore": "My"}]}]`},
		"names and DNS":                     {"linuxProfile.customNodesDNS.dnsServer=10.1.2.3", "linuxProfile.customSearchDomain.name=corp.example.com"},
		"updates":                           {"linuxProfile.runUnattendedUpgradesOnBootstrap=true", "linuxProfile.enableUnattendedUpgrades=false", "windowsProfile.enableAutomaticUpdates=true"},
		"Windows switches":                  {"windowsProfile.sshEnabled=false", "windowsProfile.enableAHUB=true", "windowsProfile.windowsSecureTLSEnabled=true", "windowsProfile.adminUsername=wadmin", "windowsProfile.adminPassword=Corr3ct-Horse-Battery"},
		"csi-proxy":                         {"windowsProfile.enableCSIProxy=true", "windowsProfile.csiProxyURL=https://example.com/a.tar.gz?sig=x", "windowsProfile.csiProxySHA256=" + strings.Repeat("0", 64)},
		"custom files":                      {master + `customFiles=[{"dest": "/etc/kubernetes/podnodeselector.yaml", "content": "x"}, {"dest": "/opt/a b", "content": "y"}]`},
		"who may reach the API server":      {master + "HTTPSourceAddressPrefix=203.0.113.0/24"},
		"all may reach the API server":      {master + "HTTPSourceAddressPrefix=*"},
		"the way out":                       {kubernetes + "loadBalancerOutboundIPs=16", kubernetes + "outboundRuleIdleTimeoutInMinutes=120"},
		"kube-proxy":                        {kubernetes + "kubeProxyMode=iptables"},
		"nftables":                          {kubernetes + "kubeProxyMode=nftables"},
		"few pods":                          {kubernetes + "maxPods=5", windows + "kubernetesConfig.maxPods=60", linux + "kubernetesConfig.maxPods=250", master + "kubernetesConfig.maxPods=30"},
		"garbage collection":                {kubernetes + "gchighthreshold=70", kubernetes + "gclowthreshold=60", linux + "kubernetesConfig.gchighthreshold=100", linux + "kubernetesConfig.gclowthreshold=1", master + "kubernetesConfig.gchighthreshold=90", master + "kubernetesConfig.gclowthreshold=85", windows + "kubernetesConfig.gclowthreshold=50"},
		"kubelet flags":                     {kubernetes + `kubeletConfig={"--max-pods": "110", "serialize-image-pulls": "false", "--register-with-taints": "a=b:NoSchedule"}`, windows + `kubernetesConfig.kubeletConfig={"--kube-reserved": "cpu=100m"}`, windows + "kubernetesConfig.maxPods=60", master + `kubernetesConfig.kubeletConfig={"--v": "4"}`},
		"control plane flags":               {kubernetes + `apiServerConfig={"--oidc-issuer-url": "https://example.com", "--oidc-client-id": "cluster", "--v": "2"}`, kubernetes + "controllerManagerConfig.--node-monitor-grace-period=1m", kubernetes + "schedulerConfig.--v=2"},
		"registries":                        {kubernetes + `containerRegistries={"registries": ["` + registryID + `", "other1-a1.azurecr.io"], "userAssignedID": "` + subID + `Microsoft.ManagedIdentity/userAssignedIdentities/puller", "linuxProviderURL": "https://example.com/provider", "linuxProviderSHA256": "` + pinned + `", "windowsProviderURL": "https://example.com/provider.exe", "windowsProviderSHA256": "` + strings.ToUpper(pinned) + `"}`},
		"an identity by name":               {kubernetes + "userAssignedID=aksenginetestid"},
		"an identity by id":                 {kubernetes + "userAssignedID=" + subID + "Microsoft.ManagedIdentity/userAssignedIdentities/mine", kubernetes + "useManagedIdentity=true"},
		"add-ons that are off":              {kubernetes + `addons=[{"name": "tiller", "enabled": false}, {"name": "heapster", "enabled": false, "config": {"a": "b"}}, {"name": "aad-pod-identity", "enabled": false}]`},
		"add-ons": {kubernetes + `addons=[{"name": "metrics-server"}, {"name": "azuredisk-csi-driver", "enabled": true}, {"name": "azurefile-csi-driver"},
			{"name": "kube-prometheus-stack"}, {"name": "node-problem-detector", "config": {"systemLogMonitor": "/config/kernel-monitor.json, /config/systemd-monitor.json"}},
			{"name": "cluster-autoscaler", "config": {"scan-interval": "30s", "memory-total": "0:640", "v": "2", "scale-down-enabled": "true",
			"scale-down-utilization-threshold": "0.4", "expendable-pods-priority-cutoff": "-5", "stderrthreshold": "warning", "max-inactivity": ""},
			"pools": [{"name": "lin", "config": {"max-nodes": "5"}}, {"name": "win", "config": {"min-nodes": "0", "max-nodes": "3"}}]}]`},
		"etcd, networks and version": {kubernetes + "etcdDiskSizeGB=64", kubernetes + "clusterSubnet=10.244.0.0/16", kubernetes + "serviceCidr=10.96.0.0/12", kubernetes + "dnsServiceIP=10.96.0.10", master + "vnetCidr=10.9.0.0/16", "orchestratorProfile.orchestratorVersion=1.36.5", "orchestratorProfile.orchestratorType=Kubernetes"},
		"many labels":                {linux + "customNodeLabels.example.com/team=web", master + "subjectAltNames=[api.example.com]", "linuxProfile.adminUsername=me"},
		"a key":                      {"linuxProfile.ssh.publicKeys[0].keyData=" + publicKey},
	}
}

// legalWithAWarning are uses of which something has to be said.
func legalWithAWarning() map[string][]string {
	subnets := []string{masters, first, linux + "vnetSubnetID=" + vnetID + "a", windows + "vnetSubnetID=" + strings.ToUpper(vnetID) + "b"}
	return map[string][]string{
		"subnets of each pool":       subnets,
		"a subnet for all pools":     {masters, agents, first, master + "vnetCidr=10.9.0.0/16"},
		"a private cluster":          {kubernetes + `privateCluster={"enabled": true, "jumpboxProfile": {"name": "jumpbox", "vmSize": "Standard_B2s", "osDiskSizeGB": 30, "username": "me", "publicKey": "` + publicKey + `"}}`, master + "HTTPSourceAddressPrefix=*"},
		"kube-proxy's old mode":      {kubernetes + "kubeProxyMode=ipvs"},
		"a principal":                {clientID, "servicePrincipalProfile.secret=x", kubernetes + "useManagedIdentity=false"},
		"a principal in a key vault": {clientID, `servicePrincipalProfile.keyvaultSecretRef={"vaultID": "` + vaultID + `", "secretName": "s", "version": "0123456789abcdef0123456789abcdef"}`},
	}
}

func TestValidateIsSilentAboutLegalUses(t *testing.T) {
	t.Parallel()
	for name, set := range legal() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := loaded(t, with(set...)).Validate(apimodel.Given{})
			require.Empty(t, report.Faults)
			require.Empty(t, report.Substitutions)
			require.Empty(t, report.Warnings)
		})
	}
	for name, set := range legalWithAWarning() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := loaded(t, with(set...)).Validate(apimodel.Given{})
			require.Empty(t, report.Faults)
			require.Empty(t, report.Substitutions)
			require.Len(t, report.Warnings, 1)
		})
	}
}

// TestEverySupportedFieldHasALegalUse keeps the table above complete.
func TestEverySupportedFieldHasALegalUse(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	all := legal()
	maps.Copy(all, legalWithAWarning())
	for _, set := range all {
		d, err := apimodel.Load(with(set...))
		require.NoError(t, err)
		data, err := json.Marshal(d)
		require.NoError(t, err)
		var value any
		require.NoError(t, json.Unmarshal(data, &value))
		mark(used, "", value)
	}
	elsewhere := map[string]bool{
		"properties.linuxProfile.secrets[].vaultCertificates[].certificateStore": true, // for Windows
		"properties.masterProfile.customFiles[].source":                          true, // TestLoadReadsCustomFiles
		"$schema": true, // it is read and not kept
	}
	for _, v := range apimodel.Verdicts() {
		if v.Verdict == apimodel.Supported && !elsewhere[v.Path] {
			assert.True(t, used[v.Path], "no legal use of %s", v.Path)
		}
	}
}

func mark(used map[string]bool, path string, value any) {
	used[path] = true
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			mark(used, strings.TrimPrefix(path+"."+key, "."), child)
		}
	case []any:
		for _, child := range v {
			mark(used, path+"[]", child)
		}
	}
}

func TestAddonVerdicts(t *testing.T) {
	t.Parallel()
	verdicts := apimodel.AddonVerdicts()
	require.Greater(t, len(verdicts), 35)
	// One names no pool here, the other is retired by Microsoft.
	warned := map[string]int{"cluster-autoscaler": 1, "container-monitoring": 1}
	for i, v := range verdicts {
		if i > 0 {
			require.Less(t, verdicts[i-1].Name, v.Name, "sorted, and once each")
		}
		require.NotEmpty(t, v.Reason, v.Name)
		require.Regexp(t, regexp.MustCompile(`^[^.]`), v.Reason)
		require.Equal(t, v.Verdict == apimodel.Unsupported, v.Remedy != "", v.Name)
		require.False(t, v.Later && v.Verdict != apimodel.Unsupported, v.Name)
		report := loaded(t, with(kubernetes+"addons[0].name="+v.Name)).Validate(apimodel.Given{})
		off := loaded(t, with(kubernetes+"addons[0].name="+v.Name, kubernetes+"addons[0].enabled=false")).Validate(apimodel.Given{})
		require.Empty(t, off.Faults, v.Name)
		require.Empty(t, off.Substitutions, v.Name)
		require.Equal(t, warned[v.Name], len(report.Warnings), v.Name)
		want := map[apimodel.Verdict][2]int{apimodel.Supported: {0, 0}, apimodel.Substituted: {0, 1}, apimodel.Unsupported: {1, 0}}[v.Verdict]
		require.Equal(t, want, [2]int{len(report.Faults), len(report.Substitutions)}, v.Name)
	}
}

func TestLoadReadsCustomFiles(t *testing.T) {
	t.Parallel()
	s := with(master + `customFiles=[{"source": "a.yaml", "dest": "/etc/a"}, {"source": "none", "dest": "/etc/b"}, {"source": "a.yaml", "content": "own", "dest": "/etc/c"}]`)
	s.ReadFile = func(path string) ([]byte, error) {
		if path == "a.yaml" {
			return []byte("text"), nil
		}
		return nil, fs.ErrNotExist
	}
	faults := loadFaults(t, s)
	require.Len(t, faults, 1)
	requireFault(t, faults, "properties.masterProfile.customFiles[1].source", `the file "none" cannot be read: file does not exist`)
	s.Set = append(s.Set, master+"customFiles[1].source=a.yaml")
	d := loaded(t, s)
	require.NoError(t, d.Validate(apimodel.Given{}).Err())
	files := d.Properties.MasterProfile.CustomFiles
	require.Equal(t, []string{"text", "text", "own"}, []string{files[0].Content, files[1].Content, files[2].Content})
}
