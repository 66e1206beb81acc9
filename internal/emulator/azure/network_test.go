package azure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func subnets(items ...any) l { return items }

func TestVirtualNetworkRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name  string
		value any
		code  string
	}{
		"fits":               {"addressSpace", m{"addressPrefixes": l{"10.0.0.0/16"}}, ""},
		"no network":         {"addressSpace", nil, "InvalidRequestFormat"},
		"short name":         {"virtualNetworkName", "v", "InvalidResourceName"},
		"name ends in a dot": {"virtualNetworkName", "vnet.", "InvalidResourceName"},
		"no group":           {"resourceGroupName", "other", "ResourceGroupNotFound"},
		"outside":            {"subnets", subnets(m{"name": "one", "addressPrefix": "10.1.0.0/24"}), "NetcfgSubnetRangeOutsideVnet"},
		"larger":             {"subnets", subnets(m{"name": "one", "addressPrefix": "10.0.0.0/8"}), "NetcfgSubnetRangeOutsideVnet"},
		"too small":          {"subnets", subnets(m{"name": "one", "addressPrefix": "10.0.0.0/30"}), "NetcfgInvalidSubnet"},
		"no range":           {"subnets", subnets(m{"name": "one"}), "InvalidRequestFormat"},
		"no prefix":          {"subnets", subnets(m{"name": "one", "addressPrefix": "10.0.0.0"}), "InvalidAddressPrefixFormat"},
		"host bits":          {"subnets", subnets(m{"name": "one", "addressPrefix": "10.0.0.1/24"}), "InvalidCIDRNotation"},
		"no name":            {"subnets", subnets(m{"addressPrefix": "10.0.0.0/24"}), "InvalidRequestFormat"},
		"overlap": {"subnets", subnets(m{"name": "one", "addressPrefix": "10.0.0.0/24"},
			m{"name": "two", "addressPrefix": "10.0.0.128/25"}), "NetcfgSubnetRangesOverlap"},
		"twice": {"subnets", subnets(m{"name": "one", "addressPrefix": "10.0.0.0/24"},
			m{"name": "ONE", "addressPrefix": "10.0.1.0/24"}), "InvalidRequestFormat"},
		"dangling": {"subnets", subnets(m{"name": "one", "addressPrefix": "10.0.0.0/24",
			"natGateway": m{"id": networkID + "natGateways/none"}}), "InvalidResourceReference"},
		"no such region": {"location", "atlantis", "LocationNotAvailableForResourceType"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			inputs := with(vnetInputs(), test.name, test.value)
			if test.name == "resourceGroupName" {
				inputs["location"] = "westeurope"
			}
			requireCode(t, b.createError(vnetToken, inputs), test.code)
		})
	}
}

func TestVirtualNetworkOutputs(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	id, out := b.create(vnetToken, "vnet", vnetInputs())
	require.Equal(t, networkID+"virtualNetworks/vnet", id)
	require.Equal(t, "vnet", out["name"])
	require.Equal(t, "westeurope", out["location"], "the group's")
	require.Equal(t, "Succeeded", out["provisioningState"])
	require.Equal(t, id+"/subnets/two", tree.String(tree.List(out, "subnets")[1], "id"))
	require.NotContains(t, out, "resourceGroupName", "it is an input only")
}

func TestSubnetsInUse(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network("vm")
	id := networkID + "virtualNetworks/vnet"
	two := m{"name": "two", "addressPrefix": "10.0.2.0/29"}

	_, err := b.update(vnetToken, id, nil, with(vnetInputs(), "subnets", l{two}))
	requireCode(t, err, "InUseSubnetCannotBeDeleted")
	_, err = b.update(vnetToken, id, nil, with(vnetInputs(), "subnets", l{m{"name": "one", "addressPrefix": "10.0.1.0/25"}, two}))
	requireCode(t, err, "InUsePrefixCannotBeDeleted")
	requireCode(t, b.delete(vnetToken, id), "InUseSubnetCannotBeDeleted")

	out, err := b.update(vnetToken, id, nil, with(vnetInputs(), "subnets", nil))
	require.NoError(t, err)
	require.Len(t, out["subnets"], 2, "what an update does not name stays")
	require.NoError(t, b.delete(nicToken, networkID+"networkInterfaces/vm-nic"))
	require.NoError(t, b.delete(vnetToken, id))
}

