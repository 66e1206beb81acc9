package azure_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// m is short for the inputs of a resource.
type m = map[string]any

// l is short for a list in them.
type l = []any

// lab is a subscription to experiment in.
type lab struct {
	t        *testing.T
	store    *world.Store
	provider p.Provider
	cloud    *azure.Cloud
}

func newLab(t *testing.T, o azure.Options) *lab {
	t.Helper()
	store, err := world.Open(t.TempDir())
	require.NoError(t, err)
	if o.BootTimeout == 0 {
		o.BootTimeout = 20 * time.Millisecond
	}
	cloud, err := azure.New(t.Context(), store, o)
	require.NoError(t, err)
	return &lab{t: t, store: store, provider: cloud.Provider(), cloud: cloud}
}

// cloudIn is another process with the lab's world.
func cloudIn(t *testing.T, b *lab, o azure.Options) p.Provider {
	t.Helper()
	if o.BootTimeout == 0 {
		o.BootTimeout = 20 * time.Millisecond
	}
	cloud, err := azure.New(t.Context(), b.store, o)
	require.NoError(t, err)
	return cloud.Provider()
}

// change changes the world.
func (b *lab) change(fn func(w *world.World)) {
	b.t.Helper()
	require.NoError(b.t, b.store.Update(b.t.Context(), func(w *world.World) error { fn(w); return nil }))
}

func urn(token, name string) resource.URN {
	return resource.NewURN("dev", "test", "", tokens.Type("azure-native:"+token), name)
}

// check runs Check and gives the inputs that it completed.
func (b *lab) check(token, name string, inputs m) (property.Map, []p.CheckFailure) {
	b.t.Helper()
	response, err := b.provider.Check(b.t.Context(), p.CheckRequest{Urn: urn(token, name), Inputs: props.FromPlainMap(inputs)})
	require.NoError(b.t, err)
	return response.Inputs, response.Failures
}

func (b *lab) tryCreate(ctx context.Context, token, name string, inputs m) (p.CreateResponse, error) {
	b.t.Helper()
	checked, failures := b.check(token, name, inputs)
	require.Empty(b.t, failures)
	return b.provider.Create(ctx, p.CreateRequest{Urn: urn(token, name), Properties: checked})
}

// create makes a resource that must be possible, and gives its id and outputs.
func (b *lab) create(token, name string, inputs m) (string, m) {
	b.t.Helper()
	response, err := b.tryCreate(b.t.Context(), token, name, inputs)
	require.NoError(b.t, err)
	return response.ID, props.PlainMap(response.Properties)
}

func (b *lab) createError(token string, inputs m) error {
	b.t.Helper()
	_, err := b.tryCreate(b.t.Context(), token, "it", inputs)
	return err
}

func (b *lab) update(token, id string, old, inputs m) (m, error) {
	b.t.Helper()
	response, err := b.provider.Update(b.t.Context(), p.UpdateRequest{
		ID: id, Urn: urn(token, "it"), OldInputs: props.FromPlainMap(old), Inputs: props.FromPlainMap(inputs),
	})
	return props.PlainMap(response.Properties), err
}

func (b *lab) delete(token, id string) error {
	b.t.Helper()
	return b.provider.Delete(b.t.Context(), p.DeleteRequest{ID: id, Urn: urn(token, "it")})
}

// look reads the world.
func (b *lab) look(fn func(w *world.World)) {
	b.t.Helper()
	require.NoError(b.t, b.store.View(b.t.Context(), func(w *world.World) error { fn(w); return nil }))
}

// requireCode wants an answer of Azure's with the code, or success for an empty one.
func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	if code == "" {
		require.NoError(t, err)
		return
	}
	var answer *azure.Error
	require.True(t, errors.As(err, &answer), "want %s, got %v", code, err)
	require.Equal(t, code, answer.Code, answer.Message)
	require.Contains(t, err.Error(), `Code="`+code+`" Message="`)
}

// with gives a copy of inputs with a property changed; a dotted name goes into nested objects, nil removes.
func with(inputs m, name string, value any) m {
	out := maps.Clone(inputs)
	head, rest, deep := strings.Cut(name, ".")
	switch {
	case deep:
		nested, _ := out[head].(m)
		out[head] = with(nested, rest, value)
	case value == nil:
		delete(out, head)
	default:
		if out == nil {
			out = m{}
		}
		out[head] = value
	}
	return out
}

const (
	groupToken   = "resources:ResourceGroup"
	vnetToken    = "network:VirtualNetwork"
	nsgToken     = "network:NetworkSecurityGroup"
	ipToken      = "network:PublicIPAddress"
	natToken     = "network:NatGateway"
	lbToken      = "network:LoadBalancer"
	nicToken     = "network:NetworkInterface"
	setToken     = "compute:AvailabilitySet"
	vmToken      = "compute:VirtualMachine"
	extToken     = "compute:VirtualMachineExtension"
	vmssToken    = "compute:VirtualMachineScaleSet"
	ppgToken     = "compute:ProximityPlacementGroup"
	routesToken  = "network:RouteTable"
	idToken      = "managedidentity:UserAssignedIdentity"
	roleToken    = "authorization:RoleAssignment"
	subscription = "/subscriptions/" + azure.SubscriptionID
	groupID      = subscription + "/resourceGroups/rg"
	networkID    = groupID + "/providers/Microsoft.Network/"
	computeID    = groupID + "/providers/Microsoft.Compute/"
)

