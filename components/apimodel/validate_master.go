package apimodel

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// The label of a public address is 3 to 63 characters on Azure; the masters'
// names are made of it and have room for 45.
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftnetwork
var dnsPrefixShape = regexp.MustCompile(`^[a-z][a-z0-9-]{1,43}[a-z0-9]$`)

func (c *checker) master(m *MasterProfile) {
	const path = pathMaster
	if m == nil {
		c.fault(path, "is missing", "add it, with count, dnsPrefix and vmSize")
		return
	}
	c.masterCount(path+".count", m.Count)
	c.dnsPrefix(m.DNSPrefix)
	c.masterSize(path+".vmSize", m.VMSize)
	c.masterAvailability(path+".availabilityProfile", m.AvailabilityProfile)
	c.spread(path, &m.MachineProfile, false)
	c.storage(path, m.VMSize, Linux, &m.MachineProfile)
	c.machine(path, Linux, &m.MachineProfile)
	c.ultraDisks(path, false, &m.MachineProfile)
	c.customFiles(path+".customFiles", m.CustomFiles)
	c.scripts(path, Linux, false, &m.MachineProfile)
	c.sourcePrefix(path+".HTTPSourceAddressPrefix", m.HTTPSourceAddressPrefix)
	for i, name := range m.SubjectAltNames {
		c.subjectAltName(indexPath(path+".subjectAltNames", i), name)
	}
}

// masterCount: an odd number, for etcd needs a majority, and no more than five,
// for each write waits for more of them.
// https://etcd.io/docs/latest/faq/#what-is-maximum-cluster-size
func (c *checker) masterCount(path string, count int) {
	switch count {
	case 1, 3, 5:
	case 0:
		c.fault(path, "is 0 or missing", "use 1, 3 or 5")
	default:
		c.fault(path, fmt.Sprintf("must be 1, 3 or 5, is %d", count), "use 1, 3 or 5")
	}
}

func (c *checker) masterAvailability(path, profile string) {
	switch profile {
	case AvailabilitySet:
	case ScaleSets:
		c.substitute(path, "the masters become machines of their own, not a scale set: each holds an etcd member with a fixed address and name",
			fmt.Sprintf("write %q to say so", AvailabilitySet))
	default:
		c.fault(path, fmt.Sprintf("%q is no availability profile", profile), fmt.Sprintf("use %q", AvailabilitySet))
	}
}

func (c *checker) dnsPrefix(prefix string) {
	lower := strings.ToLower(prefix)
	switch {
	case prefix == "":
		c.missing(pathDNSPrefix)
	case dnsPrefixShape.MatchString(prefix):
		c.reservedPrefix(prefix)
	case dnsPrefixShape.MatchString(lower):
		c.fault(pathDNSPrefix, fmt.Sprintf("%q has capital letters, which Azure refuses", prefix), fmt.Sprintf("use %q", lower))
	default:
		c.fault(pathDNSPrefix, fmt.Sprintf("%q is no label of a DNS name", prefix),
			"use 3 to 45 lower-case letters, digits and hyphens, a letter first and no hyphen last")
	}
}

func (c *checker) subjectAltName(path, name string) {
	if _, err := netip.ParseAddr(name); err == nil {
		return
	}
	plain := len(validation.IsDNS1123Subdomain(name)) == 0
	if !plain && len(validation.IsWildcardDNS1123Subdomain(name)) > 0 {
		c.fault(path, fmt.Sprintf("%q is neither a DNS name nor an IP address", name), "write a lower-case name such as api.example.com, or an address")
	}
}
