package azure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

func fillBalancer(op *operation) error {
	op.setDefault("sku", map[string]any{"name": "Standard", "tier": "Regional"})
	defaultTo(tree.Map(op.outputs, "sku"), "tier", "Regional")
	for _, f := range tree.List(op.outputs, "frontendIPConfigurations") {
		m := tree.Map(f)
		m["type"] = balancerType + "/frontendIPConfigurations"
		if tree.String(m, "subnet", "id") == "" {
			defaultTo(m, "privateIPAllocationMethod", "Dynamic")
			continue
		}
		if err := op.allocate(m, op.oldPart("frontendIPConfigurations", m)); err != nil {
			return err
		}
	}
	return nil
}

// oldPart is what an item of a list was before this update, or nil.
func (op *operation) oldPart(list string, item map[string]any) map[string]any {
	if op.old == nil {
		return nil
	}
	return part(op.old.Outputs, list, tree.String(item, "id"))
}

// validateBalancer: https://learn.microsoft.com/azure/load-balancer/skus
func validateBalancer(op *operation) error {
	if sku := tree.String(op.outputs, "sku", "name"); !strings.EqualFold(sku, "Standard") {
		return badRequest("BasicSkuLoadBalancerNotAllowed", "Load balancer %s cannot have SKU %s: Basic was retired; use Standard.", op.id, sku)
	}
	for _, f := range tree.List(op.outputs, "frontendIPConfigurations") {
		if err := op.validateFrontend(f); err != nil {
			return err
		}
	}
	for _, probe := range tree.List(op.outputs, "probes") {
		if err := op.validateProbe(probe); err != nil {
			return err
		}
	}
	return op.validateBalancing()
}

func (op *operation) validateFrontend(f any) error {
	ip, sub := tree.String(f, "publicIPAddress", "id"), tree.String(f, "subnet", "id")
	prefix := tree.String(f, "publicIPPrefix", "id")
	if ip == "" && sub == "" && prefix == "" {
		return badRequest("LoadBalancerFrontendIPConfigurationMustReferenceSubnetOrPublicIP",
			"Frontend IP configuration %s references neither a subnet nor a public IP address.", tree.String(f, "id"))
	}
	if ip != "" && len(tree.List(f, "zones")) > 0 {
		return badRequest("LoadBalancerFrontendIPConfigCannotHaveZoneWhenReferencingPublicIPAddress",
			"Frontend IP configuration %s cannot have zones: they belong to the public IP address.", tree.String(f, "id"))
	}
	return op.checkPublicIP(ip, tree.String(f, "id"))
}

func (op *operation) validateProbe(probe any) error {
	name := tree.String(probe, "name")
	if port, _ := tree.Int(probe, "port"); port < 1 || port > 65535 {
		return badRequest("InvalidRequestFormat", "Probe %s has port %d; it must be between 1 and 65535.", name, port)
	}
	protocol, path := strings.ToLower(tree.String(probe, "protocol")), tree.String(probe, "requestPath")
	switch {
	case protocol == "tcp" && path != "":
		return badRequest("ProbeRequestPathNotAllowed", "Probe %s has protocol Tcp and therefore cannot have a request path.", name)
	case (protocol == "http" || protocol == "https") && path == "":
		return badRequest("ProbeRequestPathRequired", "Probe %s has protocol %s and needs a request path.", name, protocol)
	case protocol != "tcp" && protocol != "http" && protocol != "https":
		return badRequest("InvalidRequestFormat", "Probe %s has protocol '%s'; it must be Tcp, Http or Https.", name, protocol)
	}
	return nil
}

func (op *operation) validateBalancing() error {
	used := frontendPorts{}
	for _, rule := range tree.List(op.outputs, "loadBalancingRules") {
		name := tree.String(rule, "name")
		front := tree.String(rule, "frontendIPConfiguration", "id")
		if front == "" {
			return badRequest("InvalidRequestFormat", "Load balancing rule %s has no frontend IP configuration.", name)
		}
		port, _ := tree.Int(rule, "frontendPort")
		protocol := tree.String(rule, "protocol")
		if highlyAvailable := strings.EqualFold(protocol, "all"); port < 0 || port > 65535 || port == 0 != highlyAvailable {
			return badRequest("InvalidRequestFormat", "Load balancing rule %s has frontend port %d; protocol All needs 0, others 1 to 65535.", name, port)
		}
		if n, ok := tree.Int(rule, "idleTimeoutInMinutes"); ok && (n < 4 || n > 100) {
			return badRequest("InvalidRequestFormat", "Load balancing rule %s has an idle timeout of %d minutes; it must be 4 to 100.", name, n)
		}
		if err := used.take(front, port, protocol, name); err != nil {
			return err
		}
	}
	if err := cmp.Or(op.validateNatRules(used), op.validateOutbound()); err != nil {
		return err
	}
	if err := op.checkKept("backendAddressPools", "InUseBackendAddressPoolCannotBeDeleted"); err != nil {
		return err
	}
	return op.checkKept("inboundNatRules", "InUseInboundNatRuleCannotBeDeleted")
}

