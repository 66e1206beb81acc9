package azure

import "net/netip"

// checkServers: DNS servers are addresses. A network interface may name Azure's own.
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-name-resolution-for-vms-and-role-instances
// The code that Azure answers with is not known to us.
func checkServers(servers []string) error {
	for _, server := range servers {
		if _, err := netip.ParseAddr(server); err != nil && server != "AzureProvidedDNS" {
			return badRequest("InvalidRequestFormat", "DNS server '%s' is not an IP address.", server)
		}
	}
	return nil
}
