package apimodel_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

func TestAddressPlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		set  []string
		want apimodel.AddressPlan
	}{
		"default": {nil, apimodel.AddressPlan{
			Vnet: "10.240.0.0/12", ControlPlaneSubnet: "10.255.255.0/24", NodeSubnet: "10.240.0.0/16", MasterIPs: []string{"10.255.255.5"},
		}},
		"masters follow the first": {[]string{"masterProfile.count=3"}, apimodel.AddressPlan{
			Vnet: "10.240.0.0/12", ControlPlaneSubnet: "10.255.255.0/24", NodeSubnet: "10.240.0.0/16",
			MasterIPs: []string{"10.255.255.5", "10.255.255.6", "10.255.255.7"},
		}},
		"first master where the nodes would be": {[]string{"masterProfile.firstConsecutiveStaticIP=10.240.255.5"}, apimodel.AddressPlan{
			Vnet: "10.240.0.0/12", ControlPlaneSubnet: "10.240.255.0/24", NodeSubnet: "10.241.0.0/16", MasterIPs: []string{"10.240.255.5"},
		}},
		"/8": {[]string{"masterProfile.vnetCidr=11.0.0.0/8"}, apimodel.AddressPlan{
			Vnet: "11.0.0.0/8", ControlPlaneSubnet: "11.255.255.0/24", NodeSubnet: "11.0.0.0/16", MasterIPs: []string{"11.255.255.5"},
		}},
		"/16": {[]string{"masterProfile.vnetCidr=10.9.0.0/16"}, apimodel.AddressPlan{
			Vnet: "10.9.0.0/16", ControlPlaneSubnet: "10.9.255.0/24", NodeSubnet: "10.9.0.0/17", MasterIPs: []string{"10.9.255.5"},
		}},
		"/16, first master in the lower half": {
			[]string{"masterProfile.vnetCidr=10.9.0.0/16", "masterProfile.firstConsecutiveStaticIP=10.9.3.9"}, apimodel.AddressPlan{
				Vnet: "10.9.0.0/16", ControlPlaneSubnet: "10.9.3.0/24", NodeSubnet: "10.9.128.0/17", MasterIPs: []string{"10.9.3.9"},
			},
		},
		"/24": {[]string{"masterProfile.vnetCidr=10.9.9.0/24"}, apimodel.AddressPlan{
			Vnet: "10.9.9.0/24", ControlPlaneSubnet: "10.9.9.224/27", NodeSubnet: "10.9.9.0/25", MasterIPs: []string{"10.9.9.229"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Pods, test.want.Services, test.want.DNSServiceIP = "192.168.0.0/16", "10.0.0.0/16", "10.0.0.10"
			require.Equal(t, test.want, loaded(t, with(test.set...)).AddressPlan())
		})
	}
}

// TestAddressPlanFitsAnyNetwork: subnets lie in the network and apart, and the
// first master has an address that Azure gives away.
func TestAddressPlanFitsAnyNetwork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.IntRange(8, 24).Draw(t, "bits")
		base := netip.AddrFrom4([4]byte{10, rapid.Byte().Draw(t, "b"), rapid.Byte().Draw(t, "c"), 0})
		vnet := netip.PrefixFrom(base, bits).Masked()
		d := &apimodel.Definition{Properties: apimodel.Properties{MasterProfile: &apimodel.MasterProfile{Count: 1, VnetCIDR: vnet.String()}}}
		if rapid.Bool().Draw(t, "first") {
			a := vnet.Addr().As4()
			for i := bits / 8; i < 4; i++ {
				free := byte(0xff)
				if i == bits/8 {
					free = 0xff >> (bits % 8)
				}
				a[i] |= rapid.Byte().Draw(t, fmt.Sprint("byte", i)) & free
			}
			d.Properties.MasterProfile.FirstConsecutiveStaticIP = netip.AddrFrom4(a).String()
		}
		d.Default()
		plan := d.AddressPlan()
		controlPlane, nodes := netip.MustParsePrefix(plan.ControlPlaneSubnet), netip.MustParsePrefix(plan.NodeSubnet)
		first := netip.MustParseAddr(plan.MasterIPs[0])
		require.True(t, controlPlane.Contains(first))
		require.Equal(t, nodes, nodes.Masked())
		require.Equal(t, controlPlane, controlPlane.Masked())
		require.False(t, nodes.Overlaps(controlPlane), "%s and %s", nodes, controlPlane)
		for _, subnet := range []netip.Prefix{controlPlane, nodes} {
			require.True(t, vnet.Contains(subnet.Addr()) && subnet.Bits() > vnet.Bits(), "%s outside %s", subnet, vnet)
		}
	})
}
