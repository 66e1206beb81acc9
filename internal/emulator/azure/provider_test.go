package azure_test

import (
	"maps"
	"slices"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func TestCheckFindsWrongProperties(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	_, failures := b.check(vnetToken, "vnet", m{
		"location": "westeurope", "adressSpace": m{}, "subnets": l{m{"addressPrefix": 10.0}},
	})
	require.Equal(t, []p.CheckFailure{
		{Property: "adressSpace", Reason: "unknown property 'adressSpace'; did you mean 'addressSpace'?"},
		{Property: "subnets[0].addressPrefix", Reason: "expected a string, got a number"},
		{Property: "resourceGroupName", Reason: "missing required property 'resourceGroupName'"},
	}, failures)
	_, failures = b.check(groupToken, "rg", m{})
	require.Len(t, failures, 1)
	require.Equal(t, "location", failures[0].Property)
}

func TestCheckFillsIn(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	inputs, failures := b.check(vnetToken, "net", m{"resourceGroupName": "rg"})
	require.Empty(t, failures)
	require.Equal(t, "westeurope", inputs.Get("location").AsString())
	name := inputs.Get("virtualNetworkName").AsString()
	require.Regexp(t, `^net[0-9a-f]{8}$`, name)

	unknown, err := b.provider.Check(t.Context(), p.CheckRequest{
		Urn: urn(vnetToken, "net"), State: inputs,
		Inputs: property.NewMap(map[string]property.Value{"resourceGroupName": property.New(property.Computed)}),
	})
	require.NoError(t, err)
	require.Empty(t, unknown.Failures)
	require.Equal(t, name, unknown.Inputs.Get("virtualNetworkName").AsString(), "names stay")
}

func TestUnknownType(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	_, err := b.provider.Check(t.Context(), p.CheckRequest{Urn: urn("storage:StorageAccount", "s")})
	require.ErrorContains(t, err, "azure-native:storage:StorageAccount")
}

func TestDiff(t *testing.T) {
	t.Parallel()
	old := with(vnetInputs(), "location", "westeurope")
	prefix := m{"addressPrefixes": l{"10.0.0.0/16", "10.1.0.0/16"}}
	tests := map[string]struct {
		now    m
		want   map[string]p.DiffKind
		ignore []string
	}{
		"nothing":            {now: old},
		"other spelling":     {now: with(old, "location", "West Europe")},
		"location":           {now: with(old, "location", "northeurope"), want: map[string]p.DiffKind{"location": p.UpdateReplace}},
		"name":               {now: with(old, "virtualNetworkName", "net"), want: map[string]p.DiffKind{"virtualNetworkName": p.UpdateReplace}},
		"group":              {now: with(old, "resourceGroupName", "other"), want: map[string]p.DiffKind{"resourceGroupName": p.UpdateReplace}},
		"tags":               {now: with(old, "tags", m{"a": "b"}), want: map[string]p.DiffKind{"tags": p.Add}},
		"nested":             {now: with(old, "addressSpace", prefix), want: map[string]p.DiffKind{"addressSpace.addressPrefixes[1]": p.Add}},
		"ignored":            {now: with(old, "tags", m{"a": "b"}), ignore: []string{"tags"}},
		"less":               {now: with(old, "subnets", nil), want: map[string]p.DiffKind{"subnets": p.Delete}},
		"replaced and other": {now: with(with(old, "tags", m{}), "location", "ukwest"), want: map[string]p.DiffKind{"tags": p.Add, "location": p.UpdateReplace}},
	}
	b := newLab(t, azure.Options{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := b.provider.Diff(t.Context(), p.DiffRequest{
				Urn: urn(vnetToken, "vnet"), OldInputs: props.FromPlainMap(old), Inputs: props.FromPlainMap(test.now), IgnoreChanges: test.ignore,
			})
			require.NoError(t, err)
			kinds := map[string]p.DiffKind{}
			for path, change := range got.DetailedDiff {
				kinds[path] = change.Kind
			}
			if test.want == nil {
				test.want = map[string]p.DiffKind{}
			}
			require.Equal(t, test.want, kinds)
			require.Equal(t, len(test.want) > 0, got.HasChanges)
			replaces := slices.Contains(slices.Collect(maps.Values(kinds)), p.UpdateReplace)
			require.Equal(t, replaces, got.DeleteBeforeReplace)
		})
	}
}

func TestPreviewKnowsTheInputs(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	inputs := props.FromPlainMap(with(vnetInputs(), "location", "westeurope"))
	response, err := b.provider.Create(t.Context(), p.CreateRequest{Urn: urn(vnetToken, "vnet"), Properties: inputs, DryRun: true})
	require.NoError(t, err)
	require.Empty(t, response.ID)
	require.Equal(t, "westeurope", response.Properties.Get("location").AsString())
	subnet := response.Properties.Get("subnets").AsArray().Get(0).AsMap()
	require.Equal(t, "one", subnet.Get("name").AsString())
	require.True(t, subnet.Get("id").IsComputed())
	require.True(t, response.Properties.Get("provisioningState").IsComputed())
	b.look(func(w *world.World) { require.Empty(t, w.Resources) })
}

