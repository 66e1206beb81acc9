package schema_test

import (
	"testing"

	"github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/schema"
)

// shape has one field of every kind that SDK types have.
type shape struct {
	Name   string            `pulumi:"name"`
	Count  int               `pulumi:"count"`
	Ratio  *float64          `pulumi:"ratio"`
	On     *bool             `pulumi:"on"`
	Tags   map[string]string `pulumi:"tags"`
	Parts  []part            `pulumi:"parts"`
	Single *part             `pulumi:"single"`
	Any    any               `pulumi:"any"`
}

type part struct {
	Size  int    `pulumi:"size"`
	Shape *shape `pulumi:"shape"` // types of ARM refer to themselves
}

type response struct {
	Identities map[string]part `pulumi:"identities"`
	Parts      []part          `pulumi:"parts"`
}

func text(s string) property.Value { return property.New(s) }

func object(pairs ...any) property.Map {
	m := map[string]property.Value{}
	for i := 0; i < len(pairs); i += 2 {
		v, ok := pairs[i+1].(property.Value)
		if !ok {
			v, _ = property.Any(pairs[i+1])
		}
		m[pairs[i].(string)] = v
	}
	return property.NewMap(m)
}

func list(values ...property.Value) property.Value { return property.New(values) }

func TestCheck(t *testing.T) {
	t.Parallel()
	good := object("name", "a", "count", 1.0)
	unknown := property.New(property.Computed)
	tests := map[string]struct {
		give property.Map
		want []schema.Fault
	}{
		"complete": {give: object("name", "a", "count", 1.0, "ratio", 0.5, "on", true, "tags", object("a.b", "c"),
			"parts", list(property.New(object("size", 2.0))), "any", object("x", 1.0))},
		"secret":           {give: good.Set("name", text("a").WithSecret(true))},
		"not known yet":    {give: object("name", unknown, "count", unknown, "parts", unknown, "single", unknown)},
		"null is absent":   {give: good.Set("tags", property.Value{}).Set("nothing", property.Value{})},
		"engine's own":     {give: good.Set("__defaults", list())},
		"missing":          {give: object("name", "a"), want: []schema.Fault{{"count", "missing required property 'count'"}}},
		"misspelled":       {give: good.Set("tagz", text("x")), want: []schema.Fault{{"tagz", "unknown property 'tagz'; did you mean 'tags'?"}}},
		"wrong case":       {give: good.Set("RATIO", text("x")), want: []schema.Fault{{"RATIO", "unknown property 'RATIO'; did you mean 'ratio'?"}}},
		"unlike any":       {give: good.Set("somethingElse", text("x")), want: []schema.Fault{{"somethingElse", "unknown property 'somethingElse'"}}},
		"number as string": {give: good.Set("count", text("1")), want: []schema.Fault{{"count", "expected a whole number, got a string"}}},
		"broken number":    {give: good.Set("count", property.New(1.5)), want: []schema.Fault{{"count", "expected a whole number, got a number"}}},
		"object as list":   {give: good.Set("single", list(text("x"))), want: []schema.Fault{{"single", "expected an object, got a list"}}},
		"deep": {
			give: good.Set("parts", list(property.New(object("size", 1.0)), property.New(object("shape", good.Delete("name"))))),
			want: []schema.Fault{
				{"parts[1].shape.name", "missing required property 'name'"},
				{"parts[1].size", "missing required property 'size'"},
			},
		},
		"wrong value in a map": {
			give: good.Set("tags", property.New(object("a.b", 1.0))),
			want: []schema.Fault{{`tags["a.b"]`, "expected a string, got a number"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, schema.Of(shape{}).Check(test.give))
		})
	}
}

func TestSecretsAreNotQuoted(t *testing.T) {
	t.Parallel()
	faults := schema.Of(shape{}).Check(object("name", "a", "count", text("hunter2").WithSecret(true)))
	require.Len(t, faults, 1)
	require.NotContains(t, faults[0].Reason, "hunter2")
}

func TestSDKTypes(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"location", "managedBy", "resourceGroupName", "tags"},
		schema.Of(resources.ResourceGroupArgs{}).Names())
	require.Equal(t, []string{"resourceGroupName"}, schema.Of(managedidentity.UserAssignedIdentityArgs{}).Required())
	outputs := schema.Outputs(managedidentity.UserAssignedIdentity{})
	for _, name := range []string{"clientId", "principalId", "tenantId", "name", "type"} {
		require.True(t, outputs.Has(name), name)
	}
	require.False(t, outputs.Has("resourceGroupName"))
}

func TestConform(t *testing.T) {
	t.Parallel()
	got := schema.Of(response{}).Conform(object(
		"identities", list(text("/id/one")),
		"parts", list(property.New(object("size", 1.0, "extra", "gone"))),
		"extra", "gone",
	))
	require.Equal(t, object(
		"identities", object("/id/one", property.Map{}),
		"parts", list(property.New(object("size", 1.0))),
	), got)
}
