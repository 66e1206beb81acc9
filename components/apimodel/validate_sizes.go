package apimodel

import (
	"fmt"
	"regexp"
	"strconv"
)

var (
	vmSizeShape = regexp.MustCompile(`^Standard_[A-Z][A-Za-z0-9-]*(_[A-Za-z0-9-]+)*$`)
	// Sizes whose only number is 1 have one core: B1s, DS1_v2, F1.
	oneCore = regexp.MustCompile(`^Standard_[A-Z]+1([^0-9].*)?$`)
	// Of the letters behind the number of cores, "p" stands for an Arm processor.
	// https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
	armSize = regexp.MustCompile(`(?i)^Standard_[a-z]+[0-9]+(-[0-9]+)?[a-z]*p[a-z]*(_|$)`)
	// A size with constrained cores shows fewer to the system than quotas count:
	// https://learn.microsoft.com/azure/virtual-machines/constrained-vcpu
	constrained = regexp.MustCompile(`(?i)^Standard_[a-z]+[0-9]+-([0-9]+)`)
)

// shownCores is the number of cores that the system on a machine sees.
func (s VMSize) shownCores() int {
	if m := constrained.FindStringSubmatch(s.Name); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return s.Cores
}

// vmSize checks that there is such a size, and that it can run our binaries. A
// size that is not in the table may be newer than it, so it is a warning only.
func (c *checker) vmSize(path, size string) {
	switch {
	case size == "":
		c.fault(path, "is missing", "add a size, for example Standard_D2s_v5")
	case armSize.MatchString(size):
		c.fault(path, fmt.Sprintf("%q has an Arm processor, and Arm64 is not supported: images and binaries are amd64", size),
			"use a size without the letter p, for example Standard_D2s_v5")
	case !vmSizeShape.MatchString(size):
		c.fault(path, fmt.Sprintf("%q is no VM size", size), sizeRemedy(size))
	default:
		c.knownSize(path, size)
	}
}

func sizeRemedy(size string) string {
	if near := closestSize(size); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "use a size such as Standard_D2s_v5; `az vm list-skus --location REGION --resource-type virtualMachines` lists them"
}

func (c *checker) knownSize(path, size string) {
	known, found := LookupVMSize(size)
	switch {
	case !found:
		c.warn(path, fmt.Sprintf("%q is not among the VM sizes of %s", size, VMSizesAsOf()), sizeRemedy(size))
	case known.Architecture == ArchitectureArm64:
		c.fault(path, fmt.Sprintf("%q has an Arm processor, and Arm64 is not supported: images and binaries are amd64", size),
			"use a size with an x64 processor, for example Standard_D2s_v5")
	case !known.Offered && !c.sizeIsOver(size):
		c.warn(path, fmt.Sprintf("%q was offered in no region on %s: it is retired, or given to few customers", size, VMSizesAsOf()),
			"use a size of today; `az vm list-skus --location REGION --resource-type virtualMachines` lists them")
	}
}

// sizeIsOver: what has ended is told once, by ends.
func (c *checker) sizeIsOver(size string) bool {
	e, known := endingOf(endOfVMSize, size)
	return known && !c.given.Today.IsZero() && e.over(c.given.Today)
}

// The least that a control plane needs. kubeadm wants two processors and 1700
// MiB of memory, and etcd and the API server of a cluster in use take more:
// https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#before-you-begin
const (
	masterCores     = 2
	masterMemoryGiB = 2
)

func (c *checker) masterSize(path, size string) {
	c.vmSize(path, size)
	const remedy = "use Standard_D2s_v5 or larger"
	known, found := LookupVMSize(size)
	switch {
	case found && known.Architecture == ArchitectureArm64, armSize.MatchString(size):
	case found && known.shownCores() < masterCores, !found && oneCore.MatchString(size):
		c.fault(path, size+" has one core; the control plane needs two", remedy)
	case found && known.MemoryGiB < masterMemoryGiB:
		c.fault(path, fmt.Sprintf("%s has %g GiB of memory; the control plane needs %d", size, known.MemoryGiB, masterMemoryGiB), remedy)
	}
}

// windowsSize warns of sizes on which Windows Server runs and pods hardly do:
// https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/system-requirements
func (c *checker) windowsSize(path, size string) {
	const cores, memory = 2, 4
	if known, found := LookupVMSize(size); found && known.Architecture != ArchitectureArm64 && (known.shownCores() < cores || known.MemoryGiB < memory) {
		c.warn(path, fmt.Sprintf("%s has %s and %g GiB of memory; Windows nodes want %d cores and %d GiB at least", size, amount(known.shownCores(), "core"), known.MemoryGiB, cores, memory),
			"use Standard_D2s_v5 or larger")
	}
}

// amount renders a number with its noun: "1 core", "2 cores".
func amount(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// acceleratedNetworking checks an explicit wish. What says nothing follows the
// size.
func (c *checker) acceleratedNetworking(path string, p *AgentPoolProfile) {
	const linux, windows = "acceleratedNetworkingEnabled", "acceleratedNetworkingEnabledWindows"
	own, ownKey, other, otherKey := p.AcceleratedNetworkingEnabled, linux, p.AcceleratedNetworkingEnabledWindows, windows
	if p.OSType == Windows {
		own, ownKey, other, otherKey = other, otherKey, own, ownKey
	}
	if other != nil && *other {
		c.warn(path+"."+otherKey, fmt.Sprintf("has no effect on a %s pool", p.OSType), "use "+ownKey)
	}
	if own == nil || !*own {
		return
	}
	size, found := LookupVMSize(p.VMSize)
	if found && size.AcceleratedNetworking != nil && !*size.AcceleratedNetworking {
		c.fault(path+"."+ownKey, fmt.Sprintf("is true, and %s has no accelerated networking", size.Name), "remove it, or use a size that has it, for example Standard_D2s_v5")
	}
}
