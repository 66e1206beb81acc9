package hybridcluster

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/hybridcluster/hybridcluster/components/bootstrap"
)

// The names of the API load balancer's parts.
const (
	apiFrontendName = "api-server"
	apiPoolName     = "control-plane"
	apiProbeName    = "readyz"
	sshRuleName     = "ssh"
)

// apiFrontend is how the world and the nodes reach the API server.
type apiFrontend struct {
	// address is where the cluster itself finds it: inside of the network, if it can.
	address pulumi.StringOutput
	// poolIDs are the pools that the masters are in: of the public load balancer, of
	// the internal one, or of both. A network card may be in one of either kind.
	poolIDs []pulumi.StringOutput
	// sshRuleID leads port 22 to the first master, where the API server is public.
	// The security group decides who gets that far; nobody does by default.
	sshRuleID pulumi.StringPtrInput
}

func (b *builder) declareAPIFrontend() error {
	server := b.endpoint
	if b.def.IsPrivate() {
		// No DNS knows the endpoint's name outside of the nodes.
		server = b.plan.APIServerIP
	} else if err := b.declarePublicBalancer(); err != nil {
		return err
	}
	b.component.APIServer = pulumi.Sprintf("https://%s:%d", server, bootstrap.APIServerPort)
	if b.plan.APIServerIP == "" {
		return nil
	}
	return b.declareInternalBalancer()
}

func (b *builder) declarePublicBalancer() error {
	name := b.prefix + "-api"
	ip, err := b.newPublicIP("api-ip", b.prefix+"-api-ip", pulumi.String(b.prefix))
	if err != nil {
		return err
	}
	args := b.apiLoadBalancer(name, network.FrontendIPConfigurationArgs{
		PublicIPAddress: network.PublicIPAddressTypeArgs{Id: ip.ID().ToStringOutput()},
	})
	args.InboundNatRules = b.sshNatRule(name)
	lb, err := b.newAPILoadBalancer("api", args)
	if err != nil {
		return err
	}
	b.frontend.address = ip.IpAddress.Elem()
	b.frontend.sshRuleID = pulumi.Sprintf("%s/inboundNatRules/%s", lb.ID(), sshRuleName).ToStringPtrOutput()
	return nil
}

// declareInternalBalancer is for the nodes, and for everybody where the API server
// is private. A frontend without zones stands in none for certain, so it is put into
// all of them where the masters are.
// https://learn.microsoft.com/azure/reliability/reliability-load-balancer
func (b *builder) declareInternalBalancer() error {
	suffix := "api"
	if !b.def.IsPrivate() {
		suffix = "api-internal"
	}
	frontend := network.FrontendIPConfigurationArgs{
		Subnet:                    network.SubnetTypeArgs{Id: b.network.controlPlaneSubnetID},
		PrivateIPAllocationMethod: pulumi.String("Static"),
		PrivateIPAddress:          pulumi.String(b.plan.APIServerIP),
	}
	if len(b.def.Properties.MasterProfile.AvailabilityZones) > 0 {
		frontend.Zones = allZones()
	}
	b.frontend.address = pulumi.String(b.plan.APIServerIP).ToStringOutput()
	_, err := b.newAPILoadBalancer(suffix, b.apiLoadBalancer(b.prefix+"-"+suffix, frontend))
	return err
}

// allZones makes an address redundant over zones: each region that has zones has
// three. https://learn.microsoft.com/azure/reliability/availability-zones-overview
func allZones() pulumi.StringArray {
	return pulumi.ToStringArray([]string{"1", "2", "3"})
}

