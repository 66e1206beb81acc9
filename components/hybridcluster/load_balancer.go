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
)

// apiFrontend is how the world reaches the API server.
type apiFrontend struct {
	address pulumi.StringOutput
	poolID  pulumi.StringOutput
}

func (b *builder) declareAPIFrontend() error {
	ip, err := b.newPublicIP("api-ip", b.prefix+"-api-ip", pulumi.String(b.prefix))
	if err != nil {
		return err
	}
	name := b.prefix + "-api"
	self := b.group.resourceID("Microsoft.Network", "loadBalancers", name)
	part := func(kind, partName string) pulumi.StringOutput {
		return pulumi.Sprintf("%s/%s/%s", self, kind, partName)
	}
	lb, err := network.NewLoadBalancer(b.ctx, b.child("api"), &network.LoadBalancerArgs{
		ResourceGroupName: b.group.name,
		LoadBalancerName:  pulumi.String(name),
		Location:          pulumi.String(b.location),
		Sku:               network.LoadBalancerSkuArgs{Name: pulumi.String("Standard")},
		FrontendIPConfigurations: network.FrontendIPConfigurationArray{network.FrontendIPConfigurationArgs{
			Name:            pulumi.String(apiFrontendName),
			PublicIPAddress: network.PublicIPAddressTypeArgs{Id: ip.ID().ToStringOutput()},
		}},
		BackendAddressPools: network.BackendAddressPoolArray{network.BackendAddressPoolArgs{Name: pulumi.String(apiPoolName)}},
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
			FrontendIPConfiguration: subResource(part("frontendIPConfigurations", apiFrontendName)),
			BackendAddressPool:      subResource(part("backendAddressPools", apiPoolName)),
			Probe:                   subResource(part("probes", apiProbeName)),
			EnableTcpReset:          pulumi.Bool(true),
			// A watch may be quiet for long; 30 minutes is Azure's longest.
			IdleTimeoutInMinutes: pulumi.Int(30),
			// The NAT gateway is the way out.
			DisableOutboundSnat: pulumi.Bool(true),
		}},
		Tags: b.tags(),
	}, b.options(pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return err
	}
	b.frontend = apiFrontend{
		address: ip.IpAddress.Elem(),
		poolID:  pulumi.Sprintf("%s/backendAddressPools/%s", lb.ID(), apiPoolName),
	}
	b.component.APIServer = pulumi.Sprintf("https://%s:%d", b.fqdn, bootstrap.APIServerPort)
	return nil
}
