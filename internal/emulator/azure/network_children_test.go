package azure_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	subnetToken = "network:Subnet"
	ruleToken   = "network:SecurityRule"
	vnetID      = networkID + "virtualNetworks/vnet"
	nsgID       = networkID + "networkSecurityGroups/nsg"
)

func bareVnet() m { return with(with(vnetInputs(), "subnets", nil), "location", "westeurope") }

func bareNSG() m { return with(with(nsgInputs(), "securityRules", nil), "location", "westeurope") }

func subnetInput(name, cidr string) m {
	return m{"resourceGroupName": "rg", "virtualNetworkName": "vnet", "subnetName": name, "addressPrefix": cidr}
}

func ruleInput(name string, priority float64, port string) m {
	rule := ruleInputs(name, priority, port)
	delete(rule, "name")
	rule["securityRuleName"], rule["resourceGroupName"], rule["networkSecurityGroupName"] = name, "rg", "nsg"
	return rule
}

func TestSubnetsAsResources(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"fits":             {subnetInput("three", "10.0.3.0/24"), ""},
		"outside":          {subnetInput("three", "10.1.3.0/24"), "NetcfgSubnetRangeOutsideVnet"},
		"over another":     {subnetInput("three", "10.0.1.0/25"), "NetcfgSubnetRangesOverlap"},
		"no network":       {with(subnetInput("three", "10.0.3.0/24"), "virtualNetworkName", "none"), "ParentResourceNotFound"},
		"no gateway":       {with(subnetInput("three", "10.0.3.0/24"), "natGateway", m{"id": networkID + "natGateways/none"}), "InvalidResourceReference"},
		"no range":         {with(subnetInput("three", "10.0.3.0/24"), "addressPrefix", nil), "InvalidRequestFormat"},
		"a name of others": {subnetInput("three.", "10.0.3.0/24"), "InvalidResourceName"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.group()
			b.create(vnetToken, "vnet", bareVnet())
			b.create(subnetToken, "one", subnetInput("one", "10.0.1.0/24"))
			requireCode(t, b.createError(subnetToken, test.inputs), test.code)
		})
	}
}

func TestSubnetsAsResourcesAreUsed(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	b.create(vnetToken, "vnet", bareVnet())
	id, out := b.create(subnetToken, "one", subnetInput("one", "10.0.1.0/24"))
	require.Equal(t, subnetOne, id)
	require.Equal(t, "one", out["name"])
	require.Equal(t, "Disabled", out["privateEndpointNetworkPolicies"])
	nic, out := b.create(nicToken, "nic", nicInputs("nic"))
	require.Equal(t, "10.0.1.4", tree.String(tree.List(out, "ipConfigurations")[0], "privateIPAddress"))
	elsewhere := with(nicInputs("far"), "location", "northeurope")
	requireCode(t, b.createError(nicToken, elsewhere), "InvalidResourceReference")
	requireCode(t, b.delete(subnetToken, id), "InUseSubnetCannotBeDeleted")
	_, err := b.update(subnetToken, id, nil, subnetInput("one", "10.0.4.0/24"))
	requireCode(t, err, "InUsePrefixCannotBeDeleted")
	require.NoError(t, b.delete(nicToken, nic))
	require.NoError(t, b.delete(subnetToken, id))
	requireCode(t, b.createError(nicToken, nicInputs("nic")), "InvalidResourceReference")
	require.NoError(t, b.delete(vnetToken, vnetID))
	b.look(func(w *world.World) { require.Len(t, w.Resources, 1, "the group") })
}

func TestSecurityRulesAsResources(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	b.create(nsgToken, "nsg", bareNSG())
	id, _ := b.create(ruleToken, "ssh", ruleInput("ssh", 110, "22"))
	require.Equal(t, nsgID+"/securityRules/ssh", id)
	requireCode(t, b.createError(ruleToken, ruleInput("more", 110, "23")), "SecurityRuleConflict")
	requireCode(t, b.createError(ruleToken, ruleInput("more", 99, "23")), "SecurityRuleInvalidPriority")
	rules := func() (names []string) {
		b.look(func(w *world.World) {
			for _, rule := range tree.List(w.Find(nsgID).Outputs, "securityRules") {
				names = append(names, tree.String(rule, "name"))
			}
		})
		return names
	}
	require.Equal(t, []string{"ssh"}, rules())
	require.NoError(t, b.delete(ruleToken, id))
	require.Empty(t, rules(), "what is not declared any more is closed")
}

