package azure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestMachineFeatures(t *testing.T) {
	t.Parallel()
	linux, windows := linuxInputs("vm"), windowsInputs("vm")
	ultra := with(dataDisk(0, 128, "UltraSSD_LRS"), "caching", "None")
	ephemeral := m{"createOption": "FromImage", "caching": "ReadOnly", "diffDiskSettings": m{"option": "Local", "placement": "ResourceDisk"}}
	disks := func(disks ...any) m { return with(linux, "storageProfile.dataDisks", disks) }
	many := make(l, 65)
	for i := range many {
		many[i] = dataDisk(float64(i), 4, "Standard_LRS")
	}
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"data disks":            {disks(dataDisk(0, 256, "Premium_LRS"), with(dataDisk(63, 4, "Standard_LRS"), "caching", "ReadOnly")), ""},
		"lun twice":             {disks(dataDisk(1, 4, "Standard_LRS"), dataDisk(1, 8, "Standard_LRS")), "InvalidParameter"},
		"lun 64":                {disks(dataDisk(64, 4, "Standard_LRS")), "InvalidParameter"},
		"no lun":                {disks(with(dataDisk(0, 4, "Standard_LRS"), "lun", -1.0)), "InvalidParameter"},
		"64 disks":              {disks(many[:64]...), ""},
		"65 disks":              {disks(many...), "OperationNotAllowed"},
		"no size":               {disks(with(dataDisk(0, 4, "Standard_LRS"), "diskSizeGB", nil)), "InvalidParameter"},
		"size":                  {disks(dataDisk(0, 0, "Standard_LRS")), "InvalidParameter"},
		"option":                {disks(with(dataDisk(0, 4, "Standard_LRS"), "createOption", "New")), "InvalidParameter"},
		"caching":               {disks(with(dataDisk(0, 4, "Standard_LRS"), "caching", "Full")), "InvalidParameter"},
		"ultra":                 {with(with(disks(ultra), "additionalCapabilities", m{"ultraSSDEnabled": true}), "zones", l{"1"}), ""},
		"ultra, not enabled":    {disks(ultra), "InvalidParameter"},
		"cached ultra":          {with(disks(with(ultra, "caching", "ReadOnly")), "additionalCapabilities", m{"ultraSSDEnabled": true}), "InvalidParameter"},
		"ephemeral":             {with(linux, "storageProfile.osDisk", ephemeral), ""},
		"ephemeral, no caching": {with(linux, "storageProfile.osDisk", with(ephemeral, "caching", nil)), "InvalidParameter"},
		"ephemeral elsewhere":   {with(linux, "storageProfile.osDisk", with(ephemeral, "diffDiskSettings.option", "Remote")), "InvalidParameter"},
		"ephemeral placement":   {with(linux, "storageProfile.osDisk", with(ephemeral, "diffDiskSettings.placement", "Floor")), "InvalidParameter"},
		"hybrid benefit":        {with(windows, "licenseType", "Windows_Server"), ""},
		"linux benefit":         {with(linux, "licenseType", "RHEL_BYOS"), ""},
		"other's benefit":       {with(linux, "licenseType", "Windows_Server"), "InvalidParameter"},
		"zone":                  {with(linux, "zones", l{"3"}), ""},
		"two zones":             {with(linux, "zones", l{"1", "2"}), "InvalidParameter"},
		"no such zone":          {with(linux, "zones", l{"one"}), "AvailabilityZoneNotSupported"},
		"encryption at host":    {with(linux, "securityProfile", m{"encryptionAtHost": true}), ""},
		"proximity":             {with(linux, "proximityPlacementGroup", m{"id": computeID + "proximityPlacementGroups/near"}), ""},
		"unknown proximity":     {with(linux, "proximityPlacementGroup", m{"id": computeID + "proximityPlacementGroups/far"}), "InvalidResourceReference"},
		"spot":                  {with(with(with(linux, "priority", "Spot"), "evictionPolicy", "Deallocate"), "billingProfile", m{"maxPrice": 0.5}), ""},
		"price of regular":      {with(linux, "billingProfile", m{"maxPrice": 0.5}), "InvalidParameter"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("vm")
			b.create(ppgToken, "near", m{"resourceGroupName": "rg", "proximityPlacementGroupName": "near"})
			requireCode(t, b.createError(vmToken, test.inputs), test.code)
		})
	}
}

