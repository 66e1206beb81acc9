package random_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"

	"github.com/hybridcluster/hybridcluster/internal/emulator/props"
	"github.com/hybridcluster/hybridcluster/internal/emulator/random"
)

func urn(kind string) resource.URN {
	return resource.URN("urn:pulumi:dev::demo::random:index/" + strings.ToLower(kind[:1]) + kind[1:] + ":" + kind + "::it")
}

// checker is what *testing.T and *rapid.T have in common.
type checker interface {
	require.TestingT
	Helper()
	Context() context.Context
}

func create(t checker, kind string, in map[string]any) p.CreateResponse {
	t.Helper()
	ctx := t.Context()
	provider := random.Provider()
	checked, err := provider.Check(ctx, p.CheckRequest{Urn: urn(kind), Inputs: props.FromPlainMap(in)})
	require.NoError(t, err)
	require.Empty(t, checked.Failures)
	made, err := provider.Create(ctx, p.CreateRequest{Urn: urn(kind), Properties: checked.Inputs})
	require.NoError(t, err)
	return made
}

// TestPasswordMeetsItsRules for any rules that can be met.
func TestPasswordMeetsItsRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		least := map[string]int{}
		sum := 0
		for _, name := range []string{"minLower", "minUpper", "minNumeric", "minSpecial"} {
			least[name] = rapid.IntRange(0, 4).Draw(t, name)
			sum += least[name]
		}
		length := rapid.IntRange(max(sum, 1), sum+20).Draw(t, "length")
		in := map[string]any{"length": length, "overrideSpecial": "_-", "numeric": rapid.Bool().Draw(t, "numeric")}
		for name, n := range least {
			in[name] = n
		}
		out := create(t, "RandomString", in).Properties
		result := out.Get("result").AsString()
		require.Len(t, result, length)
		count := func(class string) int { return len(regexp.MustCompile(class).FindAllString(result, -1)) }
		require.GreaterOrEqual(t, count("[a-z]"), least["minLower"])
		require.GreaterOrEqual(t, count("[A-Z]"), least["minUpper"])
		require.GreaterOrEqual(t, count("[0-9]"), least["minNumeric"])
		require.GreaterOrEqual(t, count("[_-]"), least["minSpecial"])
		require.Equal(t, length, count("[a-zA-Z0-9_-]"))
		if in["numeric"] == false {
			require.Equal(t, least["minNumeric"], count("[0-9]"))
		}
	})
}

func TestPasswordIsSecret(t *testing.T) {
	t.Parallel()
	made := create(t, "RandomPassword", map[string]any{"length": 20})
	require.Equal(t, "none", made.ID, "the id is shown in clear, so it must not be the password")
	require.True(t, made.Properties.Get("result").Secret())
	require.True(t, made.Properties.Get("bcryptHash").Secret())
	require.NoError(t, bcrypt.CompareHashAndPassword(
		[]byte(made.Properties.Get("bcryptHash").AsString()), []byte(made.Properties.Get("result").AsString())))
	other := create(t, "RandomPassword", map[string]any{"length": 20})
	require.NotEqual(t, made.Properties.Get("result").AsString(), other.Properties.Get("result").AsString())
}

func TestOthers(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		create(t, "RandomUuid", nil).Properties.Get("result").AsString())
	require.Regexp(t, `^p-[0-9a-f]{16}$`, create(t, "RandomId", map[string]any{"byteLength": 8, "prefix": "p-"}).Properties.Get("hex").AsString())
	n := create(t, "RandomInteger", map[string]any{"min": 5, "max": 6}).Properties.Get("result").AsNumber()
	require.True(t, n == 5 || n == 6)
	require.True(t, create(t, "RandomBytes", map[string]any{"length": 32}).Properties.Get("base64").Secret())
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind     string
		in       map[string]any
		property string
	}{
		"no length":  {"RandomString", nil, "length"},
		"zero":       {"RandomString", map[string]any{"length": 0}, "length"},
		"too short":  {"RandomString", map[string]any{"length": 3, "minLower": 4}, "length"},
		"no letters": {"RandomString", map[string]any{"length": 3, "lower": false, "upper": false, "numeric": false, "special": false}, "length"},
		"unknown":    {"RandomString", map[string]any{"length": 3, "size": 3}, "size"},
		"backwards":  {"RandomInteger", map[string]any{"min": 2, "max": 1}, "max"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := random.Provider().Check(t.Context(), p.CheckRequest{Urn: urn(tc.kind), Inputs: props.FromPlainMap(tc.in)})
			require.NoError(t, err)
			require.Len(t, resp.Failures, 1)
			require.Equal(t, tc.property, resp.Failures[0].Property)
		})
	}
}

func TestEveryChangeReplaces(t *testing.T) {
	t.Parallel()
	old := props.FromPlainMap(map[string]any{"length": 8, "keepers": map[string]any{"a": "1"}})
	for path, next := range map[string]property.Map{
		"length":    old.Set("length", property.New(9.0)),
		"keepers.a": old.Set("keepers", props.FromPlain(map[string]any{"a": "2"})),
	} {
		diff, err := random.Provider().Diff(t.Context(), p.DiffRequest{Urn: urn("RandomPassword"), OldInputs: old, Inputs: next})
		require.NoError(t, err)
		require.Equal(t, map[string]p.PropertyDiff{path: {Kind: p.UpdateReplace, InputDiff: true}}, diff.DetailedDiff)
	}
}
