package azure_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestScaleSetRules(t *testing.T) {
	t.Parallel()
	linux, windows := setInputs(linuxInputs("vm"), "pool-", 1), setInputs(windowsInputs("vm"), "win", 1)
	nics := func(change func(m) m) any {
		config := tree.Map(tree.List(linux, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")[0])
		return l{change(config)}
	}
	const configs, extensions = profile + "networkProfile.networkInterfaceConfigurations", profile + "extensionProfile.extensions"
	twice := slices.Concat(linuxScript(), l{with(tree.Map(linuxScript()[0]), "name", "again")})
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"linux":                {linux, ""},
		"windows":              {windows, ""},
		"none":                 {with(linux, "sku.capacity", 0.0), ""},
		"negative":             {with(linux, "sku.capacity", -1.0), "InvalidParameter"},
		"no capacity":          {with(linux, "sku.capacity", nil), "InvalidParameter"},
		"no size":              {with(linux, "sku.name", nil), "InvalidParameter"},
		"too many":             {with(linux, "sku.capacity", 1001.0), "InvalidParameter"},
		"one placement group":  {with(with(linux, "singlePlacementGroup", true), "sku.capacity", 101.0), "InvalidParameter"},
		"managed image":        {with(with(linux, profile+"storageProfile.imageReference", m{"id": computeID + "images/mine"}), "sku.capacity", 601.0), "InvalidParameter"},
		"no such image":        {with(linux, profile+"storageProfile.imageReference", m{"id": computeID + "images/none"}), "ImageNotFound"},
		"half an image":        {with(linux, profile+"storageProfile.imageReference.sku", nil), "InvalidParameter"},
		"no upgrade policy":    {with(linux, "upgradePolicy", nil), "InvalidParameter"},
		"unheard-of mode":      {with(linux, "orchestrationMode", "Round"), "InvalidParameter"},
		"no prefix":            {with(linux, profile+"osProfile.computerNamePrefix", nil), "InvalidParameter"},
		"long windows prefix":  {with(windows, profile+"osProfile.computerNamePrefix", "ten-letter"), "InvalidParameter"},
		"long linux prefix":    {with(linux, profile+"osProfile.computerNamePrefix", strings.Repeat("p", 59)), "InvalidParameter"},
		"longest linux prefix": {with(linux, profile+"osProfile.computerNamePrefix", strings.Repeat("p", 58)), ""},
		"prefix of digits":     {with(windows, profile+"osProfile.computerNamePrefix", "123"), "InvalidParameter"},
		"prefix":               {with(linux, profile+"osProfile.computerNamePrefix", "a_b"), "InvalidParameter"},
		"reserved user":        {with(linux, profile+"osProfile.adminUsername", "admin"), "InvalidParameter"},
		"weak password":        {with(windows, profile+"osProfile.adminPassword", "password"), "InvalidParameter"},
		"no login":             {with(linux, profile+"osProfile.linuxConfiguration.ssh", nil), "InvalidParameter"},
		"custom data":          {with(linux, profile+"osProfile.customData", "not base64!"), "InvalidParameter"},
		"long custom data":     {with(linux, profile+"osProfile.customData", strings.Repeat("AAAA", 21846)), "InvalidParameter"},
		"zones":                {with(linux, "zones", l{"1", "2", "3"}), ""},
		"fourth zone":          {with(linux, "zones", l{"4"}), "AvailabilityZoneNotSupported"},
		"zone twice":           {with(linux, "zones", l{"1", "1"}), "AvailabilityZoneNotSupported"},
		"fault domains":        {with(linux, "platformFaultDomainCount", 4.0), "InvalidParameter"},
		"zonal fault domains":  {with(with(linux, "platformFaultDomainCount", 3.0), "zones", l{"1"}), "InvalidParameter"},
		"spot":                 {with(with(with(linux, profile+"priority", "Spot"), profile+"evictionPolicy", "Delete"), profile+"billingProfile", m{"maxPrice": -1.0}), ""},
		"eviction of regular":  {with(linux, profile+"evictionPolicy", "Delete"), "InvalidParameter"},
		"eviction":             {with(with(linux, profile+"priority", "Spot"), profile+"evictionPolicy", "Stop"), "InvalidParameter"},
		"price of regular":     {with(linux, profile+"billingProfile", m{"maxPrice": 1.0}), "InvalidParameter"},
		"no price":             {with(with(linux, profile+"priority", "Spot"), profile+"billingProfile", m{"maxPrice": 0.0}), "InvalidParameter"},
		"priority":             {with(linux, profile+"priority", "High"), "InvalidParameter"},
		"quota":                {with(linux, "sku.capacity", 7.0), "OperationNotAllowed"},
		"spot's quota":         {with(with(linux, "sku.capacity", 7.0), profile+"priority", "Spot"), ""},
		"small size, fast net": {with(with(linux, configs, nics(func(c m) m { return with(c, "enableAcceleratedNetworking", true) })), "sku.name", "Standard_B1s"),
			"VMSizeIsNotPermittedToEnableAcceleratedNetworkingForVmss"},
		"fast net":  {with(linux, configs, nics(func(c m) m { return with(c, "enableAcceleratedNetworking", true) })), ""},
		"no nic":    {with(linux, configs, l{}), "NetworkProfileEmpty"},
		"no subnet": {with(linux, configs, nics(func(c m) m { return with(c, "ipConfigurations", l{m{"name": "ip"}}) })), "SubnetIsRequired"},
		"unknown subnet": {with(linux, configs, nics(func(c m) m {
			return with(c, "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": subnetOne + "x"}}})
		})), "InvalidResourceReference"},
		"unknown pool": {with(linux, configs, nics(func(c m) m {
			return with(c, "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": subnetOne}, "loadBalancerBackendAddressPools": l{m{"id": lbID + "/backendAddressPools/x"}}}})
		})), "InvalidResourceReference"},
		"unknown group": {with(linux, configs, nics(func(c m) m { return with(c, "networkSecurityGroup", m{"id": networkID + "networkSecurityGroups/x"}) })), "InvalidResourceReference"},
		"small subnet": {with(with(linux, "sku.capacity", 4.0), configs, nics(func(c m) m {
			return with(c, "ipConfigurations", l{m{"name": "ip", "subnet": m{"id": networkID + "virtualNetworks/vnet/subnets/two"}}})
		})), "SubnetIsFull"},
		"same handler":    {with(linux, extensions, twice), "BadRequest"},
		"windows handler": {with(linux, extensions, windowsScript()), "VMExtensionHandlerNonTransientError"},
		"no version":      {with(linux, extensions, l{with(tree.Map(linuxScript()[0]), "typeHandlerVersion", nil)}), "InvalidParameter"},
		"unknown place":   {with(linux, "proximityPlacementGroup", m{"id": computeID + "proximityPlacementGroups/x"}), "InvalidResourceReference"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{
				CoreQuota: 12, ResourceGroups: map[string]string{"rg": "westeurope"}, Resources: []string{computeID + "images/mine"},
			})
			b.subnets()
			requireCode(t, b.createError(vmssToken, test.inputs), test.code)
		})
	}
}

