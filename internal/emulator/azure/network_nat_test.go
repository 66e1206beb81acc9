package azure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const sshRule = lbID + "/inboundNatRules/ssh"

// reachable gives the inputs of a network interface that an inbound NAT rule leads to.
func reachable(name, rule string) m {
	return with(nicInputs(name), "ipConfigurations", l{m{
		"name": "ip", "subnet": m{"id": subnetOne}, "loadBalancerInboundNatRules": l{m{"id": rule}},
	}})
}

// gateway makes a load balancer with the NAT rule, and a network whose security group lets ssh in.
func gateway(t *testing.T) *lab {
	t.Helper()
	b := newLab(t, azure.Options{})
	b.group()
	b.create(ipToken, "ip", ipInputs("ip", "demo"))
	b.create(lbToken, "lb", with(lbInputs(), "inboundNatRules", l{natRule("ssh", 2222)}))
	nsg, _ := b.create(nsgToken, "nsg", nsgInputs(ruleInputs("ssh", 100, "22")))
	vnet := vnetInputs()
	vnet["subnets"] = l{m{"name": "one", "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": m{"id": nsg}}}
	b.create(vnetToken, "vnet", vnet)
	return b
}

func (b *lab) dial(port int) (listeners []netpath.Listener, err error) {
	b.t.Helper()
	b.look(func(w *world.World) {
		listeners, err = netpath.Dial(w, netpath.Internet(), "demo.westeurope.cloudapp.azure.com", port)
	})
	return listeners, err
}

func TestNatRuleLeadsToOneMachine(t *testing.T) {
	t.Parallel()
	b := gateway(t)
	_, err := b.dial(2222)
	require.ErrorIs(t, err, netpath.ErrTimeout)
	require.ErrorContains(t, err, "no network interface uses inbound NAT rule ssh")

	b.create(nicToken, "vm", reachable("vm-nic", sshRule))
	b.create(nicToken, "other", nicInputs("other-nic"))
	vm, _ := b.create(vmToken, "vm", linuxInputs("vm"))
	listeners, err := b.dial(2222)
	require.NoError(t, err)
	require.Len(t, listeners, 1)
	require.Equal(t, vm, listeners[0].VMID)
	require.Equal(t, 22, listeners[0].Port)
	_, err = b.dial(22)
	require.ErrorContains(t, err, "load balancer lb has no rule for the port")

	_, err = b.update(nsgToken, networkID+"networkSecurityGroups/nsg", nil, nsgInputs(ruleInputs("web", 100, "80")))
	require.NoError(t, err)
	_, err = b.dial(2222)
	require.ErrorContains(t, err, "security group nsg does not let")
}

func TestNatRuleReferences(t *testing.T) {
	t.Parallel()
	b := gateway(t)
	b.look(func(w *world.World) {
		require.Equal(t, sshRule, tree.String(tree.List(w.Find(lbID).Outputs, "inboundNatRules")[0], "id"))
	})
	requireCode(t, b.createError(nicToken, reachable("nic", lbID+"/inboundNatRules/none")), "InvalidResourceReference")
	twice := tree.CloneMap(reachable("nic", sshRule))
	first := tree.Map(tree.List(twice, "ipConfigurations")[0])
	twice["ipConfigurations"] = l{with(first, "primary", true), with(with(first, "name", "second"), "primary", false)}
	requireCode(t, b.createError(nicToken, twice), "InboundNatRuleReferencedByMultipleIPConfigs")

	nic, _ := b.create(nicToken, "first", reachable("first", sshRule))
	requireCode(t, b.createError(nicToken, reachable("second", sshRule)), "InboundNatRuleReferencedByMultipleIPConfigs")
	_, err := b.update(nicToken, nic, nil, reachable("first", sshRule))
	require.NoError(t, err, "an interface may keep its rule")
	require.NoError(t, b.delete(nicToken, nic))
	b.create(nicToken, "second", reachable("second", sshRule))
}

func TestNatRuleInUse(t *testing.T) {
	t.Parallel()
	b := gateway(t)
	nic, _ := b.create(nicToken, "nic", reachable("nic", sshRule))
	_, err := b.update(lbToken, lbID, nil, with(lbInputs(), "inboundNatRules", l{natRule("other", 2222)}))
	requireCode(t, err, "InUseInboundNatRuleCannotBeDeleted")
	_, err = b.update(lbToken, lbID, nil, with(lbInputs(), "inboundNatRules", l{natRule("ssh", 22)}))
	require.NoError(t, err, "its port may change")
	require.NoError(t, b.delete(lbToken, lbID))
	b.look(func(w *world.World) {
		require.Empty(t, tree.List(tree.List(w.Find(nic).Outputs, "ipConfigurations")[0], "loadBalancerInboundNatRules"))
	})
}
