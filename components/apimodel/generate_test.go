package apimodel_test

import (
	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// generator draws definitions as a program might write them, most of them with
// faults. Words that mean something are drawn often, so that rules are reached.
type generator struct{ t *rapid.T }

func definitions() *rapid.Generator[*apimodel.Definition] {
	return rapid.Custom(func(t *rapid.T) *apimodel.Definition {
		g := generator{t}
		d := &apimodel.Definition{APIVersion: apimodel.APIVersion, Location: g.text("location"), Tags: g.words("tags")}
		p := &d.Properties
		if g.truth("orchestrator") {
			p.OrchestratorProfile = g.orchestrator()
		}
		if g.truth("master") {
			p.MasterProfile = g.master()
		}
		for range rapid.IntRange(0, 3).Draw(t, "pools") {
			p.AgentPoolProfiles = append(p.AgentPoolProfiles, g.pool())
		}
		if g.truth("logins") {
			g.logins(p)
		}
		return d
	})
}

func (g generator) text(label string) string {
	return rapid.OneOf(rapid.SampledFrom([]string{
		"", "demo", "1.36", "Windows", "Linux", "10.0.0.0/16", "10.1.2.3", "<use your X>", "fd00::/8", "::", "westeurope", "hello", "winrm",
		"Ephemeral", "ReadOnly", "Spot", "AvailabilitySet", "VirtualMachineScaleSets", "2019-datacenter", "microsoft-aks", "ubuntu", "all", "single",
		"Standard_D4ds_v5", "Standard_B1s", "/subscriptions/SUB_ID/x", vnetID + "a", vaultID, "https://example.com/", "a=b:NoSchedule", "5", "true",
	}), rapid.String()).Draw(g.t, label)
}

func (g generator) truth(label string) bool { return rapid.Bool().Draw(g.t, label) }

func (g generator) maybe(label string) *bool { return rapid.Ptr(rapid.Bool(), true).Draw(g.t, label) }

func (g generator) number(label string) int {
	return rapid.OneOf(rapid.IntRange(-1, 6), rapid.SampledFrom([]int{30, 60, 61, 110, 128, 200, 1000, 4096}), rapid.Int()).Draw(g.t, label)
}

func (g generator) maybeNumber(label string) *int {
	if !g.truth(label) {
		return nil
	}
	return new(g.number(label))
}

func (g generator) words(label string) map[string]string {
	if !g.truth(label) {
		return nil
	}
	return map[string]string{g.text(label): g.text(label)}
}

func (g generator) flags(label string) map[string]string {
	name := rapid.OneOf(rapid.SampledFrom([]string{
		"--max-pods", "node-labels", "--register-with-taints", "--feature-gates", "--cloud-provider", "--v", "--image-gc-low-threshold", "--Nonsense",
	}), rapid.String()).Draw(g.t, label)
	return map[string]string{name: g.text(label)}
}

func (g generator) orchestrator() *apimodel.OrchestratorProfile {
	k := &apimodel.KubernetesConfig{
		ClusterSubnet: g.text("pods"), ServiceCIDR: g.text("services"), DNSServiceIP: g.text("dns"), KubeProxyMode: g.text("proxy"),
		MaxPods: g.number("max"), UseManagedIdentity: g.maybe("identity"), UserAssignedID: g.text("assigned"), EtcdDiskSizeGB: g.number("etcd"),
		LoadBalancerOutboundIPs: g.number("ips"), OutboundRuleIdleTimeoutInMinutes: g.number("idle"),
		GCHighThreshold: g.number("high"), GCLowThreshold: g.number("low"), KubeletConfig: g.flags("kubelet"), APIServerConfig: g.flags("api"),
		ControllerManagerConfig: g.flags("manager"), SchedulerConfig: g.flags("scheduler"),
		Addons: []*apimodel.Addon{{Name: g.text("addon"), Enabled: g.maybe("enabled"), Config: g.words("config")}},
	}
	if g.truth("private") {
		k.PrivateCluster = &apimodel.PrivateCluster{Enabled: g.maybe("on"), JumpboxProfile: &apimodel.JumpboxProfile{
			Name: g.text("jumpbox"), VMSize: g.text("size"), OSDiskSizeGB: g.number("disk"), Username: g.text("user"), PublicKey: g.text("key"),
		}}
	}
	return &apimodel.OrchestratorProfile{
		OrchestratorType: g.text("type"), OrchestratorRelease: g.text("release"), OrchestratorVersion: g.text("version"), KubernetesConfig: k,
	}
}

func (g generator) master() *apimodel.MasterProfile {
	return &apimodel.MasterProfile{
		Count: rapid.IntRange(-1, 6).Draw(g.t, "count"), DNSPrefix: g.text("prefix"), VMSize: g.text("size"), AvailabilityProfile: g.text("profile"),
		VnetCIDR: g.text("vnet"), VnetSubnetID: g.text("subnet"), AgentVnetSubnetID: g.text("agents"), FirstConsecutiveStaticIP: g.text("first"),
		SubjectAltNames: []string{g.text("san")}, HTTPSourceAddressPrefix: g.text("source"),
		CustomFiles:    []apimodel.CustomFile{{Source: g.text("file"), Dest: g.text("dest"), Content: "x" + g.text("content")}},
		MachineProfile: g.machine(),
	}
}

func (g generator) pool() *apimodel.AgentPoolProfile {
	p := &apimodel.AgentPoolProfile{
		Name: g.text("name"), Count: rapid.IntRange(-1, 6).Draw(g.t, "nodes"), VMSize: g.text("vmSize"), OSType: apimodel.OSType(g.text("os")),
		AvailabilityProfile: g.text("profile"), VnetSubnetID: g.text("subnet"), CustomNodeLabels: g.words("labels"), Taints: []string{g.text("taint")},
		DataDiskCachingType: g.text("caching"), DiskEncryptionSetID: g.text("set"), AcceleratedNetworkingEnabled: g.maybe("fast"),
		AcceleratedNetworkingEnabledWindows: g.maybe("fast"), ScaleSetPriority: g.text("priority"), ScaleSetEvictionPolicy: g.text("policy"),
		SpotMaxPrice: rapid.Ptr(rapid.Float64Range(-2, 2), true).Draw(g.t, "price"), SinglePlacementGroup: g.maybe("group"),
		WindowsRelease: g.text("windows"), MachineProfile: g.machine(),
	}
	if g.truth("disks") {
		p.DiskSizesGB = []int{g.number("disk"), g.number("disk")}
	}
	if g.truth("image") {
		p.WindowsImage = &apimodel.MarketplaceImage{Publisher: g.text("publisher"), Offer: g.text("offer"), SKU: g.text("sku"), Version: g.text("version")}
	}
	return p
}

func (g generator) machine() apimodel.MachineProfile {
	m := apimodel.MachineProfile{
		OSDiskSizeGB: g.number("disk"), OSDiskCachingType: g.text("caching"), StorageProfile: g.text("storage"), AvailabilityZones: []string{g.text("zone")},
		PlatformFaultDomainCount: g.maybeNumber("fault"), PlatformUpdateDomainCount: g.maybeNumber("update"), ProximityPlacementGroupID: g.text("ppg"),
		Distro: g.text("distro"), CustomVMTags: g.words("tags"), EncryptionAtHost: g.maybe("encrypted"), UltraSSDEnabled: g.maybe("ultra"),
		AuditDEnabled: g.maybe("audit"), SysctldConfig: g.words("sysctl"),
		Extensions: []apimodel.Extension{{Name: g.text("extension"), SingleOrAll: g.text("single")}},
	}
	if g.truth("more") {
		m.ImageReference = g.image()
		m.PreProvisionExtension = &apimodel.Extension{Name: g.text("extension")}
		m.KubernetesConfig = &apimodel.NodeKubernetesConfig{
			MaxPods: g.number("max"), GCHighThreshold: g.number("high"), GCLowThreshold: g.number("low"), KubeletConfig: g.flags("kubelet"),
		}
	}
	return m
}

func (g generator) image() *apimodel.ImageReference {
	return &apimodel.ImageReference{
		Name: g.text("name"), ResourceGroup: g.text("group"), SubscriptionID: g.text("subscription"), Gallery: g.text("gallery"), Version: g.text("version"),
	}
}

func (g generator) logins(p *apimodel.Properties) {
	secrets := []apimodel.KeyVaultSecrets{{
		SourceVault:       &apimodel.KeyVaultID{ID: g.text("vault")},
		VaultCertificates: []apimodel.KeyVaultCertificate{{CertificateURL: g.text("url"), CertificateStore: g.text("store")}},
	}}
	p.LinuxProfile = &apimodel.LinuxProfile{
		AdminUsername: g.text("user"), SSH: apimodel.SSHConfig{PublicKeys: []apimodel.PublicKey{{KeyData: g.text("key")}}}, Secrets: secrets,
		CustomNodesDNS: &apimodel.CustomNodesDNS{DNSServer: g.text("server")}, CustomSearchDomain: &apimodel.CustomSearchDomain{Name: g.text("domain")},
		RunUnattendedUpgradesOnBootstrap: g.maybe("upgrade"), EnableUnattendedUpgrades: g.maybe("upgrades"),
	}
	p.WindowsProfile = &apimodel.WindowsProfile{
		AdminUsername: g.text("admin"), AdminPassword: g.text("password"), SSHEnabled: g.maybe("ssh"), EnableAutomaticUpdates: g.maybe("updates"),
		EnableAHUB: g.maybe("hub"), EnableCSIProxy: g.maybe("proxy"), CSIProxyURL: g.text("url"), CSIProxySHA256: g.text("digest"),
		WindowsSecureTLSEnabled: g.maybe("tls"), WindowsPublisher: g.text("publisher"), WindowsOffer: g.text("offer"), WindowsSku: g.text("sku"),
		ImageVersion: g.text("version"), Secrets: secrets,
	}
	if g.truth("image") {
		p.WindowsProfile.ImageReference = g.image()
	}
	p.ServicePrincipalProfile = &apimodel.ServicePrincipalProfile{ClientID: g.text("id"), Secret: g.text("secret")}
	if g.truth("reference") {
		p.ServicePrincipalProfile.KeyvaultSecretRef = &apimodel.KeyvaultSecretRef{VaultID: g.text("vault"), SecretName: g.text("name"), Version: g.text("version")}
	}
	p.ExtensionProfiles = []*apimodel.ExtensionProfile{{
		Name: g.text("profile"), Version: g.text("version"), RootURL: g.text("root"), Script: g.text("script"), URLQuery: g.text("query"),
		ScriptSHA256: g.text("digest"), ExtensionParameters: g.text("parameters"),
	}}
}
