package apimodel_test

import (
	"fmt"
	"strings"
)

func manyTags(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", t%d: v", i)
	}
	return b.String()
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", label%d: %s", i, strings.Repeat("v", 60))
	}
	return b.String()
}

func wrongNetworks() []wrong {
	const private = kubernetes + "privateCluster.enabled=true"
	const jumpbox = kubernetes + "privateCluster.jumpboxProfile"
	const inJumpbox = inConfig + "privateCluster.jumpboxProfile."
	box := func(fields string) string {
		return kubernetes + `privateCluster={"enabled": true, "jumpboxProfile": {` + fields + `}}`
	}
	return []wrong{
		{name: "dual stack for pods", set: []string{kubernetes + "clusterSubnet=10.244.0.0/16,fc00::/48"}, path: inConfig + "clusterSubnet",
			want: "names 2 networks, and dual-stack clusters are not supported: nodes, pods and Services have IPv4 addresses only. Keep one IPv4 network, such as 10.244.0.0/16."},
		{name: "dual stack for Services", set: []string{kubernetes + "serviceCidr=fd00::/108,10.0.0.0/16"}, path: inConfig + "serviceCidr", want: "Keep one IPv4 network, such as 10.0.0.0/16."},
		{name: "two stacks of one kind", set: []string{kubernetes + "clusterSubnet=fc00::/48,fd00::/48"}, path: inConfig + "clusterSubnet", want: "Keep one IPv4 network, such as 10.244.0.0/16."},
		{name: "IPv6 pods", set: []string{kubernetes + "clusterSubnet=fc00::/48"}, path: inConfig + "clusterSubnet", want: "is an IPv6 network"},
		{name: "five masters at the end of the subnet", set: []string{master + "count=5", master + "firstConsecutiveStaticIP=10.255.255.251"}, path: inMaster + "firstConsecutiveStaticIP",
			want: "leaves no room for 5 masters beside the addresses that Azure keeps in 10.255.255.0/24. Use an address from 10.255.255.4 to 10.255.255.250."},
		{name: "a master and a load balancer at the end", set: []string{private, master + "firstConsecutiveStaticIP=10.255.255.245"}, path: inMaster + "firstConsecutiveStaticIP", want: "Use an address from 10.255.255.4 to 10.255.255.244."},
		{name: "full nodes without addresses", set: []string{linux + "count=900", kubernetes + "maxPods=200", windows + "kubernetesConfig.maxPods=60"}, path: inConfig + "clusterSubnet",
			want: "192.168.0.0/16 has 1024 blocks of 64 pod addresses; nodes with as many pods as maxPods allows would need 3606", as: aWarning},
		{name: "no outbound addresses", set: []string{kubernetes + "loadBalancerOutboundIPs=17"}, path: inConfig + "loadBalancerOutboundIPs", want: "must be 1 to 16 public addresses, is 17"},
		{name: "a short idle timeout", set: []string{kubernetes + "outboundRuleIdleTimeoutInMinutes=3"}, path: inConfig + "outboundRuleIdleTimeoutInMinutes", want: "must be 4 to 120 minutes, is 3"},
		{name: "an address as a source", set: []string{master + "HTTPSourceAddressPrefix=203.0.113.7"}, path: inMaster + "HTTPSourceAddressPrefix", want: "is an address, not a network. Write 203.0.113.7/32."},
		{name: "a source that is none", set: []string{master + "HTTPSourceAddressPrefix=Internet"}, path: inMaster + "HTTPSourceAddressPrefix", want: `"Internet" is neither a network nor *`},
		{name: "a source with host bits", set: []string{master + "HTTPSourceAddressPrefix=203.0.113.7/24"}, path: inMaster + "HTTPSourceAddressPrefix", want: "Write 203.0.113.0/24."},
		{name: "an IPv6 source", set: []string{master + "HTTPSourceAddressPrefix=2001:db8::/32"}, path: inMaster + "HTTPSourceAddressPrefix", want: "is an IPv6 network"},
		{name: "sources of a private cluster", set: []string{private, master + "HTTPSourceAddressPrefix=203.0.113.0/24"}, path: inMaster + "HTTPSourceAddressPrefix", want: "and the cluster is private"},
		{name: "a private cluster", set: []string{private}, path: inConfig + "privateCluster.enabled", want: "the API server has a private address only", as: aWarning},
		{name: "a jumpbox of a public cluster", set: []string{jumpbox + `={"name": "j", "vmSize": "Standard_D2_v3"}`}, path: inConfig + "privateCluster.jumpboxProfile", want: "has no effect: the cluster is not private", as: aWarning},
		{name: "a jumpbox without a name", set: []string{box(`"vmSize": "Standard_D2_v3"`)}, path: inJumpbox + "name", want: "is missing"},
		{name: "a jumpbox's name", set: []string{box(`"name": "My_Box", "vmSize": "Standard_D2_v3"`)}, path: inJumpbox + "name", want: `"My_Box" is no name for a machine`},
		{name: "a jumpbox named like a master", set: []string{box(`"name": "demo-control-plane-0", "vmSize": "Standard_D2_v3"`)}, path: inJumpbox + "name", want: "is the name of a node"},
		{name: "a jumpbox named like a pool", set: []string{box(`"name": "lin", "vmSize": "Standard_D2_v3"`)}, path: inJumpbox + "name", want: "is the name of a pool"},
		{name: "a jumpbox without a size", set: []string{box(`"name": "j"`)}, path: inJumpbox + "vmSize", want: "is missing"},
		{name: "a jumpbox's user", set: []string{box(`"name": "j", "vmSize": "Standard_D2_v3", "username": "root"`)}, path: inJumpbox + "username", want: "is a reserved name"},
		{name: "a jumpbox's key", set: []string{box(`"name": "j", "vmSize": "Standard_D2_v3", "publicKey": "x"`)}, path: inJumpbox + "publicKey", want: "is no SSH public key"},
	}
}