func TestProximityPlacementGroups(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network("vm")
	inputs := m{"resourceGroupName": "rg", "proximityPlacementGroupName": "near", "location": "westeurope"}
	id, out := b.create(ppgToken, "near", inputs)
	require.Equal(t, "Standard", out["proximityPlacementGroupType"])
	requireCode(t, b.createError(ppgToken, with(with(inputs, "proximityPlacementGroupName", "b"), "proximityPlacementGroupType", "Close")), "InvalidParameter")
	requireCode(t, b.createError(ppgToken, with(inputs, "proximityPlacementGroupName", "b ad")), "InvalidParameter")
	vm, _ := b.create(vmToken, "vm", with(linuxInputs("vm"), "proximityPlacementGroup", m{"id": id}))
	requireCode(t, b.delete(ppgToken, id), "OperationNotAllowed")
	require.NoError(t, b.delete(vmToken, vm))
	require.NoError(t, b.delete(ppgToken, id))
}

func TestZonesOfARegion(t *testing.T) {
	t.Parallel()
	for location, code := range map[string]string{"westeurope": "", "West US": "AvailabilityZoneNotSupported"} {
		b := newLab(t, azure.Options{})
		b.group()
		requireCode(t, b.createError(ipToken, with(with(ipInputs("ip", ""), "zones", l{"1", "2", "3"}), "location", location)), code)
	}
}

func TestAcceleratedNetworking(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	b.create(vnetToken, "vnet", vnetInputs())
	nic := with(with(nicInputs("vm-nic"), "enableAcceleratedNetworking", true), "location", "westeurope")
	id, _ := b.create(nicToken, "nic", nic)
	small := with(linuxInputs("vm"), "hardwareProfile.vmSize", "Standard_B1s")
	requireCode(t, b.createError(vmToken, small), "VMSizeIsNotPermittedToEnableAcceleratedNetworking")
	_, err := b.update(nicToken, id, nic, with(nic, "enableAcceleratedNetworking", false))
	require.NoError(t, err)
	b.create(vmToken, "vm", small)
	_, err = b.update(nicToken, id, nic, nic)
	requireCode(t, err, "VMSizeIsNotPermittedToEnableAcceleratedNetworking")
}

func TestOutboundRules(t *testing.T) {
	t.Parallel()
	out := func(name string, change m) m {
		rule := m{
			"name": name, "protocol": "All", "backendAddressPool": m{"id": lbID + "/backendAddressPools/pool"}, "allocatedOutboundPorts": 1024.0,
			"frontendIPConfigurations": l{m{"id": lbID + "/frontendIPConfigurations/front"}}, "idleTimeoutInMinutes": 120.0,
		}
		for key, value := range change {
			rule = with(rule, key, value)
		}
		return rule
	}
	api := tree.Map(tree.List(lbInputs(), "loadBalancingRules")[0])
	quiet := with(lbInputs(), "loadBalancingRules", l{with(api, "disableOutboundSnat", true)})
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"fits":        {with(quiet, "outboundRules", l{out("out", nil)}), ""},
		"SNAT twice":  {with(lbInputs(), "outboundRules", l{out("out", nil)}), "LoadBalancingRuleMustDisableSNATSinceSameFrontendIPConfigurationIsReferencedByOutboundRule"},
		"two rules":   {with(quiet, "outboundRules", l{out("out", nil), out("more", nil)}), "MoreThanOneOutboundRuleUsingSameFrontendIPConfigurationAndProtocolIsNotSupported"},
		"ports":       {with(quiet, "outboundRules", l{out("out", m{"allocatedOutboundPorts": 1001.0})}), "InvalidRequestFormat"},
		"timeout":     {with(quiet, "outboundRules", l{out("out", m{"idleTimeoutInMinutes": 121.0})}), "InvalidRequestFormat"},
		"no pool":     {with(quiet, "outboundRules", l{out("out", m{"backendAddressPool": m{}})}), "InvalidRequestFormat"},
		"no frontend": {with(quiet, "outboundRules", l{out("out", m{"frontendIPConfigurations": l{}})}), "InvalidRequestFormat"},
		"other pool":  {with(quiet, "outboundRules", l{out("out", m{"backendAddressPool": m{"id": lbID + "/backendAddressPools/x"}})}), "InvalidResourceReference"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			b.create(ipToken, "ip", ipInputs("ip", "demo"))
			requireCode(t, b.createError(lbToken, test.inputs), test.code)
		})
	}
}