func (b *lab) group() {
	b.t.Helper()
	b.create(groupToken, "rg", m{"resourceGroupName": "rg", "location": "westeurope"})
}

func vnetInputs() m {
	return m{
		"resourceGroupName": "rg", "virtualNetworkName": "vnet",
		"addressSpace": m{"addressPrefixes": l{"10.0.0.0/16"}},
		"subnets":      l{m{"name": "one", "addressPrefix": "10.0.1.0/24"}, m{"name": "two", "addressPrefix": "10.0.2.0/29"}},
	}
}

const subnetOne = networkID + "virtualNetworks/vnet/subnets/one"

func ipInputs(name, label string) m {
	inputs := m{
		"resourceGroupName": "rg", "publicIpAddressName": name, "publicIPAllocationMethod": "Static", "sku": m{"name": "Standard"},
	}
	if label != "" {
		inputs["dnsSettings"] = m{"domainNameLabel": label}
	}
	return inputs
}

func ruleInputs(name string, priority float64, port string) m {
	return m{
		"name": name, "priority": priority, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourcePortRange": "*",
		"destinationPortRange": port, "sourceAddressPrefix": "*", "destinationAddressPrefix": "*",
	}
}

func nsgInputs(rules ...any) m {
	return m{"resourceGroupName": "rg", "networkSecurityGroupName": "nsg", "securityRules": rules}
}

const lbID = networkID + "loadBalancers/lb"

func lbInputs() m {
	return m{
		"resourceGroupName": "rg", "loadBalancerName": "lb", "sku": m{"name": "Standard"},
		"frontendIPConfigurations": l{m{"name": "front", "publicIPAddress": m{"id": networkID + "publicIPAddresses/ip"}}},
		"backendAddressPools":      l{m{"name": "pool"}},
		"probes":                   l{m{"name": "probe", "protocol": "Tcp", "port": 6443.0}},
		"loadBalancingRules": l{m{
			"name": "api", "protocol": "Tcp", "frontendPort": 6443.0, "backendPort": 6443.0,
			"frontendIPConfiguration": m{"id": lbID + "/frontendIPConfigurations/front"},
			"backendAddressPool":      m{"id": lbID + "/backendAddressPools/pool"},
			"probe":                   m{"id": lbID + "/probes/probe"},
		}},
	}
}

func natRule(name string, port float64) m {
	return m{
		"name": name, "protocol": "Tcp", "frontendPort": port, "backendPort": 22.0,
		"frontendIPConfiguration": m{"id": lbID + "/frontendIPConfigurations/front"},
	}
}

func nicInputs(name string) m {
	return m{
		"resourceGroupName": "rg", "networkInterfaceName": name,
		"ipConfigurations": l{m{"name": "ip", "subnet": m{"id": subnetOne}}},
	}
}

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKWQ0yI0yPBpmpRkzJqZ0mYk1Zr6dM7b3Gg5w9w2m1xT test"

func linuxInputs(name string) m {
	return m{
		"resourceGroupName": "rg", "vmName": name,
		"hardwareProfile": m{"vmSize": "Standard_D2s_v5"},
		"osProfile": m{
			"computerName": name, "adminUsername": "azureuser",
			"linuxConfiguration": m{
				"disablePasswordAuthentication": true,
				"ssh":                           m{"publicKeys": l{m{"path": "/home/azureuser/.ssh/authorized_keys", "keyData": sshKey}}},
			},
		},
		"storageProfile": m{
			"imageReference": m{"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
			"osDisk":         m{"createOption": "FromImage"},
		},
		"networkProfile": m{"networkInterfaces": l{m{"id": networkID + "networkInterfaces/" + name + "-nic"}}},
	}
}

func windowsInputs(name string) m {
	inputs := linuxInputs(name)
	inputs["osProfile"] = m{
		"computerName": name, "adminUsername": "azureuser", "adminPassword": "Correct.Horse.1", "windowsConfiguration": m{"provisionVMAgent": true},
	}
	inputs["storageProfile"] = m{
		"imageReference": m{"publisher": "MicrosoftWindowsServer", "offer": "windowsserver2022", "sku": "2022-datacenter-core-g2", "version": "latest"},
		"osDisk":         m{"createOption": "FromImage"},
	}
	return inputs
}

// network makes a group with a network and an interface for each machine.
func (b *lab) network(machines ...string) {
	b.t.Helper()
	b.group()
	b.subnets(machines...)
}

// subnets does so in a group that is there.
func (b *lab) subnets(machines ...string) {
	b.t.Helper()
	b.create(vnetToken, "vnet", vnetInputs())
	for _, name := range machines {
		b.create(nicToken, name, nicInputs(name+"-nic"))
	}
}
