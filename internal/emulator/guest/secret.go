package guest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/keyvault"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// readSecret is how a machine gets the cloud provider's client secret out of a key vault, with a token of its own identity.
// A right that is given later is a right, so nothing here is final.
// https://learn.microsoft.com/azure/active-directory/managed-identities-azure-resources/how-to-use-vm-token
func readSecret(w *world.World, g *world.Guest, vm *world.Resource) error {
	if g.Plan.SecretURL == "" {
		return nil
	}
	failed := "cannot read the client secret at " + g.Plan.SecretURL
	identity, err := identityOf(w, vm, g.Plan.SecretIdentity)
	if err != nil {
		return fmt.Errorf("%s: %w", failed, err)
	}
	vault, secret := keyvault.Find(w, g.Plan.SecretURL)
	switch {
	case vault == nil:
		return fmt.Errorf("%s: could not resolve host: there is no key vault of that name", failed)
	case !keyvault.Readable(w, vault, tree.String(identity.Outputs, "principalId")):
		return fmt.Errorf("%s: 403 ForbiddenByRbac: the identity %s has no role at vault %s that lets it read secrets, such as Key Vault Secrets User",
			failed, identity.Name, vault.Name)
	case secret == nil:
		return fmt.Errorf("%s: 404 SecretNotFound: there is no such secret, or version of it, in vault %s", failed, vault.Name)
	}
	return nil
}

// identityOf is the machine's identity with the client id, or its only one.
func identityOf(w *world.World, vm *world.Resource, clientID string) (*world.Resource, error) {
	ids := tree.Strings(vm.Outputs, "identity", "userAssignedIdentities")
	if len(ids) == 0 {
		ids = slices.Sorted(maps.Keys(tree.Map(vm.Outputs, "identity", "userAssignedIdentities")))
	}
	var mine []*world.Resource
	for _, id := range ids {
		if r := w.Find(id); r != nil && (clientID == "" || strings.EqualFold(tree.String(r.Outputs, "clientId"), clientID)) {
			mine = append(mine, r)
		}
	}
	if len(mine) == 1 {
		return mine[0], nil
	}
	if clientID == "" && len(mine) > 1 {
		return nil, errors.New("400 invalid_request: multiple user assigned identities exist, please specify the clientId of the identity in the token request")
	}
	return nil, fmt.Errorf("400 invalid_request: identity not found: the machine has no identity with client id %q", clientID)
}
