package guest

import (
	"slices"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// Created gives a new machine its guest. On Linux cloud-init starts at once; on Windows custom data is only a file until
// an extension runs it.
func Created(w *world.World, vmID, system, computer string, customData []byte) {
	g := &world.Guest{VMID: vmID, OS: system, Plan: Read(system, computer, customData), State: world.GuestIdle}
	if system != Windows && g.Plan.Action != world.PlanNone {
		g.State = world.GuestBooting
	}
	w.Guests[world.Key(vmID)] = g
}

// Cloned gives a new machine a guest with the same custom data as another one's, but for its own name.
func Cloned(w *world.World, like *world.Guest, vmID, computer string) {
	g := *like
	if g.Plan.NodeName != "" {
		g.Plan.NodeName = strings.ToLower(computer)
	}
	g.VMID, g.State, g.Log = vmID, world.GuestIdle, ""
	if g.OS != Windows && g.Plan.Action != world.PlanNone {
		g.State = world.GuestBooting
	}
	w.Guests[world.Key(vmID)] = &g
}

// RunCustomData runs a Windows machine's custom data, unless it has run to its end already.
func RunCustomData(w *world.World, vmID string) {
	if g := w.Guests[world.Key(vmID)]; g != nil && g.State != world.GuestReady {
		g.State = world.GuestBooting
	}
}

// Gone takes a deleted machine's guest and node away, and its member of etcd, as kubeadm reset does. Its cluster goes with
// the last master; that etcd stands still when more than half of its members are lost at a time is not emulated.
func Gone(w *world.World, vmID string) {
	delete(w.Guests, world.Key(vmID))
	for key, c := range w.Clusters {
		c.EtcdMembers = slices.DeleteFunc(c.EtcdMembers, func(name string) bool {
			n := c.Node(name)
			return n != nil && strings.EqualFold(n.VMID, vmID)
		})
		c.Nodes = slices.DeleteFunc(c.Nodes, func(n *world.Node) bool { return strings.EqualFold(n.VMID, vmID) })
		c.Masters = slices.DeleteFunc(c.Masters, func(id string) bool { return strings.EqualFold(id, vmID) })
		if len(c.Masters) == 0 {
			delete(w.Clusters, key)
		}
	}
}
