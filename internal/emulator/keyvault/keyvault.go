// Package keyvault answers what an emulated Azure key vault holds and who may read it. It keeps no values: that a secret is
// there is all that the emulator needs to know.
package keyvault

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// ARM's types of a vault, a secret in it, and a version of that.
const (
	VaultType   = "Microsoft.KeyVault/vaults"
	SecretType  = VaultType + "/secrets"
	VersionType = SecretType + "/versions"
)

const (
	domain         = ".vault.azure.net"
	assignmentType = "Microsoft.Authorization/roleAssignments"
)

// Find gives the vault and the secret of an address such as https://name.vault.azure.net/secrets/one or
// .../secrets/one/version. Each is nil if it is not there. A secret of which no version is known has all of them.
func Find(w *world.World, address string) (vault, secret *world.Resource) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !strings.HasSuffix(strings.ToLower(u.Hostname()), domain) {
		return nil, nil
	}
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), domain)
	for _, r := range w.Resources {
		if strings.EqualFold(r.Type, VaultType) && strings.EqualFold(r.Name, name) {
			vault = r // names of vaults are unique in all of Azure
		}
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if vault == nil || len(parts) < 2 || len(parts) > 3 || parts[0] != "secrets" {
		return vault, nil
	}
	secret = w.Find(vault.ID + "/secrets/" + parts[1])
	if secret == nil || len(parts) == 2 || !versioned(w, secret) {
		return vault, secret
	}
	return vault, w.Find(secret.ID + "/versions/" + parts[2])
}

func versioned(w *world.World, secret *world.Resource) bool {
	for _, r := range w.Resources {
		if strings.EqualFold(r.Type, VersionType) && arm.Under(r.ID, secret.ID) {
			return true
		}
	}
	return false
}

// Readable says whether a principal has a role that lets it read the vault's secrets, at the vault or above it. Roles for
// managing the vault, such as Contributor, do not:
// https://learn.microsoft.com/azure/key-vault/general/rbac-guide#azure-built-in-roles-for-key-vault-data-plane-operations
func Readable(w *world.World, vault *world.Resource, principal string) bool {
	roles := []string{
		"4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
		"b86a8fe4-44ce-4948-aee5-eccb2c155cd7", // Key Vault Secrets Officer
		"00482a5a-887f-4fb3-b363-3b7fe8e74483", // Key Vault Administrator
	}
	for _, r := range w.Resources {
		role := strings.ToLower(tree.String(r.Outputs, "roleDefinitionId"))
		role = role[strings.LastIndex(role, "/")+1:]
		if strings.EqualFold(r.Type, assignmentType) && slices.Contains(roles, role) &&
			strings.EqualFold(tree.String(r.Outputs, "principalId"), principal) && arm.Under(vault.ID, tree.String(r.Outputs, "scope")) {
			return true
		}
	}
	return false
}
