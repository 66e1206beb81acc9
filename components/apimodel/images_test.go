package apimodel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestImageID(t *testing.T) {
	t.Parallel()
	const compute = "/providers/Microsoft.Compute/"
	for want, image := range map[string]apimodel.ImageReference{
		"/subscriptions/own/resourceGroups/cluster" + compute + "images/i":                          {Name: "i"},
		"/subscriptions/own/resourceGroups/g" + compute + "images/i":                                {Name: "i", ResourceGroup: "g"},
		"/subscriptions/s/resourceGroups/g" + compute + "galleries/x/images/i":                      {Name: "i", ResourceGroup: "g", SubscriptionID: "s", Gallery: "x", Version: "latest"},
		"/subscriptions/s/resourceGroups/cluster" + compute + "galleries/x/images/i/versions/1.0.0": {Name: "i", SubscriptionID: "s", Gallery: "x", Version: "1.0.0"},
	} {
		require.Equal(t, want, image.ID("own", "cluster"))
	}
}

func TestUbuntu(t *testing.T) {
	t.Parallel()
	for distro, want := range map[string]string{"": apimodel.Ubuntu2404, "ubuntu-22.04": apimodel.Ubuntu2204, "aks-ubuntu-18.04": apimodel.Ubuntu2404, "ubuntu-20.04": apimodel.Ubuntu2404} {
		m := apimodel.MachineProfile{Distro: distro}
		require.Equal(t, want, m.Ubuntu(), distro)
	}
}

func TestTheImageOfAPool(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(
		"windowsProfile.windowsPublisher=microsoft-aks", "windowsProfile.windowsOffer=aks-windows", "windowsProfile.windowsSku=2019-datacenter-core-ctrd-2308",
		`agentPoolProfiles[2]={"name": "win2", "count": 1, "vmSize": "Standard_D2s_v5", "osType": "Windows", "windowsImage": {"publisher": "p", "offer": "o", "sku": "2025-x"}}`,
		`agentPoolProfiles[3]={"name": "win3", "count": 1, "vmSize": "Standard_D2s_v5", "osType": "Windows", "imageReference": {"name": "i", "resourceGroup": "g"}}`,
	))
	pools := d.Properties.AgentPoolProfiles
	require.True(t, d.WindowsImage(pools[1]).Retired())
	require.Equal(t, "2019", pools[1].WindowsRelease)
	require.False(t, d.WindowsImage(pools[2]).Retired())
	require.Equal(t, "2025", pools[2].WindowsRelease)
	require.Nil(t, d.OwnImage(pools[2]))
	require.Equal(t, "i", d.OwnImage(pools[3]).Name)
	require.NoError(t, d.Validate(apimodel.Given{}).Err())
}

func TestTheSubnetOfAPool(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(masters, agents, first, linux+"vnetSubnetID="+vnetID+"own"))
	require.Equal(t, vnetID+"own", d.NodeSubnetID(d.Properties.AgentPoolProfiles[0]))
	require.Equal(t, vnetID+"nodes", d.NodeSubnetID(d.Properties.AgentPoolProfiles[1]))
	own := loaded(t, with())
	require.Empty(t, own.NodeSubnetID(own.Properties.AgentPoolProfiles[0]))
}
