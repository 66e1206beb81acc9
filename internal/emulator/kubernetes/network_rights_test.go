package kubernetes_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	theirNetwork       = "/subscriptions/s/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/shared"
	theirSubnet        = theirNetwork + "/subnets/nodes"
	networkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7"
)

// lendNetwork puts the workers into a network of another resource group.
func (r *rig) lendNetwork() {
	r.t.Helper()
	r.resource(theirNetwork, "Microsoft.Network/virtualNetworks", map[string]any{
		"subnets": []any{map[string]any{"id": theirSubnet, "name": "nodes", "addressPrefix": "10.0.0.0/24"}},
	})
	for name, n := range r.nodes() {
		nic := rightsGroup + "/providers/Microsoft.Network/networkInterfaces/" + name
		r.resource(nic, "Microsoft.Network/networkInterfaces", map[string]any{"ipConfigurations": []any{map[string]any{
			"privateIPAddress": n.PrivateIP, "subnet": map[string]any{"id": theirSubnet},
		}}})
		r.resource(n.VMID, "Microsoft.Compute/virtualMachines", map[string]any{
			"networkProfile": map[string]any{"networkInterfaces": []any{map[string]any{"id": nic}}},
		})
	}
}

// exposed says what became of a Service: its address, and what the service controller complains of.
func (r *rig) exposed(annotations string) (address, complaint string) {
	r.t.Helper()
	r.mustCreate(tokenService, "web", fmt.Sprintf(`
metadata: {name: web, namespace: default, annotations: {"pulumi.com/skipAwait": "true"%s}}
spec: {type: LoadBalancer, ports: [{port: 80, targetPort: 8080}]}
`, annotations))
	require.NoError(r.t, r.store.View(r.t.Context(), func(w *world.World) error {
		for _, o := range w.Clusters[host].Objects {
			switch {
			case o["kind"] == "Service" && tree.String(o, "metadata", "name") == "web":
				for _, ingress := range tree.List(o, "status", "loadBalancer", "ingress") {
					address = tree.String(ingress, "ip")
				}
			case o["kind"] == "Event" && tree.String(o, "involvedObject", "name") == "web":
				complaint = tree.String(o, "message")
			}
		}
		return nil
	}))
	return address, complaint
}

// TestLoadBalancerNeedsRightsInANetworkOfAnotherGroup: the cloud provider's role on the cluster's own group is not enough.
func TestLoadBalancerNeedsRightsInANetworkOfAnotherGroup(t *testing.T) {
	t.Parallel()
	const balance = "Microsoft.Network/virtualNetworks/joinLoadBalancer/action"
	const inside = `, "service.beta.kubernetes.io/azure-load-balancer-internal": "true"`
	identity := func(r *rig) {
		r.employ([]any{rightsIdentity})
		r.assign(contributor, "principal", rightsGroup)
	}
	principal := func(r *rig) {
		r.resource(rightsMachine, "Microsoft.Compute/virtualMachines", nil)
		r.resource(rightsGroup+"/providers/Microsoft.Network/publicIPAddresses/ip", "Microsoft.Network/publicIPAddresses", map[string]any{
			"ipAddress": "20.1.2.3", "dnsSettings": map[string]any{"fqdn": host},
		})
		require.NoError(r.t, r.store.Update(r.t.Context(), func(w *world.World) error {
			w.Clusters[host].Masters = []string{rightsMachine}
			w.Guests[world.Key(rightsMachine)] = &world.Guest{VMID: rightsMachine, Plan: world.Plan{ClientID: "app"}}
			return nil
		}))
	}
	for name, test := range map[string]struct {
		who         func(r *rig)
		role, scope string
		annotations string
		action      string
	}{
		"none":                      {who: identity, action: balance},
		"the network":               {who: identity, role: networkContributor, scope: theirNetwork},
		"the network, internal":     {who: identity, role: networkContributor, scope: theirNetwork, annotations: inside},
		"the subnet alone":          {who: identity, role: networkContributor, scope: theirSubnet, action: balance},
		"reading, internal":         {who: identity, role: reader, scope: theirNetwork, annotations: inside, action: balance},
		"a principal of the manual": {who: principal},
		"a principal of the group": {who: func(r *rig) {
			principal(r)
			r.assign(contributor, "app", rightsGroup)
		}, action: balance},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.network()
			r.mustCreate(tokenRelease, "ccm", controllerManager)
			r.lendNetwork()
			test.who(r)
			if test.role != "" {
				r.assign(test.role, "principal", test.scope)
			}
			address, complaint := r.exposed(test.annotations)
			if test.action == "" {
				require.NotEmpty(t, address)
				require.Empty(t, complaint)
				return
			}
			require.Empty(t, address)
			require.Contains(t, complaint, "failed to ensure load balancer: LinkedAuthorizationFailed: ")
			require.Contains(t, complaint, "permission to perform action(s) '"+test.action+"' on the linked scope(s) '"+theirNetwork)
		})
	}
}
