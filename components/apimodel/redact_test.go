package apimodel_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedactedHidesEverySecretAndNothingElse(t *testing.T) {
	t.Parallel()
	d := loaded(t, with(
		"windowsProfile.adminPassword=planted-1", "servicePrincipalProfile.clientId=6f7f1b1e-9c57-4a1c-9d4f-0b6a3a9a7f10",
		"servicePrincipalProfile.secret=planted-2",
		`extensionProfiles[1]={"name": "hello", "urlQuery": "sig=planted-4", "extensionParameters": "-key planted-5"}`,
		"windowsProfile.csiProxyURL=https://example.com/proxy.tar.gz?sig=planted-6",
		`orchestratorProfile.kubernetesConfig.addons=[{"name": "x", "config": {"clientSecret": "planted-3", "region": "shown"}}]`,
		"extensionProfiles[1].name=own", "extensionProfiles[1].extensionParameters=planted-4", "extensionProfiles[1].urlQuery=planted-5",
		"extensionProfiles[1].script=run.sh",
	))
	data, err := json.Marshal(d.Redacted())
	require.NoError(t, err)
	require.NotContains(t, string(data), "planted")
	require.Contains(t, string(data), `"adminPassword":"[secret]"`)
	require.Contains(t, string(data), "6f7f1b1e")
	require.Contains(t, string(data), `"csiProxyURL":"https://example.com/proxy.tar.gz?[secret]"`)
	require.Contains(t, string(data), "shown")
	require.Contains(t, string(data), `"script":"run.sh","urlQuery":"[secret]","extensionParameters":"[secret]"`)
	require.Equal(t, "planted-1", d.Properties.WindowsProfile.AdminPassword, "the original stays as it is")
}

func TestRedactedLeavesAnEmptySecretEmpty(t *testing.T) {
	t.Parallel()
	d := loaded(t, with())
	requireSame(t, d, d.Redacted())
}
