// Package remote reaches a cluster's machines over SSH: through the one machine
// that is open to the outside, with host keys that the cluster's program made, and
// without any program of the user's.
package remote

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/components/sshaccess"
)

// Machine is one that speaks SSH.
type Machine struct {
	Name string
	// Address is "host:port". The machine before it on the route resolves the host.
	Address string
	User    string
	// HostKey is what the machine must prove to have.
	HostKey ssh.PublicKey
	// Windows tells that commands are for PowerShell.
	Windows bool
}

// Cluster is where a cluster's machines are.
type Cluster struct {
	// Stack is its name.
	Stack string
	// Up is the command line that brings the stack up, for messages; empty is
	// "hybridctl up STACK".
	Up     string
	Access sshaccess.Access
	// Addresses are the private ones of nodes as the API server knows them, by
	// name. A node without one is resolved by name, which Azure's DNS can.
	Addresses map[string]string
}

// up is the command line for messages.
func (c Cluster) up() string { return cmp.Or(c.Up, "hybridctl up "+c.Stack) }

// ErrNoWindowsSSH says that a Windows node runs no OpenSSH.
var ErrNoWindowsSSH = errors.New("its pool runs no OpenSSH: windowsProfile.sshEnabled is false")

const sshPort = "22"

// Entry is the machine that SSH reaches from outside.
func (c Cluster) Entry() (Machine, error) {
	e := c.Access.Entry
	if e.Address == "" {
		return Machine{}, fmt.Errorf("stack %s does not say how SSH reaches it: run `%s` once more; "+
			"its nodes keep the host keys that they made themselves", c.Stack, c.up())
	}
	return c.machine(e.Name, e.Name, e.Address, e.User, false)
}

// Route is the way to a node, which comes last. An empty name is the first master.
func (c Cluster) Route(node string) ([]Machine, error) {
	entry, err := c.Entry()
	if err != nil {
		return nil, err
	}
	if node == entry.Name || node == "" && !c.Access.Entry.Jumpbox {
		return []Machine{entry}, nil
	}
	if node == "" {
		node = c.firstMaster()
	}
	target, err := c.node(node)
	if err != nil {
		return nil, err
	}
	return []Machine{entry, target}, nil
}

// Address is the host by which the entry reaches a node.
func (c Cluster) Address(node string) (string, error) {
	if node == "" {
		node = c.firstMaster()
	}
	if address, ok := c.Access.Masters[node]; ok {
		return address, nil
	}
	if address := c.Addresses[node]; address != "" {
		return address, nil
	}
	if _, _, found := c.Access.PoolOf(node); !found {
		return "", c.unknown(node)
	}
	return node, nil
}

func (c Cluster) firstMaster() string {
	if names := c.masters(); len(names) > 0 {
		return names[0]
	}
	return c.Access.Entry.Name
}

func (c Cluster) masters() []string { return slices.Sorted(maps.Keys(c.Access.Masters)) }

func (c Cluster) node(name string) (Machine, error) {
	address, err := c.Address(name)
	if err != nil {
		return Machine{}, err
	}
	if _, master := c.Access.Masters[name]; master {
		return c.machine(name, name, address, c.Access.LinuxUser, false)
	}
	owner, pool, _ := c.Access.PoolOf(name)
	if pool.OS != "windows" {
		return c.machine(name, owner, address, c.Access.LinuxUser, false)
	}
	if c.Access.WindowsUser == "" {
		return Machine{}, fmt.Errorf("node %s: %w", name, ErrNoWindowsSSH)
	}
	return c.machine(name, owner, address, c.Access.WindowsUser, true)
}

// machine has the host key of its owner: of itself, or of its pool.
func (c Cluster) machine(name, owner, address, user string, windows bool) (Machine, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(c.Access.HostKeys[owner]))
	if err != nil {
		return Machine{}, fmt.Errorf("stack %s knows no host key of %s: run `%s` once more, or name a file with it with --known-hosts",
			c.Stack, owner, c.up())
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, sshPort)
	}
	return Machine{Name: name, Address: address, User: user, HostKey: key, Windows: windows}, nil
}

// unknown lists what there is.
func (c Cluster) unknown(node string) error {
	known := c.masters()
	if c.Access.Entry.Jumpbox {
		known = append(known, c.Access.Entry.Name)
	}
	for _, pool := range slices.Sorted(maps.Keys(c.Access.Pools)) {
		known = append(known, "those of pool "+pool)
	}
	return fmt.Errorf("stack %s has no node %q; it has %s", c.Stack, node, strings.Join(known, ", "))
}