func TestScaleSetsThatAreNotEmulated(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	linux := setInputs(linuxInputs("vm"), "pool-", 1)
	require.ErrorContains(t, b.createError(vmssToken, with(linux, "orchestrationMode", "Flexible")), "Uniform only")
	require.ErrorContains(t, b.createError(vmssToken, with(linux, "upgradePolicy.mode", "Rolling")), "Manual only")
}

func TestScaleSetChanges(t *testing.T) {
	t.Parallel()
	first := with(setInputs(linuxInputs("vm"), "pool-", 1), profile+"osProfile.customData", base64.StdEncoding.EncodeToString([]byte("one")))
	first = with(with(first, "zones", l{"1", "2"}), "proximityPlacementGroup", m{"id": computeID + "proximityPlacementGroups/near"})
	tests := map[string]struct {
		name  string
		value any
		code  string
	}{
		"tags":             {"tags", m{"a": "b"}, ""},
		"size":             {"sku.name", "Standard_D4s_v5", ""},
		"custom data":      {profile + "osProfile.customData", base64.StdEncoding.EncodeToString([]byte("two")), ""},
		"image's version":  {profile + "storageProfile.imageReference.version", "24.04.1", ""},
		"prefix":           {profile + "osProfile.computerNamePrefix", "other-", "PropertyChangeNotAllowed"},
		"user":             {profile + "osProfile.adminUsername", "somebody", "PropertyChangeNotAllowed"},
		"offer":            {profile + "storageProfile.imageReference.offer", "other", "PropertyChangeNotAllowed"},
		"priority":         {profile + "priority", "Spot", "PropertyChangeNotAllowed"},
		"mode":             {"orchestrationMode", "Flexible", "PropertyChangeNotAllowed"},
		"fault domains":    {"platformFaultDomainCount", 1.0, "PropertyChangeNotAllowed"},
		"fewer zones":      {"zones", l{"1"}, "PropertyChangeNotAllowed"},
		"zones left out":   {"zones", nil, ""},
		"more zones":       {"zones", l{"1", "2", "3"}, ""},
		"placement groups": {"singlePlacementGroup", true, "OperationNotAllowed"},
		"proximity left":   {"proximityPlacementGroup", nil, ""},
		"ultra disks":      {"additionalCapabilities", m{"ultraSSDEnabled": true}, "PropertyChangeNotAllowed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{})
			b.network()
			b.create(ppgToken, "near", m{"resourceGroupName": "rg", "proximityPlacementGroupName": "near"})
			id, _ := b.create(vmssToken, "pool", first)
			_, err := b.update(vmssToken, id, first, with(first, test.name, test.value))
			requireCode(t, err, test.code)
		})
	}
}

