package props_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
)

func TestPlainAndBack(t *testing.T) {
	t.Parallel()
	m := property.NewMap(map[string]property.Value{
		"secret":  property.New("s").WithSecret(true),
		"unknown": property.New(property.Computed),
		"null":    property.New(property.Null),
		"list":    property.New([]property.Value{property.New(1.5), property.New(true)}),
	})
	plain := props.PlainMap(m)
	require.Equal(t, map[string]any{"secret": "s", "list": []any{1.5, true}}, plain)
	back := props.MarkSecretsMap(props.FromPlainMap(plain), m)
	require.True(t, back.Get("secret").Secret())
	require.False(t, back.Get("list").HasSecrets())
}

func TestDiff(t *testing.T) {
	t.Parallel()
	old := props.FromPlainMap(map[string]any{"a": "1", "b": map[string]any{"c": "x", "d": []any{"y"}}, "gone": true})
	compare := func(next property.Map, ignore ...string) map[string]p.DiffKind {
		diff, err := props.Comparison{Replaces: props.At(resource.PropertyPath{"b", "c"}), Ignore: ignore}.Diff(old, next)
		require.NoError(t, err)
		kinds := map[string]p.DiffKind{}
		for path, d := range diff {
			kinds[path] = d.Kind
		}
		return kinds
	}
	require.Empty(t, compare(old))
	require.Empty(t, compare(old.Set("a", property.New("1").WithSecret(true))), "the engine keeps secrecy by itself")
	require.Equal(t, map[string]p.DiffKind{"a": p.Update}, compare(old.Set("a", property.New(property.Computed))))
	require.Equal(t, map[string]p.DiffKind{"gone": p.Delete, "new": p.Add}, compare(old.Delete("gone").Set("new", property.New("n"))))
	next := old.Set("b", props.FromPlain(map[string]any{"c": "z", "d": []any{"y", "w"}}))
	require.Equal(t, map[string]p.DiffKind{"b.c": p.UpdateReplace, "b.d[1]": p.Add}, compare(next))
	require.Equal(t, map[string]p.DiffKind{"b.c": p.UpdateReplace}, compare(next, "b.d"))
}
