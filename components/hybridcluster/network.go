package hybridcluster

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// The names of the subnets.
const (
	controlPlaneSubnet = "control-plane"
	nodeSubnet         = firstboot.NodeSubnet
)

// clusterNetwork is the virtual network that the nodes are in.
type clusterNetwork struct {
	vnetName, vnetGroup pulumi.StringOutput
	nodeGroupName       pulumi.StringOutput
	// controlPlaneSubnetID and nodeSubnetID are the cluster's own subnets, or the
	// existing ones of the masters and of pools that name none.
	controlPlaneSubnetID, nodeSubnetID pulumi.StringOutput
	// controlPlaneGroup and nodeGroup guard single machines, where the subnets are
	// somebody else's; nil where they guard the subnets.
	controlPlaneGroup, nodeGroup *network.NetworkSecurityGroup
}

func (b *builder) declareNetwork() error {
	var egress []*network.PublicIPAddress
	existing := b.def.HasExistingSubnets()
	if !existing {
		var err error
		if egress, err = b.newEgressIPs(); err != nil {
			return err
		}
	}
	controlGroup, err := b.newControlPlaneSecurityGroup(egress)
	if err != nil {
		return err
	}
	// No rules of ours: the defaults let the virtual network in and nobody else,
	// and the cloud provider adds a rule for each Service. Rules that are not
	// declared are left alone.
	nodeGroup, err := b.newSecurityGroup("node-nsg", nil)
	if err != nil {
		return err
	}
	if existing {
		return b.useExistingSubnets(controlGroup, nodeGroup)
	}
	nat, err := b.newNatGateway(egress)
	if err != nil {
		return err
	}
	vnet, err := b.newVirtualNetwork(nat, controlGroup, nodeGroup)
	if err != nil {
		return err
	}
	b.network = clusterNetwork{
		vnetName:             vnet.Name,
		vnetGroup:            b.group.name,
		nodeGroupName:        nodeGroup.Name,
		controlPlaneSubnetID: pulumi.Sprintf("%s/subnets/%s", vnet.ID(), controlPlaneSubnet),
		nodeSubnetID:         pulumi.Sprintf("%s/subnets/%s", vnet.ID(), nodeSubnet),
	}
	return nil
}

// useExistingSubnets leaves the network as it is. Its way out is its owner's, and
// the security groups guard the machines.
func (b *builder) useExistingSubnets(controlGroup, nodeGroup *network.NetworkSecurityGroup) error {
	master := b.def.Properties.MasterProfile
	subnet, err := apimodel.ParseSubnetID(master.VnetSubnetID)
	if err != nil {
		return err
	}
	nodes := cmp.Or(master.AgentVnetSubnetID, master.VnetSubnetID)
	b.network = clusterNetwork{
		vnetName:             pulumi.String(subnet.Vnet).ToStringOutput(),
		vnetGroup:            pulumi.String(subnet.ResourceGroup).ToStringOutput(),
		nodeGroupName:        nodeGroup.Name,
		controlPlaneSubnetID: pulumi.String(master.VnetSubnetID).ToStringOutput(),
		nodeSubnetID:         pulumi.String(nodes).ToStringOutput(),
		controlPlaneGroup:    controlGroup,
		nodeGroup:            nodeGroup,
	}
	return nil
}

