package remote

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
)

// Config writes a configuration of OpenSSH's client that reaches every node by its
// name, with the cluster's own host keys from a file that KnownHosts fills.
// https://man.openbsd.org/ssh_config
func (c Cluster) Config(knownHosts string) (string, error) {
	entry, err := c.Entry()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# The machines of stack %s, by the names of their nodes.\n", c.Stack)
	block := func(pattern, alias, user string, more ...string) {
		fmt.Fprintf(&b, "\nHost %s\n", pattern)
		for _, line := range append([]string{
			"User " + user, "HostKeyAlias " + c.alias(alias), "HostKeyAlgorithms ssh-ed25519", "UserKnownHostsFile " + knownHosts,
			"GlobalKnownHostsFile none", "StrictHostKeyChecking yes", "UpdateHostKeys no",
		}, more...) {
			b.WriteString("  " + line + "\n")
		}
	}
	host, port, err := net.SplitHostPort(entry.Address)
	if err != nil {
		return "", fmt.Errorf("the address of %s: %w", entry.Name, err)
	}
	block(entry.Name, entry.Name, entry.User, "HostName "+host, "Port "+port)
	jump := "ProxyJump " + entry.Name
	for _, name := range c.masters() {
		if name != entry.Name {
			block(name, name, c.Access.LinuxUser, "HostName "+c.Access.Masters[name], jump)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Access.Pools)) {
		pool, user := c.Access.Pools[name], c.Access.LinuxUser
		if pool.OS == "windows" {
			user = c.Access.WindowsUser
		}
		if user == "" {
			continue
		}
		digits := 3
		if pool.ScaleSet {
			digits = 6
		}
		block(pool.Prefix+strings.Repeat("?", digits), name, user, jump)
	}
	return b.String(), nil
}

// alias is what a key is filed under: names of pools may be those of hosts
// elsewhere.
func (c Cluster) alias(owner string) string { return c.Stack + "." + owner + ".hybridcluster" }

// KnownHosts writes the host keys in known_hosts form, for Config.
func (c Cluster) KnownHosts() string {
	var b strings.Builder
	for _, owner := range slices.Sorted(maps.Keys(c.Access.HostKeys)) {
		fmt.Fprintf(&b, "%s %s\n", c.alias(owner), c.Access.HostKeys[owner])
	}
	return b.String()
}
