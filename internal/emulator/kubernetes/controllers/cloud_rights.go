package controllers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/netpath"
	"github.com/hybridcluster/hybridcluster/internal/emulator/roles"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// actor is whom the cloud provider acts as: the identities of the machine that it runs on, or a service principal.
type actor struct {
	// name is what messages call it.
	name string
	may  func(action, scope string) bool
}

// actors are those of the masters whose custom data says whom. Of others nothing is known, and they may do everything.
func (c *cloud) actors() []actor {
	var all []actor
	w := c.state.world
	for _, id := range c.state.cluster.Masters {
		vm := w.Find(id)
		if vm == nil {
			continue
		}
		identities, client := identitiesOf(vm), ""
		if guest := w.Guests[world.Key(id)]; guest != nil {
			client = guest.Plan.ClientID
		}
		switch {
		case client != "":
			all = append(all, actor{"the service principal " + client, func(action, scope string) bool {
				return slices.ContainsFunc(roles.OfApplication(w, client, scope), func(r roles.Role) bool { return r.Allows(action) })
			}})
		case len(identities) > 0:
			all = append(all, actor{fmt.Sprintf("the identity of machine %s, %s,", vm.Name, strings.Join(identities, ", ")), func(action, scope string) bool {
				return slices.ContainsFunc(identities, func(identity string) bool {
					r := w.Find(identity)
					return r != nil && roles.May(w, tree.String(r.Outputs, "principalId"), action, scope)
				})
			}})
		}
	}
	return all
}

const writeBalancer = "Microsoft.Network/loadBalancers/write"

// mayRelease says why the cloud provider may not change load balancers, or nothing if it may.
func (c *cloud) mayRelease() error {
	group := c.state.cluster.ResourceGroupID
	for _, a := range c.actors() {
		if !a.may(writeBalancer, group) {
			return fmt.Errorf("AuthorizationFailed: %s does not have authorization to perform action '%s' over scope '%s'", a.name, writeBalancer, group)
		}
	}
	return nil
}

// mayBalance says why the cloud provider may not give a Service its load balancer, or nothing if it may. A pool of
// addresses names the machines' network, and an internal frontend their subnet, which takes a right there as well.
// https://github.com/kubernetes-sigs/cloud-provider-azure/blob/master/pkg/provider/azure_loadbalancer_backendpool.go
func (c *cloud) mayBalance(service *unstructured.Unstructured) error {
	if err := c.mayRelease(); err != nil {
		return err
	}
	type link struct{ action, scope string }
	var links []link
	for _, n := range c.state.backends() {
		subnet := netpath.Subnet(c.state.world, n.VMID)
		if subnet == "" {
			continue
		}
		links = append(links, link{"Microsoft.Network/virtualNetworks/joinLoadBalancer/action", netpath.VnetOf(subnet)})
		if internal(service) {
			links = append(links, link{"Microsoft.Network/virtualNetworks/subnets/read", subnet},
				link{"Microsoft.Network/virtualNetworks/subnets/join/action", subnet})
		}
		break
	}
	for _, a := range c.actors() {
		for _, l := range links {
			if !a.may(l.action, l.scope) {
				return fmt.Errorf("LinkedAuthorizationFailed: %s has permission to perform action '%s' on scope '%s'; however, it does not have "+
					"permission to perform action(s) '%s' on the linked scope(s) '%s' (respectively) or the linked scope(s) are invalid",
					a.name, writeBalancer, c.id("Microsoft.Network/loadBalancers", c.name), l.action, l.scope)
			}
		}
	}
	return nil
}

// identitiesOf are the ids of a machine's own identities, which Azure takes as a
// list or as the keys of a map.
func identitiesOf(vm *world.Resource) []string {
	if list := tree.Strings(vm.Outputs, "identity", "userAssignedIdentities"); len(list) > 0 {
		return list
	}
	return slices.Sorted(maps.Keys(tree.Map(vm.Outputs, "identity", "userAssignedIdentities")))
}

// refused notes at a Service why its load balancer cannot be made or deleted, as the
// service controller does.
func (s *state) refused(service *unstructured.Unstructured, what string, why error) {
	event := s.ensure(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": "SyncLoadBalancerFailed",
		"metadata": map[string]any{"name": service.GetName() + ".load-balancer", "namespace": service.GetNamespace()},
		"involvedObject": map[string]any{
			"apiVersion": "v1", "kind": "Service", "name": service.GetName(), "namespace": service.GetNamespace(), "uid": string(service.GetUID()),
		},
		"source": map[string]any{"component": "service-controller"},
	}})
	if len(event.GetOwnerReferences()) == 0 {
		event.SetOwnerReferences([]metav1.OwnerReference{{
			APIVersion: "v1", Kind: "Service", Name: service.GetName(), UID: service.GetUID(),
		}})
	}
	s.set(event, "Error syncing load balancer: failed to "+what+" load balancer: "+why.Error(), "message")
}