// poolSubnetID is the subnet of a pool's nodes.
func (b *builder) poolSubnetID(pool *apimodel.AgentPoolProfile) pulumi.StringOutput {
	if id := b.def.NodeSubnetID(pool); id != "" {
		return pulumi.String(id).ToStringOutput()
	}
	return b.network.nodeSubnetID
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

// newEgressIPs declares the addresses that the nodes' traffic leaves from.
func (b *builder) newEgressIPs() ([]*network.PublicIPAddress, error) {
	var ips []*network.PublicIPAddress
	for i := range b.kubernetes().LoadBalancerOutboundIPs {
		suffix := "egress-ip"
		if i > 0 {
			suffix = fmt.Sprintf("egress-ip-%d", i+1)
		}
		ip, err := b.newPublicIP(suffix, b.prefix+"-"+suffix, nil)
		if err != nil {
			return nil, err
		}
		ips = append(ips, ip)
	}
	return ips, nil
}

// newNatGateway gives every node its way out. New virtual networks have none of
// their own: https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
func (b *builder) newNatGateway(egress []*network.PublicIPAddress) (*network.NatGateway, error) {
	var addresses network.SubResourceArray
	for _, ip := range egress {
		addresses = append(addresses, subResource(ip.ID().ToStringOutput()))
	}
	return network.NewNatGateway(b.ctx, b.child("nat"), &network.NatGatewayArgs{
		ResourceGroupName:    b.group.name,
		NatGatewayName:       pulumi.String(b.prefix + "-nat"),
		Location:             pulumi.String(b.location),
		Sku:                  network.NatGatewaySkuArgs{Name: pulumi.String("Standard")},
		PublicIpAddresses:    addresses,
		IdleTimeoutInMinutes: pulumi.Int(b.kubernetes().OutboundRuleIdleTimeoutInMinutes),
		Tags:                 b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
}

// newControlPlaneSecurityGroup opens the API server, and SSH where it was asked
// for. A private API server is open to the virtual network by Azure's own rules.
func (b *builder) newControlPlaneSecurityGroup(egress []*network.PublicIPAddress) (*network.NetworkSecurityGroup, error) {
	var rules network.SecurityRuleTypeArray
	if !b.def.IsPrivate() {
		rules = append(rules, b.apiServerRule(egress))
	}
	// The only machine with a public port is the first master or the jumpbox, which
	// is in the same subnet.
	reachable := !b.def.IsPrivate() || b.def.Jumpbox() != nil
	if cidrs := b.args.SSHSourceCIDRs; reachable && len(cidrs) > 0 {
		rules = append(rules, sshRule(cidrs))
	}
	return b.newSecurityGroup("control-plane-nsg", rules)
}

func (b *builder) apiServerRule(egress []*network.PublicIPAddress) network.SecurityRuleTypeArgs {
	rule := inboundRule("allow-api-server", 100, bootstrap.APIServerPort)
	cidrs := b.args.APIServerSourceCIDRs
	if prefix := b.def.Properties.MasterProfile.HTTPSourceAddressPrefix; prefix != "" && prefix != "*" {
		cidrs = append(slices.Clone(cidrs), prefix)
	}
	if len(cidrs) == 0 {
		rule.SourceAddressPrefix = pulumi.String("*")
		return rule
	}
	// The nodes reach the API server through its public name, so they come from
	// the NAT gateway's addresses.
	var sources pulumi.StringArray
	for _, ip := range egress {
		sources = append(sources, pulumi.Sprintf("%s/32", ip.IpAddress.Elem()))
	}
	rule.SourceAddressPrefixes = slices.Concat(sources, pulumi.ToStringArray(cidrs))
	return rule
}

func sshRule(cidrs []string) network.SecurityRuleTypeArgs {
	rule := inboundRule("allow-ssh", 110, 22)
	rule.SourceAddressPrefixes = pulumi.ToStringArray(cidrs)
	return rule
}

func (b *builder) newSecurityGroup(suffix string, rules network.SecurityRuleTypeArray) (*network.NetworkSecurityGroup, error) {
	args := &network.NetworkSecurityGroupArgs{
		ResourceGroupName:        b.group.name,
		NetworkSecurityGroupName: pulumi.String(b.prefix + "-" + suffix),
		Location:                 pulumi.String(b.location),
		Tags:                     b.tags(),
	}
	if len(rules) > 0 {
		args.SecurityRules = rules
	}
	return network.NewNetworkSecurityGroup(b.ctx, b.child(suffix), args, b.options(pulumi.DeleteBeforeReplace(true))...)
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