func TestSecurityGroupRules(t *testing.T) {
	t.Parallel()
	rule := ruleInputs("api", 100, "6443")
	tests := map[string]struct {
		rules l
		code  string
	}{
		"fits":               {l{rule, ruleInputs("ssh", 101, "22")}, ""},
		"low priority":       {l{ruleInputs("api", 99, "6443")}, "SecurityRuleInvalidPriority"},
		"high priority":      {l{ruleInputs("api", 4097, "6443")}, "SecurityRuleInvalidPriority"},
		"same priority":      {l{rule, ruleInputs("ssh", 100, "22")}, "SecurityRuleConflict"},
		"in and out":         {l{rule, with(ruleInputs("out", 100, "22"), "direction", "Outbound")}, ""},
		"port":               {l{ruleInputs("api", 100, "65536")}, "SecurityRuleInvalidPortRange"},
		"range":              {l{ruleInputs("api", 100, "30000-32767")}, ""},
		"turned range":       {l{ruleInputs("api", 100, "10-9")}, "SecurityRuleInvalidPortRange"},
		"no port":            {l{with(rule, "destinationPortRange", nil)}, "SecurityRuleInvalidPortRange"},
		"prefix":             {l{with(rule, "sourceAddressPrefix", "10.0.0.300")}, "SecurityRuleInvalidAddressPrefix"},
		"service tag":        {l{with(rule, "sourceAddressPrefix", "Internet")}, ""},
		"one and many":       {l{with(rule, "sourceAddressPrefixes", l{"10.0.0.0/8"})}, "SecurityRuleParameterConflict"},
		"no source":          {l{with(rule, "sourceAddressPrefix", nil)}, "SecurityRuleInvalidAddressPrefix"},
		"unknown protocol":   {l{with(rule, "protocol", "Carrier")}, "InvalidRequestFormat"},
		"unknown direction":  {l{with(rule, "direction", "Sideways")}, "InvalidRequestFormat"},
		"two of one name":    {l{rule, ruleInputs("API", 101, "22")}, "InvalidRequestFormat"},
		"a rule has no name": {l{with(rule, "name", nil)}, "InvalidRequestFormat"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			requireCode(t, b.createError(nsgToken, nsgInputs(test.rules...)), test.code)
		})
	}
}

func TestSecurityGroupKeepsRulesOfOthers(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	declared := with(with(nsgInputs(), "securityRules", nil), "location", "westeurope")
	id, out := b.create(nsgToken, "nsg", declared)
	require.Empty(t, out["securityRules"])
	require.NoError(t, b.store.Update(t.Context(), func(w *world.World) error {
		w.Find(id).Outputs["securityRules"] = l{ruleInputs("k8s", 500, "80")}
		return nil
	}))
	out, err := b.update(nsgToken, id, declared, with(declared, "tags", m{"a": "b"}))
	require.NoError(t, err)
	require.Len(t, out["securityRules"], 1, "what an update does not name stays")
	out, err = b.update(nsgToken, id, declared, with(declared, "securityRules", l{}))
	require.NoError(t, err)
	require.Empty(t, out["securityRules"], "what an update names is all there is")
}

