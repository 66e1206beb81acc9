// Package declared reads out of a stack's state what was declared in Azure: the
// machines with their custom data, and what lies between them and the world.
package declared

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// Cluster is what the state says of a cluster.
type Cluster struct {
	// Network is the virtual network's address range.
	Network netip.Prefix
	// Endpoint is the API server's DNS name, and Frontend the address that Azure
	// gave it.
	Endpoint string
	Frontend netip.Addr
	// Internal is the address at which nodes reach the API inside of the network, by
	// the same rule. It is not valid where there is none.
	Internal netip.Addr
	Rule     Rule
	// Machines are sorted by name.
	Machines []Machine
	// Authorities are certificates in PEM by the suffix of their resource's name:
	// ca, front-proxy-ca, etcd-ca. Keys are theirs, and service-account the key that
	// signs tokens.
	Authorities, Keys map[string]string
}

// Rule is the load balancer's rule for the API server, with its probe.
type Rule struct {
	FrontendPort, BackendPort, ProbePort int
	ProbePath                            string
}

// Machine is a virtual machine, or one instance for each of a scale set.
type Machine struct {
	// Name is the computer's name.
	Name    string
	Windows bool
	// Master says that the machine stands behind the API server's address.
	Master     bool
	Address    netip.Addr
	CustomData []byte
	// Command is the Custom Script extension's.
	Command string
}

// NodesAddress is the address by which nodes find the API server.
func (c Cluster) NodesAddress() netip.Addr {
	if c.Internal.IsValid() {
		return c.Internal
	}
	return c.Frontend
}

// Masters are the machines of the control plane.
func (c Cluster) Masters() []Machine {
	return slices.DeleteFunc(slices.Clone(c.Machines), func(m Machine) bool { return !m.Master })
}

// resource is a resource of a state.
type resource struct {
	URN     string `json:"urn"`
	Type    string `json:"type"`
	Inputs  object `json:"inputs"`
	Outputs object `json:"outputs"`
}

func (r resource) name() string { return r.URN[strings.LastIndex(r.URN, ":")+1:] }

