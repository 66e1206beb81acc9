package apimodel

import "fmt"

// nodeNames checks that no two machines have one name. Names of pools differ, so
// this can only happen where they are cut, or run into the number of another.
func (c *checker) nodeNames() {
	prefixes := map[string]int{} // of the Windows scale sets, to their pools
	pools := c.d.Properties.AgentPoolProfiles
	for i, p := range pools {
		if p == nil || p.OSType != Windows || !p.IsScaleSet() {
			continue
		}
		if j, taken := prefixes[p.ComputerNamePrefix()]; taken && pools[j].Name != p.Name {
			c.fault(poolPath(i)+".name", fmt.Sprintf("%q gives its machines the names of those of %q: both begin with %q", p.Name, pools[j].Name, p.ComputerNamePrefix()),
				"choose another name")
			continue
		}
		prefixes[p.ComputerNamePrefix()] = i
	}
	// In an availability set a name is that of the pool and three digits; in a
	// scale set for Windows, the prefix and six.
	const zeros = "000"
	for i, p := range pools {
		if p == nil || p.IsScaleSet() || len(p.Name) <= len(zeros) || p.Name[len(p.Name)-len(zeros):] != zeros {
			continue
		}
		if j, taken := prefixes[p.Name[:len(p.Name)-len(zeros)]]; taken {
			c.fault(poolPath(i)+".name", fmt.Sprintf("%q gives its machines the names of those of the scale set %q: both have one called %q", p.Name, pools[j].Name, p.NodeName(0)),
				"choose another name")
		}
	}
}