// What others add to a network or a group stays through every update that does not name the list, and goes with one that
// does, together with the resources that stood in it.
func TestParentsKeepWhatTheirDeclarationDoesNotName(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	b.create(vnetToken, "vnet", bareVnet())
	subnet, _ := b.create(subnetToken, "one", subnetInput("one", "10.0.1.0/24"))
	require.NoError(t, b.store.Update(t.Context(), func(w *world.World) error {
		out := w.Find(vnetID).Outputs
		tree.Map(tree.List(out, "subnets")[0])["serviceEndpoints"] = l{m{"service": "Microsoft.Storage"}}
		out["subnets"] = append(tree.List(out, "subnets"), m{"id": vnetID + "/subnets/theirs", "name": "theirs", "addressPrefix": "10.0.9.0/24"})
		out["virtualNetworkPeerings"] = l{m{"id": vnetID + "/virtualNetworkPeerings/hub", "name": "hub"}}
		return nil
	}))
	out, err := b.update(vnetToken, vnetID, nil, with(bareVnet(), "tags", m{"team": "blue"}))
	require.NoError(t, err)
	require.Len(t, out["subnets"], 2)
	require.Len(t, out["virtualNetworkPeerings"], 1)
	read := func(token, id string) p.ReadResponse {
		response, err := b.provider.Read(t.Context(), p.ReadRequest{ID: id, Urn: urn(token, "it"), Inputs: props.FromPlainMap(subnetInput("one", "10.0.1.0/24"))})
		require.NoError(t, err)
		return response
	}
	require.Len(t, props.PlainMap(read(subnetToken, subnet).Properties)["serviceEndpoints"], 1, "what others changed on the child is seen")

	_, err = b.update(vnetToken, vnetID, nil, with(bareVnet(), "subnets", l{m{"name": "theirs", "addressPrefix": "10.0.9.0/24"}}))
	require.NoError(t, err)
	require.Empty(t, read(subnetToken, subnet).ID, "a list is all there is")
}

// Only three types are replaced when their location changes. Azure refuses to move all others.
func TestLocationsDoNotChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		token    string
		inputs   m
		replaces bool
	}{
		"a group":             {groupToken, m{"resourceGroupName": "rg"}, true},
		"a virtual network":   {vnetToken, vnetInputs(), true},
		"a public address":    {ipToken, ipInputs("ip", ""), true},
		"a security group":    {nsgToken, nsgInputs(), false},
		"a NAT gateway":       {natToken, m{"resourceGroupName": "rg", "natGatewayName": "nat"}, false},
		"an availability set": {setToken, m{"resourceGroupName": "rg", "availabilitySetName": "as", "sku": m{"name": "Aligned"}}, false},
		"an identity":         {idToken, identityInputs(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			old, now := with(test.inputs, "location", "westeurope"), with(test.inputs, "location", "northeurope")
			diff, err := b.provider.Diff(t.Context(), p.DiffRequest{
				Urn: urn(test.token, "it"), OldInputs: props.FromPlainMap(old), Inputs: props.FromPlainMap(now),
			})
			require.NoError(t, err)
			want := p.Update
			if test.replaces {
				want = p.UpdateReplace
			}
			require.Equal(t, want, diff.DetailedDiff["location"].Kind)
			if test.token == groupToken {
				return // it is never asked for
			}
			b.group()
			id, _ := b.create(test.token, "it", old)
			_, err = b.update(test.token, id, old, now)
			requireCode(t, err, "InvalidResourceLocation")
		})
	}
}

// azure-native replaces a public address with another SKU or version; it does not ask Azure to change it.
func TestPublicAddressesAreReplaced(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	old := ipInputs("ip", "")
	for _, now := range []m{with(old, "sku", m{"name": "Basic"}), with(old, "publicIPAddressVersion", "IPv6")} {
		diff, err := b.provider.Diff(t.Context(), p.DiffRequest{Urn: urn(ipToken, "it"), OldInputs: props.FromPlainMap(old), Inputs: props.FromPlainMap(now)})
		require.NoError(t, err)
		require.True(t, diff.DeleteBeforeReplace, "%v", diff.DetailedDiff)
	}
}
