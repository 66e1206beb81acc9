package apimodel

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
)

const pathPrivate = pathKubernetes + ".privateCluster"

// sourcePrefix checks who may reach the API server.
func (c *checker) sourcePrefix(path, text string) {
	if text == "" || text == "*" {
		return
	}
	if c.d.IsPrivate() {
		c.fault(path, "limits who may reach the API server from the internet, and the cluster is private", "remove it")
		return
	}
	p, err := netip.ParsePrefix(text)
	switch a, addrErr := netip.ParseAddr(text); {
	case err != nil && addrErr == nil && a.Is4():
		c.fault(path, fmt.Sprintf("%q is an address, not a network", text), fmt.Sprintf("write %s/32", a))
	case err != nil:
		c.fault(path, fmt.Sprintf("%q is neither a network nor *", text), "write a CIDR such as 203.0.113.0/24")
	case !p.Addr().Is4():
		c.fault(path, text+" is an IPv6 network, and the API server has an IPv4 address", "write an IPv4 network such as 203.0.113.0/24")
	case p != p.Masked():
		c.fault(path, text+" has bits set beyond its prefix", fmt.Sprintf("write %s", p.Masked()))
	}
}

// privateCluster checks the way to an API server without a public address.
func (c *checker) privateCluster(p *PrivateCluster) {
	if p == nil {
		return
	}
	if !isTrue(p.Enabled) {
		if p.JumpboxProfile != nil {
			c.warn(pathPrivate+".jumpboxProfile", "has no effect: the cluster is not private", "set privateCluster.enabled to true, or remove the jumpbox")
		}
		return
	}
	c.warn(pathPrivate+".enabled", "the API server has a private address only, so `up` waits for nodes that it cannot see unless it runs inside the network or one that is peered with it",
		"run it there; a jumpbox is a machine inside")
	j := p.JumpboxProfile
	if j == nil {
		return
	}
	const path = pathJumpbox
	c.jumpboxName(path+".name", j.Name)
	c.vmSize(path+".vmSize", j.VMSize)
	c.diskSize(path+".osDiskSizeGB", Linux, j.OSDiskSizeGB)
	c.linuxUsername(path+".username", j.Username)
	c.sshKey(path+".publicKey", j.PublicKey)
}

// A host name of Linux has up to 64 characters; the resources of the machine are
// named after it.
var jumpboxShape = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,52}[a-z0-9])?$`)

func (c *checker) jumpboxName(path, name string) {
	switch {
	case name == "":
		c.fault(path, "is missing", "name the machine, for example jumpbox")
	case !jumpboxShape.MatchString(name):
		c.fault(path, fmt.Sprintf("%q is no name for a machine", name), "use 1 to 54 lower-case letters, digits and hyphens, a letter first and no hyphen last")
	case slices.ContainsFunc(c.d.boundedNodes(), func(n Node) bool { return n.Name == name }):
		c.fault(path, fmt.Sprintf("%q is the name of a node", name), "choose another")
	case slices.ContainsFunc(c.d.Properties.AgentPoolProfiles, func(p *AgentPoolProfile) bool { return p != nil && p.Name == name }):
		c.fault(path, fmt.Sprintf("%q is the name of a pool", name), "choose another")
	}
}

// boundedNodes are the nodes of a definition whose numbers are sensible.
func (d *Definition) boundedNodes() []Node {
	if m := d.Properties.MasterProfile; m != nil && m.Count > maxMasters {
		return nil
	}
	for _, p := range d.Properties.AgentPoolProfiles {
		if p != nil && p.Count > maxPoolNodes {
			return nil
		}
	}
	return d.Nodes()
}
