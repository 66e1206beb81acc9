package apimodel_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestSummaryOfTheHybridExample(t *testing.T) {
	t.Parallel()
	s := example(t, "windows-hybrid.json").Summary(apimodel.SummaryOptions{})
	machine := apimodel.MachineGroup{
		VMSize: "Standard_D2s_v5", OSType: apimodel.Linux, System: "Ubuntu 24.04", Availability: "availability set", Cores: 2, MemoryGiB: 8,
	}
	master, linux, windows := machine, machine, machine
	master.Role, master.Name, master.Count = apimodel.RoleControlPlane, "control-plane", 1
	linux.Role, linux.Name, linux.Count = apimodel.RoleAgent, "linuxpool1", 2
	windows.Role, windows.Name, windows.Count = apimodel.RoleAgent, "windowspool2", 2
	windows.OSType, windows.System = apimodel.Windows, "Windows Server 2022"
	require.Equal(t, apimodel.Summary{
		Release: "1.36.5", Machines: []apimodel.MachineGroup{master, linux, windows}, Nodes: 5, Cores: 10, MemoryGiB: 40,
		Addresses: []apimodel.AddressUse{
			{Network: "control plane", CIDR: "10.255.255.0/24", Unit: "addresses", Used: 1, Free: new(250)},
			{Network: "nodes", CIDR: "10.240.0.0/16", Unit: "addresses", Used: 4, Free: new(65527)},
			{Network: "pods", CIDR: "192.168.0.0/16", Unit: "blocks of /26", Used: 5, Free: new(1019)},
			{Network: "Services", CIDR: "10.0.0.0/16", Unit: "addresses", Used: 2, Free: new(65532)},
		},
		// One group; an identity and its rights; an egress address, the NAT
		// gateway, two security groups, a rule, the network, two subnets; the API's
		// address and load balancer; a set and a machine; twice a set and two machines.
		Resources: apimodel.ResourceCount{Group: 1, Identity: 2, Network: 8, LoadBalancer: 2, ControlPlane: 4, Pools: 14},
		Calls:     62,
	}, s)
}

const vnet = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/"

func TestResourceCount(t *testing.T) {
	t.Parallel()
	const k = "orchestratorProfile.kubernetesConfig."
	plain := apimodel.ResourceCount{Group: 1, Identity: 2, Network: 8, LoadBalancer: 2, ControlPlane: 4, Pools: 2}
	but := func(change func(r *apimodel.ResourceCount)) apimodel.ResourceCount {
		r := plain
		change(&r)
		return r
	}
	principal := []string{clientID, "servicePrincipalProfile.secret=x"}
	for name, test := range map[string]struct {
		set  []string
		want apimodel.ResourceCount
		// calls beside the two of each resource.
		calls int
	}{
		"plain":            {nil, plain, 0},
		"five masters":     {[]string{"masterProfile.count=5"}, but(func(r *apimodel.ResourceCount) { r.ControlPlane = 16 }), 0},
		"masters in zones": {[]string{`masterProfile.availabilityZones=["1"]`}, but(func(r *apimodel.ResourceCount) { r.LoadBalancer, r.ControlPlane = 3, 3 }), 0},
		"a scale set":      {[]string{"agentPoolProfiles[0].count=100"}, plain, 0},
		"an availability set": {[]string{"agentPoolProfiles[0].availabilityProfile=AvailabilitySet"},
			but(func(r *apimodel.ResourceCount) { r.Pools = 8 }), 0},
		"single machines in zones": {[]string{"agentPoolProfiles[0].availabilityProfile=AvailabilitySet", `agentPoolProfiles[0].availabilityZones=["1", "2"]`},
			but(func(r *apimodel.ResourceCount) { r.Pools = 7 }), 0},
		"ways out":            {[]string{k + "loadBalancerOutboundIPs=4"}, but(func(r *apimodel.ResourceCount) { r.Network = 11 }), 0},
		"a principal":         {principal, but(func(r *apimodel.ResourceCount) { r.Identity = 0 }), 0},
		"an unused one":       {append([]string{k + "useManagedIdentity=true"}, principal...), plain, 0},
		"a secret in a vault": {[]string{clientID, `servicePrincipalProfile.keyvaultSecretRef={"vaultID": "/v", "secretName": "s"}`}, plain, 0},
		"a named identity":    {[]string{k + "userAssignedID=mine"}, plain, 0},
		"an identity that is there": {[]string{k + "userAssignedID=/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"},
			but(func(r *apimodel.ResourceCount) { r.Identity = 0 }), 1},
		"subnets that are there": {[]string{"masterProfile.vnetSubnetID=" + vnet + "m"},
			but(func(r *apimodel.ResourceCount) { r.Identity, r.LoadBalancer, r.Network = 3, 3, 3 }), 0},
		"a private cluster": {[]string{k + "privateCluster.enabled=true"},
			but(func(r *apimodel.ResourceCount) { r.LoadBalancer, r.Network = 1, 7 }), 0},
		"a jumpbox": {[]string{k + "privateCluster.enabled=true", k + `privateCluster.jumpboxProfile={"name": "j", "vmSize": "Standard_D2_v3"}`},
			but(func(r *apimodel.ResourceCount) { r.LoadBalancer, r.Network, r.Jumpbox = 1, 7, 4 }), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := loaded(t, with(test.set...))
			got := d.ResourceCount(apimodel.SummaryOptions{})
			require.Equal(t, test.want, got)
			require.Equal(t, 2*got.Total()+test.calls, d.Summary(apimodel.SummaryOptions{}).Calls)
			beside := d.Summary(apimodel.SummaryOptions{ExistingResourceGroup: true})
			require.Zero(t, beside.Resources.Group)
			require.Equal(t, got.Total()-1, beside.Resources.Total())
			require.Equal(t, 2*(got.Total()-1)+test.calls+1, beside.Calls, "the group is looked up")
		})
	}
}

