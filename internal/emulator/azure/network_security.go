package azure

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	lowestPriority  = 100
	highestPriority = 4096
	mostRules       = 1000
)

// validateSecurityGroup: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules
func validateSecurityGroup(op *operation) error {
	rules := tree.List(op.outputs, "securityRules")
	if len(rules) > mostRules {
		return badRequest("SecurityRuleCountLimitReached", "Network security group %s has %d rules; the limit is %d.", op.name, len(rules), mostRules)
	}
	seen := map[string]string{}
	for _, rule := range rules {
		name := tree.String(rule, "name")
		if err := validateRule(rule); err != nil {
			return err
		}
		n, ok := tree.Int(rule, "priority")
		if !ok || n < lowestPriority || n > highestPriority {
			return badRequest("SecurityRuleInvalidPriority",
				"Security rule has invalid Priority. Value provided: %d Allowed range %d-%d.", n, lowestPriority, highestPriority)
		}
		key := fmt.Sprintf("%s %d", strings.ToLower(tree.String(rule, "direction")), n)
		if other := seen[key]; other != "" {
			return badRequest("SecurityRuleConflict",
				"Security rule %s conflicts with rule %s. Rules cannot have the same Priority and Direction.", name, other)
		}
		seen[key] = name
	}
	return nil
}

func validateRule(rule any) error {
	name := tree.String(rule, "name")
	choices := []struct {
		property string
		values   []string
	}{
		{"direction", []string{"Inbound", "Outbound"}},
		{"access", []string{"Allow", "Deny"}},
		{"protocol", []string{"*", "Tcp", "Udp", "Icmp", "Esp", "Ah"}},
	}
	for _, choice := range choices {
		value := tree.String(rule, choice.property)
		if !slices.ContainsFunc(choice.values, func(v string) bool { return strings.EqualFold(v, value) }) {
			return badRequest("InvalidRequestFormat", "Value '%s' of %s in security rule %s is none of %s.",
				value, choice.property, name, strings.Join(choice.values, ", "))
		}
	}
	for _, end := range []string{"source", "destination"} {
		if err := validateRuleEnd(rule, end); err != nil {
			return err
		}
	}
	return nil
}

func validateRuleEnd(rule any, end string) error {
	name := tree.String(rule, "name")
	prefixes, err := oneOrMany(rule, end+"AddressPrefix", end+"AddressPrefixes")
	if err != nil {
		return err
	}
	groups := tree.List(rule, end+"ApplicationSecurityGroups")
	if len(prefixes) == 0 && len(groups) == 0 {
		return badRequest("SecurityRuleInvalidAddressPrefix", "Security rule %s has no %s address prefix.", name, end)
	}
	for _, prefix := range prefixes {
		if !validRulePrefix(prefix) {
			return badRequest("SecurityRuleInvalidAddressPrefix", "Security rule has invalid Address prefix. Value provided: %s", prefix)
		}
	}
	ranges, err := oneOrMany(rule, end+"PortRange", end+"PortRanges")
	if err != nil {
		return err
	}
	if len(ranges) == 0 {
		return badRequest("SecurityRuleInvalidPortRange", "Security rule %s has no %s port range.", name, end)
	}
	for _, r := range ranges {
		if !validPortRange(r) {
			return badRequest("SecurityRuleInvalidPortRange", "Security rule has invalid Port range. Value provided: %s. Value should be an integer OR "+
				"integer range with '-' delimiter. Valid range 0-65535.", r)
		}
	}
	return nil
}

// oneOrMany reads a property that has a singular and a plural form, of which only one may be used.
func oneOrMany(rule any, one, many string) ([]string, error) {
	single, list := tree.String(rule, one), tree.Strings(rule, many)
	if single != "" && len(list) > 0 {
		return nil, badRequest("SecurityRuleParameterConflict", "Security rule %s has both %s and %s.", tree.String(rule, "name"), one, many)
	}
	if single != "" {
		return []string{single}, nil
	}
	return list, nil
}

// serviceTag: Internet, VirtualNetwork, Storage.WestEurope ...
var serviceTag = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)?$`)

func validRulePrefix(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil || s == "*" || serviceTag.MatchString(s)
}

func validPortRange(s string) bool {
	if s == "*" {
		return true
	}
	low, high, isRange := strings.Cut(s, "-")
	if !isRange {
		high = low
	}
	from, err1 := strconv.ParseUint(low, 10, 16)
	to, err2 := strconv.ParseUint(high, 10, 16)
	return err1 == nil && err2 == nil && from <= to
}

// guardSecurityGroup: pulumi-azure-native#3051.
func guardSecurityGroup(w *world.World, r *world.Resource) error {
	uses := usesOf(w, r.ID, interfaceTypes(vnetType)...)
	if len(uses) == 0 {
		return nil
	}
	parts := make([]string, len(uses))
	for i, u := range uses {
		parts[i] = u.part
	}
	return badRequest("InUseNetworkSecurityGroupCannotBeDeleted", "Network security group %s cannot be deleted because it is in use by the "+
		"following resources: %s. In order to delete the Network security group, remove the association with the resource(s). "+
		"To learn how to do this, see aka.ms/deletensg.", r.ID, strings.Join(parts, ", "))
}
