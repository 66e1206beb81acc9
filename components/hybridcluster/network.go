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
	// openings are the rules that let the world in to the control plane.
	openings []pulumi.Resource
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
	controlGroup, err := b.newSecurityGroup("control-plane-nsg")
	if err != nil {
		return err
	}
	openings, err := b.openControlPlane(controlGroup, egress)
	if err != nil {
		return err
	}
	// No rules of ours: the defaults let the virtual network in and nobody else,
	// and the cloud provider adds a rule for each Service.
	nodeGroup, err := b.newSecurityGroup("node-nsg")
	if err != nil {
		return err
	}
	defer func() { b.network.openings = openings }()
	if existing {
		return b.useExistingSubnets(controlGroup, nodeGroup)
	}
	nat, err := b.newNatGateway(egress)
	if err != nil {
		return err
	}
	vnet, err := b.newVirtualNetwork()
	if err != nil {
		return err
	}
	control, err := b.newSubnet(vnet, controlPlaneSubnet, b.plan.ControlPlaneSubnet, nat, controlGroup)
	if err != nil {
		return err
	}
	nodes, err := b.newSubnet(vnet, nodeSubnet, b.plan.NodeSubnet, nat, nodeGroup, control)
	if err != nil {
		return err
	}
	b.network = clusterNetwork{
		vnetName: vnet.Name, vnetGroup: b.group.name, nodeGroupName: nodeGroup.Name,
		controlPlaneSubnetID: control.ID().ToStringOutput(), nodeSubnetID: nodes.ID().ToStringOutput(),
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

// newVirtualNetwork declares the network without its subnets. What a network's
// declaration does not name stays as it is; a list inside of it would be all there
// is, and send away the subnets and peerings that others added, at the next change
// of a tag.
// https://www.pulumi.com/registry/packages/azure-native/api-docs/network/virtualnetwork/#subnets
func (b *builder) newVirtualNetwork() (*network.VirtualNetwork, error) {
	return network.NewVirtualNetwork(b.ctx, b.child("vnet"), &network.VirtualNetworkArgs{
		ResourceGroupName:  b.group.name,
		VirtualNetworkName: pulumi.String(b.prefix + "-vnet"),
		Location:           pulumi.String(b.location),
		AddressSpace:       network.AddressSpaceArgs{AddressPrefixes: pulumi.ToStringArray([]string{b.plan.Vnet})},
		Tags:               b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
}

// newSubnet declares one subnet. It comes after others of the network: Azure refuses
// two changes of a network at the same time (AnotherOperationInProgress).
func (b *builder) newSubnet(
	vnet *network.VirtualNetwork, name, cidr string, nat *network.NatGateway, group *network.NetworkSecurityGroup, after ...pulumi.Resource,
) (*network.Subnet, error) {
	return network.NewSubnet(b.ctx, b.child("vnet-"+name), &network.SubnetArgs{
		ResourceGroupName:    b.group.name,
		VirtualNetworkName:   vnet.Name,
		SubnetName:           pulumi.String(name),
		AddressPrefix:        pulumi.String(cidr),
		NatGateway:           subResource(nat.ID().ToStringOutput()),
		NetworkSecurityGroup: network.NetworkSecurityGroupTypeArgs{Id: group.ID().ToStringOutput()},
	}, b.options(pulumi.DeleteBeforeReplace(true), pulumi.DependsOn(after))...)
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
		if len(b.def.Properties.MasterProfile.AvailabilityZones) > 0 {
			args.Zones = allZones() // the API's address, where the masters stand in zones
		}
	}
	return network.NewPublicIPAddress(b.ctx, b.child(suffix), args, b.options(
		pulumi.DeleteBeforeReplace(true),
		// Azure moves no address to other zones, and says by itself which NAT gateway
		// has it.
		pulumi.IgnoreChanges([]string{"zones", "natGateway"}),
	)...)
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

// newNatGateway gives every node its way out. Networks of newer API versions have
// none of their own: https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
//
// It names no zone on purpose: a gateway of the Standard SKU stands in one, which
// Azure then chooses, and its addresses are good for each. Downloads fail when that
// zone is lost; the way to the API is another one where the masters stand in zones.
// https://learn.microsoft.com/azure/reliability/reliability-nat-gateway
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

// openControlPlane opens the API server, and SSH where it was asked for. A private
// API server is open to the virtual network by Azure's own rules.
func (b *builder) openControlPlane(group *network.NetworkSecurityGroup, egress []*network.PublicIPAddress) ([]pulumi.Resource, error) {
	var rules []*network.SecurityRuleArgs
	if !b.def.IsPrivate() {
		rules = append(rules, b.apiServerRule(egress))
	}
	// The only machine with a public port is the first master or the jumpbox, which
	// is in the same subnet.
	reachable := !b.def.IsPrivate() || b.def.Jumpbox() != nil
	if cidrs := b.args.SSHSourceCIDRs; reachable && len(cidrs) > 0 {
		rules = append(rules, sshRule(cidrs))
	}
	return b.open("control-plane", group, rules...)
}

// open adds rules to a security group, one after the other: each is a change of the
// group, of which Azure takes one at a time. Rules are resources of their own: the
// group itself names none, so that it keeps what others added, and one that is not
// declared any more is deleted. A group with a list would keep it when the list
// becomes empty, and SSH would stay open.
func (b *builder) open(suffix string, group *network.NetworkSecurityGroup, rules ...*network.SecurityRuleArgs) ([]pulumi.Resource, error) {
	var made []pulumi.Resource
	for _, args := range rules {
		args.ResourceGroupName, args.NetworkSecurityGroupName = b.group.name, group.Name
		name := string(args.SecurityRuleName.(pulumi.String))
		rule, err := network.NewSecurityRule(b.ctx, b.child(suffix+"-"+name), args,
			b.options(pulumi.DeleteBeforeReplace(true), pulumi.DependsOn(made))...)
		if err != nil {
			return nil, err
		}
		made = append(made, rule)
	}
	return made, nil
}

func (b *builder) apiServerRule(egress []*network.PublicIPAddress) *network.SecurityRuleArgs {
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

func sshRule(cidrs []string) *network.SecurityRuleArgs {
	rule := inboundRule("allow-ssh", 110, 22)
	rule.SourceAddressPrefixes = pulumi.ToStringArray(cidrs)
	return rule
}

// newSecurityGroup declares a group that names no rules. Rules that are not declared
// with it are left alone.
func (b *builder) newSecurityGroup(suffix string) (*network.NetworkSecurityGroup, error) {
	return network.NewNetworkSecurityGroup(b.ctx, b.child(suffix), &network.NetworkSecurityGroupArgs{
		ResourceGroupName:        b.group.name,
		NetworkSecurityGroupName: pulumi.String(b.prefix + "-" + suffix),
		Location:                 pulumi.String(b.location),
		Tags:                     b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
}

func inboundRule(name string, priority, port int) *network.SecurityRuleArgs {
	return &network.SecurityRuleArgs{
		SecurityRuleName:         pulumi.String(name),
		Priority:                 pulumi.Int(priority),
		Direction:                pulumi.String("Inbound"),
		Access:                   pulumi.String("Allow"),
		Protocol:                 pulumi.String("Tcp"),
		SourcePortRange:          pulumi.String("*"),
		DestinationAddressPrefix: pulumi.String("*"),
		DestinationPortRange:     pulumi.Sprintf("%d", port),
	}
}