func TestSummaryOfExistingSubnets(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("masterProfile.vnetSubnetID="+vnet+"m", "masterProfile.agentVnetSubnetID="+vnet+"a",
		"masterProfile.firstConsecutiveStaticIP=10.1.0.5", "agentPoolProfiles[1].vnetSubnetID="+vnet+"b"))
	require.Equal(t, []apimodel.AddressUse{
		{Network: "v/m", Unit: "addresses", Used: 2}, {Network: "v/a", Unit: "addresses", Used: 2}, {Network: "v/b", Unit: "addresses", Used: 2},
	}, d.Summary(apimodel.SummaryOptions{}).Addresses[:3])
	shared := loaded(t, with("masterProfile.vnetSubnetID="+vnet+"m")).Summary(apimodel.SummaryOptions{}).Addresses
	require.Equal(t, apimodel.AddressUse{Network: "v/m", Unit: "addresses", Used: 6}, shared[0])
	require.Equal(t, "pods", shared[1].Network)
}

func TestSummaryNamesSizesAndSystems(t *testing.T) {
	t.Parallel()
	s := loaded(t, with("agentPoolProfiles[0].vmSize=Standard_New9", "agentPoolProfiles[0].scaleSetPriority=Spot",
		`agentPoolProfiles[0].availabilityZones=["1", "3"]`, "agentPoolProfiles[0].imageReference.name=mine",
		`masterProfile.availabilityZones=["2"]`, "masterProfile.distro=ubuntu-22.04")).Summary(apimodel.SummaryOptions{})
	require.Equal(t, []string{"Standard_New9"}, s.UnknownSizes)
	require.Equal(t, 6, s.Cores, "what is unknown is not counted")
	master, linux, windows := s.Machines[0], s.Machines[1], s.Machines[2]
	require.Equal(t, []string{"zones 2", "Ubuntu 22.04"}, []string{master.Availability, master.System})
	require.Equal(t, []string{"scale set in zones 1, 3", "own image"}, []string{linux.Availability, linux.System})
	require.True(t, linux.Spot)
	require.Equal(t, []string{"scale set", "Windows Server 2022"}, []string{windows.Availability, windows.System})
}

// The order of pools means nothing, and the parts make the whole.
func TestSummaryAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := validDefinitions().Draw(t, "definition")
		d.Default()
		s := d.Summary(apimodel.SummaryOptions{})
		require.Equal(t, len(d.Nodes()), s.Nodes)
		require.Empty(t, s.UnknownSizes)
		used := 0
		for _, u := range s.Addresses {
			if u.Network == "control plane" || u.Network == "nodes" {
				used += u.Used
			}
			require.NotNil(t, u.Free)
		}
		machines := 0
		for _, g := range s.Machines {
			machines += g.Count
		}
		if d.HasInternalBalancer() {
			machines++ // the internal load balancer's address
		}
		require.Equal(t, machines, used)
		reordered := d.Clone()
		reordered.Properties.AgentPoolProfiles = rapid.Permutation(reordered.Properties.AgentPoolProfiles).Draw(t, "order")
		require.Equal(t, s, reordered.Summary(apimodel.SummaryOptions{}))
		_, err := json.Marshal(s)
		require.NoError(t, err)
	})
}
