package azure

import (
	"slices"

	"github.com/hybridcluster/hybridcluster/internal/emulator/keyvault"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// accelerates says whether a size can have accelerated networking. Azure keeps a list by size; what is known for all is
// that sizes with one core cannot: https://learn.microsoft.com/azure/virtual-network/accelerated-networking-overview
func accelerates(size string) bool {
	n, ok := cores(size)
	return !ok || n > 1
}

// checkAccelerated looks at the interfaces of a machine. The answer is that of Azure/Moodle#124.
func (op *operation) checkAccelerated(size string, nics []any) error {
	for _, nic := range nics {
		r := op.world.Find(tree.String(nic, "id"))
		if r != nil && tree.Bool(r.Outputs, "enableAcceleratedNetworking") && !accelerates(size) {
			return notAccelerated(size, op.id)
		}
	}
	return nil
}

func notAccelerated(size, machine string) error {
	return badRequest("VMSizeIsNotPermittedToEnableAcceleratedNetworking", "Virtual Machine size %s is not in the allowed list of VM sizes for "+
		"accelerated networking to be enabled on Network Interface %s.", size, machine)
}

// checkMachine refuses accelerated networking on an interface of a machine that cannot have it.
func (op *operation) checkMachine() error {
	if !tree.Bool(op.outputs, "enableAcceleratedNetworking") {
		return nil
	}
	for _, u := range usesOf(op.world, op.id, machineType) {
		if size := tree.String(u.by.Outputs, "hardwareProfile", "vmSize"); !accelerates(size) {
			return notAccelerated(size, u.by.ID)
		}
	}
	return nil
}

// checkSecrets: certificates come out of a key vault that is there, under the address of that vault's secret.
// https://learn.microsoft.com/azure/virtual-machines/windows/tutorial-secure-web-server
// The codes that Azure answers with are not known to us.
func (op *operation) checkSecrets(profile map[string]any, windows bool) error {
	for _, group := range tree.List(profile, "secrets") {
		id := tree.String(group, "sourceVault", "id")
		vault := op.world.Find(id)
		if vault == nil {
			return badRequest("InvalidParameter", "The key vault '%s' of parameter osProfile.secrets.sourceVault was not found.", id)
		}
		certificates := tree.List(group, "vaultCertificates")
		if len(certificates) == 0 {
			return badRequest("InvalidParameter", "Required parameter 'osProfile.secrets.vaultCertificates' is missing (null).")
		}
		for _, c := range certificates {
			url, store := tree.String(c, "certificateUrl"), tree.String(c, "certificateStore")
			if store == "" == windows {
				return badRequest("InvalidParameter", "Parameter certificateStore is for Windows alone, and required there; certificate %s.", url)
			}
			if err := checkSecretURL(op.world, vault, url); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkSecretURL(w *world.World, vault *world.Resource, url string) error {
	found, secret := keyvault.Find(w, url)
	if found != vault || secret == nil {
		return badRequest("KeyVaultSecretDoesNotExist", "Key vault secret %s of vault %s does not exist. "+
			"A certificate's address is that of its secret, as https://%s.vault.azure.net/secrets/<name>/<version>.", url, vault.ID, vault.Name)
	}
	return nil
}

// interfaceTypes are the interfaces of machines and of scale sets' instances.
func interfaceTypes(more ...string) []string {
	return slices.Concat([]string{interfaceType, setInterfaceType}, more)
}
