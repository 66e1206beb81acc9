package azure

import (
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// validateOutbound: https://learn.microsoft.com/azure/load-balancer/outbound-rules. The answers are those of
// ansible-collections/azure#743 and Azure/AzLoadBalancerMigration#10.
func (op *operation) validateOutbound() error {
	used := map[string]string{}
	for _, rule := range tree.List(op.outputs, "outboundRules") {
		name, id := tree.String(rule, "name"), tree.String(rule, "id")
		fronts := tree.List(rule, "frontendIPConfigurations")
		if len(fronts) == 0 || tree.String(rule, "backendAddressPool", "id") == "" {
			return badRequest("InvalidRequestFormat", "Outbound rule %s needs frontend IP configurations and a backend address pool.", name)
		}
		if n, ok := tree.Int(rule, "idleTimeoutInMinutes"); ok && (n < 4 || n > 120) {
			return badRequest("InvalidRequestFormat", "Outbound rule %s has an idle timeout of %d minutes; it must be 4 to 120.", name, n)
		}
		const most = 64000
		if n, ok := tree.Int(rule, "allocatedOutboundPorts"); ok && (n < 0 || n > most || n%8 != 0) {
			return badRequest("InvalidRequestFormat", "Outbound rule %s allocates %d ports; it must be a multiple of 8 up to %d.", name, n, most)
		}
		for _, f := range fronts {
			front := strings.ToLower(tree.String(f, "id"))
			if config := part(op.outputs, "frontendIPConfigurations", front); config != nil && tree.String(config, "subnet", "id") != "" {
				return badRequest("InvalidRequestFormat", "Outbound rule %s has the private frontend IP configuration %s.", name, front)
			}
			if other := used[front]; other != "" {
				return badRequest("MoreThanOneOutboundRuleUsingSameFrontendIPConfigurationAndProtocolIsNotSupported",
					"It is not supported to have more than a single outbound rule using frontendIPConfiguration %s with same or overlapping protocol. "+
						"It is used by the following outbound rules: %s,%s", front, other, id)
			}
			used[front] = id
		}
	}
	for _, rule := range tree.List(op.outputs, "loadBalancingRules") {
		front := tree.String(rule, "frontendIPConfiguration", "id")
		if other := used[strings.ToLower(front)]; other != "" && !tree.Bool(rule, "disableOutboundSnat") {
			return badRequest("LoadBalancingRuleMustDisableSNATSinceSameFrontendIPConfigurationIsReferencedByOutboundRule",
				"Load Balancing Rules %s must have disableOutboundSNAT set to true when same FrontendIPConfiguration %s is referenced by Outbound Rules %s.",
				tree.String(rule, "id"), front, other)
		}
	}
	return nil
}
