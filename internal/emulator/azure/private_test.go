package azure_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	privateName = "api.demo.internal"
	privateIP   = "10.0.1.100"
	mapHosts    = `printf '%s %s\n' "$ENDPOINT_IP" "$ENDPOINT" >>/etc/hosts`
)

// settings is what a script reads the endpoint's address from.
func settings() map[string]string {
	return map[string]string{"/etc/hybridcluster/bootstrap.env": "ROLE='node'\nENDPOINT='" + privateName + "'\nENDPOINT_IP='" + privateIP + "'\n"}
}

// privatePlan has an internal load balancer.
func privatePlan() *plan {
	o := goodPlan()
	o.lb = with(o.lb, "frontendIPConfigurations", l{m{
		"name": "front", "subnet": m{"id": subnetOne}, "privateIPAddress": privateIP, "privateIPAllocationMethod": "Static",
	}})
	o.nsg = nsgInputs()
	return o
}

func TestPrivateClusterBoots(t *testing.T) {
	t.Parallel()
	k, b := newKeys(t), newLab(t, azure.Options{})
	b.build(privatePlan(), "linux1", "win1")
	b.create(nicToken, "master1", poolNIC("master1-nic"))
	for name, action := range map[string]string{"master": "init", "master1": "control-plane", "linux1": "join"} {
		b.boot(name, k.node(node{name: name, endpoint: privateName + ":6443", action: action, files: settings(), script: mapHosts}))
	}
	windows := joiner{"win1", joinToken, k.pin, privateName + ":6443", ""}
	script := "$Settings = @{\n  'Endpoint' = '" + privateName + "'\n  'EndpointIP' = '" + privateIP + "'\n}\n" +
		"Add-Content C:\\Windows\\System32\\drivers\\etc\\hosts \"$($Settings.EndpointIP) $($Settings.Endpoint)\"\n" + decoded(t, windows.windows())
	b.create(vmToken, "win1", with(windowsInputs("win1"), "osProfile.customData", base64.StdEncoding.EncodeToString([]byte(script))))
	require.NoError(t, b.createError(extToken, windowsExtension("win1")))
	for _, name := range []string{"master", "master1", "linux1"} {
		require.NoError(t, b.awaitError(name))
	}
	require.Len(t, b.nodes(), 4)
}

func TestWhatKeepsAPrivateClusterFromStarting(t *testing.T) {
	t.Parallel()
	hosts := func(lines ...string) map[string]string {
		return map[string]string{"/etc/hosts": strings.Join(lines, "\n") + "\n"}
	}
	tests := map[string]struct {
		master, worker func(*node)
		who, says      string
	}{
		"nothing":              {},
		"own hosts file":       {master: func(n *node) { n.files = hosts("127.0.0.1 " + privateName) }, worker: func(n *node) { n.files = hosts(privateIP + " other " + privateName) }},
		"a master's hairpin":   {master: func(n *node) { n.files = hosts(privateIP + " " + privateName) }, who: "master", says: "does not lead a machine back to itself"},
		"nobody maps the name": {worker: func(n *node) { n.files = nil }, who: "linux1", says: "no such host"},
		"settings unused":      {worker: func(n *node) { n.script = "" }, who: "linux1", says: "no such host"},
		"another address":      {worker: func(n *node) { n.files = hosts("10.0.1.101 " + privateName) }, who: "linux1", says: "no machine and no load balancer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, b := newKeys(t), newLab(t, azure.Options{})
			b.build(privatePlan(), "linux1")
			master := node{name: "master", endpoint: privateName + ":6443", action: "init", files: settings(), script: mapHosts}
			worker := node{name: "linux1", endpoint: privateName + ":6443", action: "join", files: settings(), script: mapHosts}
			if test.master != nil {
				test.master(&master)
			}
			if test.worker != nil {
				test.worker(&worker)
			}
			b.boot("master", k.node(master))
			b.boot("linux1", k.node(worker))
			if test.says == "" {
				require.NoError(t, b.awaitError("master"))
				require.NoError(t, b.awaitError("linux1"))
				return
			}
			require.ErrorContains(t, b.awaitError(test.who), test.says)
		})
	}
}

func TestPrivateAddressesAreReachedFromWithin(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.build(privatePlan())
	b.create(vmToken, "master", linuxInputs("master"))
	b.look(func(w *world.World) {
		_, err := netpath.Dial(w, netpath.Internet(), privateIP, 6443)
		require.ErrorIs(t, err, netpath.ErrTimeout)
		require.ErrorContains(t, err, "only machines inside of its virtual network reach")
		for _, address := range []string{privateIP, "10.0.1.4"} {
			listeners, err := netpath.Dial(w, netpath.Inside(), address, 6443)
			require.NoError(t, err)
			require.Len(t, listeners, 1)
		}
		from, err := netpath.Egress(w, computeID+"virtualMachines/master")
		require.NoError(t, err)
		_, err = netpath.Dial(w, from, privateIP, 6443)
		require.ErrorIs(t, err, netpath.ErrTimeout)
		require.ErrorContains(t, err, "does not lead a machine back to itself")
	})
}

func TestStaticFrontend(t *testing.T) {
	t.Parallel()
	for address, code := range map[string]string{privateIP: "", "10.0.2.100": "PrivateIPAddressNotInSubnet", "10.0.1.4": "PrivateIPAddressIsAllocated"} {
		b := newLab(t, azure.Options{})
		b.network("vm")
		front := m{"name": "front", "subnet": m{"id": subnetOne}, "privateIPAddress": address, "privateIPAllocationMethod": "Static"}
		requireCode(t, b.createError(lbToken, with(lbInputs(), "frontendIPConfigurations", l{front})), code)
	}
}

// TestSamePrivateNameInTwoNetworks: private names and addresses are each network's own.
func TestSamePrivateNameInTwoNetworks(t *testing.T) {
	t.Parallel()
	const other = networkID + "virtualNetworks/other/subnets/one"
	k, b := newKeys(t), newLab(t, azure.Options{})
	b.build(privatePlan())
	b.create(vnetToken, "other", with(tree.CloneMap(privatePlan().vnet), "virtualNetworkName", "other"))
	front := m{"name": "front", "subnet": m{"id": other}, "privateIPAddress": privateIP, "privateIPAllocationMethod": "Static"}
	b.create(lbToken, "lb2", m{"resourceGroupName": "rg", "loadBalancerName": "lb2", "sku": m{"name": "Standard"}, "frontendIPConfigurations": l{front}})
	b.create(nicToken, "second", with(nicInputs("second-nic"), "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": other}}}))
	for _, name := range []string{"master", "second"} {
		b.boot(name, k.node(node{name: name, endpoint: privateName + ":6443", action: "init", files: settings(), script: mapHosts}))
		require.NoError(t, b.awaitError(name))
	}
	b.look(func(w *world.World) { require.Len(t, w.Clusters, 2) })
}
