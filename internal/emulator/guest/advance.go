package guest

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// fatal is what a bootstrap cannot recover from; everything else is tried again.
type fatal struct{ error }

// Advance lets every booting machine go on as far as it can. Call it at the end of whatever changes the world.
func Advance(w *world.World) {
	for progress := true; progress; {
		progress = false
		for _, key := range slices.Sorted(maps.Keys(w.Guests)) {
			g := w.Guests[key]
			if g.State == world.GuestBooting && step(w, g) {
				progress = true // a control plane that came up lets others in
			}
		}
	}
}

// step tries to finish a machine's bootstrap and says whether it ended.
func step(w *world.World, g *world.Guest) bool {
	err := boot(w, g)
	var end fatal
	switch {
	case err == nil:
		g.State, g.Log = world.GuestReady, ""
		return true
	case errors.As(err, &end):
		g.State, g.Log = world.GuestFailed, err.Error()
		return true
	default:
		g.Log = err.Error()
		return false
	}
}

func boot(w *world.World, g *world.Guest) error {
	vm := w.Find(g.VMID)
	switch {
	case vm == nil:
		return fatal{errors.New("the virtual machine is gone")}
	case g.Plan.Action == world.PlanNone:
		return nil
	case g.Plan.Action == world.PlanBroken:
		return fatal{errors.New(g.Plan.Problem)}
	case !strings.EqualFold(g.Plan.NodeName, vm.Name):
		return fatal{fmt.Errorf("failed to initialize node %s: instance not found: the cloud provider looks for a virtual machine of the "+
			"node's name, and this one is %s; set nodeRegistration.name to it", g.Plan.NodeName, vm.Name)}
	}
	from, err := netpath.Egress(w, g.VMID)
	if err != nil {
		return fmt.Errorf("download of the Kubernetes binaries failed: %w", err)
	}
	if g.Plan.Action == world.PlanInit {
		return initialize(w, g, vm)
	}
	return join(w, g, vm, from)
}

func initialize(w *world.World, g *world.Guest, vm *world.Resource) error {
	address := netpath.PrivateAddress(w, vm.ID).String()
	if want := g.Plan.AdvertiseAddress; want != "" && want != address {
		return fatal{fmt.Errorf("error execution phase control-plane: the machine's address is %s, but localAPIEndpoint.advertiseAddress is %s", address, want)}
	}
	host, port := splitEndpoint(g.Plan.Endpoint)
	if host == "" {
		host, port = address, g.Plan.BindPort
	}
	id, err := arm.Parse(vm.ID)
	if err != nil {
		return fatal{err}
	}
	if c := w.Clusters[world.Key(host)]; c != nil {
		return fatal{fmt.Errorf("error execution phase preflight: there is a control plane at %s already", host)}
	}
	c := &world.Cluster{
		Endpoint: host, Port: port, Name: g.Plan.ClusterName, Version: g.Plan.Version, CACert: g.Plan.CACert,
		ResourceGroupID: id.GroupID(), Location: tree.String(vm.Outputs, "location"), Masters: []string{vm.ID},
		TokenDigests: g.Plan.TokenDigests, PodCIDR: g.Plan.PodCIDR, ServiceCIDR: g.Plan.ServiceCIDR,
	}
	w.Clusters[world.Key(host)] = c
	return register(w, g, vm, c)
}

func join(w *world.World, g *world.Guest, vm *world.Resource, from netpath.Source) error {
	c, err := discover(w, g, from)
	if err != nil {
		return err
	}
	if err := trust(g, c); err != nil {
		return err
	}
	if g.Plan.Action == world.PlanJoinControlPlane {
		if g.Plan.CACert != c.CACert {
			return fatal{errors.New("error execution phase control-plane-prepare/certs: the CA on this machine is not the cluster's")}
		}
		c.Masters = append(c.Masters, vm.ID)
	}
	return register(w, g, vm, c)
}

// discover goes the way to the API server: name, address, load balancer, security groups, machine.
func discover(w *world.World, g *world.Guest, from netpath.Source) (*world.Cluster, error) {
	host, port := splitEndpoint(g.Plan.Endpoint)
	url := fmt.Sprintf("Get \"https://%s:%d/api/v1/namespaces/kube-public/configmaps/cluster-info\"", host, port)
	listeners, err := netpath.Dial(w, from, host, port)
	if err != nil {
		return nil, fmt.Errorf("couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: %s: %w", url, err)
	}
	for _, listener := range listeners {
		for _, c := range w.Clusters {
			runs := slices.ContainsFunc(c.Masters, func(id string) bool { return strings.EqualFold(id, listener.VMID) })
			if runs && listener.Port == listenPort(w, listener.VMID) {
				return c, nil
			}
		}
	}
	return nil, fmt.Errorf("couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: %s: "+
		"dial tcp %s:%d: connect: connection refused", url, host, port)
}

// listenPort is the API server's port on a master.
func listenPort(w *world.World, vmID string) int {
	if g := w.Guests[world.Key(vmID)]; g != nil && g.Plan.BindPort != 0 {
		return g.Plan.BindPort
	}
	return apiPort
}

// trust is token discovery: https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-with-ca-pinning
func trust(g *world.Guest, c *world.Cluster) error {
	pin, err := Pin(c.CACert)
	if err != nil {
		return fatal{err}
	}
	if len(g.Plan.CAHashes) > 0 && !slices.Contains(g.Plan.CAHashes, pin) {
		return fatal{fmt.Errorf("error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in "+
			"cluster-info ConfigMap is invalid: none of the public keys %q are pinned", pin)}
	}
	for _, digest := range g.Plan.TokenDigests {
		if !slices.Contains(c.TokenDigests, digest) {
			return fatal{fmt.Errorf("error execution phase preflight: couldn't validate the identity of the API Server: "+
				"could not find a JWS signature in the cluster-info ConfigMap for token ID %q", g.Plan.TokenIDs[0])}
		}
	}
	return nil
}

// splitEndpoint splits host:port; the port may be missing.
func splitEndpoint(endpoint string) (string, int) {
	host, text, err := net.SplitHostPort(endpoint)
	if err != nil {
		return endpoint, apiPort
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return host, apiPort
	}
	return host, port
}
