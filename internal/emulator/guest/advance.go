package guest

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
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
	case !strings.EqualFold(g.Plan.NodeName, cloudName(vm)):
		return fatal{fmt.Errorf("failed to initialize node %s: instance not found: the cloud provider looks for a virtual machine of the "+
			"node's name, and this one is %s; set nodeRegistration.name to it", g.Plan.NodeName, cloudName(vm))}
	}
	from, err := netpath.Egress(w, g.VMID)
	if err != nil {
		return fmt.Errorf("download of the Kubernetes binaries failed: %w", err)
	}
	if err := readSecret(w, g, vm); err != nil {
		return err
	}
	switch {
	case g.Plan.Action != world.PlanInit:
		return join(w, g, vm, from)
	case g.Plan.Rejoin != nil && clusterOf(w, g) != nil:
		return rejoin(w, g, vm, from)
	default:
		return initialize(w, g, vm, from)
	}
}

// clusterOf is the cluster that has the endpoint which the machine is to make one at, or nil.
func clusterOf(w *world.World, g *world.Guest) *world.Cluster {
	host, _ := splitEndpoint(g.Plan.Endpoint)
	return w.Clusters[clusterKey(w, host, g.VMID)]
}

// clusterKey is where the world has the cluster of an endpoint. A name or an address that is private means another one in
// each virtual network.
func clusterKey(w *world.World, host, vmID string) string {
	if addr, err := netpath.Resolve(w, host); err == nil && !addr.IsPrivate() {
		return world.Key(host)
	}
	return world.Key(host + "@" + netpath.Network(w, vmID))
}

// rejoin makes a replaced master one of those that are there.
func rejoin(w *world.World, g *world.Guest, vm *world.Resource, from netpath.Source) error {
	again := *g
	again.Plan = *g.Plan.Rejoin
	if err := join(w, &again, vm, from); err != nil {
		return err
	}
	g.Plan = again.Plan
	return nil
}

// cloudName is the name of the node that the cloud provider takes for the machine: a virtual machine's own, and the
// computer's for an instance of a scale set.
func cloudName(vm *world.Resource) string {
	if InScaleSet(vm.ID) {
		return tree.String(vm.Outputs, "osProfile", "computerName")
	}
	return vm.Name
}

// InScaleSet says whether a machine is an instance of a scale set, by its ARM id.
func InScaleSet(vmID string) bool {
	id, err := arm.Parse(vmID)
	return err == nil && strings.EqualFold(id.Type(), "Microsoft.Compute/virtualMachineScaleSets/virtualMachines")
}