func TestSecurityGroupInUse(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	id, _ := b.create(nsgToken, "nsg", nsgInputs())
	vnet := vnetInputs()
	vnet["subnets"] = l{m{"name": "one", "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": m{"id": id}}}
	vnetID, _ := b.create(vnetToken, "vnet", vnet)
	requireCode(t, b.delete(nsgToken, id), "InUseNetworkSecurityGroupCannotBeDeleted")
	require.NoError(t, b.delete(vnetToken, vnetID))
	require.NoError(t, b.delete(nsgToken, id))
}

func TestPublicIPRules(t *testing.T) {
	t.Parallel()
	good := ipInputs("ip", "demo")
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"fits":           {good, ""},
		"Basic":          {with(good, "sku", m{"name": "Basic"}), "BasicSkuPublicIPNotAllowed"},
		"dynamic":        {with(good, "publicIPAllocationMethod", "Dynamic"), "StandardSkuPublicIPAddressMustBeStatic"},
		"short label":    {ipInputs("ip", "ab"), "InvalidDomainNameLabel"},
		"capital label":  {ipInputs("ip", "Demo"), "InvalidDomainNameLabel"},
		"digit first":    {ipInputs("ip", "1demo"), "InvalidDomainNameLabel"},
		"trademark":      {ipInputs("ip", "mywindowsservers"), "DomainNameLabelReserved"},
		"our trademark":  {ipInputs("ip", "microsofties"), "DomainNameLabelReserved"},
		"login":          {ipInputs("ip", "login-demo"), "DomainNameLabelReserved"},
		"reserved word":  {ipInputs("ip", "azure"), "DomainNameLabelReserved"},
		"word within":    {ipInputs("ip", "my-azure-login"), ""},
		"label in use":   {ipInputs("ip", "taken"), "DnsRecordInUse"},
		"other region":   {with(ipInputs("ip", "taken"), "location", "North Europe"), ""},
		"long idle time": {with(good, "idleTimeoutInMinutes", 31.0), "InvalidRequestFormat"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			b.create(ipToken, "other", ipInputs("other", "taken"))
			requireCode(t, b.createError(ipToken, test.inputs), test.code)
		})
	}
}

func TestPublicIPOutputs(t *testing.T) {
	t.Parallel()
	var addresses []string
	for range 2 { // a second subscription gives the same addresses, in another order
		b := newLab(t, azure.Options{})
		b.group()
		if len(addresses) > 0 {
			b.create(ipToken, "another", ipInputs("another", ""))
		}
		_, out := b.create(ipToken, "ip", ipInputs("ip", "demo"))
		require.Equal(t, "demo.westeurope.cloudapp.azure.com", tree.String(out, "dnsSettings", "fqdn"))
		addresses = append(addresses, tree.String(out, "ipAddress"))
	}
	require.Regexp(t, `^20\.`, addresses[0])
	require.Equal(t, addresses[0], addresses[1])
}