func (b *builder) newAPILoadBalancer(suffix string, args *network.LoadBalancerArgs) (*network.LoadBalancer, error) {
	lb, err := network.NewLoadBalancer(b.ctx, b.child(suffix), args, b.options(
		pulumi.DeleteBeforeReplace(true),
		// Machines wait for the API server, so what opens it comes before them.
		pulumi.DependsOn(b.network.openings),
		// Azure lists the members of the pool, which are none of ours to say, and
		// moves no frontend to other zones.
		pulumi.IgnoreChanges([]string{"backendAddressPools[*].loadBalancerBackendAddresses", "frontendIPConfigurations[*].zones"}),
	)...)
	if err != nil {
		return nil, err
	}
	b.frontend.poolIDs = append(b.frontend.poolIDs, pulumi.Sprintf("%s/backendAddressPools/%s", lb.ID(), apiPoolName))
	return lb, nil
}

// apiPart refers to a part of the API load balancer by the id that it will have.
func (b *builder) apiPart(balancer, kind, name string) network.SubResourceArgs {
	self := b.group.resourceID("Microsoft.Network", "loadBalancers", balancer)
	return subResource(pulumi.Sprintf("%s/%s/%s", self, kind, name))
}

// apiLoadBalancer is a load balancer with a frontend. Its parts refer to each other
// by the ids that they will have.
func (b *builder) apiLoadBalancer(name string, frontend network.FrontendIPConfigurationArgs) *network.LoadBalancerArgs {
	frontend.Name = pulumi.String(apiFrontendName)
	return &network.LoadBalancerArgs{
		FrontendIPConfigurations: network.FrontendIPConfigurationArray{frontend},
		ResourceGroupName:        b.group.name,
		LoadBalancerName:         pulumi.String(name),
		Location:                 pulumi.String(b.location),
		Sku:                      network.LoadBalancerSkuArgs{Name: pulumi.String("Standard")},
		BackendAddressPools:      network.BackendAddressPoolArray{network.BackendAddressPoolArgs{Name: pulumi.String(apiPoolName)}},
		Probes: network.ProbeArray{network.ProbeArgs{
			Name:              pulumi.String(apiProbeName),
			Protocol:          pulumi.String("Https"),
			Port:              pulumi.Int(bootstrap.APIServerPort),
			RequestPath:       pulumi.String("/readyz"),
			IntervalInSeconds: pulumi.Int(15),
			NumberOfProbes:    pulumi.Int(2),
		}},
		LoadBalancingRules: network.LoadBalancingRuleArray{network.LoadBalancingRuleArgs{
			Name:                    pulumi.String(apiFrontendName),
			Protocol:                pulumi.String("Tcp"),
			FrontendPort:            pulumi.Int(bootstrap.APIServerPort),
			BackendPort:             pulumi.Int(bootstrap.APIServerPort),
			FrontendIPConfiguration: b.apiPart(name, "frontendIPConfigurations", apiFrontendName),
			BackendAddressPool:      b.apiPart(name, "backendAddressPools", apiPoolName),
			Probe:                   b.apiPart(name, "probes", apiProbeName),
			EnableTcpReset:          pulumi.Bool(true),
			// A watch may be quiet for long; 30 minutes is Azure's longest.
			IdleTimeoutInMinutes: pulumi.Int(30),
			// The NAT gateway is the way out.
			DisableOutboundSnat: pulumi.Bool(true),
		}},
		Tags: b.tags(),
	}
}

// sshNatRule is always there, so that opening and closing SSH changes the security
// group alone: Azure takes no rule away that a network card refers to.
func (b *builder) sshNatRule(balancer string) network.InboundNatRuleTypeArray {
	return network.InboundNatRuleTypeArray{network.InboundNatRuleTypeArgs{
		Name:                    pulumi.String(sshRuleName),
		Protocol:                pulumi.String("Tcp"),
		FrontendPort:            pulumi.Int(22),
		BackendPort:             pulumi.Int(22),
		FrontendIPConfiguration: b.apiPart(balancer, "frontendIPConfigurations", apiFrontendName),
		EnableTcpReset:          pulumi.Bool(true),
	}}
}

// sshRuleFor is the rule that leads to a master's SSH port. Only the first has
// one; everything else is reached through it.
func (b *builder) sshRuleFor(master int) pulumi.StringPtrInput {
	if master > 0 {
		return nil
	}
	return b.frontend.sshRuleID
}
