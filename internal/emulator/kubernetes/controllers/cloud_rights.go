package controllers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/arm"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

// mayRelease says why the cloud provider may not change load balancers, or
// nothing if it may. It acts as the identity of the machine that it runs on.
// Machines without one have a service principal, whose rights are not known
// here.
func (c *cloud) mayRelease() error {
	for _, id := range c.state.cluster.Masters {
		vm := c.state.world.Find(id)
		if vm == nil {
			continue
		}
		identities := identitiesOf(vm)
		if len(identities) > 0 && !slices.ContainsFunc(identities, c.contributes) {
			return fmt.Errorf("AuthorizationFailed: the identity of machine %s, %s, does not have authorization to perform action "+
				"'Microsoft.Network/loadBalancers/write' over scope '%s'", vm.Name, strings.Join(identities, ", "), c.state.cluster.ResourceGroupID)
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

// contributes says whether a role lets the identity change networks in the
// cluster's resource group.
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
func (c *cloud) contributes(identity string) bool {
	r := c.state.world.Find(identity)
	if r == nil {
		return false
	}
	roles := []string{
		"b24988ac-6180-42a0-ab88-20f7382dd24c", // Contributor
		"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", // Owner
		"4d97b98b-1d4f-4787-a291-c67834d212e7", // Network Contributor
	}
	for _, assignment := range c.state.world.Resources {
		role := tree.String(assignment.Outputs, "roleDefinitionId")
		role = strings.ToLower(role[strings.LastIndex(role, "/")+1:])
		if strings.EqualFold(assignment.Type, "Microsoft.Authorization/roleAssignments") && slices.Contains(roles, role) &&
			strings.EqualFold(tree.String(assignment.Outputs, "principalId"), tree.String(r.Outputs, "principalId")) &&
			arm.Under(c.state.cluster.ResourceGroupID, tree.String(assignment.Outputs, "scope")) {
			return true
		}
	}
	return false
}

// refused notes at a Service why its load balancer cannot be deleted, as the
// service controller does.
func (s *state) refused(service *unstructured.Unstructured, why error) {
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
	s.set(event, "Error syncing load balancer: failed to delete load balancer: "+why.Error(), "message")
}