func TestLoadBalancerRules(t *testing.T) {
	t.Parallel()
	good := lbInputs()
	rule := tree.Map(tree.List(good, "loadBalancingRules")[0])
	probe := tree.Map(tree.List(good, "probes")[0])
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"fits":                {good, ""},
		"Basic":               {with(good, "sku", m{"name": "Basic"}), "BasicSkuLoadBalancerNotAllowed"},
		"own part is missing": {with(good, "probes", nil), "InvalidResourceReference"},
		"address is missing": {with(good, "frontendIPConfigurations", l{m{"name": "front",
			"publicIPAddress": m{"id": networkID + "publicIPAddresses/none"}}}), "InvalidResourceReference"},
		"address is taken": {with(good, "frontendIPConfigurations", l{m{"name": "front",
			"publicIPAddress": m{"id": networkID + "publicIPAddresses/nat"}}}), "PublicIPAddressInUse"},
		"zones": {with(good, "frontendIPConfigurations", l{m{"name": "front", "zones": l{"1"},
			"publicIPAddress": m{"id": networkID + "publicIPAddresses/ip"}}}),
			"LoadBalancerFrontendIPConfigCannotHaveZoneWhenReferencingPublicIPAddress"},
		"frontend of nothing": {with(good, "frontendIPConfigurations", l{m{"name": "front"}}),
			"LoadBalancerFrontendIPConfigurationMustReferenceSubnetOrPublicIP"},
		"port":           {with(good, "loadBalancingRules", l{with(rule, "frontendPort", 70000.0)}), "InvalidRequestFormat"},
		"same frontend":  {with(good, "loadBalancingRules", l{rule, with(rule, "name", "more")}), "RulesUseSameFrontendPortProtocolAndFrontendIPConfig"},
		"probe path":     {with(good, "probes", l{with(probe, "requestPath", "/readyz")}), "ProbeRequestPathNotAllowed"},
		"no probe path":  {with(good, "probes", l{with(probe, "protocol", "Https")}), "ProbeRequestPathRequired"},
		"nat rule":       {with(good, "inboundNatRules", l{natRule("ssh", 22)}), ""},
		"two nat rules":  {with(good, "inboundNatRules", l{natRule("ssh", 22), natRule("more", 2022)}), ""},
		"same nat port":  {with(good, "inboundNatRules", l{natRule("ssh", 22), natRule("more", 22)}), "RulesUseSameFrontendPortProtocolAndFrontendIPConfig"},
		"rule and nat":   {with(good, "inboundNatRules", l{natRule("ssh", 6443)}), "RulesUseSameFrontendPortProtocolAndFrontendIPConfig"},
		"other protocol": {with(good, "inboundNatRules", l{with(natRule("ssh", 6443), "protocol", "Udp")}), ""},
		"nat of nothing": {with(good, "inboundNatRules", l{with(natRule("ssh", 22), "frontendIPConfiguration", nil)}), "InvalidRequestFormat"},
		"nat frontend": {with(good, "inboundNatRules", l{with(natRule("ssh", 22), "frontendIPConfiguration",
			m{"id": lbID + "/frontendIPConfigurations/none"})}), "InvalidResourceReference"},
		"no nat port":    {with(good, "inboundNatRules", l{with(natRule("ssh", 22), "frontendPort", nil)}), "InvalidRequestFormat"},
		"no target port": {with(good, "inboundNatRules", l{with(natRule("ssh", 22), "backendPort", nil)}), "InvalidRequestFormat"},
		"nameless probe": {with(good, "probes", l{with(probe, "name", nil)}), "InvalidRequestFormat"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			b.create(ipToken, "ip", ipInputs("ip", "demo"))
			natIP, _ := b.create(ipToken, "nat", ipInputs("nat", ""))
			b.create(natToken, "nat", m{"resourceGroupName": "rg", "natGatewayName": "nat", "publicIpAddresses": l{m{"id": natIP}}})
			requireCode(t, b.createError(lbToken, test.inputs), test.code)
		})
	}
}

func TestInterfaceAddresses(t *testing.T) {
	t.Parallel()
	static := func(address, subnet string) m {
		return with(nicInputs("nic"), "ipConfigurations", l{m{"name": "ip", "privateIPAllocationMethod": "Static", "privateIPAddress": address,
			"subnet": m{"id": networkID + "virtualNetworks/vnet/subnets/" + subnet}}})
	}
	second := m{"name": "second", "primary": true, "subnet": m{"id": subnetOne}}
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"dynamic":        {nicInputs("nic"), ""},
		"static":         {static("10.0.1.10", "one"), ""},
		"not in subnet":  {static("10.0.2.10", "one"), "PrivateIPAddressNotInSubnet"},
		"network":        {static("10.0.1.0", "one"), "PrivateIPAddressInReservedRange"},
		"third":          {static("10.0.1.3", "one"), "PrivateIPAddressInReservedRange"},
		"broadcast":      {static("10.0.1.255", "one"), "PrivateIPAddressInReservedRange"},
		"taken":          {static("10.0.1.4", "one"), "PrivateIPAddressIsAllocated"},
		"no address":     {static("", "one"), "InvalidIPAddressFormat"},
		"no subnet":      {with(nicInputs("nic"), "ipConfigurations", l{m{"name": "ip"}}), "SubnetIsRequired"},
		"no config":      {with(nicInputs("nic"), "ipConfigurations", nil), "NetworkInterfaceMustHaveIpConfiguration"},
		"unknown subnet": {static("10.0.1.10", "three"), "InvalidResourceReference"},
		"unknown pool": {with(nicInputs("nic"), "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": subnetOne},
			"loadBalancerBackendAddressPools": l{m{"id": lbID + "/backendAddressPools/pool"}}}}), "InvalidResourceReference"},
		"two primaries": {with(nicInputs("nic"), "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": subnetOne}}, second}),
			"NetworkInterfaceMustHaveOnePrimaryIpConfiguration"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network("first")
			requireCode(t, b.createError(nicToken, test.inputs), test.code)
		})
	}
}

