package azure_test

import (
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// A read shows what others made of a resource since: nobody declares it, and a refresh carries it into the inputs that
// have such a property.
func TestReadsShowWhatOthersMakeOfAResource(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	ip, _ := b.create(ipToken, "ip", ipInputs("ip", ""))
	natIP, made := b.create(ipToken, "nat", ipInputs("nat", ""))
	require.NotContains(t, made, "natGateway")
	nat, _ := b.create(natToken, "nat", m{"resourceGroupName": "rg", "natGatewayName": "nat", "publicIpAddresses": l{m{"id": natIP}}})
	lb, made := b.create(lbToken, "lb", lbInputs())
	require.NotContains(t, tree.List(made, "backendAddressPools")[0], "loadBalancerBackendAddresses")
	group, _ := b.create(nsgToken, "nsg", nsgInputs(ruleInputs("api", 100, "6443")))
	vnet := with(vnetInputs(), "subnets", l{m{"name": "one", "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": m{"id": group}}})
	vnetID, network := b.create(vnetToken, "vnet", vnet)
	set, _ := b.create(setToken, "as", m{"resourceGroupName": "rg", "availabilitySetName": "as", "sku": m{"name": "Aligned"},
		"platformFaultDomainCount": 2.0, "platformUpdateDomainCount": 5.0})
	b.create(nicToken, "nic", with(nicInputs("vm-nic"), "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": subnetOne},
		"loadBalancerBackendAddressPools": l{m{"id": lb + "/backendAddressPools/pool"}}}}))
	vm, machine := b.create(vmToken, "vm", with(linuxInputs("vm"), "availabilitySet", m{"id": set}))

	read := func(token, id string) m {
		response, err := b.provider.Read(t.Context(), p.ReadRequest{ID: id, Urn: urn(token, "it")})
		require.NoError(t, err)
		return props.PlainMap(response.Properties)
	}
	require.NotContains(t, read(ipToken, ip), "natGateway")
	require.Equal(t, nat, tree.String(read(ipToken, natIP), "natGateway", "id"))
	require.Len(t, tree.List(tree.List(read(lbToken, lb), "backendAddressPools")[0], "loadBalancerBackendAddresses"), 1)
	require.Equal(t, l{m{"id": strings.Replace(vm, "/rg/", "/RG/", 1)}}, read(setToken, set)["virtualMachines"])
	before, after := tree.List(network, "subnets")[0], tree.List(read(vnetToken, vnetID), "subnets")[0]
	require.NotEqual(t, tree.String(before, "etag"), tree.String(after, "etag"), "a network card makes another version of its subnet")
	require.NotEmpty(t, tree.String(tree.List(read(nsgToken, group), "securityRules")[0], "etag"))

	loud := strings.Replace(set, "/rg/", "/RG/", 1)
	require.Equal(t, loud, tree.String(machine, "availabilitySet", "id"), "Compute writes the group of a reference in capitals")
	require.Equal(t, loud, tree.String(read(vmToken, vm), "availabilitySet", "id"))
}
