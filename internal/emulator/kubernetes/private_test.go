package kubernetes_test

import (
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/apiserver"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	privateNetwork = rightsGroup + "/providers/Microsoft.Network/"
	privateSubnet  = privateNetwork + "virtualNetworks/vnet/subnets/one"
	privateLB      = privateNetwork + "loadBalancers/lb"
	privateAddress = "10.0.0.100"
)

// hide puts the control plane behind an internal load balancer.
func (r *rig) hide() {
	r.t.Helper()
	ref := func(id string) map[string]any { return map[string]any{"id": id} }
	r.resource(privateNetwork+"virtualNetworks/vnet", "Microsoft.Network/virtualNetworks", map[string]any{
		"subnets": []any{map[string]any{"id": privateSubnet, "name": "one", "addressPrefix": "10.0.0.0/24"}},
	})
	r.resource(privateLB, "Microsoft.Network/loadBalancers", map[string]any{
		"frontendIPConfigurations": []any{map[string]any{
			"id": privateLB + "/frontendIPConfigurations/front", "subnet": ref(privateSubnet), "privateIPAddress": privateAddress,
		}},
		"loadBalancingRules": []any{map[string]any{
			"protocol": "Tcp", "frontendPort": 6443.0, "backendPort": 6443.0, "backendAddressPool": ref(privateLB + "/backendAddressPools/pool"),
			"frontendIPConfiguration": ref(privateLB + "/frontendIPConfigurations/front"),
		}},
	})
	r.resource(privateNetwork+"networkInterfaces/nic", "Microsoft.Network/networkInterfaces", map[string]any{"ipConfigurations": []any{map[string]any{
		"privateIPAddress": "10.0.0.10", "subnet": ref(privateSubnet),
		"loadBalancerBackendAddressPools": []any{ref(privateLB + "/backendAddressPools/pool")},
	}}})
	r.resource(rightsMachine, "Microsoft.Compute/virtualMachines", map[string]any{
		"networkProfile": map[string]any{"networkInterfaces": []any{ref(privateNetwork + "networkInterfaces/nic")}},
	})
	require.NoError(r.t, r.store.Update(r.t.Context(), func(w *world.World) error {
		w.Clusters[host].Masters = []string{rightsMachine}
		w.Clusters[host].CertificateNames = []string{host, privateAddress}
		w.Guests[world.Key(rightsMachine)] = &world.Guest{VMID: rightsMachine, OS: "linux", State: world.GuestReady}
		return nil
	}))
}

func TestPrivateClusterIsReachedFromWithin(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.hide()
	cert, key := r.ca.client(t, "system:masters", x509.ExtKeyUsageClientAuth)
	for name, test := range map[string]struct {
		server string
		inside bool
		says   string
	}{
		"within":              {"https://" + privateAddress + ":6443", true, ""},
		"on the Internet":     {"https://" + privateAddress + ":6443", false, "the address is a private one"},
		"by name":             {"https://" + host + ":6443", true, "no such host"},
		"by name, outside":    {"https://" + host + ":6443", false, "no such host"},
		"another port":        {"https://" + privateAddress + ":443", true, "no rule for the port"},
		"the machine itself":  {"https://10.0.0.10:6443", true, "certificate is valid for " + host},
		"another machine":     {"https://10.0.0.11:6443", true, "no machine and no load balancer"},
		"nobody on that port": {"https://10.0.0.10:22", true, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kubernetes.ClientFrom(test.inside)(r.store, []byte(kubeconfig(t, test.server, r.ca.pem(), cert, key)))
			if test.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, apiserver.ErrUnreachable)
			require.ErrorContains(t, err, test.says)
		})
	}
}

const (
	setMachine       = rightsGroup + "/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/0"
	taintedByKubelet = "node.cloudprovider.kubernetes.io/uninitialized"
)

// TestScaleSetNodes: with vmType vmss the cloud provider knows all machines,
// with standard those of no scale set.
func TestScaleSetNodes(t *testing.T) {
	t.Parallel()
	for vmType, known := range map[string]bool{"": true, "vmss": true, "standard": false} {
		r := newRig(t)
		r.resource(setMachine, "Microsoft.Compute/virtualMachineScaleSets/virtualMachines", map[string]any{
			"hardwareProfile": map[string]any{"vmSize": "Standard_D2s_v5"}, "zones": []any{"2"},
		})
		require.NoError(t, r.store.Update(t.Context(), func(w *world.World) error {
			c := w.Clusters[host]
			c.Masters = []string{rightsMachine}
			w.Guests[world.Key(rightsMachine)] = &world.Guest{VMID: rightsMachine, Plan: world.Plan{VMType: vmType}}
			c.Node("linux-0").VMID = setMachine
			w.Resources[world.Key(rightsMachine)] = &world.Resource{ID: rightsMachine, Type: "Microsoft.Compute/virtualMachines"}
			w.Resources[world.Key(privateNetwork+"publicIPAddresses/ip")] = &world.Resource{
				ID: privateNetwork + "publicIPAddresses/ip", Type: "Microsoft.Network/publicIPAddresses",
				Outputs: map[string]any{"ipAddress": "20.1.2.3", "dnsSettings": map[string]any{"fqdn": host}},
			}
			return nil
		}))
		r.configure(r.config)
		r.network()
		n := r.nodes()["linux-0"]
		require.Equal(t, "azure://"+r.nodes()["linux-1"].VMID, r.nodes()["linux-1"].ProviderID, "virtual machines are known to both")
		if !known {
			require.Empty(t, n.ProviderID)
			require.Contains(t, keys(n), taintedByKubelet)
			continue
		}
		require.Equal(t, "azure://"+setMachine, n.ProviderID)
		require.NotContains(t, keys(n), taintedByKubelet)
		require.Equal(t, "westeurope-2", n.Labels["topology.kubernetes.io/zone"])
		require.Equal(t, "Standard_D2s_v5", n.Labels["node.kubernetes.io/instance-type"])
	}
}
