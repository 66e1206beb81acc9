package azure

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
)

const (
	vnetType       = "Microsoft.Network/virtualNetworks"
	securityType   = "Microsoft.Network/networkSecurityGroups"
	publicIPType   = "Microsoft.Network/publicIPAddresses"
	natType        = "Microsoft.Network/natGateways"
	balancerType   = "Microsoft.Network/loadBalancers"
	interfaceType  = "Microsoft.Network/networkInterfaces"
	routeTableType = "Microsoft.Network/routeTables"

	networkPath = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/"
)

func networkKinds() []*kind {
	return []*kind{
		{
			pulumi: "azure-native:network:VirtualNetwork", armType: vnetType,
			path: networkPath + "virtualNetworks/{virtualNetworkName}",
			args: network.VirtualNetworkArgs{}, outputs: network.VirtualNetwork{},
			name: networkName(2, 64), kept: []string{"subnets", "virtualNetworkPeerings"}, parts: []string{"subnets", "virtualNetworkPeerings"},
			movable: true,
			fill:    fillVirtualNetwork, validate: validateVirtualNetwork, guard: guardVirtualNetwork, shown: showNetwork,
		},
		{
			pulumi: "azure-native:network:NetworkSecurityGroup", armType: securityType,
			path: networkPath + "networkSecurityGroups/{networkSecurityGroupName}",
			args: network.NetworkSecurityGroupArgs{}, outputs: network.NetworkSecurityGroup{},
			name: networkName(1, 80), kept: []string{"securityRules"}, parts: []string{"securityRules"},
			validate: validateSecurityGroup, guard: guardSecurityGroup, shown: showSecurityGroup,
		},
		{
			pulumi: "azure-native:network:RouteTable", armType: routeTableType,
			path: networkPath + "routeTables/{routeTableName}",
			args: network.RouteTableArgs{}, outputs: network.RouteTable{},
			name: networkName(1, 80), kept: []string{"routes"}, parts: []string{"routes"},
			validate: validateRouteTable, guard: guardRouteTable,
		},
		{
			pulumi: "azure-native:network:PublicIPAddress", armType: publicIPType,
			path: networkPath + "publicIPAddresses/{publicIpAddressName}",
			args: network.PublicIPAddressArgs{}, outputs: network.PublicIPAddress{},
			name: networkName(1, 80), replace: []string{"sku", "publicIPAddressVersion", "publicIPPrefix"}, frozen: []string{"zones"}, movable: true,
			fill: fillPublicIP, validate: validatePublicIP, guard: guardPublicIP, shown: showPublicIP,
		},
		{
			pulumi: "azure-native:network:NatGateway", armType: natType,
			path: networkPath + "natGateways/{natGatewayName}",
			args: network.NatGatewayArgs{}, outputs: network.NatGateway{},
			name: networkName(1, 80), frozen: []string{"sku.name", "zones"},
			fill: fillNatGateway, validate: validateNatGateway, guard: guardNatGateway,
		},
		{
			pulumi: "azure-native:network:LoadBalancer", armType: balancerType,
			path: networkPath + "loadBalancers/{loadBalancerName}",
			args: network.LoadBalancerArgs{}, outputs: network.LoadBalancer{},
			name: networkName(1, 80), frozen: []string{"sku.name", "sku.tier"}, kept: []string{"backendAddressPools", "inboundNatRules"},
			parts: []string{"frontendIPConfigurations", "backendAddressPools", "probes", "loadBalancingRules",
				"outboundRules", "inboundNatRules", "inboundNatPools"},
			fill: fillBalancer, validate: validateBalancer, guard: guardBalancer, gone: leaveBalancer, shown: showBalancer,
		},
		{
			pulumi: "azure-native:network:NetworkInterface", armType: interfaceType,
			path: networkPath + "networkInterfaces/{networkInterfaceName}",
			args: network.NetworkInterfaceArgs{}, outputs: network.NetworkInterface{},
			name: networkName(1, 80), parts: []string{"ipConfigurations"},
			fill: fillInterface, validate: validateInterface, guard: guardInterface,
		},
	}
}
