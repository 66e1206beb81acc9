package apimodel

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

var (
	// The label of a public address is 3 to 63 characters on Azure; the masters'
	// names are made of it and have room for 45.
	// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftnetwork
	dnsPrefixShape = regexp.MustCompile(`^[a-z][a-z0-9-]{1,43}[a-z0-9]$`)
	vmSizeShape    = regexp.MustCompile(`^Standard_[A-Z][A-Za-z0-9-]*(_[A-Za-z0-9-]+)*$`)
	// Sizes whose only number is 1 have one core: B1s, DS1_v2, F1.
	oneCore = regexp.MustCompile(`^Standard_[A-Z]+1([^0-9].*)?$`)
	// Of the letters behind the number of cores, "p" stands for an Arm processor.
	// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
	armSize = regexp.MustCompile(`(?i)^Standard_[a-z]+[0-9]+(-[0-9]+)?[a-z]*p[a-z]*(_|$)`)
)

func (c *checker) master(m *MasterProfile) {
	const path = "properties.masterProfile"
	if m == nil {
		c.fault(path, "is missing", "add it, with count, dnsPrefix and vmSize")
		return
	}
	c.masterCount(path+".count", m.Count)
	c.dnsPrefix(m.DNSPrefix)
	c.vmSize(path+".vmSize", m.VMSize)
	if oneCore.MatchString(m.VMSize) {
		c.fault(path+".vmSize", m.VMSize+" has one core; the control plane needs two", "use Standard_D2_v3 or larger")
	}
	c.masterAvailability(path+".availabilityProfile", m.AvailabilityProfile)
	c.diskSize(path+".osDiskSizeGB", Linux, m.OSDiskSizeGB)
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

// vmSize can check the shape only: which sizes there are depends on the region
// and the subscription. Sizes of another architecture can be told by their shape.
func (c *checker) vmSize(path, size string) {
	switch {
	case size == "":
		c.fault(path, "is missing", "add a size, for example Standard_D2_v3")
	case armSize.MatchString(size):
		c.fault(path, fmt.Sprintf("%q has an Arm processor, and Arm64 is not supported: images and binaries are amd64", size),
			"use a size without the letter p, for example Standard_D2s_v5")
	case vmSizeShape.MatchString(size):
	case vmSizeShape.MatchString("Standard_" + size):
		c.fault(path, fmt.Sprintf("%q is no VM size", size), fmt.Sprintf("did you mean %q?", "Standard_"+size))
	default:
		c.fault(path, fmt.Sprintf("%q is no VM size", size), "use a size such as Standard_D2_v3; `az vm list-sizes --location REGION` lists them")
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
