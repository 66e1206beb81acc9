package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestDefaultFillsInWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	d := loaded(t, with())
	yes, no := true, false
	lin, win := d.Properties.AgentPoolProfiles[0], d.Properties.AgentPoolProfiles[1]
	require.Equal(t, &apimodel.OrchestratorProfile{
		OrchestratorType: "Kubernetes", OrchestratorRelease: "1.36",
		KubernetesConfig: &apimodel.KubernetesConfig{
			ClusterSubnet: "192.168.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10",
			UseManagedIdentity: &yes, EtcdDiskSizeGB: 256, KubeProxyMode: "iptables", MaxPods: 110,
			LoadBalancerOutboundIPs: 1, OutboundRuleIdleTimeoutInMinutes: 4,
		},
	}, d.Properties.OrchestratorProfile)
	require.Equal(t, &apimodel.MasterProfile{
		Count: 1, DNSPrefix: "demo", VMSize: "Standard_D2_v3", AvailabilityProfile: "AvailabilitySet",
		VnetCIDR: "10.240.0.0/12", FirstConsecutiveStaticIP: "10.255.255.5",
		MachineProfile: apimodel.MachineProfile{StorageProfile: "ManagedDisks", OSDiskCachingType: "ReadWrite", Distro: "ubuntu-24.04"},
	}, d.Properties.MasterProfile)
	machine := apimodel.MachineProfile{StorageProfile: "ManagedDisks", OSDiskCachingType: "ReadWrite", Distro: "ubuntu-24.04"}
	require.Equal(t, &apimodel.AgentPoolProfile{
		Name: "lin", Count: 2, VMSize: "Standard_D2_v3", OSType: apimodel.Linux, AvailabilityProfile: "VirtualMachineScaleSets",
		SinglePlacementGroup: &no, ScaleSetPriority: "Regular", MachineProfile: machine,
	}, lin)
	machine.OSDiskSizeGB, machine.Extensions = 128, []apimodel.Extension{{Name: "winrm"}}
	machine.KubernetesConfig = &apimodel.NodeKubernetesConfig{MaxPods: apimodel.MaxWindowsPods}
	require.Equal(t, &apimodel.AgentPoolProfile{
		Name: "win", Count: 2, VMSize: "Standard_D2_v3", OSType: apimodel.Windows, AvailabilityProfile: "VirtualMachineScaleSets",
		SinglePlacementGroup: &no, ScaleSetPriority: "Regular", WindowsRelease: "2022", MachineProfile: machine,
	}, win)
	require.Equal(t, &apimodel.LinuxProfile{AdminUsername: "azureuser", EnableUnattendedUpgrades: &yes, RunUnattendedUpgradesOnBootstrap: &no}, d.Properties.LinuxProfile)
	require.Equal(t, &apimodel.WindowsProfile{
		AdminUsername: "azureuser", SSHEnabled: &yes, EnableAutomaticUpdates: &no, EnableAHUB: &no, EnableCSIProxy: &no, WindowsSecureTLSEnabled: &no,
	}, d.Properties.WindowsProfile)
}

func TestDefaultKeepsWhatIsGiven(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(
		"windowsProfile.sshEnabled=false", "windowsProfile.adminUsername=wadmin", "agentPoolProfiles[win].osDiskSizeGB=256",
		"agentPoolProfiles[win].windowsRelease=2025", "orchestratorProfile.kubernetesConfig.etcdDiskSizeGB=64",
	))
	require.False(t, *d.Properties.WindowsProfile.SSHEnabled)
	require.Equal(t, "wadmin", d.Properties.WindowsProfile.AdminUsername)
	require.Equal(t, 256, d.Properties.AgentPoolProfiles[1].OSDiskSizeGB)
	require.Equal(t, "2025", d.Properties.AgentPoolProfiles[1].WindowsRelease)
	require.Equal(t, 64, d.Properties.OrchestratorProfile.KubernetesConfig.EtcdDiskSizeGB)
}

func TestDefaultMakesNoWindowsProfileWithoutAWindowsPool(t *testing.T) {
	t.Parallel()
	d := loaded(t, apimodel.Source{Name: "a.json", Data: replace(`, "osType": "Windows"`, ``)})
	require.Nil(t, d.Properties.WindowsProfile)
}

