package pullsecrets_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/pullsecrets"
)

// A login that no kubelet can use is found before a pod waits for its image.
func TestLoginsThatKubeletsCannotUse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ login, want string }{
		"a user and a password":            {`{"auths":{"r.example.com":{"username":"u","password":"planted"}}}`, ""},
		"both in one":                      {`{"auths":{"r.example.com":{"auth":"dTpwbGFudGVk"}}}`, ""},
		"both in one, without its padding": {`{"auths":{"r.example.com":{"auth":"dTpwbGFudGVkMQ"}}}`, ""},
		"what else Docker keeps":           {`{"auths":{"r.example.com":{"auth":"dTpwbGFudGVk"}},"currentContext":"x"}`, ""},
		"no JSON":                          {`planted`, "does not read as JSON"},
		"a list":                           {`["planted"]`, "does not read as JSON"},
		"no registry":                      {`{"auths":{}}`, "`auths` names no registry"},
		"Docker Desktop's file":            {`{"auths":{},"credsStore":"desktop"}`, "credential helper"},
		"a helper of one registry":         {`{"credHelpers":{"r.example.com":"acr"}}`, "credential helper"},
		"a registry in the helper's file":  {`{"auths":{"r.example.com":{}},"credsStore":"desktop"}`, "has no user and password for r.example.com"},
		"what az acr login writes":         {`{"auths":{"r.azurecr.io":{"auth":"MDA6","identitytoken":"planted"}}}`, "a token for r.azurecr.io that ends within hours"},
		"no colon":                         {`{"auths":{"r.example.com":{"auth":"cGxhbnRlZA=="}}}`, "has no user and password for r.example.com"},
		"one of two":                       {`{"auths":{"a.example.com":{"auth":"dTpwbGFudGVk"},"b.example.com":{"username":"planted"}}}`, "has no user and password for b.example.com"},
		"too much":                         {`{"auths":{"` + strings.Repeat("a", 1<<20) + `":{"auth":"dTpwbGFudGVk"}}}`, "a Secret holds 1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message, remedy := pullsecrets.Login(tt.login).Fault()
			if tt.want == "" {
				require.Empty(t, message)
				return
			}
			require.Contains(t, message, tt.want)
			require.NotEmpty(t, remedy)
			require.NotContains(t, message+remedy, "planted")
		})
	}
}

func TestFaultsNameTheNamespace(t *testing.T) {
	t.Parallel()
	faults := pullsecrets.Faults(map[string]string{"team-b": "planted", "Team A": `{"auths":{"r.example.com":{"auth":"dTpwbGFudGVk"}}}`}, "--pull-secret")
	require.Len(t, faults, 2)
	require.Equal(t, "--pull-secret", faults[0].Path)
	require.Contains(t, faults[0].Message, `"Team A" is no name for a namespace`)
	require.Equal(t, "--pull-secret team-b", faults[1].Path)
}