func TestPreviewOfAnUpdateKeepsWhatStays(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	old := with(vnetInputs(), "location", "westeurope")
	id, out := b.create(vnetToken, "vnet", old)
	response, err := b.provider.Update(t.Context(), p.UpdateRequest{
		ID: id, Urn: urn(vnetToken, "vnet"), State: props.FromPlainMap(out), OldInputs: props.FromPlainMap(old),
		Inputs: props.FromPlainMap(with(old, "tags", m{"a": "b"})), DryRun: true,
	})
	require.NoError(t, err)
	require.Equal(t, id+"/subnets/one", tree.String(tree.List(props.PlainMap(response.Properties), "subnets")[0], "id"))
	require.Equal(t, "b", response.Properties.Get("tags").AsMap().Get("a").AsString())
	b.look(func(w *world.World) { require.NotContains(t, w.Find(id).Inputs, "tags") })
}

func TestCreateTwice(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	require.ErrorContains(t, b.createError(vnetToken, vnetInputs()), "cannot create already existing resource '"+networkID)
	require.ErrorContains(t, b.createError(vnetToken, with(vnetInputs(), "virtualNetworkName", "VNET")), "already existing", "case does not matter")
}

func TestReadFindsDrift(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.group()
	inputs := with(ipInputs("ip", "demo"), "location", "westeurope")
	known := props.FromPlainMap(inputs).Set("tags", property.New(map[string]property.Value{"key": property.New("hidden").WithSecret(true)}))
	response, err := b.provider.Create(t.Context(), p.CreateRequest{Urn: urn(ipToken, "ip"), Properties: known})
	require.NoError(t, err)
	require.True(t, response.Properties.Get("tags").AsMap().Get("key").Secret())

	read := func(inputs, state property.Map) p.ReadResponse {
		got, err := b.provider.Read(t.Context(), p.ReadRequest{ID: response.ID, Urn: urn(ipToken, "ip"), Inputs: inputs, Properties: state})
		require.NoError(t, err)
		return got
	}
	got := read(known, response.Properties)
	require.Equal(t, known, got.Inputs)
	require.Equal(t, response.Properties, got.Properties)

	require.NoError(t, b.store.Update(t.Context(), func(w *world.World) error {
		r := w.Find(response.ID)
		r.Inputs["idleTimeoutInMinutes"], r.Outputs["idleTimeoutInMinutes"] = 20.0, 20.0
		return nil
	}))
	got = read(known, response.Properties)
	require.Equal(t, known.Set("idleTimeoutInMinutes", property.New(20.0)), got.Inputs)
	require.Equal(t, 20.0, got.Properties.Get("idleTimeoutInMinutes").AsNumber())

	imported := read(property.Map{}, property.Map{})
	require.Equal(t, "ip", imported.Inputs.Get("publicIpAddressName").AsString())
	require.NoError(t, b.delete(ipToken, response.ID))
	require.Empty(t, read(known, response.Properties).ID)
}

func TestUpdateOfWhatIsGone(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	_, err := b.update(vnetToken, networkID+"virtualNetworks/vnet", nil, vnetInputs())
	requireCode(t, err, "ResourceNotFound")
}

func TestInvokes(t *testing.T) {
	t.Parallel()
	b := newLab(t, azure.Options{})
	b.network()
	invoke := func(token string, args m) (p.InvokeResponse, error) {
		return b.provider.Invoke(t.Context(), p.InvokeRequest{Token: tokens.Type(token), Args: props.FromPlainMap(args)})
	}
	got, err := invoke("azure-native:authorization:getClientConfig", nil)
	require.NoError(t, err)
	require.Equal(t, azure.SubscriptionID, got.Return.Get("subscriptionId").AsString())
	got, err = invoke("azure-native:resources:getResourceGroup", m{"resourceGroupName": "RG"})
	require.NoError(t, err)
	require.Equal(t, groupID, got.Return.Get("id").AsString())
	got, err = invoke("azure-native:network:getVirtualNetwork", m{"resourceGroupName": "rg", "virtualNetworkName": "vnet"})
	require.NoError(t, err)
	require.Equal(t, 2, got.Return.Get("subnets").AsArray().Len())
	_, err = invoke("azure-native:network:getVirtualNetwork", m{"resourceGroupName": "rg", "virtualNetworkName": "none"})
	requireCode(t, err, "ResourceNotFound")
	got, err = invoke("azure-native:network:getVirtualNetwork", m{"resourceGroupName": "rg"})
	require.NoError(t, err)
	require.NotEmpty(t, got.Failures)
	_, err = invoke("azure-native:network:listSomething", nil)
	require.ErrorContains(t, err, "listSomething")
}