func TestScalingAPoolChangesNothingElse(t *testing.T) {
	t.Parallel()
	small, large := loaded(t, with()), loaded(t, with("agentPoolProfiles[lin].count=50"))
	large.Properties.AgentPoolProfiles[0].Count = small.Properties.AgentPoolProfiles[0].Count
	requireSame(t, small, large)
}

func TestDefaultTakesARegionsDisplayName(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("location=West Europe"))
	require.Equal(t, "westeurope", d.Location)
}

func TestDefaultNetworksAvoidThoseThatAreGiven(t *testing.T) {
	t.Parallel()
	for set, want := range map[string][3]string{
		"masterProfile.vnetCidr=10.0.0.0/8":                                 {"10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/16"},
		"masterProfile.vnetCidr=192.168.0.0/16":                             {"192.168.0.0/16", "10.244.0.0/16", "10.0.0.0/16"},
		"orchestratorProfile.kubernetesConfig.clusterSubnet=10.0.0.0/14":    {"10.240.0.0/12", "10.0.0.0/14", "172.16.0.0/16"},
		"orchestratorProfile.kubernetesConfig.serviceCidr=192.168.128.0/20": {"10.240.0.0/12", "172.20.0.0/16", "192.168.128.0/20"},
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			d := loaded(t, with(set))
			plan := d.AddressPlan()
			require.Equal(t, want, [3]string{plan.Vnet, plan.Pods, plan.Services})
			require.NoError(t, d.Validate(apimodel.Given{}).Err())
		})
	}
}

func TestServicePrincipalTurnsTheManagedIdentityOff(t *testing.T) {
	t.Parallel()
	const id = "servicePrincipalProfile.clientId=6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10"
	for name, test := range map[string]struct {
		set  []string
		want bool
	}{
		"none":     {nil, true},
		"blank":    {[]string{"servicePrincipalProfile.clientId=", "servicePrincipalProfile.secret="}, true},
		"given":    {[]string{id}, false},
		"explicit": {[]string{id, "orchestratorProfile.kubernetesConfig.useManagedIdentity=true"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := loaded(t, with(test.set...))
			require.Equal(t, test.want, *d.Properties.OrchestratorProfile.KubernetesConfig.UseManagedIdentity)
		})
	}
}

func TestDefaultOfASpotPool(t *testing.T) {
	t.Parallel()
	p := loaded(t, with("agentPoolProfiles[0].scaleSetPriority=Low")).Properties.AgentPoolProfiles[0]
	require.Equal(t, "Delete", p.ScaleSetEvictionPolicy)
	require.InDelta(t, -1, *p.SpotMaxPrice, 0)
}

func TestDefaultCachingFitsTheDisk(t *testing.T) {
	t.Parallel()
	for set, want := range map[string][2]string{
		"agentPoolProfiles[0].diskSizesGB=[128, 4095]":       {"ReadWrite", "ReadOnly"},
		"agentPoolProfiles[0].diskSizesGB=[128, 4096]":       {"ReadWrite", "None"},
		"agentPoolProfiles[0].storageProfile=Ephemeral":      {"ReadOnly", ""},
		"agentPoolProfiles[0].osDiskCachingType=None":        {"None", ""},
		"agentPoolProfiles[0].dataDiskCachingType=ReadWrite": {"ReadWrite", "ReadWrite"},
		"agentPoolProfiles[0].storageProfile=StorageAccount": {"ReadWrite", ""},
	} {
		p := loaded(t, with(set)).Properties.AgentPoolProfiles[0]
		require.Equal(t, want, [2]string{p.OSDiskCachingType, p.DataDiskCachingType}, set)
	}
}

func TestWindowsPoolsTakeWhatTheClusterAsksForUpToTheirLimit(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]int{
		kubernetes + "maxPods=30":                                                  30,
		kubernetes + "maxPods=110":                                                 apimodel.MaxWindowsPods,
		kubernetes + "kubeletConfig.--max-pods=40":                                 40,
		kubernetes + "kubeletConfig.max-pods=200":                                  apimodel.MaxWindowsPods,
		"agentPoolProfiles[1].kubernetesConfig.maxPods=12":                         12,
		`agentPoolProfiles[1].kubernetesConfig.kubeletConfig={"--max-pods": "13"}`: 13,
	} {
		d := loaded(t, with(set))
		require.Equal(t, want, d.MaxPods(d.Properties.AgentPoolProfiles[1]), set)
	}
}
