package apimodel_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// The secrets that the drawn definitions hold.
const (
	plantedPassword   = "planted-Passw0rd"
	plantedSecret     = "planted-secret"
	plantedParameters = "planted parameters"
	plantedQuery      = "planted-query"
	plantedKey        = "cGxhbnRlZC1rZXk="
)

// validDefinitions draws definitions that are not at fault in their values, with
// each part of the format there or not.
func validDefinitions() *rapid.Generator[*apimodel.Definition] {
	return rapid.Custom(func(t *rapid.T) *apimodel.Definition {
		p := apimodel.Properties{MasterProfile: drawMaster(t)}
		for i := range rapid.IntRange(0, 4).Draw(t, "pools") {
			p.AgentPoolProfiles = append(p.AgentPoolProfiles, drawPool(t, i))
		}
		if rapid.Bool().Draw(t, "kubernetes") {
			p.OrchestratorProfile = drawOrchestrator(t)
		}
		if rapid.Bool().Draw(t, "windows") {
			p.WindowsProfile = &apimodel.WindowsProfile{AdminPassword: rapid.SampledFrom([]string{"", plantedPassword}).Draw(t, "password")}
		}
		if rapid.Bool().Draw(t, "principal") {
			p.ServicePrincipalProfile = &apimodel.ServicePrincipalProfile{ClientID: "6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10", Secret: plantedSecret}
		}
		if rapid.Bool().Draw(t, "extension") {
			p.ExtensionProfiles = []*apimodel.ExtensionProfile{
				{Name: "own", RootURL: "https://example.com/", Script: "own.sh", URLQuery: plantedQuery, ExtensionParameters: plantedParameters},
			}
		}
		return &apimodel.Definition{APIVersion: apimodel.APIVersion, Location: "westeurope", Properties: p}
	})
}

func drawOrchestrator(t *rapid.T) *apimodel.OrchestratorProfile {
	k := &apimodel.KubernetesConfig{
		ClusterSubnet: rapid.SampledFrom([]string{"", "172.20.0.0/16"}).Draw(t, "pods"),
		MaxPods:       rapid.SampledFrom([]int{0, 50}).Draw(t, "maxPods"),
		KubeletConfig: rapid.SampledFrom([]map[string]string{nil, {"--max-pods": "40"}}).Draw(t, "kubelet"),
	}
	if rapid.Bool().Draw(t, "private") {
		k.PrivateCluster = &apimodel.PrivateCluster{Enabled: new(true)}
		if rapid.Bool().Draw(t, "jumpbox") {
			k.PrivateCluster.JumpboxProfile = &apimodel.JumpboxProfile{Name: "jump", VMSize: "Standard_D2_v3"}
		}
	}
	if rapid.Bool().Draw(t, "registries") {
		k.ContainerRegistries = &apimodel.ContainerRegistries{
			Registries: []string{registryID, "other1.azurecr.io"}, LinuxProviderSHA256: pinned, WindowsProviderSHA256: pinned,
			WindowsProviderURL: rapid.SampledFrom([]string{"", "https://example.com/acr-credential-provider.exe"}).Draw(t, "provider"),
		}
	}
	if rapid.Bool().Draw(t, "add-on") {
		k.Addons = []*apimodel.Addon{{Name: "container-monitoring", Config: map[string]string{"workspaceGuid": "00000000-0000-0000-0000-0000000000e1", "workspaceKey": plantedKey}}}
	}
	return &apimodel.OrchestratorProfile{
		OrchestratorRelease: rapid.SampledFrom([]string{"", "1.35", "1.36", "1.37"}).Draw(t, "release"), KubernetesConfig: k,
	}
}

func drawMaster(t *rapid.T) *apimodel.MasterProfile {
	m := &apimodel.MasterProfile{
		Count: rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "masters"), DNSPrefix: "demo", VMSize: "Standard_D2_v3", MachineProfile: drawMachine(t),
	}
	if rapid.Bool().Draw(t, "files") {
		m.CustomFiles = []apimodel.CustomFile{{Source: "audit.yaml", Dest: "/etc/audit.yaml"}, {Content: "inline", Dest: "/etc/inline"}}
	}
	return m
}

func drawPool(t *rapid.T, i int) *apimodel.AgentPoolProfile {
	return &apimodel.AgentPoolProfile{
		Name: fmt.Sprintf("pool%d", i), Count: rapid.IntRange(1, 9).Draw(t, "count"), VMSize: "Standard_D2s_v5",
		OSType:              rapid.SampledFrom([]apimodel.OSType{"", apimodel.Linux, apimodel.Windows}).Draw(t, "os"),
		AvailabilityProfile: rapid.SampledFrom([]string{"", apimodel.AvailabilitySet, apimodel.ScaleSets}).Draw(t, "availability"),
		ScaleSetPriority:    rapid.SampledFrom([]string{"", "Spot", "Low", "Regular"}).Draw(t, "priority"),
		DiskSizesGB:         rapid.SampledFrom([][]int{nil, {10, 20}}).Draw(t, "disks"),
		CustomNodeLabels:    rapid.SampledFrom([]map[string]string{nil, {"team": "web"}}).Draw(t, "labels"),
		Taints:              rapid.SampledFrom([][]string{nil, {"a=b:NoSchedule", "c:NoExecute"}}).Draw(t, "taints"),
		MachineProfile:      drawMachine(t),
	}
}

func drawMachine(t *rapid.T) apimodel.MachineProfile {
	return apimodel.MachineProfile{
		OSDiskSizeGB:      rapid.SampledFrom([]int{0, 128}).Draw(t, "disk"),
		AvailabilityZones: rapid.SampledFrom([][]string{nil, {"1", "2"}}).Draw(t, "zones"),
		Distro:            rapid.SampledFrom([]string{"", "ubuntu-22.04", "ubuntu-18.04", "aks-ubuntu-18.04"}).Draw(t, "distro"),
		EncryptionAtHost:  rapid.Ptr(rapid.Bool(), true).Draw(t, "encryption"),
	}
}
