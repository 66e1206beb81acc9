package azure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/internal/emulator/azure"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	vaultID     = sharedPath + "Microsoft.KeyVault/vaults/Safe"
	secretURL   = "https://safe.vault.azure.net/secrets/client"
	secretsUser = subscription + "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6"
)

func TestClientSecretOutOfAVault(t *testing.T) {
	t.Parallel()
	const group = subscription + "/resourceGroups/shared"
	azureJSON := func(secret string) string {
		return `{"vmType": "vmss", "aadClientId": "app", "aadClientSecret": "` + secret + `"}`
	}
	tests := map[string]struct {
		url, role, scope, secret string
		stranger                 bool
		says                     string
	}{
		"role at the vault":    {url: secretURL, role: secretsUser, scope: vaultID},
		"role at the group":    {url: secretURL, role: secretsUser, scope: group},
		"a version":            {url: secretURL + "/0123", role: secretsUser, scope: vaultID},
		"no role":              {url: secretURL, says: "ForbiddenByRbac"},
		"a managers' role":     {url: secretURL, role: contributor, scope: vaultID, says: "ForbiddenByRbac"},
		"role elsewhere":       {url: secretURL, role: secretsUser, scope: groupID, says: "ForbiddenByRbac"},
		"no such vault":        {url: "https://other.vault.azure.net/secrets/client", role: secretsUser, scope: vaultID, says: "no key vault of that name"},
		"no such secret":       {url: secretURL + "x", role: secretsUser, scope: vaultID, says: "SecretNotFound"},
		"no such version":      {url: "https://safe.vault.azure.net/secrets/versioned/2", role: secretsUser, scope: vaultID, says: "SecretNotFound"},
		"such a version":       {url: "https://safe.vault.azure.net/secrets/versioned/1", role: secretsUser, scope: vaultID},
		"another's identity":   {url: secretURL, role: secretsUser, scope: vaultID, stranger: true, says: "identity not found"},
		"a secret of its own":  {url: secretURL, secret: "its own"},
		"nothing to be looked": {},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeys(t)
			b := newLab(t, azure.Options{Resources: []string{vaultID + "/secrets/client", vaultID + "/secrets/versioned/versions/1"}})
			b.build(goodPlan())
			id, identity := b.create(idToken, "identity", identityInputs())
			if test.role != "" {
				b.create(roleToken, "role", with(with(roleInputs(guidOne, tree.String(identity, "principalId")), "scope", test.scope), "roleDefinitionId", test.role))
			}
			client := tree.String(identity, "clientId")
			if test.stranger {
				client = guidTwo
			}
			data := k.node(node{name: "master", endpoint: endpoint + ":6443", action: "init", files: map[string]string{
				"/etc/kubernetes/azure.json":       azureJSON(test.secret),
				"/etc/hybridcluster/bootstrap.env": "CLIENT_SECRET_URL='" + test.url + "'\nCLIENT_SECRET_IDENTITY='" + client + "'\n",
			}})
			inputs := with(linuxInputs("master"), "identity", m{"type": "UserAssigned", "userAssignedIdentities": l{id}})
			b.create(vmToken, "master", with(inputs, "osProfile.customData", data))
			err := b.awaitError("master")
			if test.says != "" {
				requireCode(t, err, "VMExtensionProvisioningError")
				require.ErrorContains(t, err, "cannot read the client secret")
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			b.look(func(w *world.World) {
				require.Equal(t, "vmss", w.Guests[world.Key(computeID+"virtualMachines/master")].Plan.VMType)
			})
		})
	}
}

func TestARightThatComesLate(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	b := newLab(t, azure.Options{Resources: []string{vaultID + "/secrets/client"}})
	b.build(goodPlan())
	id, identity := b.create(idToken, "identity", identityInputs())
	data := k.node(node{name: "master", endpoint: endpoint + ":6443", action: "init", files: map[string]string{
		"/etc/kubernetes/azure.json": "{}", "/etc/x/boot.env": "CLIENT_SECRET_URL=" + secretURL + "\n",
	}})
	inputs := with(linuxInputs("master"), "identity", m{"type": "UserAssigned", "userAssignedIdentities": l{id}})
	b.create(vmToken, "master", with(inputs, "osProfile.customData", data))
	require.Error(t, b.awaitError("master"))
	b.create(roleToken, "role", with(with(roleInputs(guidOne, tree.String(identity, "principalId")), "scope", vaultID), "roleDefinitionId", secretsUser))
	require.Contains(t, b.nodes(), "master", "the machine went on trying")
}

func TestCertificatesOutOfAVault(t *testing.T) {
	t.Parallel()
	secrets := func(vault, url, store string) l {
		certificate := m{"certificateUrl": url}
		if store != "" {
			certificate["certificateStore"] = store
		}
		return l{m{"sourceVault": m{"id": vault}, "vaultCertificates": l{certificate}}}
	}
	windows, linux := windowsInputs("vm"), linuxInputs("vm")
	const path = "osProfile.secrets"
	tests := map[string]struct {
		inputs m
		code   string
	}{
		"windows":               {with(windows, path, secrets(vaultID, secretURL, "My")), ""},
		"linux":                 {with(linux, path, secrets(vaultID, secretURL+"/0123", "")), ""},
		"windows, no store":     {with(windows, path, secrets(vaultID, secretURL, "")), "InvalidParameter"},
		"linux and a store":     {with(linux, path, secrets(vaultID, secretURL, "My")), "InvalidParameter"},
		"no such vault":         {with(windows, path, secrets(vaultID+"x", secretURL, "My")), "InvalidResourceReference"},
		"no such secret":        {with(windows, path, secrets(vaultID, secretURL+"x", "My")), "KeyVaultSecretDoesNotExist"},
		"another vault's":       {with(windows, path, secrets(vaultID, "https://other.vault.azure.net/secrets/client", "My")), "KeyVaultSecretDoesNotExist"},
		"address of no vault's": {with(windows, path, secrets(vaultID, "https://example.com/secrets/client", "My")), "KeyVaultSecretDoesNotExist"},
		"no certificate":        {with(windows, path, l{m{"sourceVault": m{"id": vaultID}}}), "InvalidParameter"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newLab(t, azure.Options{Resources: []string{vaultID + "/secrets/client", sharedPath + "Microsoft.KeyVault/vaults/other/secrets/client"}})
			b.network("vm")
			requireCode(t, b.createError(vmToken, test.inputs), test.code)
		})
	}
}