func TestScaleSetIsReplacedForItsNameAlone(t *testing.T) {
	t.Parallel()
	old := setInputs(linuxInputs("vm"), "pool-", 1)
	replaced := map[string]bool{
		"vmScaleSetName": true, "resourceGroupName": true, "location": false, "orchestrationMode": false, "tags.a": false, profile + "priority": false,
	}
	for name, want := range replaced {
		b := newLab(t, azure.Options{})
		diff, err := b.provider.Diff(t.Context(), p.DiffRequest{
			ID: setID, Urn: urn(vmssToken, "pool"), OldInputs: props.FromPlainMap(old), Inputs: props.FromPlainMap(with(old, name, "other")),
		})
		require.NoError(t, err)
		require.True(t, diff.HasChanges, name)
		require.Equal(t, want, diff.DeleteBeforeReplace, name)
	}
}

func TestScaling(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	inputs := with(setInputs(linuxInputs("vm"), "pool-", 3), "zones", l{"1", "3"})
	id, out := b.create(vmssToken, "pool", inputs)
	require.Equal(t, "Succeeded", out["provisioningState"])
	require.Equal(t, map[string]string{"0": "10.0.1.4", "1": "10.0.1.5", "2": "10.0.1.6"}, b.instances())
	b.look(func(w *world.World) {
		first, second := w.Find(id+"/virtualMachines/0"), w.Find(id+"/virtualMachines/1")
		require.Equal(t, "pool_0", first.Name)
		require.Equal(t, "pool-000000", tree.String(first.Outputs, "osProfile", "computerName"))
		require.Equal(t, []string{"1"}, tree.Strings(first.Outputs, "zones"))
		require.Equal(t, []string{"3"}, tree.Strings(second.Outputs, "zones"))
	})
	requireCode(t, b.delete(vnetToken, networkID+"virtualNetworks/vnet"), "InUseSubnetCannotBeDeleted")

	for _, step := range []struct {
		capacity float64
		want     []string
	}{{1, []string{"0"}}, {3, []string{"0", "3", "4"}}, {0, nil}, {1, []string{"5"}}} {
		_, err := b.update(vmssToken, id, inputs, with(inputs, "sku.capacity", step.capacity))
		require.NoError(t, err)
		require.Equal(t, step.want, b.numbers())
	}
	_, err := b.update(vmssToken, id, inputs, with(inputs, "sku.capacity", 32.0))
	require.NoError(t, err)
	b.look(func(w *world.World) {
		require.Equal(t, "pool-00000A", tree.String(w.Find(id+"/virtualMachines/10").Outputs, "osProfile", "computerName"))
		require.Equal(t, "pool-000010", tree.String(w.Find(id+"/virtualMachines/36").Outputs, "osProfile", "computerName"))
	})

	require.NoError(t, b.delete(vmssToken, id))
	require.Empty(t, b.instances())
	require.NoError(t, b.cloud.Pass(t.Context(), 2*time.Minute), "for the interfaces to go as well")
	b.look(func(w *world.World) {
		require.Empty(t, w.Guests)
		require.Len(t, w.Resources, 2, "the group and the network")
	})
	require.NoError(t, b.delete(vnetToken, networkID+"virtualNetworks/vnet"))
	b.create(vnetToken, "vnet", vnetInputs())
	b.create(vmssToken, "pool", inputs)
	require.Equal(t, []string{"0", "1", "2"}, b.numbers(), "another scale set counts anew")
}

