package hybridcluster

import (
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// The names of the subnets.
const (
	controlPlaneSubnet = "control-plane"
	nodeSubnet         = "nodes"
)

// clusterNetwork is the virtual network with its two subnets.
type clusterNetwork struct {
	vnetName, nodeGroupName            pulumi.StringOutput
	controlPlaneSubnetID, nodeSubnetID pulumi.StringOutput
}

func (b *builder) declareNetwork() error {
	egressIP, err := b.newPublicIP("egress-ip", b.prefix+"-egress-ip", nil)
	if err != nil {
		return err
	}
	nat, err := b.newNatGateway(egressIP)
	if err != nil {
		return err
	}
	controlGroup, err := b.newControlPlaneSecurityGroup(egressIP)
	if err != nil {
		return err
	}
	// No rules of ours: the defaults let the virtual network in and nobody else,
	// and the cloud provider adds a rule for each Service. Rules that are not
	// declared are left alone.
	nodeGroup, err := network.NewNetworkSecurityGroup(b.ctx, b.child("node-nsg"), &network.NetworkSecurityGroupArgs{
		ResourceGroupName:        b.group.name,
		NetworkSecurityGroupName: pulumi.String(b.prefix + "-node-nsg"),
		Location:                 pulumi.String(b.location),
		Tags:                     b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return err
	}
	vnet, err := b.newVirtualNetwork(nat, controlGroup, nodeGroup)
	if err != nil {
		return err
	}
	b.network = clusterNetwork{
		vnetName:             vnet.Name,
		nodeGroupName:        nodeGroup.Name,
		controlPlaneSubnetID: pulumi.Sprintf("%s/subnets/%s", vnet.ID(), controlPlaneSubnet),
		nodeSubnetID:         pulumi.Sprintf("%s/subnets/%s", vnet.ID(), nodeSubnet),
	}
	return nil
}

// newVirtualNetwork declares the subnets inside the network: as resources of
// their own they would be written at the same time, which Azure refuses
// (AnotherOperationInProgress).
func (b *builder) newVirtualNetwork(
	nat *network.NatGateway, controlGroup, nodeGroup *network.NetworkSecurityGroup,
) (*network.VirtualNetwork, error) {
	subnet := func(name, cidr string, group *network.NetworkSecurityGroup) network.SubnetTypeArgs {
		return network.SubnetTypeArgs{
			Name:                 pulumi.String(name),
			AddressPrefix:        pulumi.String(cidr),
			NatGateway:           subResource(nat.ID().ToStringOutput()),
			NetworkSecurityGroup: network.NetworkSecurityGroupTypeArgs{Id: group.ID().ToStringOutput()},
		}
	}
	return network.NewVirtualNetwork(b.ctx, b.child("vnet"), &network.VirtualNetworkArgs{
		ResourceGroupName:  b.group.name,
		VirtualNetworkName: pulumi.String(b.prefix + "-vnet"),
		Location:           pulumi.String(b.location),
		AddressSpace:       network.AddressSpaceArgs{AddressPrefixes: pulumi.ToStringArray([]string{b.plan.Vnet})},
		Subnets: network.SubnetTypeArray{
			subnet(controlPlaneSubnet, b.plan.ControlPlaneSubnet, controlGroup),
			subnet(nodeSubnet, b.plan.NodeSubnet, nodeGroup),
		},
		Tags: b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
}

// newPublicIP declares a static Standard address; label gives it a DNS name.
func (b *builder) newPublicIP(suffix, name string, label pulumi.StringPtrInput) (*network.PublicIPAddress, error) {
	args := &network.PublicIPAddressArgs{
		ResourceGroupName:        b.group.name,
		PublicIpAddressName:      pulumi.String(name),
		Location:                 pulumi.String(b.location),
		PublicIPAllocationMethod: pulumi.String("Static"),
		PublicIPAddressVersion:   pulumi.String("IPv4"),
		Sku:                      network.PublicIPAddressSkuArgs{Name: pulumi.String("Standard")},
		Tags:                     b.tags(),
	}
	if label != nil {
		args.DnsSettings = network.PublicIPAddressDnsSettingsArgs{DomainNameLabel: label}
	}
	return network.NewPublicIPAddress(b.ctx, b.child(suffix), args, b.options(pulumi.DeleteBeforeReplace(true))...)
}

// newNatGateway gives every node its way out. New virtual networks have none of
// their own: https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
func (b *builder) newNatGateway(egressIP *network.PublicIPAddress) (*network.NatGateway, error) {
	return network.NewNatGateway(b.ctx, b.child("nat"), &network.NatGatewayArgs{
		ResourceGroupName: b.group.name,
		NatGatewayName:    pulumi.String(b.prefix + "-nat"),
		Location:          pulumi.String(b.location),
		Sku:               network.NatGatewaySkuArgs{Name: pulumi.String("Standard")},
		PublicIpAddresses: network.SubResourceArray{subResource(egressIP.ID().ToStringOutput())},
		Tags:              b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
}

// newControlPlaneSecurityGroup opens the API server, and SSH where it was asked for.
func (b *builder) newControlPlaneSecurityGroup(egressIP *network.PublicIPAddress) (*network.NetworkSecurityGroup, error) {
	api := inboundRule("allow-api-server", 100, bootstrap.APIServerPort)
	if cidrs := b.args.APIServerSourceCIDRs; len(cidrs) == 0 {
		api.SourceAddressPrefix = pulumi.String("*")
	} else {
		// The nodes reach the API server through its public name, so they come
		// from the NAT gateway's address.
		node := pulumi.StringArray{pulumi.Sprintf("%s/32", egressIP.IpAddress.Elem())}
		api.SourceAddressPrefixes = slices.Concat(node, pulumi.ToStringArray(cidrs))
	}
	rules := network.SecurityRuleTypeArray{api}
	if cidrs := b.args.SSHSourceCIDRs; len(cidrs) > 0 {
		ssh := inboundRule("allow-ssh", 110, 22)
		ssh.SourceAddressPrefixes = pulumi.ToStringArray(cidrs)
		rules = append(rules, ssh)
	}
	return network.NewNetworkSecurityGroup(b.ctx, b.child("control-plane-nsg"), &network.NetworkSecurityGroupArgs{
		ResourceGroupName:        b.group.name,
		NetworkSecurityGroupName: pulumi.String(b.prefix + "-control-plane-nsg"),
		Location:                 pulumi.String(b.location),
		SecurityRules:            rules,
		Tags:                     b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
}

func inboundRule(name string, priority, port int) network.SecurityRuleTypeArgs {
	return network.SecurityRuleTypeArgs{
		Name:                     pulumi.String(name),
		Priority:                 pulumi.Int(priority),
		Direction:                pulumi.String("Inbound"),
		Access:                   pulumi.String("Allow"),
		Protocol:                 pulumi.String("Tcp"),
		SourcePortRange:          pulumi.String("*"),
		DestinationAddressPrefix: pulumi.String("*"),
		DestinationPortRange:     pulumi.Sprintf("%d", port),
	}
}