func TestRoutesOut(t *testing.T) {
	t.Parallel()
	everything := func(hop, address string) m {
		route := m{"name": "all", "addressPrefix": "0.0.0.0/0", "nextHopType": hop}
		if address != "" {
			route["nextHopIpAddress"] = address
		}
		return route
	}
	tests := map[string]struct {
		routes l
		code   string
		says   string
	}{
		"firewall":            {l{everything("VirtualAppliance", "10.9.0.4")}, "", ""},
		"gateway":             {l{everything("VirtualNetworkGateway", "")}, "", ""},
		"nowhere":             {l{everything("None", "")}, "", "route all of the subnet of machine vm leads to None"},
		"the Internet":        {l{everything("Internet", "")}, "", "no NAT gateway"},
		"firewall, nameless":  {l{everything("VirtualAppliance", "")}, "InvalidRequestFormat", ""},
		"address, no need":    {l{everything("Internet", "10.9.0.4")}, "InvalidRequestFormat", ""},
		"no such hop":         {l{everything("Moon", "")}, "InvalidRequestFormat", ""},
		"no range":            {l{with(everything("Internet", ""), "addressPrefix", "0.0.0.0/99")}, "InvalidAddressPrefixFormat", ""},
		"twice":               {l{everything("Internet", ""), with(everything("None", ""), "name", "b")}, "RouteConflict", ""},
		"another destination": {l{with(everything("None", ""), "addressPrefix", "10.0.0.0/8")}, "", "no NAT gateway"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			err := b.createError(routesToken, m{"resourceGroupName": "rg", "routeTableName": "routes", "routes": test.routes})
			requireCode(t, err, test.code)
			if test.code != "" {
				return
			}
			vnet := vnetInputs()
			vnet["subnets"] = l{m{"name": "one", "addressPrefix": "10.0.1.0/24", "routeTable": m{"id": networkID + "routeTables/routes"}}}
			b.create(vnetToken, "vnet", vnet)
			b.create(nicToken, "nic", nicInputs("vm-nic"))
			vm, _ := b.create(vmToken, "vm", linuxInputs("vm"))
			b.look(func(w *world.World) {
				_, err := netpath.Egress(w, vm)
				if test.says == "" {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, netpath.ErrNoEgress)
				require.ErrorContains(t, err, test.says)
			})
			requireCode(t, b.delete(routesToken, networkID+"routeTables/routes"), "InUseRouteTableCannotBeDeleted")
		})
	}
}

func TestNameServers(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	requireCode(t, b.createError(vnetToken, with(vnetInputs(), "dhcpOptions", m{"dnsServers": l{"dns.example.com"}})), "InvalidRequestFormat")
	b.create(vnetToken, "vnet", with(vnetInputs(), "dhcpOptions", m{"dnsServers": l{"10.0.0.53", "168.63.129.16"}}))
	requireCode(t, b.createError(nicToken, with(nicInputs("a"), "dnsSettings", m{"dnsServers": l{"10.0.0"}})), "InvalidRequestFormat")
	requireCode(t, b.createError(nicToken, with(nicInputs("a"), "dnsSettings", m{"dnsServers": l{"AzureProvidedDNS"}})), "")
}

func TestNatGatewayLimits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		addresses int
		minutes   float64
		code      string
	}{
		"sixteen": {16, 120, ""}, "seventeen": {17, 4, "NatGatewayPublicIpLimitReached"},
		"short": {1, 3, "InvalidRequestFormat"}, "long": {1, 121, "InvalidRequestFormat"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			var list l
			for i := range test.addresses {
				label := string(rune('a' + i))
				id, _ := b.create(ipToken, label, ipInputs(label, ""))
				list = append(list, m{"id": id})
			}
			requireCode(t, b.createError(natToken, m{"resourceGroupName": "rg", "natGatewayName": "nat", "publicIpAddresses": list,
				"idleTimeoutInMinutes": test.minutes}), test.code)
		})
	}
}