func TestDynamicAddresses(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	inSmall := func(name string) m {
		return with(nicInputs(name), "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": networkID + "virtualNetworks/vnet/subnets/two"}}})
	}
	address := func(out m) string { return tree.String(tree.List(out, "ipConfigurations")[0], "privateIPAddress") }
	first, out := b.create(nicToken, "a", inSmall("a"))
	require.Equal(t, "10.0.2.4", address(out))
	_, out = b.create(nicToken, "b", inSmall("b"))
	require.Equal(t, "10.0.2.5", address(out))
	b.create(nicToken, "c", inSmall("c"))
	requireCode(t, b.createError(nicToken, inSmall("d")), "SubnetIsFull")

	out, err := b.update(nicToken, first, inSmall("a"), with(with(inSmall("a"), "location", "westeurope"), "enableIPForwarding", true))
	require.NoError(t, err)
	require.Equal(t, "10.0.2.4", address(out), "an update keeps the address")
	require.NoError(t, b.delete(nicToken, first))
	_, out = b.create(nicToken, "d", inSmall("d"))
	require.Equal(t, "10.0.2.4", address(out), "a free one is given again")
}

func TestInUse(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	ip, _ := b.create(ipToken, "ip", ipInputs("ip", "demo"))
	lb, _ := b.create(lbToken, "lb", lbInputs())
	natIP, _ := b.create(ipToken, "nat", ipInputs("nat", ""))
	nat, _ := b.create(natToken, "nat", m{"resourceGroupName": "rg", "natGatewayName": "nat", "publicIpAddresses": l{m{"id": natIP}}})
	vnet := vnetInputs()
	vnet["subnets"] = l{m{"name": "one", "addressPrefix": "10.0.1.0/24", "natGateway": m{"id": nat}}}
	vnetID, _ := b.create(vnetToken, "vnet", vnet)
	nic, _ := b.create(nicToken, "nic", nicInputs("vm-nic"))
	vm, _ := b.create(vmToken, "vm", linuxInputs("vm"))

	requireCode(t, b.delete(ipToken, ip), "PublicIPAddressCannotBeDeleted")
	requireCode(t, b.delete(ipToken, natIP), "PublicIPAddressCannotBeDeleted")
	requireCode(t, b.delete(natToken, nat), "InUseNatGatewayCannotBeDeleted")
	requireCode(t, b.delete(nicToken, nic), "NicInUse")
	for _, step := range []struct{ token, id string }{
		{vmToken, vm}, {nicToken, nic}, {vnetToken, vnetID}, {natToken, nat}, {ipToken, natIP}, {lbToken, lb}, {ipToken, ip},
		{groupToken, groupID}, {groupToken, groupID}, // what is gone already can be deleted
	} {
		require.NoError(t, b.delete(step.token, step.id), step.id)
	}
	b.look(func(w *world.World) { require.Empty(t, w.Resources) })
}