// Read reads a state that was exported with its secrets in clear.
func Read(state []byte) (Cluster, error) {
	var file struct {
		Deployment struct {
			Resources []resource `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(state, &file); err != nil {
		return Cluster{}, fmt.Errorf("read the state: %w", err)
	}
	r := reader{byType: map[string][]resource{}}
	for _, one := range file.Deployment.Resources {
		one.Inputs, one.Outputs = reveal(one.Inputs).(object), reveal(one.Outputs).(object)
		kind := one.Type[strings.LastIndex(one.Type, ":")+1:]
		r.byType[kind] = append(r.byType[kind], one)
	}
	c := Cluster{Authorities: map[string]string{}, Keys: map[string]string{}}
	return c, errors.Join(r.network(&c), r.balancer(&c), r.authorities(&c), r.machines(&c), r.scaleSets(&c))
}

type reader struct{ byType map[string][]resource }

func (r reader) one(kind, what string, fits func(resource) bool) (resource, error) {
	for _, one := range r.byType[kind] {
		if fits(one) {
			return one, nil
		}
	}
	return resource{}, fmt.Errorf("the state has no %s", what)
}

func all(resource) bool { return true }

func (r reader) network(c *Cluster) error {
	vnet, err := r.one("VirtualNetwork", "virtual network", all)
	if err != nil {
		return err
	}
	prefixes := vnet.Inputs.list("addressSpace", "addressPrefixes")
	if len(prefixes) != 1 {
		return fmt.Errorf("the network has %d ranges", len(prefixes))
	}
	if c.Network, err = netip.ParsePrefix(fmt.Sprint(prefixes[0])); err != nil {
		return fmt.Errorf("the network's range: %w", err)
	}
	return nil
}

func (r reader) balancer(c *Cluster) error {
	ip, err := r.one("PublicIPAddress", "public address with a name", func(r resource) bool {
		return r.Inputs.text("dnsSettings", "domainNameLabel") != ""
	})
	if err != nil {
		return err
	}
	c.Endpoint = ip.Outputs.text("dnsSettings", "fqdn")
	if c.Frontend, err = netip.ParseAddr(ip.Outputs.text("ipAddress")); err != nil {
		return fmt.Errorf("the public address: %w", err)
	}
	if c.Internal, err = r.internalFrontend(); err != nil {
		return err
	}
	lb, err := r.one("LoadBalancer", "public load balancer", func(r resource) bool { return frontendOf(r).text("privateIPAddress") == "" })
	if err != nil {
		return err
	}
	rules, probes := lb.Inputs.list("loadBalancingRules"), lb.Inputs.list("probes")
	if len(rules) != 1 || len(probes) != 1 {
		return fmt.Errorf("the load balancer has %d rules and %d probes", len(rules), len(probes))
	}
	rule, probe := rules[0].(object), probes[0].(object)
	if path.Base(rule.text("probe", "id")) != probe.text("name") || !strings.EqualFold(probe.text("protocol"), "Https") {
		return fmt.Errorf("the rule's probe %s is not the HTTPS probe %s", rule.text("probe", "id"), probe.text("name"))
	}
	c.Rule = Rule{
		FrontendPort: rule.number("frontendPort"), BackendPort: rule.number("backendPort"),
		ProbePort: probe.number("port"), ProbePath: probe.text("requestPath"),
	}
	return nil
}

// internalFrontend is the address of the internal load balancer, if there is one.
func (r reader) internalFrontend() (netip.Addr, error) {
	for _, lb := range r.byType["LoadBalancer"] {
		if address := frontendOf(lb).text("privateIPAddress"); address != "" {
			return netip.ParseAddr(address)
		}
	}
	return netip.Addr{}, nil
}

func frontendOf(lb resource) object {
	frontend, _ := lb.Inputs.list("frontendIPConfigurations")[0].(object)
	return frontend
}

func (r reader) authorities(c *Cluster) error {
	for _, cert := range r.byType["SelfSignedCert"] {
		name := strings.TrimPrefix(cert.name(), "cluster-")
		c.Authorities[name] = cert.Outputs.text("certPem")
		c.Keys[name] = cert.Inputs.text("privateKeyPem")
	}
	for _, key := range r.byType["PrivateKey"] {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(key.name(), "cluster-"), "-key"); ok && name == "service-account" {
			c.Keys[name] = key.Outputs.text("privateKeyPem")
		}
	}
	if len(c.Authorities) != 3 || len(c.Keys) != 4 {
		return fmt.Errorf("the state has %d certificate authorities and %d keys for them and the service accounts", len(c.Authorities), len(c.Keys))
	}
	return nil
}

func (r reader) machines(c *Cluster) error {
	var faults []error
	for _, vm := range r.byType["VirtualMachine"] {
		m, err := profile(vm.Inputs.object("osProfile"))
		m.Name = vm.Inputs.text("osProfile", "computerName")
		faults = append(faults, err, r.connect(vm, &m), r.extension(vm, &m))
		c.Machines = append(c.Machines, m)
	}
	slices.SortFunc(c.Machines, func(a, b Machine) int { return strings.Compare(a.Name, b.Name) })
	return errors.Join(faults...)
}

// profile reads what machines and scale sets have in common.
func profile(os object) (Machine, error) {
	m := Machine{Windows: os["windowsConfiguration"] != nil}
	var err error
	if m.CustomData, err = base64.StdEncoding.DecodeString(os.text("customData")); err != nil {
		return m, fmt.Errorf("%s: custom data: %w", os.text("computerName"), err)
	}
	return m, nil
}

// connect finds the machine's address, and whether the load balancer leads to it.
func (r reader) connect(vm resource, m *Machine) error {
	cards := vm.Inputs.list("networkProfile", "networkInterfaces")
	if len(cards) != 1 {
		return fmt.Errorf("%s has %d network cards", m.Name, len(cards))
	}
	name := path.Base(cards[0].(object).text("id"))
	card, err := r.one("NetworkInterface", "network card "+name, func(r resource) bool {
		return r.Inputs.text("networkInterfaceName") == name
	})
	if err != nil {
		return err
	}
	configuration := card.Outputs.list("ipConfigurations")[0].(object)
	m.Master = len(configuration.list("loadBalancerBackendAddressPools")) > 0
	if m.Address, err = netip.ParseAddr(configuration.text("privateIPAddress")); err != nil {
		return fmt.Errorf("%s: address: %w", m.Name, err)
	}
	return nil
}

func (r reader) extension(vm resource, m *Machine) error {
	extension, err := r.one("VirtualMachineExtension", "extension of "+m.Name, func(r resource) bool {
		return r.Inputs.text("vmName") == vm.Inputs.text("vmName")
	})
	m.Command = extension.Inputs.text("settings", "commandToExecute")
	return err
}

// scaleSets gives each instance the name that Azure gives it: the prefix and a
// number in base 36. Which address it gets is known nowhere: it is the next one
// that is free in the subnet of the nodes.
func (r reader) scaleSets(c *Cluster) error {
	var faults []error
	next := c.Network.Masked().Addr()
	for range 1000 {
		next = next.Next()
	}
	for _, set := range r.byType["VirtualMachineScaleSet"] {
		model := set.Inputs.object("virtualMachineProfile")
		m, err := profile(model.object("osProfile"))
		faults = append(faults, err)
		for _, e := range model.list("extensionProfile", "extensions") {
			m.Command = e.(object).text("settings", "commandToExecute")
		}
		for i := range set.Inputs.number("sku", "capacity") {
			m.Name = fmt.Sprintf("%s%06d", model.text("osProfile", "computerNamePrefix"), i)
			m.Address, next = next, next.Next()
			c.Machines = append(c.Machines, m)
		}
	}
	return errors.Join(faults...)
}