func TestScaleSetGoesWithItsGroup(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	b.create(vmssToken, "pool", setInputs(linuxInputs("vm"), "pool-", 2))
	require.NoError(t, b.delete(groupToken, groupID))
	b.look(func(w *world.World) { require.Empty(t, w.Resources); require.Empty(t, w.Guests) })
}

func TestInstancesCountAgainstTheQuota(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{CoreQuota: 6})
	b.network("vm")
	inputs := setInputs(linuxInputs("vm"), "pool-", 2)
	id, _ := b.create(vmssToken, "pool", inputs)
	b.create(vmToken, "vm", linuxInputs("vm"))
	_, err := b.update(vmssToken, id, inputs, with(inputs, "sku.capacity", 3.0))
	requireCode(t, err, "OperationNotAllowed")
	require.Len(t, b.instances(), 2, "what is refused changes nothing")
}

func TestScaleSetInAPool(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	b.create(ipToken, "ip", ipInputs("ip", "demo"))
	lb, _ := b.create(lbToken, "lb", lbInputs())
	b.create(nsgToken, "nsg", nsgInputs(ruleInputs("api", 100, "6443")))
	config := m{"name": "nic", "networkSecurityGroup": m{"id": networkID + "networkSecurityGroups/nsg"}, "ipConfigurations": l{m{
		"name": "ip", "subnet": m{"id": subnetOne}, "loadBalancerBackendAddressPools": l{m{"id": lbID + "/backendAddressPools/pool"}},
	}}}
	inputs := with(setInputs(linuxInputs("vm"), "pool-", 2), profile+"networkProfile.networkInterfaceConfigurations", l{config})
	set, _ := b.create(vmssToken, "pool", inputs)
	listeners, err := b.dial(6443)
	require.NoError(t, err)
	require.Len(t, listeners, 2)
	require.Equal(t, set+"/virtualMachines/0", listeners[0].VMID)

	requireCode(t, b.delete(lbToken, lb), "LoadBalancerInUseByVirtualMachineScaleSet")
	requireCode(t, b.delete(nsgToken, networkID+"networkSecurityGroups/nsg"), "InUseNetworkSecurityGroupCannotBeDeleted")
	require.NoError(t, b.delete(vmssToken, set))
	require.NoError(t, b.delete(lbToken, lb))
}

func TestScaleSetHidesSecrets(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	data := base64.StdEncoding.EncodeToString([]byte("custom secret"))
	inputs := with(setInputs(windowsInputs("vm"), "win", 1), profile+"osProfile.customData", data)
	_, out := b.create(vmssToken, "pool", with(inputs, profile+"extensionProfile.extensions", windowsScript()))
	require.NotContains(t, tree.Map(out, "virtualMachineProfile", "osProfile"), "adminPassword")
	require.NotContains(t, tree.List(out, "virtualMachineProfile", "extensionProfile", "extensions")[0], "protectedSettings")
	b.look(func(w *world.World) {
		for _, r := range w.Resources {
			for _, side := range []m{r.Inputs, r.Outputs} {
				tree.Walk(side, func(path, s string) bool {
					require.NotContains(t, s, "Correct.Horse.1", path)
					require.NotContains(t, s, data, path)
					require.NotContains(t, s, "AzureData", path)
					return true
				})
			}
		}
	})
}
