package controllers

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// Annotations of cloud-provider-azure:
// https://cloud-provider-azure.sigs.k8s.io/topics/loadbalancer/.
const (
	annotationInternal = "service.beta.kubernetes.io/azure-load-balancer-internal"
	annotationDNSLabel = "service.beta.kubernetes.io/azure-dns-label-name"
)

// cloud makes the Azure resources behind Services as cloud-provider-azure does:
// a public address for each Service, and one load balancer named after the
// cluster, with a second one for internal Services.
type cloud struct {
	state *state
	name  string // of the cluster, as the manager was told
}

func (s *state) newCloud(manager *unstructured.Unstructured) *cloud {
	return &cloud{state: s, name: s.clusterName(manager)}
}

func internal(service *unstructured.Unstructured) bool {
	return service.GetAnnotations()[annotationInternal] == "true"
}

// frontend is how cloud-provider-azure names what belongs to one Service.
func frontend(service *unstructured.Unstructured) string {
	name := "a" + strings.ReplaceAll(string(service.GetUID()), "-", "")
	return name[:min(len(name), 32)]
}

func (c *cloud) id(kind, name string) string {
	return c.state.cluster.ResourceGroupID + "/providers/" + kind + "/" + name
}

// address gives the Service's address, and makes it if need be. It is empty if
// there is none to give.
func (c *cloud) address(service *unstructured.Unstructured) string {
	if internal(service) {
		c.release(service) // it may have been a public one before
		return c.privateAddress(service)
	}
	const kind = "Microsoft.Network/publicIPAddresses"
	name := c.name + "-" + frontend(service)
	key := world.Key(c.id(kind, name))
	r := c.state.world.Resources[key]
	if r == nil {
		r = &world.Resource{
			ID: c.id(kind, name), Type: kind, Name: name, Owner: world.OwnerCloudProvider,
			Inputs: map[string]any{
				"location": c.state.cluster.Location, "publicIPAllocationMethod": "Static",
				"sku":  map[string]any{"name": "Standard", "tier": "Regional"},
				"tags": map[string]any{"k8s-azure-cluster-name": c.name, "k8s-azure-service": service.GetNamespace() + "/" + service.GetName()},
			},
		}
		r.Outputs = provisioned(r.Inputs)
		r.Outputs["ipAddress"] = netpath.FreePublicAddress(c.state.world, r.ID).String()
		c.state.world.Resources[key] = r
		c.state.changed = true
	}
	if label := service.GetAnnotations()[annotationDNSLabel]; label != "" {
		settings := map[string]any{
			"domainNameLabel": label,
			"fqdn":            fmt.Sprintf("%s.%s.cloudapp.azure.com", label, c.state.cluster.Location),
		}
		if !reflect.DeepEqual(r.Outputs["dnsSettings"], settings) {
			r.Outputs["dnsSettings"] = settings
			c.state.changed = true
		}
	}
	ip, _ := r.Outputs["ipAddress"].(string)
	return ip
}

// privateAddress gives the Service the one it asks for or has, or the highest
// free one next to the nodes.
func (c *cloud) privateAddress(service *unstructured.Unstructured) string {
	if asked, _, _ := unstructured.NestedString(service.Object, "spec", "loadBalancerIP"); asked != "" {
		return asked
	}
	used := map[string]bool{}
	for _, n := range c.state.cluster.Nodes {
		used[n.PrivateIP] = true
	}
	for _, r := range c.state.world.Resources {
		if r.Owner == world.OwnerCloudProvider {
			continue // those are Services' own, which follow
		}
		for _, config := range tree.List(r.Outputs, "frontendIPConfigurations") {
			used[tree.String(config, "privateIPAddress")] = true
		}
	}
	for _, other := range c.state.byKind["Service"] {
		ingress, _, _ := unstructured.NestedSlice(other.Object, "status", "loadBalancer", "ingress")
		for _, i := range ingress {
			entry, _ := i.(map[string]any)
			ip, _ := entry["ip"].(string)
			if addr, err := netip.ParseAddr(ip); err == nil && addr.IsPrivate() {
				if same(other, service) {
					return ip
				}
				used[ip] = true
			}
		}
	}
	for _, n := range c.state.backends() {
		addr, err := netip.ParseAddr(n.PrivateIP)
		if err != nil || !addr.Is4() {
			continue
		}
		b := addr.As4()
		for last := 250; last > 4; last-- { // a /24 around the node: subnets are never smaller for a cluster
			b[3] = byte(last)
			if ip := netip.AddrFrom4(b).String(); !used[ip] {
				return ip
			}
		}
	}
	return ""
}

