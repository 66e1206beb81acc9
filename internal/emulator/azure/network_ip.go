package azure

import (
	"regexp"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

var domainLabel = regexp.MustCompile(`^[a-z][a-z0-9-]{1,61}[a-z0-9]$`)

func fillPublicIP(op *operation) error {
	op.setDefault("sku", map[string]any{"name": "Standard", "tier": "Regional"})
	defaultTo(tree.Map(op.outputs, "sku"), "tier", "Regional")
	op.setDefault("publicIPAllocationMethod", "Dynamic")
	op.setDefault("publicIPAddressVersion", "IPv4")
	op.setDefault("idleTimeoutInMinutes", 4.0)
	if op.old != nil {
		op.outputs["ipAddress"] = op.old.Outputs["ipAddress"]
	} else {
		op.outputs["ipAddress"] = netpath.FreePublicAddress(op.world, op.id).String()
	}
	if label := tree.String(op.outputs, "dnsSettings", "domainNameLabel"); label != "" {
		tree.Map(op.outputs, "dnsSettings")["fqdn"] = label + "." + op.location() + ".cloudapp.azure.com"
	}
	return nil
}

// validatePublicIP: https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses. Basic addresses
// cannot be made since 2025-09-30; the code that Azure answers with is not known to us.
func validatePublicIP(op *operation) error {
	if sku := tree.String(op.outputs, "sku", "name"); !strings.EqualFold(sku, "Standard") {
		return badRequest("BasicSkuPublicIPNotAllowed", "Public IP address %s cannot have SKU %s: Basic was retired; use Standard.", op.id, sku)
	}
	if !strings.EqualFold(tree.String(op.outputs, "publicIPAllocationMethod"), "Static") {
		return badRequest("StandardSkuPublicIPAddressMustBeStatic", "Standard sku publicIp %s must have AllocationMethod set to Static.", op.id)
	}
	if err := minutes(op, "idleTimeoutInMinutes", 4, 30); err != nil {
		return err
	}
	const mostZones = 3
	if err := op.checkZones(mostZones); err != nil {
		return err
	}
	settings := tree.Map(op.outputs, "dnsSettings")
	if settings == nil {
		return nil
	}
	label := tree.String(settings, "domainNameLabel")
	if !domainLabel.MatchString(label) {
		return badRequest("InvalidDomainNameLabel", "The domain name label %s is invalid. It must conform to the following regular expression: %s.",
			label, domainLabel)
	}
	if reservedLabel(label) {
		return badRequest("DomainNameLabelReserved", "The domain name label %s is invalid. The name itself or part of the name is a reserved word "+
			"such as a trademark. Please use a different name.", label)
	}
	for _, other := range op.others(publicIPType) {
		if fqdn := tree.String(settings, "fqdn"); strings.EqualFold(tree.String(other.Outputs, "dnsSettings", "fqdn"), fqdn) {
			return badRequest("DnsRecordInUse", "DNS record %s is already used by another public IP.", fqdn)
		}
	}
	return nil
}

// minutes checks a timeout.
func minutes(op *operation, property string, low, high int) error {
	if n, ok := tree.Int(op.outputs, property); ok && (n < low || n > high) {
		return badRequest("InvalidRequestFormat", "Value %d of %s in %s is not between %d and %d.", n, property, op.name, low, high)
	}
	return nil
}

func guardPublicIP(w *world.World, r *world.Resource) error {
	uses := usesOf(w, r.ID, interfaceTypes(balancerType, natType)...)
	if len(uses) == 0 {
		return nil
	}
	return badRequest("PublicIPAddressCannotBeDeleted", "Public IP address %s can not be deleted since it is still allocated to resource %s. "+
		"In order to delete the public IP, disassociate/detach the Public IP address from the resource. "+
		"To learn how to do this, see aka.ms/deletepublicip.", r.ID, uses[0].part)
}

// checkPublicIP is for everything that takes a public address: it must be free and Standard.
func (op *operation) checkPublicIP(id, part string) error {
	if id == "" {
		return nil
	}
	ip := op.world.Find(id)
	for _, u := range usesOf(op.world, id, interfaceTypes(balancerType, natType)...) {
		if !strings.EqualFold(u.by.ID, op.id) {
			return badRequest("PublicIPAddressInUse", "Resource %s is referencing public IP address %s that is already allocated to resource %s.",
				part, id, u.part)
		}
	}
	if ip != nil && !strings.EqualFold(tree.String(ip.Outputs, "sku", "name"), "Standard") {
		return badRequest("PublicIPAndLBSkuDoNotMatch", "Standard sku load balancer %s cannot reference Basic sku publicIP %s.", op.id, id)
	}
	return nil
}

func fillNatGateway(op *operation) error {
	op.setDefault("sku", map[string]any{"name": "Standard"})
	op.setDefault("idleTimeoutInMinutes", 4.0)
	return nil
}

// validateNatGateway: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
func validateNatGateway(op *operation) error {
	if err := minutes(op, "idleTimeoutInMinutes", 4, 120); err != nil {
		return err
	}
	if err := op.checkZones(1); err != nil {
		return err
	}
	addresses := tree.List(op.outputs, "publicIpAddresses")
	const most = 16
	if len(addresses) > most {
		return badRequest("NatGatewayPublicIpLimitReached", "NAT gateway %s has %d public IP addresses; the limit is %d.", op.name, len(addresses), most)
	}
	for _, ip := range addresses {
		if err := op.checkPublicIP(tree.String(ip, "id"), op.id); err != nil {
			return err
		}
	}
	return nil
}

func guardNatGateway(w *world.World, r *world.Resource) error {
	if uses := usesOf(w, r.ID, vnetType); len(uses) > 0 {
		return badRequest("InUseNatGatewayCannotBeDeleted", "NAT gateway %s is in use by %s and cannot be deleted.", r.ID, uses[0].part)
	}
	return nil
}
