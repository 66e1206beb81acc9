package azure

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// checkSetNetwork: a scale set's instances get an interface for each configuration.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-networking
func (op *operation) checkSetNetwork(profile map[string]any) error {
	configs := tree.List(profile, "networkProfile", "networkInterfaceConfigurations")
	if len(configs) == 0 {
		return badRequest("NetworkProfileEmpty", "Virtual machine scale set %s must have at least one network interface configuration.", op.name)
	}
	primaries, vnet := 0, ""
	seen := map[string]bool{}
	for i, config := range configs {
		name := tree.String(config, "name")
		if name == "" || seen[strings.ToLower(name)] {
			return badRequest("InvalidParameter", "Parameter networkInterfaceConfigurations[%d].name is missing or used twice.", i)
		}
		seen[strings.ToLower(name)] = true
		if tree.Bool(config, "primary") || len(configs) == 1 {
			primaries++
		}
		if err := op.checkSetInterface(i, config, &vnet); err != nil {
			return err
		}
	}
	if primaries != 1 {
		return badRequest("VirtualMachineMustHaveOneNetworkInterfaceAsPrimary",
			"Virtual machine scale set %s must have one network interface configuration set as the primary.", op.id)
	}
	return nil
}

// checkSetInterface looks at one configuration. The answer about accelerated networking is that of kubernetes-sigs/cluster-api#1201.
func (op *operation) checkSetInterface(i int, config any, vnet *string) error {
	size := tree.String(op.outputs, "sku", "name")
	if tree.Bool(config, "enableAcceleratedNetworking") && !accelerates(size) {
		return badRequest("VMSizeIsNotPermittedToEnableAcceleratedNetworkingForVmss", "Virtual machine at index %d of VM scale set %s has size %s, "+
			"which is not compatible with enabling accelerated networking in the network profile on the scale set.", i, op.id, size)
	}
	if err := checkServers(tree.Strings(config, "dnsSettings", "dnsServers")); err != nil {
		return err
	}
	addresses := tree.List(config, "ipConfigurations")
	if len(addresses) == 0 {
		return badRequest("InvalidParameter", "Required parameter 'networkInterfaceConfigurations[%d].ipConfigurations' is missing (null).", i)
	}
	primaries := 0
	for _, address := range addresses {
		if tree.Bool(address, "primary") || len(addresses) == 1 {
			primaries++
		}
		subnet := tree.String(address, "subnet", "id")
		if subnet == "" {
			return badRequest("SubnetIsRequired", "Subnet reference is required for ipConfiguration %s of scale set %s.", tree.String(address, "name"), op.id)
		}
		mine := netpath.VnetOf(subnet)
		if *vnet != "" && !strings.EqualFold(*vnet, mine) {
			return badRequest("SubnetsNotInSameVnet", "Subnets of the IP configurations of scale set %s are not in the same virtual network.", op.id)
		}
		*vnet = mine
		for _, pool := range tree.List(address, "loadBalancerBackendAddressPools") {
			if err := op.checkPoolNetwork(tree.String(pool, "id"), mine); err != nil {
				return err
			}
		}
	}
	if primaries != 1 {
		return badRequest("NetworkInterfaceMustHaveOnePrimaryIpConfiguration",
			"A network interface configuration of scale set %s must have exactly one primary IP configuration; it has %d.", op.id, primaries)
	}
	return nil
}

// setVnet is the virtual network of a scale set's instances, or empty.
func setVnet(profile map[string]any) string {
	for _, config := range tree.List(profile, "networkProfile", "networkInterfaceConfigurations") {
		for _, address := range tree.List(config, "ipConfigurations") {
			return netpath.VnetOf(tree.String(address, "subnet", "id"))
		}
	}
	return ""
}

// checkSetExtensions: what is true of a machine's extensions is true of those in a scale set's profile.
func (op *operation) checkSetExtensions(profile map[string]any) error {
	system := systemOf(profile)
	names, handlers := map[string]bool{}, map[string]bool{}
	for i, extension := range tree.List(profile, "extensionProfile", "extensions") {
		for _, name := range []string{"name", "publisher", "type", "typeHandlerVersion"} {
			if tree.String(extension, name) == "" {
				return badRequest("InvalidParameter", "Required parameter 'extensions[%d].%s' is missing (null).", i, name)
			}
		}
		name := tree.String(extension, "name")
		if names[strings.ToLower(name)] {
			return badRequest("InvalidParameter", "More than one extension is named '%s'.", name)
		}
		names[strings.ToLower(name)] = true
		if err := checkHandler(tree.Map(extension), system); err != nil {
			return err
		}
		handler := tree.String(extension, "publisher") + "." + tree.String(extension, "type")
		if handlers[strings.ToLower(handler)] {
			return badRequest("BadRequest", "Multiple VMExtensions per handler not supported for OS type '%s'. VMExtension '%s' with handler "+
				"'%s' already added or specified in input.", system, name, handler)
		}
		handlers[strings.ToLower(handler)] = true
	}
	return nil
}

// checkHandler: the two Custom Script handlers are for one operating system each.
func checkHandler(extension map[string]any, system string) error {
	publisher, handler := tree.String(extension, "publisher"), tree.String(extension, "type")
	if customScript(extension) && (system == guest.Windows) != strings.EqualFold(publisher, "Microsoft.Compute") {
		return conflict("VMExtensionHandlerNonTransientError", "The handler for VM extension type '%s.%s' has reported terminal failure: "+
			"it does not run on OS type '%s'.", publisher, handler, system)
	}
	return nil
}

// setExtension is the name of the Custom Script extension in a scale set's profile, and whether it runs custom data.
func setExtension(profile map[string]any) (name string, runs bool) {
	for _, extension := range tree.List(profile, "extensionProfile", "extensions") {
		if m := tree.Map(extension); customScript(m) {
			return tree.String(m, "name"), runsCustomData(m)
		}
	}
	return "", false
}