const (
	vnetID  = subID + "Microsoft.Network/virtualNetworks/vnet/subnets/"
	masters = master + "vnetSubnetID=" + vnetID + "masters"
	agents  = master + "agentVnetSubnetID=" + vnetID + "nodes"
	first   = master + "firstConsecutiveStaticIP=10.9.0.5"
)

func wrongSubnets() []wrong {
	const placeholders = "/subscriptions/SUB_ID/resourceGroups/RG_NAME/providers/Microsoft.Network/virtualNetworks/VNET_NAME/subnets/SUBNET_NAME"
	const private = kubernetes + "privateCluster.enabled=true"
	return []wrong{
		{name: "a subnet of placeholders", old: `"count": 1`, replacement: `"vnetSubnetId": "` + placeholders + `", "firstConsecutiveStaticIP": "10.9.0.5", "agentVnetSubnetID": "` + vnetID + `n", "count": 1`,
			path: inMaster + "vnetSubnetID", line: 6,
			want: "holds placeholders that were not filled in: SUB_ID, RG_NAME, VNET_NAME, SUBNET_NAME. Fill it in, or give --set masterProfile.vnetSubnetID=VALUE."},
		{name: "a subnet that is no id", set: []string{master + "vnetSubnetID=masters", agents, first}, path: inMaster + "vnetSubnetID", want: `"masters" is no resource id of a subnet`},
		{name: "a subscription that is no UUID", set: []string{masters, agents, first, linux + "vnetSubnetID=" + strings.Replace(vnetID, "6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10", "mine", 1) + "n"},
			path: inLinux + "vnetSubnetID", want: `"mine", the subscription in the id, is no UUID`},
		{name: "a pool without a subnet", set: []string{masters, first, windows + "vnetSubnetID=" + vnetID + "nodes"}, path: inLinux + "vnetSubnetID", line: 8, want: "is missing: the masters are in a subnet that was there before"},
		{name: "pools with subnets, masters without", set: []string{linux + "vnetSubnetID=" + vnetID + "a", windows + "vnetSubnetID=" + vnetID + "a"}, path: inLinux + "vnetSubnetID", want: "is set, and the masters have no vnetSubnetID"},
		{name: "a subnet for agents only", set: []string{agents}, path: inMaster + "agentVnetSubnetID", want: "is set, and the masters have no vnetSubnetID"},
		{name: "two networks", set: []string{masters, agents, first, linux + "vnetSubnetID=" + strings.Replace(vnetID, "/vnet/", "/other/", 1) + "n"}, path: inLinux + "vnetSubnetID", want: "is in the network /subscriptions/"},
		{name: "no first address", set: []string{masters, agents}, path: inMaster + "firstConsecutiveStaticIP", line: 6, want: "is missing: in a subnet that was there before, the first master's address cannot be made up"},
		{name: "a first address that is none", set: []string{masters, agents, master + "firstConsecutiveStaticIP=first"}, path: inMaster + "firstConsecutiveStaticIP", want: `"first" is no IPv4 address`},
		{name: "a first address of Azure's", set: []string{masters, agents, master + "firstConsecutiveStaticIP=168.63.129.16"}, path: inMaster + "firstConsecutiveStaticIP", want: "which Azure keeps for itself"},
		{name: "a first address outside its network", set: []string{masters, agents, first, master + "vnetCidr=10.8.0.0/16"}, path: inMaster + "firstConsecutiveStaticIP", want: "the control plane's addresses, 10.9.0.5 to 10.9.0.15, are not all in vnetCidr 10.8.0.0/16"},
		{name: "a load balancer outside the network", set: []string{masters, agents, private, master + "firstConsecutiveStaticIP=10.9.0.250", master + "vnetCidr=10.9.0.0/24"}, path: inMaster + "firstConsecutiveStaticIP",
			want: "the control plane's addresses, 10.9.0.250 to 10.9.1.4, are not all in vnetCidr 10.9.0.0/24"},
		{name: "masters among the pods", set: []string{masters, agents, master + "firstConsecutiveStaticIP=192.168.1.5"}, path: inMaster + "firstConsecutiveStaticIP", want: "are in 192.168.0.0/16 of properties.orchestratorProfile.kubernetesConfig.clusterSubnet"},
		{name: "pods in a network that was there", set: []string{masters, agents, first, master + "vnetCidr=10.8.0.0/15", kubernetes + "clusterSubnet=10.9.0.0/16"}, path: inConfig + "clusterSubnet", want: "10.9.0.0/16 overlaps 10.8.0.0/15"},
		{name: "outbound addresses of somebody's subnet", set: []string{masters, agents, first, kubernetes + "loadBalancerOutboundIPs=2"}, path: inConfig + "loadBalancerOutboundIPs", want: "the way out is their owner's"},
		{name: "an idle timeout of somebody's subnet", set: []string{masters, agents, first, kubernetes + "outboundRuleIdleTimeoutInMinutes=10"}, path: inConfig + "outboundRuleIdleTimeoutInMinutes", want: "the way out is their owner's"},
		{name: "somebody's subnets", set: []string{masters, agents, first}, path: inMaster + "vnetSubnetID", want: "the subnets are their owner's", as: aWarning},
		{name: "a key vault of placeholders", set: []string{"linuxProfile.secrets=[{sourceVault: {id: /subscriptions/<SUB>/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv1}, vaultCertificates: [{certificateUrl: https://kv1.vault.azure.net/secrets/c/" + strings.Repeat("0", 32) + "}]}]"},
			path: "properties.linuxProfile.secrets[0].sourceVault.id", want: "holds placeholders that were not filled in: <SUB>"},
	}
}