// certificateNames are what kubeadm puts into the API server's certificate, but for the names inside of the cluster.
func certificateNames(g *world.Guest, host, address string) []string {
	names := append([]string{host, address, g.Plan.NodeName}, g.Plan.CertificateNames...)
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ownAddress is the machine's address, which is the one to advertise.
func ownAddress(w *world.World, g *world.Guest) (string, error) {
	address := netpath.PrivateAddress(w, g.VMID).String()
	if want := g.Plan.AdvertiseAddress; want != "" && want != address {
		return "", fatal{fmt.Errorf("error execution phase control-plane: the machine's address is %s, but localAPIEndpoint.advertiseAddress is %s", address, want)}
	}
	return address, nil
}

func initialize(w *world.World, g *world.Guest, vm *world.Resource, from netpath.Source) error {
	address, err := ownAddress(w, g)
	if err != nil {
		return err
	}
	host, port := splitEndpoint(g.Plan.Endpoint)
	if host == "" {
		host, port = address, g.Plan.BindPort
	}
	if err := reachesItself(w, g, from, host, port); err != nil {
		return err
	}
	id, err := arm.Parse(vm.ID)
	if err != nil {
		return fatal{err}
	}
	key := clusterKey(w, host, vm.ID)
	if w.Clusters[key] != nil {
		return fatal{fmt.Errorf("error execution phase preflight: there is a control plane at %s already", host)}
	}
	c := &world.Cluster{
		Endpoint: host, Port: port, Name: g.Plan.ClusterName, Version: g.Plan.Version, CACert: g.Plan.CACert,
		ResourceGroupID: id.GroupID(), Location: tree.String(vm.Outputs, "location"), Masters: []string{vm.ID},
		TokenDigests: g.Plan.TokenDigests, PodCIDR: g.Plan.PodCIDR, ServiceCIDR: g.Plan.ServiceCIDR, Shared: g.Plan.Shared,
		CertificateNames: certificateNames(g, host, address),
	}
	w.Clusters[key] = c
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
	if g.Plan.Action != world.PlanJoinControlPlane {
		return register(w, g, vm, c)
	}
	if err := checkControlPlane(w, g, c); err != nil {
		return err
	}
	if err := register(w, g, vm, c); err != nil {
		return err
	}
	c.Masters = append(c.Masters, vm.ID)
	return nil
}

// checkControlPlane is what a further master has to bring: the cluster's own keys, and a cluster that others can find.
// https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/#manual-certs
func checkControlPlane(w *world.World, g *world.Guest, c *world.Cluster) error {
	if _, err := ownAddress(w, g); err != nil {
		return err
	}
	first := w.Guests[world.Key(c.Masters[0])]
	switch {
	case first != nil && first.Plan.Endpoint == "":
		return fatal{errors.New("error execution phase preflight: unable to add a new control plane instance to a cluster that doesn't have " +
			"a stable controlPlaneEndpoint address")}
	case g.Plan.CACert != c.CACert:
		return fatal{errors.New("error execution phase control-plane-prepare/certs: the CA on this machine is not the cluster's")}
	case g.Plan.Shared != c.Shared:
		return fatal{errors.New("error execution phase control-plane-join/etcd: error creating local etcd static pod manifest file: " +
			"x509: certificate signed by unknown authority: etcd/ca, front-proxy-ca or sa on this machine is not the first master's")}
	}
	return nil
}

// reachesItself: kubeadm init waits for its own API server under the endpoint's name, which an internal load balancer
// never leads back to. A name that public DNS has is taken to work: a public load balancer translates addresses.
func reachesItself(w *world.World, g *world.Guest, from netpath.Source, host string, port int) error {
	addr, _ := netip.ParseAddr(lookUp(g, host))
	if !addr.IsValid() || addr.IsLoopback() || addr == from.Private {
		return nil
	}
	if _, err := netpath.Dial(w, from, addr.String(), port); err != nil {
		return fmt.Errorf("error execution phase wait-control-plane: the API server at %s cannot be reached from its own machine: %w", host, err)
	}
	return nil
}

// lookUp is what the machine's hosts file says about a name, or the name.
func lookUp(g *world.Guest, host string) string {
	if address := g.Plan.Hosts[strings.ToLower(host)]; address != "" {
		return address
	}
	return host
}

// discover goes the way to the API server: name, address, load balancer, security groups, machine.
func discover(w *world.World, g *world.Guest, from netpath.Source) (*world.Cluster, error) {
	host, port := splitEndpoint(g.Plan.Endpoint)
	url := fmt.Sprintf("Get \"https://%s:%d/api/v1/namespaces/kube-public/configmaps/cluster-info\"", host, port)
	failed := "couldn't validate the identity of the API Server: failed to request the cluster-info ConfigMap: " + url
	address := lookUp(g, host)
	if addr, err := netip.ParseAddr(address); err == nil && addr.IsLoopback() {
		return nil, fmt.Errorf("%s: dial tcp %s:%d: connect: connection refused: the hosts file of this machine maps %s to itself, "+
			"and no API server runs on it", failed, address, port, host)
	}
	listeners, err := netpath.Dial(w, from, address, port)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", failed, err)
	}
	if c := Serving(w, listeners); c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%s: dial tcp %s:%d: connect: connection refused", failed, address, port)
}

// Serving is the cluster whose API server listens at one of the places that a connection can end at, or nil.
func Serving(w *world.World, listeners []netpath.Listener) *world.Cluster {
	for _, listener := range listeners {
		for _, c := range w.Clusters {
			runs := slices.ContainsFunc(c.Masters, func(id string) bool { return strings.EqualFold(id, listener.VMID) })
			port := listenPort(w, listener.VMID)
			if runs && listener.Port == port && (listener.ProbePort == 0 || listener.ProbePort == port) {
				return c
			}
		}
	}
	return nil
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