// release gives back what a Service had.
func (c *cloud) release(service *unstructured.Unstructured) {
	key := world.Key(c.id("Microsoft.Network/publicIPAddresses", c.name+"-"+frontend(service)))
	if r := c.state.world.Resources[key]; r != nil && r.Owner == world.OwnerCloudProvider {
		delete(c.state.world.Resources, key)
		c.state.changed = true
	}
}

// balance keeps the load balancers in line with the Services. It tells whether
// anything changed.
func (c *cloud) balance(services []*unstructured.Unstructured) bool {
	public := c.balancer(c.name, services, false)
	private := c.balancer(c.name+"-internal", services, true)
	return public || private
}

func (c *cloud) balancer(name string, services []*unstructured.Unstructured, forInternal bool) bool {
	const kind = "Microsoft.Network/loadBalancers"
	var frontends, balancing []any
	for _, service := range services {
		lb, _, _ := unstructured.NestedSlice(service.Object, "status", "loadBalancer", "ingress")
		if len(lb) == 0 || internal(service) != forInternal {
			continue
		}
		frontends = append(frontends, c.frontendConfig(service, lb[0]))
		ports, _, _ := unstructured.NestedSlice(service.Object, "spec", "ports")
		for _, p := range ports {
			port, _ := p.(map[string]any)
			balancing = append(balancing, map[string]any{
				"name":         fmt.Sprintf("%s-%v-%v", frontend(service), port["protocol"], port["port"]),
				"frontendPort": port["port"], "backendPort": port["port"], "protocol": port["protocol"], "enableFloatingIP": true,
			})
		}
	}
	key := world.Key(c.id(kind, name))
	old := c.state.world.Resources[key]
	if old != nil && old.Owner != world.OwnerCloudProvider {
		return false // a load balancer of that name was declared; it is not ours to change
	}
	if len(frontends) == 0 {
		delete(c.state.world.Resources, key)
		return old != nil
	}
	backends := make([]any, 0, len(c.state.cluster.Nodes))
	for _, n := range c.state.backends() {
		backends = append(backends, n.PrivateIP)
	}
	r := &world.Resource{
		ID: c.id(kind, name), Type: kind, Name: name, Owner: world.OwnerCloudProvider,
		Inputs: map[string]any{
			"location": c.state.cluster.Location, "sku": map[string]any{"name": "Standard"},
			"frontendIPConfigurations": frontends, "loadBalancingRules": balancing,
			"backendAddressPools": []any{map[string]any{"name": c.name, "addresses": backends}},
		},
	}
	r.Outputs = provisioned(r.Inputs)
	c.state.world.Resources[key] = r
	return old == nil || fmt.Sprint(old.Inputs) != fmt.Sprint(r.Inputs)
}

func (c *cloud) frontendConfig(service *unstructured.Unstructured, ingress any) map[string]any {
	config := map[string]any{"name": frontend(service)}
	if internal(service) {
		entry, _ := ingress.(map[string]any)
		config["privateIPAddress"] = entry["ip"]
	} else {
		config["publicIPAddress"] = map[string]any{"id": c.id("Microsoft.Network/publicIPAddresses", c.name+"-"+frontend(service))}
	}
	return config
}

// provisioned is what Azure gives back for inputs that need nothing computed.
func provisioned(inputs map[string]any) map[string]any {
	outputs := maps.Clone(inputs)
	outputs["provisioningState"] = "Succeeded"
	return outputs
}