// frontendPorts are the rules of a load balancer by what they listen on.
type frontendPorts map[string]string

// take notes a rule of either kind. No two listen on the same port of a frontend.
func (used frontendPorts) take(front string, port int, protocol, rule string) error {
	key := strings.ToLower(fmt.Sprintf("%s %d %s", front, port, protocol))
	if other := used[key]; other != "" {
		return badRequest("RulesUseSameFrontendPortProtocolAndFrontendIPConfig",
			"Load balancing rules %s and %s use the same frontend port, protocol and frontend IP configuration.", other, rule)
	}
	used[key] = rule
	return nil
}

// validateNatRules checks inbound NAT rules for one machine each; those for a whole pool, with a range of ports, are
// not known here. https://learn.microsoft.com/azure/load-balancer/inbound-nat-rules
func (op *operation) validateNatRules(used frontendPorts) error {
	for _, rule := range tree.List(op.outputs, "inboundNatRules") {
		name, front := tree.String(rule, "name"), tree.String(rule, "frontendIPConfiguration", "id")
		if front == "" {
			return badRequest("InvalidRequestFormat", "Inbound NAT rule %s has no frontend IP configuration.", name)
		}
		port, _ := tree.Int(rule, "frontendPort")
		backend, _ := tree.Int(rule, "backendPort")
		if port < 1 || port > 65534 || backend < 1 || backend > 65535 {
			return badRequest("InvalidRequestFormat",
				"Inbound NAT rule %s has frontend port %d, which must be 1 to 65534, and backend port %d, which must be 1 to 65535.", name, port, backend)
		}
		if err := used.take(front, port, tree.String(rule, "protocol"), name); err != nil {
			return err
		}
	}
	return nil
}

// checkKept: what interfaces are in cannot be dropped from the balancer. The code is Azure's for pools; the one for
// inbound NAT rules is not known to us.
func (op *operation) checkKept(list, code string) error {
	if op.old == nil {
		return nil
	}
	for _, old := range tree.List(op.old.Outputs, list) {
		id := tree.String(old, "id")
		if part(op.outputs, list, id) != nil {
			continue
		}
		if uses := usesOf(op.world, id, interfaceTypes(scaleSetType)...); len(uses) > 0 {
			return badRequest(code, "%s is in use by %s and cannot be deleted.", id, uses[0].part)
		}
	}
	return nil
}

// guardBalancer: kubernetes-sigs/cluster-api-provider-azure#3163.
func guardBalancer(w *world.World, lb *world.Resource) error {
	if uses := usesOf(w, lb.ID, scaleSetType); len(uses) > 0 {
		return badRequest("LoadBalancerInUseByVirtualMachineScaleSet", "Cannot delete load balancer %s since its child resources are in use by "+
			"virtual machine scale set %s.", lb.ID, uses[0].by.ID)
	}
	return nil
}

// leaveBalancer takes interfaces out of the pools and NAT rules of a load balancer that is gone.
func leaveBalancer(w *world.World, lb *world.Resource) {
	for _, nic := range ofType(w, interfaceType) {
		for _, tops := range []map[string]any{nic.Outputs, nic.Inputs} {
			for _, config := range tree.List(tops, "ipConfigurations") {
				leaveParts(tree.Map(config), lb.ID)
			}
		}
	}
}

func leaveParts(config map[string]any, balancer string) {
	for _, list := range []string{"loadBalancerBackendAddressPools", "loadBalancerInboundNatRules"} {
		if items := tree.List(config, list); len(items) > 0 {
			config[list] = slices.DeleteFunc(slices.Clone(items), func(item any) bool {
				return arm.Under(tree.String(item, "id"), balancer)
			})
		}
	}
}
