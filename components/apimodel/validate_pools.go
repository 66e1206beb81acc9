package apimodel

import (
	"fmt"
	"regexp"
)

// A pool's name and three digits are a computer name, which has at most 15
// characters on Windows and must not be digits only.
var poolNameShape = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)

func poolPath(i int) string { return indexPath("properties.agentPoolProfiles", i) }

func (c *checker) pools(pools []*AgentPoolProfile) {
	const path = "properties.agentPoolProfiles"
	if len(pools) == 0 {
		c.warn(path, "there are no agent pools, so workloads have nowhere to run", "add a pool")
	}
	first := map[string]int{}
	for i, p := range pools {
		if p == nil {
			c.fault(poolPath(i), "must be an object, is null", "remove it")
			continue
		}
		if earlier, taken := first[p.Name]; taken && p.Name != "" {
			c.fault(poolPath(i)+".name", fmt.Sprintf("%q is the name of %s already", p.Name, poolPath(earlier)), "give each pool a name of its own")
		} else {
			first[p.Name] = i
		}
		c.pool(poolPath(i), p)
	}
	if c.d.hasPool(Windows) && !c.d.hasPool(Linux) {
		c.warn(path, "there is no Linux pool; what must run on Linux shares the control plane's node", "add a pool with osType Linux")
	}
}

func (c *checker) pool(path string, p *AgentPoolProfile) {
	switch {
	case p.Name == "":
		c.fault(path+".name", "is missing", "name the pool, for example linuxpool1")
	case !poolNameShape.MatchString(p.Name):
		c.fault(path+".name", fmt.Sprintf("%q is no name for a pool", p.Name), "use 1 to 12 lower-case letters and digits, a letter first")
	}
	c.count(path+".count", p)
	c.vmSize(path+".vmSize", p.VMSize)
	c.graphics(path+".vmSize", p.VMSize)
	c.availability(path, p)
	c.storage(path, p.VMSize, p.OSType, &p.MachineProfile)
	c.dataDisks(path, p)
	c.poolSystem(path, p)
	c.machine(path, p.OSType, &p.MachineProfile)
	c.ultraDisks(path, p.IsScaleSet(), &p.MachineProfile)
	c.acceleratedNetworking(path, p)
	if id := p.DiskEncryptionSetID; id != "" {
		c.resourceID(path+".diskEncryptionSetID", id, encryptionSetKind())
	}
	c.labels(path+".customNodeLabels", p.CustomNodeLabels)
	c.taints(path+".taints", p.Taints)
	c.scripts(path, p.OSType, p.IsScaleSet(), &p.MachineProfile)
}

func (c *checker) poolSystem(path string, p *AgentPoolProfile) {
	switch p.OSType {
	case Linux:
		if p.WindowsRelease != "" {
			c.fault(path+".windowsRelease", "is set on a Linux pool", "remove it, or set osType to Windows")
		}
		if p.WindowsImage != nil {
			c.fault(path+".windowsImage", "is set on a Linux pool", "remove it, or set osType to Windows")
		}
	case Windows:
		c.windowsSize(path+".vmSize", p.VMSize)
		c.windowsPoolImage(path, p)
	default:
		remedy := `use "Linux" or "Windows"`
		if near := closest(string(p.OSType), []string{string(Linux), string(Windows)}); near != "" {
			remedy = fmt.Sprintf("did you mean %q?", near)
		}
		c.fault(path+".osType", fmt.Sprintf("%q is no operating system", p.OSType), remedy)
	}
}

// WindowsReleases returns the Windows Server releases a pool can run.
func WindowsReleases() []string { return []string{"2019", "2022", "2025"} }
